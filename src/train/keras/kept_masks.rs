//! Whether the masks that a functional model's file tells its layers are those of their inputs.

use super::stack::Stack;
use super::told_masks::Makers;
use crate::config::within;
use crate::error::{Error, Result};
use crate::nn::inbound::Source;
use crate::nn::{Network, Port};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Checks that the masks that layers are told are those that their inputs have in the network.
///
/// # Errors
/// If one is another, as one that was given by hand: names the layer.
pub(super) fn check(stack: &Stack, network: &Network) -> Result<()> {
    if stack.masks.is_empty() {
        return Ok(());
    }
    let calls = Calls::of(stack, network);
    for told in &stack.masks {
        let at = |source: &Source| match calls.ports.get(source) {
            Some(Port::Layer(at)) => Some(*at),
            _ => None,
        };
        // Whatever its mask, it does the same.
        let heeds = |at: usize| network.layers()[at].op.heeds_mask();
        if at(&told.layer).is_some_and(|at| !heeds(at)) {
            continue;
        }
        let makers = at(&told.of).map_or(Vec::new(), |at| network.masks().makers(at));
        let makers = makers.into_iter().filter_map(|at| calls.maker(at, stack));
        if makers.collect::<Makers>() != told.makers {
            let expected = "that of its input, which layers here have without being told";
            let error = Error::argument("its mask", "another one", expected);
            return Err(within(error, &format!("layer '{}'", told.layer.0)));
        }
    }
    Ok(())
}

/// The calls of a file's layers in the network, which has a layer for each.
struct Calls {
    /// What gives each value of the file.
    ports: BTreeMap<Source, Port>,
    /// The part, and which of its calls, that each layer of the network is.
    of_layer: BTreeMap<usize, (usize, usize)>,
}

impl Calls {
    fn of(stack: &Stack, network: &Network) -> Self {
        let inputs = stack.input_names().enumerate();
        let mut ports: BTreeMap<Source, Port> =
            inputs.map(|(i, name)| ((name.to_string(), 0), Port::Input(i))).collect();
        let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (i, layer) in network.layers().iter().enumerate() {
            named.entry(&layer.name).or_default().push(i);
        }
        let mut of_layer = BTreeMap::new();
        for &(at, call) in &stack.calls {
            let part = &stack.parts[at];
            let from: Option<Vec<Port>> =
                part.from[call].iter().map(|source| ports.get(source).copied()).collect();
            let uses = named.get(part.name.as_str()).into_iter().flatten();
            // Two uses of a layer with the same inputs give the same.
            let mut uses = uses.filter(|i| {
                Some(&network.layers()[**i].inputs) == from.as_ref() && !of_layer.contains_key(*i)
            });
            if let Some(&layer) = uses.next() {
                of_layer.insert(layer, (at, call));
                ports.insert((part.name.clone(), call), Port::Layer(layer));
            }
        }
        Calls { ports, of_layer }
    }

    /// What a layer that makes a mask takes, and the number that it masks.
    fn maker(&self, layer: usize, stack: &Stack) -> Option<(Source, u32)> {
        let (at, call) = *self.of_layer.get(&layer)?;
        let part = &stack.parts[at];
        let value = part.layer.get("config").and_then(|config| config.get("mask_value"));
        let value = value.and_then(Json::as_f64).unwrap_or(0.0) as f32;
        Some((part.from[call].first()?.clone(), value.to_bits()))
    }
}
