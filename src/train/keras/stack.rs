//! Keras' models as one stack or graph of layers: models within models are opened, and a functional
//! model is followed from its inputs to its outputs.

use super::part::Part;
use super::told_masks::{Makers, Taken, Told, is_operation, mask_of};
use super::wires::{Layer, Wires};
use crate::config::{Config, Object, snake_case, within, wrong};
use crate::error::{Error, Result};
use crate::nn::inbound::{self, Source, call};
use crate::nn::merge_classes;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Models within models deeper than this are refused.
const DEPTH: usize = 20;
/// More layers than this are refused, because names are searched one by one.
const LAYERS: usize = 10_000;
/// The largest length that a layer's settings may have; no array could be longer.
const LONGEST: u64 = 1 << 31;

/// The layers from the inputs to the outputs, in Keras' order.
#[derive(Default)]
pub(super) struct Stack {
    pub parts: Vec<Part>,
    /// The inputs, with their shape if it is known.
    inputs: Vec<(String, Option<Json>)>,
    outputs: Vec<Source>,
    names: BTreeSet<String>,
    /// The parts by their groups.
    places: BTreeMap<String, usize>,
    /// Layers met, each as often as it is called.
    met: usize,
    /// The masks that layers are told.
    pub masks: Vec<Told>,
    /// The calls of the parts, each behind those whose outputs it takes: the part, and which of its
    /// calls.
    pub calls: Vec<(usize, usize)>,
}

impl Stack {
    /// Of a model's configuration.
    ///
    /// # Errors
    /// If it is neither a `Sequential` nor a functional model, or it holds code: the error names the
    /// layer.
    pub fn of(config: &Config) -> Result<Self> {
        let mut stack = Stack::default();
        let outermost = Place { group: "", top: None, depth: 0, frozen: false };
        stack.outputs = stack.open(config, outermost, None)?;
        if let [(_, shape @ None)] = stack.inputs.as_mut_slice() {
            *shape = config.settings().get("build_input_shape").cloned();
        }
        Ok(stack)
    }

    /// Whether the layers stand one after the other.
    pub fn is_chain(&self) -> bool {
        let [(input, _)] = self.inputs.as_slice() else { return false };
        let before = std::iter::once(input).chain(self.parts.iter().map(|part| &part.name));
        let follows = |(part, before): (&Part, &String)| part.from == [[(before.clone(), 0)]];
        let last = self.parts.last().map_or(input, |part| &part.name);
        self.parts.iter().zip(before).all(follows) && self.outputs == [(last.clone(), 0)]
    }

    /// What goes in, in order.
    pub fn input_names(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().map(|(name, _)| name.as_str())
    }

    /// As a model that this library reads: a `Sequential` where the layers stand one after the
    /// other, else a graph.
    pub fn config(&self) -> Result<Config> {
        if self.is_chain() { self.sequential() } else { self.functional() }
    }

    fn shape(shape: &Json) -> Result<()> {
        check_lengths(shape).map_err(|e| within(e, "the input's shape"))
    }

    fn sequential(&self) -> Result<Config> {
        let mut layers = Vec::with_capacity(self.parts.len() + 1);
        if let [(_, Some(shape))] = self.inputs.as_slice() {
            Stack::shape(shape)?;
            layers.push(json!({"class_name": "InputLayer", "config": {"batch_shape": shape}}));
        }
        layers.extend(self.parts.iter().map(|part| {
            let mut layer = part.layer.clone();
            // Two models within the model may have layers of one name.
            if let Some(Json::Object(settings)) = layer.get_mut("config") {
                settings.insert("name".into(), part.name.as_str().into());
            }
            Json::Object(layer)
        }));
        Config::from_value(&json!({"class_name": "Sequential", "config": {"layers": layers}}))
    }

    /// As a graph that this library reads.
    pub fn functional(&self) -> Result<Config> {
        let mut layers = Vec::with_capacity(self.parts.len() + self.inputs.len());
        for (name, shape) in &self.inputs {
            let shape = shape.as_ref().unwrap_or(&Json::Null);
            Stack::shape(shape)?;
            let config = json!({"batch_shape": shape});
            layers.push(json!({"class_name": "InputLayer", "name": name, "config": config}));
        }
        for part in &self.parts {
            let mut layer = part.layer.clone();
            layer.insert("name".into(), part.name.as_str().into());
            let taken = part.from.iter().map(|from| {
                let from = from.iter().map(|(name, number)| (name.as_str(), *number, Json::Null));
                call(from.collect(), true, false)
            });
            layer.insert("inbound_nodes".into(), taken.collect());
            layers.push(Json::Object(layer));
        }
        let ends = |ends: &mut dyn Iterator<Item = (&String, usize)>| -> Json {
            ends.map(|(name, call)| json!([name, call, 0])).collect()
        };
        Config::from_value(&json!({"class_name": "Functional", "config": {
            "layers": layers,
            "input_layers": ends(&mut self.inputs.iter().map(|(name, _)| (name, 0))),
            "output_layers": ends(&mut self.outputs.iter().map(|(name, call)| (name, *call))),
        }}))
    }

    /// A name that no other part has.
    fn free(&mut self, name: &str) -> String {
        let name = name.replace('/', "_");
        let numbered = (1..).map(|n| format!("{name}_{n}"));
        let mut names = std::iter::once(name.clone()).chain(numbered);
        let free = names.find(|name| self.names.insert(name.clone()));
        free.unwrap_or_default()
    }

    /// Adds the layers of a model that takes the outputs of these parts, or the model's own inputs;
    /// gives back the names of the parts whose outputs are the model's.
    fn open(
        &mut self,
        model: &Config,
        place: Place<'_>,
        fed: Option<&[Source]>,
    ) -> Result<Vec<Source>> {
        let Place { group, top, depth, frozen } = place;
        // Everything in a frozen model is frozen, whatever its own setting says.
        let frozen = frozen || is_frozen(model);
        if depth > DEPTH {
            return Err(Error::argument("models within models", depth, format!("at most {DEPTH}")));
        }
        let listed = model.settings().get("layers").and_then(Json::as_array);
        let missing = || Error::argument("the model: layers", "missing", "a list of layers");
        let listed = listed.ok_or_else(missing)?;
        self.met += listed.len();
        if self.met > LAYERS {
            let what = "the number of layers and their calls";
            return Err(Error::argument(what, self.met, format!("at most {LAYERS}")));
        }
        let mut layers = Vec::new();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (i, json) in listed.iter().enumerate() {
            let place = format!("layer {}", i + 1);
            let config = Config::from_value(json).map_err(|e| within(e, &place))?;
            // Groups are numbered by class, not by the layers' names; operations have none.
            let class = snake_case(config.class_name());
            let mut once = 0;
            let count = match is_operation(json) {
                true => &mut once,
                false => counts.entry(class.clone()).or_default(),
            };
            let key = if *count == 0 { class } else { format!("{class}_{count}") };
            *count += 1;
            let inside = config.settings().get("name").and_then(Json::as_str);
            let name = json.get("name").and_then(Json::as_str).or(inside).unwrap_or(&key);
            layers.push(Layer { json, name: name.to_string(), key, config });
        }
        let wires = match model.class_name() {
            "Sequential" => Wires::stack(&layers),
            "Functional" | "Model" => Wires::graph(model, &layers)?,
            _ => return Err(model.unknown("the model", &["Sequential", "Functional"])),
        };
        // What each layer gives.
        let mut given: Vec<Vec<Vec<Source>>> =
            wires.before.iter().map(|calls| vec![Vec::new(); calls.len()]).collect();
        // The masks that operations give, and which layers are told one of what.
        let mut masks: Vec<Option<Makers>> = vec![None; layers.len()];
        let mut told = Vec::new();
        for (i, &input) in wires.inputs.iter().enumerate() {
            given[input] = vec![match fed {
                Some(fed) => fed.get(i).cloned().into_iter().collect(),
                None => vec![(self.input(&layers[input])?, 0)],
            }];
        }
        for &(i, number) in &wires.order {
            let Layer { json, name, key, config } = &layers[i];
            let place = format!("layer {} '{name}'", i + 1);
            let class = config.class_name();
            if class == "InputLayer" {
                if wires.inputs.contains(&i) {
                    continue;
                }
                let expected = "one of the model's input_layers";
                return Err(Error::argument(place, "an input beside them", expected));
            }
            if is_operation(json) {
                let taken = |&(before, call): &(usize, usize)| match (
                    &masks[before],
                    given[before][call].as_slice(),
                ) {
                    (Some(mask), _) => Taken::Mask(mask),
                    (None, [one]) => Taken::Value(one),
                    (None, _) => Taken::Other,
                };
                let taken: Vec<Taken<'_>> = wires.before[i][number].iter().map(taken).collect();
                masks[i] = Some(mask_of(json, class, &taken).map_err(|e| within(e, &place))?);
                continue;
            }
            let mut from = Vec::new();
            for &(before, call) in &wires.before[i][number] {
                match given[before][call].as_slice() {
                    _ if masks[before].is_some() => {
                        let got = format!("'{}', an operation", layers[before].name);
                        return Err(Error::argument(place, got, "given the output of a layer"));
                    }
                    [one] => from.push(one.clone()),
                    several => {
                        let what = format!("layer '{}': its outputs", layers[before].name);
                        return Err(Error::argument(what, several.len(), "1, inside a model"));
                    }
                }
            }
            if wires.before[i][number].is_empty() && model.class_name() == "Sequential" {
                // A stack may begin without an input layer.
                from = match fed {
                    Some(fed) => fed.to_vec(),
                    None => vec![(self.begin("input_layer", None), 0)],
                };
            }
            let mask = wires.masks[i].get(number).copied().flatten();
            if let (Some(mask), Some(of)) = (mask, from.first()) {
                told.push(((i, number), of.clone(), mask));
            }
            let top = top.unwrap_or(name);
            let group = format!("{group}layers/{key}");
            if is_model(class) {
                let (group, depth) = (&format!("{group}/"), depth + 1);
                let inner = Place { group, top: Some(top), depth, frozen };
                let opened = self.open(config, inner, Some(&from));
                given[i][number] = opened.map_err(|e| within(e, &place))?;
                continue;
            }
            refuse_code(json, config).map_err(|e| within(e, &place))?;
            let takes_several = class == inbound::ATTENTION && !from.is_empty()
                || merge_classes().any(|merge| merge == class);
            if from.len() != 1 && !takes_several {
                let got = match from.len() {
                    0 => "none, beside the model's inputs".to_string(),
                    many => many.to_string(),
                };
                let what = format!("{place}, a {class}: the number of its inputs");
                return Err(Error::argument(what, got, "1"));
            }
            if let Some(&at) = self.places.get(&group) {
                let part = &mut self.parts[at];
                self.calls.push((at, part.from.len()));
                given[i][number] = vec![(part.name.clone(), part.from.len())];
                part.from.push(from);
                continue;
            }
            let settings = Json::Object(config.settings().clone());
            check_lengths(&settings).map_err(|e| within(e, &place))?;
            let mut layer = json.as_object().cloned().unwrap_or_default();
            let axis = last_axis(&mut layer);
            if frozen && let Some(Json::Object(settings)) = layer.get_mut("config") {
                settings.insert("trainable".into(), false.into());
            }
            if inbound::is_causal(json)
                && let Some(Json::Object(settings)) = layer.get_mut("config")
            {
                settings.insert(inbound::CAUSAL.into(), true.into());
            }
            let name = self.free(name);
            given[i][number] = vec![(name.clone(), 0)];
            self.places.insert(group.clone(), self.parts.len());
            self.calls.push((self.parts.len(), 0));
            let (from, top) = (vec![from], top.to_string());
            self.parts.push(Part { layer, name, from, group, top, axis });
        }
        for ((i, number), of, mask) in told {
            let part = given[i][number].first();
            let part = part.filter(|_| !is_model(layers[i].config.class_name()));
            let layer = part.cloned().unwrap_or_else(|| (layers[i].name.clone(), number));
            let makers = masks[mask].clone().ok_or_else(|| {
                let what = format!("layer {} '{}': its mask", i + 1, layer.0);
                Error::argument(what, format!("'{}'", layers[mask].name), "that of its input")
            })?;
            self.masks.push(Told { layer, of, makers });
        }
        if let Some((at, _)) = wires.outputs.iter().find(|(at, _)| masks[*at].is_some()) {
            let got = format!("the operation '{}'", layers[*at].name);
            return Err(Error::argument("the model: an output", got, "that of a layer"));
        }
        let outputs = wires.outputs.iter().flat_map(|(at, call)| given[*at][*call].iter().cloned());
        let outputs: Vec<Source> = outputs.collect();
        // A stack without layers returns its input.
        Ok(if outputs.is_empty() { fed.unwrap_or_default().to_vec() } else { outputs })
    }

    /// Adds what goes into the outermost model.
    fn begin(&mut self, name: &str, shape: Option<Json>) -> String {
        let name = self.free(name);
        self.inputs.push((name.clone(), shape));
        name
    }

    fn input(&mut self, layer: &Layer<'_>) -> Result<String> {
        let setting = |key: &str| layer.config.settings().get(key).filter(|json| !json.is_null());
        let here = |e| within(e, &format!("layer '{}'", layer.name));
        for key in ["sparse", "ragged"] {
            if let Some(json) = setting(key).filter(|json| **json != Json::Bool(false)) {
                return Err(here(within(wrong(json, "false, the only one there is here"), key)));
            }
        }
        if let Some(json) = setting("dtype").filter(|json| **json == "string") {
            return Err(here(within(wrong(json, "a kind of number"), "dtype")));
        }
        let shape = setting("batch_shape").or_else(|| setting("batch_input_shape"));
        Ok(self.begin(&layer.name, shape.cloned()))
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

fn is_model(class: &str) -> bool {
    ["Sequential", "Functional", "Model"].contains(&class)
}

/// Refuses layers that hold code or need the program that defined them. Code is never run.
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
            Err(wrong(json, "a length that an array can have"))
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
