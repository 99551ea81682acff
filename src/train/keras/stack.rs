//! Keras' models as a plain stack of layers: models within models are opened, and a functional
//! model is followed from its input to its output. What branches is refused.

use crate::config::{Config, Object, short, snake_case, within, wrong};
use crate::error::{Error, Result};
use crate::nn::inbound::inputs;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Models within models deeper than this are refused.
const DEPTH: usize = 20;
/// More layers than this are refused: their names are looked for one by one.
const LAYERS: usize = 10_000;
/// No length that a layer is told is larger: of a larger one there is no array.
const LONGEST: u64 = 1 << 31;

/// A layer, and where its weights lie.
pub(super) struct Part {
    /// The layer as Keras wrote it.
    pub layer: Object,
    /// Its group in a weights file of Keras 3.
    pub group: String,
    /// The name of the layer of the outermost model that it belongs to.
    pub top: String,
    /// The axis of a batch normalization, where it was counted from the front.
    pub axis: Option<usize>,
}

/// The layers from the input to the output.
pub(super) struct Stack {
    pub parts: Vec<Part>,
    input: Option<Json>,
}

impl Stack {
    /// Of a model's configuration.
    ///
    /// # Errors
    /// If it is neither a `Sequential` nor a functional model, it branches, or it holds code: the
    /// error names the layer.
    pub fn of(config: &Config) -> Result<Self> {
        let mut stack = Stack { parts: Vec::new(), input: None };
        let outermost = Place { group: "", top: None, depth: 0, frozen: false };
        stack.open(config, outermost)?;
        if stack.input.is_none() {
            stack.input = config.settings().get("build_input_shape").cloned();
        }
        Ok(stack)
    }

    /// As a `Sequential` that this library reads.
    pub fn sequential(&self) -> Result<Config> {
        let mut layers = Vec::with_capacity(self.parts.len() + 1);
        if let Some(shape) = &self.input {
            check_lengths(shape).map_err(|e| within(e, "the input's shape"))?;
            layers.push(json!({"class_name": "InputLayer", "config": {"batch_shape": shape}}));
        }
        layers.extend(self.parts.iter().map(|part| Json::Object(part.layer.clone())));
        Config::from_value(&json!({"class_name": "Sequential", "config": {"layers": layers}}))
    }

    fn open(&mut self, model: &Config, place: Place<'_>) -> Result<()> {
        let Place { group, top, depth, frozen } = place;
        // What lies in a frozen model is frozen, whatever it says of itself.
        let frozen = frozen || is_frozen(model);
        if depth > DEPTH {
            return Err(Error::argument("models within models", depth, format!("at most {DEPTH}")));
        }
        let listed = model.settings().get("layers").and_then(Json::as_array);
        let missing = || Error::argument("the model: layers", "missing", "a list of layers");
        let listed = listed.ok_or_else(missing)?;
        if self.parts.len() + listed.len() > LAYERS {
            let what = "the number of layers";
            return Err(Error::argument(what, listed.len(), format!("at most {LAYERS}")));
        }
        let mut layers = Vec::new();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (i, json) in listed.iter().enumerate() {
            let place = format!("layer {}", i + 1);
            let config = Config::from_value(json).map_err(|e| within(e, &place))?;
            // Groups are counted by class, whatever the layers are called.
            let class = snake_case(config.class_name());
            let count = counts.entry(class.clone()).or_default();
            let key = if *count == 0 { class } else { format!("{class}_{count}") };
            *count += 1;
            let inside = config.settings().get("name").and_then(Json::as_str);
            let name = json.get("name").and_then(Json::as_str).or(inside).unwrap_or(&key);
            layers.push(Layer { json, name: name.to_string(), key, config });
        }
        let order = match model.class_name() {
            "Sequential" => (0..layers.len()).collect(),
            "Functional" | "Model" => chain(model, &layers)?,
            _ => return Err(model.unknown("the model", &["Sequential", "Functional"])),
        };
        for i in order {
            let Layer { json, name, key, config } = &layers[i];
            let top = top.unwrap_or(name);
            let group = format!("{group}layers/{key}");
            let place = format!("layer {} '{name}'", i + 1);
            match config.class_name() {
                "InputLayer" => self.input(config).map_err(|e| within(e, &place))?,
                "Sequential" | "Functional" | "Model" => {
                    let (group, depth) = (&format!("{group}/"), depth + 1);
                    self.open(config, Place { group, top: Some(top), depth, frozen })
                        .map_err(|e| within(e, &place))?;
                }
                _ => {
                    refuse_code(json, config).map_err(|e| within(e, &place))?;
                    let settings = Json::Object(config.settings().clone());
                    check_lengths(&settings).map_err(|e| within(e, &place))?;
                    let mut layer = json.as_object().cloned().unwrap_or_default();
                    let axis = last_axis(&mut layer);
                    if frozen && let Some(Json::Object(settings)) = layer.get_mut("config") {
                        settings.insert("trainable".into(), false.into());
                    }
                    let part = Part { layer, group, top: top.to_string(), axis };
                    self.parts.push(part);
                }
            }
        }
        Ok(())
    }

    fn input(&mut self, layer: &Config) -> Result<()> {
        let setting = |key: &str| layer.settings().get(key).filter(|json| !json.is_null());
        for key in ["sparse", "ragged"] {
            if let Some(json) = setting(key).filter(|json| **json != Json::Bool(false)) {
                return Err(within(wrong(json, "false, the only one there is here"), key));
            }
        }
        if let Some(json) = setting("dtype").filter(|json| **json == "string") {
            return Err(within(wrong(json, "a kind of number"), "dtype"));
        }
        if self.input.is_none() {
            let shape = setting("batch_shape").or_else(|| setting("batch_input_shape"));
            self.input = shape.cloned();
        }
        Ok(())
    }
}

/// Where a model lies within the outermost one.
struct Place<'a> {
    group: &'a str,
    top: Option<&'a str>,
    depth: usize,
    frozen: bool,
}

fn is_frozen(model: &Config) -> bool {
    model.settings().get("trainable") == Some(&Json::Bool(false))
}

struct Layer<'a> {
    json: &'a Json,
    name: String,
    key: String,
    config: Config,
}

/// Code is never run, and what only its own program can tell is refused.
fn refuse_code(json: &Json, config: &Config) -> Result<()> {
    let class = config.class_name();
    let registered = json.get("registered_name").and_then(Json::as_str);
    let own = registered.filter(|name| name.contains('>') && !name.starts_with("keras"));
    let what = match (class, own) {
        ("Lambda", _) => "a Lambda layer, which holds Python code".to_string(),
        (_, Some(name)) => format!("of the class '{name}', which is Python code of its author"),
        _ => return Ok(()),
    };
    Err(Error::argument("the layer", what, "one of Keras' own layers"))
}

/// Checks that every whole number could be a length.
fn check_lengths(json: &Json) -> Result<()> {
    match json {
        Json::Array(list) => list.iter().try_for_each(check_lengths),
        Json::Object(object) => object
            .iter()
            .filter(|(key, _)| *key != "seed" && *key != "shared_object_id")
            .try_for_each(|(key, json)| check_lengths(json).map_err(|e| within(e, key))),
        Json::Number(n) if n.as_u64().is_some_and(|n| n > LONGEST) => {
            Err(wrong(json, "a length of which there can be an array"))
        }
        _ => Ok(()),
    }
}

/// Counts the axis of a batch normalization from the end, as Keras 3 does where it can; gives back
/// the axis from the front, which has to be the last.
fn last_axis(layer: &mut Object) -> Option<usize> {
    let normalizes = layer.get("class_name").is_some_and(|c| c == "BatchNormalization");
    let axis = layer.get_mut("config").filter(|_| normalizes)?.get_mut("axis")?;
    if let Json::Array(list) = axis
        && let [one] = list.as_slice()
    {
        *axis = one.clone();
    }
    let front = axis.as_u64().and_then(|n| usize::try_from(n).ok())?;
    *axis = Json::from(-1);
    Some(front)
}

/// The order in which a functional model's layers follow each other.
fn chain(model: &Config, layers: &[Layer<'_>]) -> Result<Vec<usize>> {
    let end = |key: &str| {
        let json = model.settings().get(key).unwrap_or(&Json::Null);
        let refused = || {
            let what = format!("the model: {key}");
            Error::argument(what, short(json), "one: here a model has one input and one output")
        };
        let list = json.as_array().filter(|l| !l.is_empty()).ok_or_else(refused)?;
        let one = match &list[0] {
            Json::String(name) => name,
            Json::Array(first) if list.len() == 1 => {
                first.first().and_then(Json::as_str).ok_or_else(refused)?
            }
            _ => return Err(refused()),
        };
        let at = layers.iter().position(|layer| layer.name == *one);
        at.ok_or_else(|| Error::argument(format!("the model: {key}"), one, "one of its layers"))
    };
    let (first, last) = (end("input_layers")?, end("output_layers")?);
    let mut follower: Vec<Option<usize>> = vec![None; layers.len()];
    for (i, layer) in layers.iter().enumerate() {
        let place = format!("layer {} '{}', a {}", i + 1, layer.name, layer.config.class_name());
        let before = inputs(layer.json).map_err(|e| within(e, &place))?;
        let before = match before.as_slice() {
            [] if i == first => continue,
            [one] => one,
            many => {
                let got = match many {
                    [] => "none, beside the model's input".to_string(),
                    many => format!("{} ({})", many.len(), many.join(", ")),
                };
                let what = format!("{place}: the number of its inputs");
                return Err(Error::argument(what, got, "1: here layers stand one after the other"));
            }
        };
        let from = layers.iter().position(|layer| layer.name == *before);
        let from = from.ok_or_else(|| {
            Error::argument(format!("{place}: its input"), before, "one of the model's layers")
        })?;
        if let Some(other) = follower[from].replace(i) {
            let class = layers[from].config.class_name();
            let what = format!("layer '{before}', a {class}: what follows it");
            let both = format!("both '{}' and '{}'", layers[other].name, layer.name);
            return Err(Error::argument(what, both, "one: here layers stand one after the other"));
        }
    }
    let order: Vec<usize> =
        std::iter::successors(Some(first), |i| follower[*i]).take(layers.len() + 1).collect();
    if order.last() != Some(&last) || order.len() != layers.len() {
        let expected = "layers that stand one after the other from the input to the output";
        return Err(Error::argument("the model", "a graph with other ways through it", expected));
    }
    Ok(order)
}
