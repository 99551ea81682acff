//! The masks that Keras writes into a functional model's file: beside its layers there are
//! operations that make and join masks, and a layer that skips masked steps names one of them. Here a
//! layer has the mask of its input, so each that a file tells has to be just that.

use crate::error::{Error, Result};
use crate::nn::inbound::Source;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// More masks are joined in no model.
const MOST: usize = 64;

/// What masks steps: a value, where it differs from a number in its 32 bits. Steps count where one
/// of a set lets them count.
pub(super) type Makers = BTreeSet<(Source, u32)>;

/// What an operation takes.
pub(super) enum Taken<'a> {
    Value(&'a Source),
    Mask(&'a Makers),
    /// What a model of several outputs gives.
    Other,
}

/// A mask that a call of a layer is told.
pub(super) struct Told {
    /// The layer and which of its calls, and the value that has the mask.
    pub layer: Source,
    pub of: Source,
    pub makers: Makers,
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
            ("NotEqual", Taken::Value(value), Some(number)) => {
                all.insert(((*value).clone(), (number as f32).to_bits()));
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
