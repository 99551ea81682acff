//! How the layers of a model are connected, as Keras' files say.

use crate::config::{Config, within};
use crate::error::{Error, Result};
use crate::nn::inbound::{self, Source, ends};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A layer of a model's list.
pub(super) struct Layer<'a> {
    pub json: &'a Json,
    pub name: String,
    pub key: String,
    pub config: Config,
}

/// A call of a layer: the layer, and the number of the call.
type Called = (usize, usize);

/// How the layers of a model are connected.
pub(super) struct Wires {
    /// The calls of all layers, each behind those whose outputs it takes.
    pub order: Vec<Called>,
    /// Those, for each call of each layer.
    pub before: Vec<Vec<Vec<Called>>>,
    /// The layers that say what goes in.
    pub inputs: Vec<usize>,
    pub outputs: Vec<Called>,
    /// What gives the mask that each call of each layer is told.
    pub masks: Vec<Vec<Option<usize>>>,
}

impl Wires {
    /// Of layers one after the other.
    pub fn stack(layers: &[Layer<'_>]) -> Self {
        let last = layers.len().checked_sub(1);
        let begins = layers.first().is_some_and(|layer| layer.config.class_name() == "InputLayer");
        let after = |i: usize| i.checked_sub(1).map(|before| (before, 0)).into_iter().collect();
        Wires {
            order: (0..layers.len()).map(|i| (i, 0)).collect(),
            before: (0..layers.len()).map(|i| vec![after(i)]).collect(),
            inputs: if begins { vec![0] } else { Vec::new() },
            outputs: last.map(|last| (last, 0)).into_iter().collect(),
            masks: vec![vec![None]; layers.len()],
        }
    }

    /// Of a functional model.
    pub fn graph(model: &Config, layers: &[Layer<'_>]) -> Result<Self> {
        let place = |i: usize| {
            let layer: &Layer<'_> = &layers[i];
            format!("layer {} '{}', a {}", i + 1, layer.name, layer.config.class_name())
        };
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut taken = Vec::with_capacity(layers.len());
        for (i, layer) in layers.iter().enumerate() {
            places.entry(&layer.name).or_insert(i);
            let mut calls = inbound::calls(layer.json).map_err(|e| within(e, &place(i)))?;
            // What goes in is not called.
            if calls.is_empty() {
                calls.push(Vec::new());
            }
            taken.push(calls);
        }
        let find = |what: String, (name, call): &Source| {
            let found = places.get(name.as_str()).and_then(|at| match taken[*at].len() {
                1 => Some((*at, 0)),
                count => (*call < count).then_some((*at, *call)),
            });
            found.ok_or_else(|| Error::argument(what, name, "one of the model's layers"))
        };
        let end = |key: &str| -> Result<Vec<Called>> {
            let ends = ends(model.settings(), key)?;
            ends.iter().map(|end| find(format!("the model: {key}"), end)).collect()
        };
        let (inputs_at, outputs) = (end("input_layers")?, end("output_layers")?);
        let mut before = Vec::with_capacity(layers.len());
        let mut masks = Vec::with_capacity(layers.len());
        let mut all = Vec::new();
        for (i, layer) in layers.iter().enumerate() {
            let told = inbound::masks(layer.json).into_iter().map(|mask| {
                mask.map(|mask| Ok(find(format!("{}: its mask", place(i)), &mask)?.0)).transpose()
            });
            masks.push(told.collect::<Result<Vec<_>>>()?);
            let mut own = Vec::with_capacity(taken[i].len());
            for (number, call) in taken[i].iter().enumerate() {
                let from = call.iter().map(|end| find(format!("{}: its input", place(i)), end));
                own.push(from.collect::<Result<Vec<_>>>()?);
                all.push((i, number));
            }
            before.push(own);
        }
        let numbers: BTreeMap<Called, usize> =
            all.iter().enumerate().map(|(number, call)| (*call, number)).collect();
        let numbered = |from: &Vec<Called>| -> Vec<usize> {
            from.iter().filter_map(|call| numbers.get(call).copied()).collect()
        };
        let flat: Vec<Vec<usize>> = before.iter().flatten().map(numbered).collect();
        let order = inbound::in_order(&flat).map_err(|at| {
            let expected = "computed before it: the layers go round in a circle";
            let at = all[at].0;
            let what = format!("layer {} '{}': its input", at + 1, layers[at].name);
            Error::argument(what, "not there", expected)
        })?;
        let order = order.into_iter().map(|at| all[at]).collect();
        let inputs = inputs_at.into_iter().map(|(at, _)| at).collect();
        Ok(Wires { order, before, inputs, outputs, masks })
    }
}
