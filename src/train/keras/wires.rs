//! How the layers of a model are connected, as Keras' files say.

use crate::config::{Config, within};
use crate::error::{Error, Result};
use crate::nn::inbound::{self, ends, inputs};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A layer of a model's list.
pub(super) struct Layer<'a> {
    pub json: &'a Json,
    pub name: String,
    pub key: String,
    pub config: Config,
}

/// How the layers of a model are connected.
pub(super) struct Wires {
    /// An order in which each layer comes behind those whose outputs it takes.
    pub order: Vec<usize>,
    /// Those, for each layer.
    pub before: Vec<Vec<usize>>,
    /// The layers that say what goes in.
    pub inputs: Vec<usize>,
    pub outputs: Vec<usize>,
    /// What gives the mask that a layer is told.
    pub masks: Vec<Option<usize>>,
}

impl Wires {
    /// Of layers one after the other.
    pub fn stack(layers: &[Layer<'_>]) -> Self {
        let last = layers.len().checked_sub(1);
        let begins = layers.first().is_some_and(|layer| layer.config.class_name() == "InputLayer");
        Wires {
            order: (0..layers.len()).collect(),
            before: (0..layers.len()).map(|i| i.checked_sub(1).into_iter().collect()).collect(),
            inputs: if begins { vec![0] } else { Vec::new() },
            outputs: last.into_iter().collect(),
            masks: vec![None; layers.len()],
        }
    }

    /// Of a functional model.
    pub fn graph(model: &Config, layers: &[Layer<'_>]) -> Result<Self> {
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (i, layer) in layers.iter().enumerate() {
            places.entry(&layer.name).or_insert(i);
        }
        let find = |what: String, name: &String| {
            let place = places.get(name.as_str()).copied();
            place.ok_or_else(|| Error::argument(what, name, "one of the model's layers"))
        };
        let end = |key: &str| -> Result<Vec<usize>> {
            let names = ends(model.settings(), key)?;
            names.iter().map(|name| find(format!("the model: {key}"), name)).collect()
        };
        let (inputs_at, outputs) = (end("input_layers")?, end("output_layers")?);
        let mut before = Vec::with_capacity(layers.len());
        let mut masks = Vec::with_capacity(layers.len());
        for (i, layer) in layers.iter().enumerate() {
            let class = layer.config.class_name();
            let place = format!("layer {} '{}', a {class}", i + 1, layer.name);
            let mask = inbound::mask(layer.json);
            masks.push(mask.map(|name| find(format!("{place}: its mask"), &name)).transpose()?);
            let names = inputs(layer.json).map_err(|e| within(e, &place))?;
            let from = names.iter().map(|name| find(format!("{place}: its input"), name));
            before.push(from.collect::<Result<Vec<_>>>()?);
        }
        let order = inbound::in_order(&before).map_err(|at| {
            let expected = "computed before it: the layers go round in a circle";
            let what = format!("layer {} '{}': its input", at + 1, layers[at].name);
            Error::argument(what, "not there", expected)
        })?;
        Ok(Wires { order, before, inputs: inputs_at, outputs, masks })
    }
}
