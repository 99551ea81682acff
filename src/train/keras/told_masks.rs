//! The masks that Keras writes into a functional model's file: beside its layers there are
//! operations that make and join masks, and a layer that skips masked steps names one of them. Here a
//! layer has the mask of its input, so each that a file tells has to be just that.

use super::part::Part;
use crate::config::within;
use crate::error::{Error, Result};
use crate::nn::Network;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// More masks are joined in no model.
const MOST: usize = 64;

/// What masks steps: a value, by its name, where it differs from a number in its 32 bits. Steps count
/// where one of a set lets them count.
pub(super) type Makers = BTreeSet<(String, u32)>;

/// What an operation takes.
pub(super) enum Taken<'a> {
    Value(&'a str),
    Mask(&'a Makers),
}

/// A mask that a layer is told.
pub(super) struct Told {
    /// The layer, and the value that has the mask.
    pub layer: String,
    pub of: String,
    pub makers: Makers,
}

impl Told {
    /// Whether a layer that is called several times gives what its masks are made of, or makes one.
    fn any_shared(&self, parts: &[Part]) -> bool {
        let made = |part: &&Part| {
            part.is_shared() && ["Masking", "Embedding"].contains(&part.class_name())
        };
        let given = |part: &Part| self.makers.iter().any(|(name, _)| *name == part.name);
        parts.iter().any(|part| made(&part) || part.is_shared() && given(part))
    }
}

/// Whether something in a model's list of layers is an operation on tensors.
pub(super) fn is_operation(json: &Json) -> bool {
    json.get("module").and_then(Json::as_str).is_some_and(|m| m.starts_with("keras.src.ops"))
}

/// The mask that an operation gives.
///
/// # Errors
/// If it is none of those by which Keras makes masks.
pub(super) fn mask_of(json: &Json, class: &str, taken: &[Taken<'_>]) -> Result<Makers> {
    let refused = || {
        let expected = "a layer: of operations on tensors those are read that make masks";
        Err(Error::argument("it", format!("the operation {class}"), expected))
    };
    // Of steps, and so over the features.
    let axis = json.pointer("/config/axis").and_then(Json::as_i64).unwrap_or(-1);
    let number = json.pointer("/inbound_nodes/0/args/1").and_then(Json::as_f64);
    let mut all = Makers::new();
    for one in taken {
        match (class, one, number) {
            ("NotEqual", Taken::Value(name), Some(number)) => {
                all.insert((name.to_string(), (number as f32).to_bits()));
            }
            ("Any" | "Concatenate", Taken::Mask(makers), _) if axis == -1 => {
                all.extend(makers.iter().cloned());
            }
            ("LogicalOr" | "ExpandDims", Taken::Mask(makers), _) => {
                all.extend(makers.iter().cloned());
            }
            ("ZerosLike", ..) => {}
            _ => return refused(),
        }
        if all.len() > MOST {
            return Err(Error::argument(
                "the masks that it joins",
                all.len(),
                format!("{MOST} at most"),
            ));
        }
    }
    Ok(all)
}

/// Checks that the masks that layers are told are those that their inputs have in the network, whose
/// layers stand at these places for these parts.
///
/// # Errors
/// If one is another, as one that was given by hand: names the layer.
pub(super) fn check(
    told: &[Told],
    parts: &[Part],
    places: &[usize],
    network: &Network,
) -> Result<()> {
    let named = parts.iter().zip(places).map(|(part, at)| (part.name.as_str(), (part, *at)));
    let named: BTreeMap<&str, (&Part, usize)> = named.collect();
    let of_layer: BTreeMap<usize, &Part> = places.iter().copied().zip(parts).collect();
    for told in told {
        // Whatever its mask, it does the same.
        let heeds = |(_, at): &(&Part, usize)| network.layers()[*at].op.heeds_mask();
        if named.get(told.layer.as_str()).is_some_and(|layer| !heeds(layer)) {
            continue;
        }
        // Of what is called several times each call has a mask of its own, which no name tells.
        let several = |name: &str| named.get(name).is_some_and(|(part, _)| part.is_shared());
        if parts.iter().any(|part| part.is_shared())
            && (several(&told.of) || told.any_shared(parts))
        {
            continue;
        }
        let mut makers = Makers::new();
        for maker in
            named.get(told.of.as_str()).map_or(Vec::new(), |(_, at)| network.masks().makers(*at))
        {
            let Some(part) = of_layer.get(&maker) else { continue };
            let value = part.layer.get("config").and_then(|config| config.get("mask_value"));
            let value = value.and_then(Json::as_f64).unwrap_or(0.0) as f32;
            makers.extend(part.source().map(|source| (source.to_string(), value.to_bits())));
        }
        if makers != told.makers {
            let expected = "that of its input, which layers here have without being told";
            let error = Error::argument("its mask", "another one", expected);
            return Err(within(error, &format!("layer '{}'", told.layer)));
        }
    }
    Ok(())
}
