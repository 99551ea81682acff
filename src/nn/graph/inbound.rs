//! How a functional model's configuration says whose outputs a layer takes, in Keras 3 and 2.

use crate::config::{short, wrong};
use crate::error::{Error, Result};
use serde_json::{Value as Json, json};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The names of the layers whose outputs a layer takes.
pub(crate) fn inputs(layer: &Json) -> Result<Vec<String>> {
    let calls = layer.get("inbound_nodes").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let call = match calls {
        [] => return Ok(Vec::new()),
        [one] => one,
        many => {
            let expected = "1: a layer that is used more than once does not exist here";
            return Err(Error::argument("the number of its uses", many.len(), expected));
        }
    };
    let mut names = Vec::new();
    if let Some(list) = call.as_array() {
        // Keras 2: [name, node, tensor, keywords] for each input.
        for input in list {
            let name = input.get(0).and_then(Json::as_str);
            let name = name.ok_or_else(|| wrong(input, "[a layer's name, 0, 0, {}]"))?;
            names.push(name.to_string());
            keywords(input.get(3).unwrap_or(&Json::Null), false)?;
        }
    } else {
        collect(call.get("args").unwrap_or(&Json::Null), &mut names);
        let named = call.get("kwargs").unwrap_or(&Json::Null);
        let others = named.as_object().into_iter().flatten().filter(|(key, _)| *key != MASK);
        others.for_each(|(_, json)| collect(json, &mut names));
        keywords(named, true)?;
    }
    // Attention of a sequence to itself is given it as query and as value.
    let itself = names.iter().all(|name| *name == names[0]);
    if layer.get("class_name").is_some_and(|class| class == ATTENTION) && itself {
        names.truncate(1);
    }
    Ok(names)
}

/// The argument by which Keras 3 tells a layer the mask of its input.
const MASK: &str = "mask";

/// The name of what gives that mask, if it is told.
pub(crate) fn mask(layer: &Json) -> Option<String> {
    let mut names = Vec::new();
    collect(layer.pointer("/inbound_nodes/0/kwargs")?.get(MASK)?, &mut names);
    names.into_iter().next()
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

/// Adds the names of the layers whose outputs stand in an argument.
fn collect(json: &Json, names: &mut Vec<String>) {
    if json.get("class_name").is_some_and(|class| class == "__keras_tensor__") {
        let name = json.pointer("/config/keras_history/0").and_then(Json::as_str);
        names.push(name.unwrap_or("?").to_string());
        return;
    }
    match json {
        Json::Array(list) => list.iter().for_each(|json| collect(json, names)),
        Json::Object(object) => object.values().for_each(|json| collect(json, names)),
        _ => {}
    }
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

/// The names of the layers that a model begins or ends with.
pub(crate) fn ends(settings: &crate::config::Object, key: &str) -> Result<Vec<String>> {
    let json = settings.get(key).unwrap_or(&Json::Null);
    let refused = || {
        let what = format!("the model: {key}");
        Error::argument(what, short(json), "a list of [a layer's name, 0, 0]")
    };
    let list = json.as_array().filter(|l| !l.is_empty()).ok_or_else(refused)?;
    match &list[0] {
        Json::String(name) => Ok(vec![name.clone()]),
        _ => {
            let name = |end: &Json| end.get(0).and_then(Json::as_str).map(str::to_string);
            list.iter().map(|end| name(end).ok_or_else(refused)).collect()
        }
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

/// A layer's call with these inputs, each a name and a shape with the batch axis; `merged` says
/// that the layer takes a list, `causal` that it is an attention which looks back only.
pub(crate) fn call(inputs: Vec<(&str, Json)>, merged: bool, causal: bool) -> Json {
    let tensors = inputs.into_iter().map(|(name, shape)| {
        json!({
            "class_name": "__keras_tensor__",
            "config": {"shape": shape, "dtype": "float32", "keras_history": [name, 0, 0]},
        })
    });
    let tensors: Vec<Json> = tensors.collect();
    let args = if merged { vec![Json::Array(tensors)] } else { tensors };
    let named = if causal { json!({CAUSAL: true}) } else { json!({}) };
    json!([{"args": args, "kwargs": named}])
}
