//! Compiled models in Keras' form.

use super::model::{DEFAULT_SEED, Model, Parts, seeded};
use crate::config::{Config, Value, is_code, within, wrong};
use crate::error::{Error, Result};
use crate::loss::{Loss, Losses};
use crate::metric::{Metric, OutputMetric};
use crate::nn::Recipe;
use crate::optim::Optimizer;
use serde_json::{Value as Json, json};

impl Model {
    /// The layers, the optimiser, the loss and the metrics in the form of Keras' `to_json()`, and
    /// the model's seed. It holds no weights: [`save_weights`](Self::save_weights) saves those.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([4]).add(Dense::new(3).activation(Softmax));
    /// let model = net.compile("adam", "categorical_crossentropy", ["accuracy"])?.seed(7);
    /// let same = Model::from_config(&model.to_config()?)?;
    /// assert_eq!(same.flat_weights(), model.flat_weights());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If a layer, the loss, a metric or the learning rate is custom code; the error names it.
    pub fn to_config(&self) -> Result<Config> {
        if self.optimizer.is_code() {
            return Err(is_code("learning rate", "LearningRate::from_fn"));
        }
        let (loss, weights) = match self.loss.0.by_output() {
            Some(losses) => losses.to_values()?,
            None => (self.loss.to_config()?.to_value(), Json::Null),
        };
        let compiled = json!({
            "optimizer": self.optimizer.to_config().to_value(),
            "loss": loss,
            "loss_weights": weights,
            "metrics": metric_values(&self.metrics)?,
            "weighted_metrics": null,
            "run_eagerly": false,
            "steps_per_execution": 1,
            "jit_compile": false,
        });
        let mut config = self.recipe.to_config()?;
        config.beside.insert("compile_config".into(), compiled);
        config.beside.insert("seed".into(), self.seed.to_value());
        Ok(config)
    }

    /// The [configuration](Self::to_config) as text, as Keras' `to_json()`; Keras'
    /// `model_from_json` takes it.
    ///
    /// # Errors
    /// As [`to_config`](Self::to_config).
    pub fn to_json(&self) -> Result<String> {
        Ok(self.to_config()?.to_json())
    }

    /// The model of a JSON text, as [`to_json`](Self::to_json) or Keras writes it.
    ///
    /// # Errors
    /// If the text is not such JSON, or as [`from_config`](Self::from_config).
    pub fn from_json(text: &str) -> Result<Self> {
        Model::from_config(&Config::from_json(text)?)
    }

    /// The model of a configuration, as [`to_config`](Self::to_config) or Keras makes it, with
    /// fresh weights from its seed (0 if it has none).
    ///
    /// # Errors
    /// If the model is not compiled, or uses something that does not exist here; the error names
    /// it.
    pub fn from_config(config: &Config) -> Result<Self> {
        let seed = match config.beside.get("seed") {
            Some(seed) => u64::from_value(seed).map_err(|e| within(e, "the seed"))?,
            None => DEFAULT_SEED,
        };
        seeded(Model::parts_of(config)?, seed)
    }

    /// The parts of a model, from its configuration.
    pub(super) fn parts_of(config: &Config) -> Result<Parts> {
        let recipe = Recipe::from_config(config)?;
        let compiled = config.beside.get("compile_config").filter(|json| !json.is_null());
        let Some(compiled) = compiled else {
            return Err(Error::argument("the configuration: compile_config", "missing", "there")
                .hint("for a model that is not compiled, Sequential::from_config and compile"));
        };
        let part = |key: &str| compiled.get(key).unwrap_or(&Json::Null);
        let optimizer =
            Optimizer::from_value(part("optimizer")).map_err(|e| within(e, "the optimizer"))?;
        let outputs = recipe.output_names()?;
        let by_name = outputs.len() > 1;
        let weights = part("loss_weights");
        let loss = match by_name {
            true => Losses::from_values(part("loss"), weights, &outputs),
            false => Loss::from_value(only(part("loss"))),
        };
        let loss = loss.map_err(|e| within(e, "the loss"))?;
        let metrics = match by_name {
            true => metrics_by_output(part("metrics"), &outputs),
            false => metrics(only(part("metrics"))),
        };
        let metrics = metrics.map_err(|e| within(e, "the metrics"))?;
        for key in ["loss_weights", "weighted_metrics"] {
            let read = by_name && key == "loss_weights";
            if !read && !part(key).is_null() {
                let error = wrong(part(key), "null, the only one there is here");
                return Err(within(error, &format!("compile_config: {key}")));
            }
        }
        Ok(Parts { recipe, optimizer, loss, metrics })
    }
}

/// For one output Keras may write a list of one, or a map with the output's name.
fn only(json: &Json) -> &Json {
    match json {
        Json::Array(list) if list.len() == 1 && !list[0].is_string() => match &list[0] {
            metric if metric.get("class_name").is_some() => json,
            inner => only(inner),
        },
        Json::Object(object) if object.len() == 1 && !object.contains_key("class_name") => {
            object.values().next().map_or(json, only)
        }
        _ => json,
    }
}

/// As Keras has metrics: a list, or lists by the outputs' names.
fn metric_values(metrics: &[Metric]) -> Result<Json> {
    let mut list = Vec::new();
    let mut named = serde_json::Map::new();
    for metric in metrics {
        match metric.0.of_output() {
            None => list.push(metric.to_value()?),
            Some(own) => {
                let Some((output, metric)) = own.asked_for() else { continue };
                let of_output = named.entry(output).or_insert_with(|| json!([]));
                if let Json::Array(list) = of_output {
                    list.push(metric.to_value()?);
                }
            }
        }
    }
    Ok(if named.is_empty() { list.into() } else { named.into() })
}

/// The metrics of several outputs: lists by name, or in the outputs' order.
fn metrics_by_output(json: &Json, outputs: &[String]) -> Result<Vec<Metric>> {
    let mut all = Vec::new();
    for (place, output) in outputs.iter().enumerate() {
        let own = match json {
            Json::Object(object) if !object.contains_key("class_name") => object.get(output),
            Json::Array(list) => list.get(place),
            _ => None,
        };
        let own = metrics(own.unwrap_or(&Json::Null))?;
        all.extend(own.into_iter().map(|m| OutputMetric::new(output.as_str(), m).into()));
    }
    Ok(all)
}

fn metrics(json: &Json) -> Result<Vec<Metric>> {
    match json {
        Json::Null => Ok(Vec::new()),
        Json::Array(list) => {
            let nested = list.iter().all(Json::is_array);
            let list = if nested {
                list.iter().flat_map(|l| l.as_array()).flatten().collect()
            } else {
                list.iter().collect::<Vec<_>>()
            };
            list.into_iter().map(Metric::from_value).collect()
        }
        one => Ok(vec![Metric::from_value(one)?]),
    }
}

#[cfg(test)]
#[path = "model_config_tests.rs"]
mod tests;
