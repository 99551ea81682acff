//! The values that a running trial will use, before its code has asked for them.
//!
//! Optuna stores the values that it chose together as pieces of a JSON text,
//! `tpe:relative_params:0` and so on, for samplers in other processes. This library does the same,
//! and each reads the other's. Its other model-based samplers use the same key.

use super::space::Space;
use crate::tune::{Attributes, Distribution, Trial};
use serde_json::{Map, Value as Json};

const KEY: &str = "tpe:relative_params";
/// Optuna's limit for a system attribute in a database, in characters.
const PIECE: usize = 2045;

/// The system attributes that store these values; empty if there are none.
pub(super) fn notes(values: &[(String, Distribution, f64)]) -> Attributes {
    if values.is_empty() {
        return Attributes::new();
    }
    let named = values.iter().map(|(name, of, value)| (name.clone(), of.value(*value).to_json()));
    let text: Vec<char> = Json::Object(named.collect::<Map<_, _>>()).to_string().chars().collect();
    let piece =
        |(i, piece): (usize, &[char])| (format!("{KEY}:{i}"), Json::String(piece.iter().collect()));
    text.chunks(PIECE).enumerate().map(piece).collect()
}

/// The running trial's values in internal form, whether stored or asked for; none if one is
/// missing.
pub(super) fn values(space: &Space, trial: &Trial) -> Option<Vec<f64>> {
    if let Some(values) = space.values(trial) {
        return Some(values);
    }
    let mut text = String::new();
    for i in 0.. {
        let Some(piece) = trial.system.get(&format!("{KEY}:{i}")) else { break };
        text += piece.as_str()?;
    }
    let noted: Map<String, Json> = serde_json::from_str(&text).ok()?;
    let value = |(name, of): &(String, std::sync::Arc<Distribution>)| {
        let value = match trial.param(name) {
            Some(param) => param.internal,
            None => internal(of, noted.get(name)?)?,
        };
        of.accept(value)
    };
    space.dimensions.iter().map(value).collect()
}

fn internal(of: &Distribution, value: &Json) -> Option<f64> {
    match of {
        Distribution::Categorical { choices } => {
            choices.iter().position(|c| c.to_json() == *value).map(|i| i as f64)
        }
        _ => value.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::conformance::{float, kinds, trial};
    use super::*;
    use std::sync::Arc;

    #[test]
    fn notes_are_read_back_in_pieces() {
        let long = "x".repeat(3000);
        let of = [("kind", kinds(&["a", "ß"]), 1.0), (long.as_str(), float(0.0, 1.0), 0.25)];
        let owned: Vec<_> = of.iter().map(|(n, d, v)| (n.to_string(), d.clone(), *v)).collect();
        let mut running = trial(3, &of[..1]);
        running.system = notes(&owned);
        assert_eq!(running.system.len(), 2);
        let dimensions = of.iter().map(|(n, d, _)| (n.to_string(), Arc::new(d.clone()))).collect();
        let space = Space { dimensions };
        assert_eq!(values(&space, &running), Some(vec![1.0, 0.25]));
        running.system.remove("tpe:relative_params:1");
        assert_eq!(values(&space, &running), None, "a piece is still missing");
    }
}
