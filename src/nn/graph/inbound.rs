//! How a functional model's configuration says whose outputs a layer takes, in Keras 3 and 2.

use crate::config::{short, wrong};
use crate::error::{Error, Result};
use serde_json::{Value as Json, json};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An output of a layer: the layer's name, and which of its calls gave it.
pub(crate) type Source = (String, usize);

/// The calls of a layer, each with the outputs that it takes.
pub(crate) fn calls(layer: &Json) -> Result<Vec<Vec<Source>>> {
    let calls = layer.get("inbound_nodes").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let attends = layer.get("class_name").is_some_and(|class| class == ATTENTION);
    let causal = |call: &&Json| call.pointer(CAUSAL_CALL) == Some(&Json::Bool(true));
    if attends && !matches!(calls.iter().filter(causal).count(), n if n == 0 || n == calls.len()) {
        let expected = "set in all calls of the layer, or in none";
        return Err(Error::argument(format!("its calls: {CAUSAL}"), "set in some", expected));
    }
    calls.iter().map(|call| sources(call, attends)).collect()
}

/// The argument by which Keras 3 tells a layer the mask of its input.
const MASK: &str = "mask";

/// What gives the masks that the calls of a layer are told.
pub(crate) fn masks(layer: &Json) -> Vec<Option<Source>> {
    let calls = layer.get("inbound_nodes").and_then(Json::as_array);
    let mask = |call: &Json| {
        let mut sources = Vec::new();
        collect(call.pointer("/kwargs/mask")?, &mut sources);
        sources.into_iter().next()
    };
    calls.into_iter().flatten().map(mask).collect()
}

/// Where a call says that attention looks back only.
const CAUSAL_CALL: &str = "/kwargs/use_causal_mask";

fn sources(call: &Json, attends: bool) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    if let Some(list) = call.as_array() {
        // Keras 2: [name, node, tensor, keywords] for each input.
        for input in list {
            sources.push(end(input).ok_or_else(|| wrong(input, "[a layer's name, 0, 0, {}]"))?);
            keywords(input.get(3).unwrap_or(&Json::Null), false)?;
        }
    } else {
        collect(call.get("args").unwrap_or(&Json::Null), &mut sources);
        let named = call.get("kwargs").unwrap_or(&Json::Null);
        keywords(named, true)?;
        match named.as_object().filter(|_| attends) {
            None => {
                let others =
                    named.as_object().into_iter().flatten().filter(|(key, _)| *key != MASK);
                others.for_each(|(_, json)| collect(json, &mut sources));
            }
            Some(named) => {
                let places = ["query", "value", "key"];
                places.iter().for_each(|key| {
                    collect(named.get(*key).unwrap_or(&Json::Null), &mut sources);
                });
                let mut more = Vec::new();
                let others = named.iter().filter(|(key, _)| !places.contains(&key.as_str()));
                for (key, json) in others {
                    collect(json, &mut more);
                    if !more.is_empty() {
                        let what = format!("its call: {key}");
                        return Err(Error::argument(what, short(json), "left out"));
                    }
                }
            }
        }
    }
    if attends {
        // A sequence attends to itself where it is the value too, and the value is the key unless
        // another one is given.
        while sources.len() > 1 && sources[sources.len() - 1] == sources[sources.len() - 2] {
            sources.pop();
        }
    }
    Ok(sources)
}

/// The layer that Keras calls with several sequences.
pub(crate) const ATTENTION: &str = "MultiHeadAttention";

/// Its setting that Keras has as an argument of the call.
pub(crate) const CAUSAL: &str = "use_causal_mask";

/// Whether a layer is an attention that is called with that argument.
pub(crate) fn is_causal(layer: &Json) -> bool {
    layer.get("class_name").is_some_and(|class| class == ATTENTION)
        && layer.pointer("/inbound_nodes/0/kwargs/use_causal_mask") == Some(&Json::Bool(true))
}

/// Adds the outputs that stand in an argument.
fn collect(json: &Json, sources: &mut Vec<Source>) {
    if json.get("class_name").is_some_and(|class| class == "__keras_tensor__") {
        let source = json.pointer("/config/keras_history").and_then(end);
        sources.push(source.unwrap_or(("?".to_string(), 0)));
        return;
    }
    match json {
        Json::Array(list) => list.iter().for_each(|json| collect(json, sources)),
        Json::Object(object) => object.values().for_each(|json| collect(json, sources)),
        _ => {}
    }
}

/// An output as `[name, call, tensor]` says it.
fn end(json: &Json) -> Option<Source> {
    let name = json.get(0)?.as_str()?.to_string();
    let call = json.get(1).and_then(Json::as_u64).and_then(|call| usize::try_from(call).ok());
    Some((name, call.unwrap_or(0)))
}

/// Checks that a layer is called without a setting that changes what it does. Keras 3 notes whether
/// a layer was called for training, and sets that anew in each pass; Keras 2 keeps to it.
fn keywords(json: &Json, training_is_idle: bool) -> Result<()> {
    let set = json.as_object().into_iter().flatten().find(|(key, json)| {
        let training = *key == "training" && (training_is_idle || **json == Json::Bool(false));
        let causal = *key == CAUSAL && json.is_boolean();
        !training && !causal && !json.is_null() && json.get("class_name").is_none()
    });
    match set {
        None => Ok(()),
        Some((key, json)) => {
            let what = format!("its call: {key}");
            Err(Error::argument(what, short(json), "left out: here layers are called plainly"))
        }
    }
}

/// The outputs that a model begins or ends with.
pub(crate) fn ends(settings: &crate::config::Object, key: &str) -> Result<Vec<Source>> {
    let json = settings.get(key).unwrap_or(&Json::Null);
    let refused = || {
        let what = format!("the model: {key}");
        Error::argument(what, short(json), "a list of [a layer's name, 0, 0]")
    };
    let list = json.as_array().filter(|l| !l.is_empty()).ok_or_else(refused)?;
    match &list[0] {
        Json::String(_) => Ok(vec![end(&Json::Array(list.clone())).ok_or_else(refused)?]),
        _ => list.iter().map(|json| end(json).ok_or_else(refused)).collect(),
    }
}

/// An order in which each layer comes behind those before it, and else as listed.
///
/// # Errors
/// Gives a layer of a circle.
pub(crate) fn in_order(before: &[Vec<usize>]) -> Result<Vec<usize>, usize> {
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); before.len()];
    for (at, from) in before.iter().enumerate() {
        from.iter().for_each(|from| after[*from].push(at));
    }
    let ready = (0..before.len()).filter(|at| waiting[*at] == 0).map(Reverse);
    let mut ready: BinaryHeap<Reverse<usize>> = ready.collect();
    let mut order = Vec::with_capacity(before.len());
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for &follower in &after[at] {
            waiting[follower] -= 1;
            if waiting[follower] == 0 {
                ready.push(Reverse(follower));
            }
        }
    }
    match waiting.iter().position(|count| *count > 0) {
        None => Ok(order),
        Some(at) => Err(at),
    }
}

/// A layer's call with these inputs, each an output and its shape with the batch axis; `merged` says
/// that the layer takes a list, `causal` that it is an attention which looks back only.
pub(crate) fn call(inputs: Vec<(&str, usize, Json)>, merged: bool, causal: bool) -> Json {
    let tensors = inputs.into_iter().map(|(name, call, shape)| {
        json!({
            "class_name": "__keras_tensor__",
            "config": {"shape": shape, "dtype": "float32", "keras_history": [name, call, 0]},
        })
    });
    let tensors: Vec<Json> = tensors.collect();
    let args = if merged { vec![Json::Array(tensors)] } else { tensors };
    let named = if causal { json!({CAUSAL: true}) } else { json!({}) };
    json!({"args": args, "kwargs": named})
}
