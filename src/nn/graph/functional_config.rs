//! A graph of layers as Keras writes it.

use super::functional::Functional;
use super::merges;
use super::node::{Input, Node, What};
use super::{
    inbound::{self, Source},
    order::{Order, Step},
};
use crate::config::{Config, Object, within};
use crate::error::{Error, Result};
use crate::nn::sequential_config::{
    input_layer, known_classes, precision, read, takes_trainable, with_batch, without_batch,
};
use crate::nn::{MultiHeadAttention, Port};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

impl Functional {
    /// The layers in Keras' form, as its `to_json()` has them: class names, settings and how they
    /// are connected, no weights. Keras' `model_from_json` takes [`Config::to_json`] of it.
    ///
    /// # Errors
    /// If the layers do not fit together, or one is code that cannot be written down, as a
    /// [`CustomLayer`](crate::bridge::CustomLayer): the error names it.
    pub fn to_config(&self) -> Result<Config> {
        let Order { steps, inputs, outputs } = self.order()?;
        let network = self.build()?;
        let mut shapes: Vec<Json> = Vec::with_capacity(steps.len());
        let mut built = Vec::with_capacity(steps.len());
        let mut outputs_of = network.layers().iter();
        for step in &steps {
            built.push(match step.node.what() {
                What::Input(shape) => {
                    shapes.push(with_batch(shape));
                    None
                }
                _ => {
                    let layer = outputs_of.next();
                    shapes.push(with_batch(layer.map_or(&[][..], |layer| layer.op.output())));
                    layer
                }
            });
        }
        let mut layers = Vec::with_capacity(steps.len());
        for (i, step) in steps.iter().enumerate().filter(|(_, step)| step.repeats.is_none()) {
            let place = format!("layer {} '{}'", i + 1, step.name);
            let name = Json::from(step.name.as_str());
            let config = match step.node.what() {
                What::Input(shape) => {
                    let mut layer = input_layer(shape, &step.name);
                    layer["name"] = name;
                    layer["inbound_nodes"] = json!([]);
                    layers.push(layer);
                    continue;
                }
                What::Layer(layer) => layer.config(),
                What::Merge(merge) => merge.config(),
            };
            let mut config = config.map_err(|e| within(e, &place))?;
            let attends = config.class_name() == inbound::ATTENTION;
            let settings = config.settings_mut();
            settings.insert("name".into(), name.clone());
            let trainable = built[i].is_none_or(|layer| layer.trainable);
            if takes_trainable(step.node.what().class_name()) {
                settings.insert("trainable".into(), trainable.into());
            }
            settings.insert("dtype".into(), precision());
            let causal = settings.remove(inbound::CAUSAL) == Some(Json::Bool(true));
            let merged = matches!(step.node.what(), What::Merge(_)) && !attends;
            let mut uses: Vec<&Step> = vec![step];
            uses.extend(steps.iter().filter(|other| other.repeats == Some(i)));
            uses.sort_by_key(|step| step.index);
            let shapes_of = |step: &Step| -> Vec<Json> {
                step.inputs.iter().map(|from| shapes[*from].clone()).collect()
            };
            if !attends {
                let mut taken = shapes_of(uses[0]);
                let built_from = if merged { Json::from(taken) } else { taken.swap_remove(0) };
                config.beside.insert("build_config".into(), json!({"input_shape": built_from}));
            }
            config.beside.insert("name".into(), name);
            let call = |step: &&Step| {
                let names = step.inputs.iter().map(|from| (&steps[*from].name, steps[*from].index));
                let taken = names.zip(shapes_of(step));
                let mut given: Vec<(&str, usize, Json)> =
                    taken.map(|((name, call), shape)| (name.as_str(), call, shape)).collect();
                if attends && given.len() == 1 {
                    given.extend(given.clone());
                }
                inbound::call(given, merged, causal)
            };
            config.beside.insert("inbound_nodes".into(), uses.iter().map(call).collect());
            layers.push(config.to_value());
        }
        let ends = |places: &[usize]| -> Json {
            let mut ends = places.iter().map(|at| json!([steps[*at].name, steps[*at].index, 0]));
            if let [_] = places { ends.next().unwrap_or_default() } else { ends.collect() }
        };
        let mut settings = Object::new();
        settings.insert("name".into(), "functional".into());
        settings.insert("trainable".into(), true.into());
        settings.insert("layers".into(), layers.into());
        settings.insert("input_layers".into(), ends(&inputs));
        settings.insert("output_layers".into(), ends(&outputs));
        Ok(Config::new("keras.src.models.functional", "Functional", settings))
    }

    /// The [configuration](Self::to_config) as text, as Keras' `to_json()`.
    ///
    /// # Errors
    /// As [`to_config`](Self::to_config).
    pub fn to_json(&self) -> Result<String> {
        Ok(self.to_config()?.to_json())
    }

    /// The graph of a text, as [`to_json`](Self::to_json) or Keras made it.
    ///
    /// # Errors
    /// If it is no such text, or as [`from_config`](Self::from_config).
    pub fn from_json(text: &str) -> Result<Self> {
        Functional::from_config(&Config::from_json(text)?)
    }

    /// The graph of a configuration, as [`to_config`](Self::to_config) or Keras made it.
    ///
    /// # Errors
    /// If it is no functional model, a layer or a setting does not exist here, or the lengths of an
    /// input are not fixed: the error names the layer, the setting and its value.
    pub fn from_config(config: &Config) -> Result<Self> {
        if !["Functional", "Model"].contains(&config.class_name()) {
            return Err(config.unknown("the model", &["Functional"]));
        }
        let listed = config.settings().get("layers").and_then(Json::as_array);
        let none = || Error::argument("Functional: layers", "missing", "a list of layers");
        let layers = listed.ok_or_else(none)?.iter();
        let layers = layers.enumerate().map(|(i, json)| Listed::of(i, json));
        let layers = layers.collect::<Result<Vec<_>>>()?;
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (i, layer) in layers.iter().enumerate() {
            if places.insert(&layer.name, i).is_some() {
                let got = format!("'{}', twice", layer.name);
                return Err(Error::argument("the name of a layer", got, "of one layer alone"));
            }
        }
        // The calls of all layers, one after the other; what goes in counts as called once.
        let counts = layers.iter().map(|layer| layer.calls.len());
        let starts: Vec<usize> = counts
            .scan(0, |next, count| {
                let start = *next;
                *next += count;
                Some(start)
            })
            .collect();
        let find = |place: &str, (name, call): &Source| {
            let found = places.get(name.as_str());
            let found = found.and_then(|at| Some(starts[*at] + layers[*at].place_of(*call)?));
            let expected = "one of its layers, and a call of it";
            found.ok_or_else(|| Error::argument(place, format!("'{name}', {call}"), expected))
        };
        let ends = |key: &str| -> Result<Vec<usize>> {
            let ends = inbound::ends(config.settings(), key)?;
            ends.iter().map(|end| find(&format!("the model: {key}"), end)).collect()
        };
        let (inputs, outputs) = (ends("input_layers")?, ends("output_layers")?);
        let mut before = Vec::new();
        let mut owners = Vec::new();
        for (at, layer) in layers.iter().enumerate() {
            for call in &layer.calls {
                let found =
                    call.iter().map(|end| find(&format!("{}: its input", layer.place), end));
                before.push(found.collect::<Result<Vec<_>>>()?);
                owners.push(at);
            }
        }
        let mut nodes: Vec<Option<Node>> = vec![None; before.len()];
        let numbers: Vec<u64> = layers.iter().map(|_| Node::number()).collect();
        let order = inbound::in_order(&before).map_err(|at| {
            let expected = "computed before it: the layers go round in a circle";
            let place = &layers[owners[at]].place;
            Error::argument(format!("{place}: its input"), "not there", expected)
        });
        for at in order? {
            let taken = before[at].iter().filter_map(|from| nodes[*from].clone()).collect();
            let owner = owners[at];
            nodes[at] = Some(layers[owner].node(taken, numbers[owner])?);
        }
        let chosen = |places: &[usize]| -> Vec<Node> {
            places.iter().filter_map(|at| nodes[*at].clone()).collect()
        };
        let mut graph = Functional::new(chosen(&inputs), chosen(&outputs));
        let placed = graph.places()?;
        let used = placed.iter().filter(|place| place.repeats.is_none()).count();
        if used != layers.len() {
            let got = format!("{} layers, of which {used} lead to an output", layers.len());
            return Err(Error::argument("the model", got, "a graph all of whose layers do"));
        }
        for place in placed {
            let layer = places.get(place.name.as_str()).map(|at| &layers[*at]);
            let (Some(layer), Port::Layer(at)) = (layer, place.port) else { continue };
            let mut trainable = true;
            let read = layer.config.reader().read("trainable", &mut trainable);
            read.map_err(|e| within(e, &layer.place))?;
            graph.set_trainable(at, trainable);
        }
        Ok(graph)
    }
}

/// A layer of the list.
struct Listed {
    name: String,
    place: String,
    config: Config,
    calls: Vec<Vec<Source>>,
}

impl Listed {
    fn of(index: usize, json: &Json) -> Result<Self> {
        let place = format!("layer {}", index + 1);
        let config = Config::from_value(json).map_err(|e| within(e, &place))?;
        let inside = config.settings().get("name").and_then(Json::as_str);
        let name = json.get("name").and_then(Json::as_str).or(inside);
        let missing = || Error::argument(format!("{place}: name"), "missing", "there");
        let name = name.ok_or_else(missing)?.to_string();
        let place = format!("{place} '{name}'");
        let mut calls = inbound::calls(json).map_err(|e| within(e, &place))?;
        if let Some((mask, _)) = inbound::masks(json).into_iter().flatten().next() {
            let expected = "left out: here a layer has the mask of its input";
            let error = Error::argument("its call: mask", format!("'{mask}'"), expected);
            return Err(within(
                error.hint("Functional::load_keras reads the masks of files"),
                &place,
            ));
        }
        if calls.is_empty() {
            calls.push(Vec::new());
        }
        let mut config = config;
        if inbound::is_causal(json) {
            config.settings_mut().insert(inbound::CAUSAL.into(), true.into());
        }
        Ok(Listed { name, place, config, calls })
    }

    /// The call of this number: of a layer that is called once its only one.
    fn place_of(&self, call: usize) -> Option<usize> {
        let call = if self.calls.len() == 1 { 0 } else { call };
        (call < self.calls.len()).then_some(call)
    }

    /// The node that the layer gives for these inputs; the number makes all its calls the same layer's.
    fn node(&self, inputs: Vec<Node>, number: u64) -> Result<Node> {
        let class = self.config.class_name();
        let here = |e| within(e, &self.place);
        let count = inputs.len();
        let expect = |expected: &str| {
            Err(Error::argument(
                format!("{}, a {class}: the number of its inputs", self.place),
                match count {
                    0 => "none".to_string(),
                    count => count.to_string(),
                },
                expected,
            ))
        };
        let node = if class == "InputLayer" {
            if count != 0 {
                return expect("0");
            }
            let shape = ["batch_shape", "batch_input_shape"]
                .into_iter()
                .find_map(|key| self.config.settings().get(key))
                .unwrap_or(&Json::Null);
            Input::new(
                without_batch(shape)
                    .map_err(|e| within(e, &format!("{}, its shape", self.place)))?,
            )
        } else if let Some(merge) = merges::read(&self.config) {
            if count == 0 {
                return expect("at least 1");
            }
            Node::of_shared(number, What::Merge(merge.map_err(here)?), inputs)
        } else if class == inbound::ATTENTION && count > 1 {
            if count > 3 {
                return expect("1 to 3: query, value and key");
            }
            let merge = MultiHeadAttention::read_cross(&self.config).map_err(here)?;
            Node::of_shared(number, What::Merge(merge), inputs)
        } else {
            if count != 1 {
                return expect("1");
            }
            let known: Vec<&str> = known_classes().into_iter().chain(merges::names()).collect();
            let layer = read(&self.config, &known).map_err(here)?;
            Node::of_shared(number, What::Layer(layer), inputs)
        };
        Ok(node.name(&self.name))
    }
}
