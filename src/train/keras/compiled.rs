//! Keras' record of `compile`, translated into the form that this library reads.

use crate::config::Object;
use serde_json::{Value as Json, json};

/// Keras' `compile_config`, or the `training_config` of its .h5 files: nothing for a model that is
/// not compiled.
pub(super) fn translated(json: &Json) -> Option<Json> {
    let old = json.as_object().filter(|object| !object.is_empty())?;
    let part = |key: &str| old.get(key).cloned().unwrap_or(Json::Null);
    let optimizer = old.get("optimizer").or_else(|| old.get("optimizer_config"));
    let metrics = part("metrics");
    Some(json!({
        "optimizer": optimizer.map(|json| self::optimizer(json.clone())),
        "loss": loss(part("loss")),
        "metrics": self::metrics(metrics),
        "loss_weights": part("loss_weights"),
        "weighted_metrics": part("weighted_metrics"),
    }))
}

/// Keras 2 writes more settings of optimisers than Keras 3.
fn optimizer(mut json: Json) -> Json {
    let Some(object) = json.as_object_mut() else { return json };
    if let Some(Json::String(class)) = object.get_mut("class_name")
        && let Some(own) = class.strip_prefix("Custom>")
    {
        *class = own.to_string();
    }
    if let Some(Json::Object(settings)) = object.get_mut("config") {
        for key in ["jit_compile", "is_legacy_optimizer"] {
            settings.remove(key);
        }
        if settings.get("decay").and_then(Json::as_f64) == Some(0.0) {
            settings.remove("decay");
        }
        if let Some(rate) = settings.remove("lr") {
            settings.entry("learning_rate").or_insert(rate);
        }
    }
    json
}

fn loss(mut json: Json) -> Json {
    match &mut json {
        Json::Array(list) => list.iter_mut().for_each(|json| *json = loss(json.take())),
        Json::Object(object) if object.contains_key("class_name") => without_function(object),
        // By the names of the outputs.
        Json::Object(object) => {
            object.values_mut().for_each(|json| *json = loss(json.take()));
        }
        _ => {}
    }
    json
}

fn metrics(json: Json) -> Json {
    match json {
        Json::Array(list) => list.into_iter().map(metrics).collect(),
        Json::Object(object) if object.contains_key("class_name") => metric(object),
        // By the names of the outputs.
        Json::Object(object) => {
            object.into_iter().map(|(name, json)| (name, metrics(json))).collect::<Object>().into()
        }
        other => other,
    }
}

/// Keras 2 writes a metric that it was given by name as a wrapped function.
fn metric(mut object: Object) -> Json {
    let text = |object: &Object, key: &str| {
        let value = object.get("config").and_then(|config| config.get(key));
        value.and_then(Json::as_str).map(str::to_string)
    };
    if object.get("class_name").is_some_and(|class| class == "MeanMetricWrapper") {
        let name = text(&object, "name").filter(|name| name == "accuracy" || name == "acc");
        if let Some(name) = name.or_else(|| text(&object, "fn")) {
            return name.into();
        }
    }
    without_function(&mut object);
    Json::Object(object)
}

/// Drops what Keras 2 says of a class's function, and its name for the usual mean.
fn without_function(object: &mut Object) {
    let Some(Json::Object(settings)) = object.get_mut("config") else { return };
    settings.remove("fn");
    if settings.get("reduction").is_some_and(|reduction| reduction == "auto") {
        settings.insert("reduction".into(), "sum_over_batch_size".into());
    }
}

/// Removes metrics that Keras does not have; returns all metrics if there were such ones.
pub(super) fn without_own_metrics(compiled: &mut Json) -> Option<Json> {
    let metrics = compiled.get_mut("metrics")?;
    let all = metrics.clone();
    let keep = |list: &mut Json| {
        if let Json::Array(list) = list {
            list.retain(|metric| {
                let module = metric.get("module").and_then(Json::as_str);
                module.is_none_or(|module| module.starts_with("keras"))
            });
        }
    };
    match &mut *metrics {
        Json::Object(by_output) => by_output.values_mut().for_each(keep),
        list => keep(list),
    }
    (*metrics != all).then_some(all)
}
