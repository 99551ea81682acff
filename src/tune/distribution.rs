//! The distributions of hyper-parameters, in Optuna's terms and JSON.

use super::json;
use crate::error::{Error, Result};
use serde_json::{Map, Value as Json, json};
use std::fmt;

/// One of the values of a categorical parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// Python's `None`.
    None,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list or an object, which Python programs may use as choices; it is kept as it is.
    Json(Json),
}

impl Choice {
    /// Converts to JSON. `NaN` and the infinities, which JSON lacks, become null.
    pub fn to_json(&self) -> Json {
        match self {
            Choice::None => Json::Null,
            Choice::Bool(v) => json!(v),
            Choice::Int(v) => json!(v),
            Choice::Float(v) => json!(v),
            Choice::Text(v) => json!(v),
            Choice::Json(v) => v.clone(),
        }
    }

    /// Reads a choice from JSON; none if a number fits neither an `i64` nor an `f64`.
    pub fn from_json(json: &Json) -> Option<Choice> {
        Some(match json {
            Json::Null => Choice::None,
            Json::Bool(v) => Choice::Bool(*v),
            Json::Number(v) => match v.as_i64() {
                Some(v) => Choice::Int(v),
                None => Choice::Float(v.as_f64()?),
            },
            Json::String(v) => match non_finite(v) {
                Some(v) => Choice::Float(v),
                None => Choice::Text(v.clone()),
            },
            Json::Array(_) | Json::Object(_) => Choice::Json(json.clone()),
        })
    }

    /// The JSON text that Python writes, with `NaN` and infinities.
    fn to_text(&self) -> String {
        match self {
            Choice::Float(v) if v.is_nan() => "NaN".to_string(),
            Choice::Float(v) if v.is_infinite() && *v > 0.0 => "Infinity".to_string(),
            Choice::Float(v) if v.is_infinite() => "-Infinity".to_string(),
            Choice::Json(v) => {
                let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
                let words = numbers.into_iter().zip(["NaN", "Infinity", "-Infinity"]);
                words
                    .fold(v.to_string(), |text, (v, word)| text.replace(&mark(v).to_string(), word))
            }
            other => other.to_json().to_string(),
        }
    }

    /// A number or a truth value as a number, for tables and plots; none for anything else.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// assert_eq!(Choice::Int(3).as_f64(), Some(3.0));
    /// assert_eq!(Choice::Text("relu".to_string()).as_f64(), None);
    /// ```
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Choice::Bool(v) => Some(f64::from(u8::from(*v))),
            Choice::Int(v) => Some(*v as f64),
            Choice::Float(v) => Some(*v),
            Choice::None | Choice::Text(_) | Choice::Json(_) => None,
        }
    }

    /// Whether Python considers them equal (1, 1.0 and True are); `NaN` equals itself, as in
    /// Optuna.
    fn same(&self, other: &Choice) -> bool {
        match (self.as_f64(), other.as_f64()) {
            (Some(a), Some(b)) => a == b || a.is_nan() && b.is_nan(),
            _ => self == other,
        }
    }
}

/// Encodes a number that JSON lacks as a text that no one would use as a choice.
fn mark(value: f64) -> Json {
    Json::String(format!("\0{value}"))
}

fn non_finite(text: &str) -> Option<f64> {
    text.strip_prefix('\0')?.parse().ok()
}

/// Plain values become choices by `into()`.
macro_rules! choice_from {
    ($($from:ty => |$value:ident| $choice:expr;)*) => {$(
        impl From<$from> for Choice {
            fn from($value: $from) -> Self {
                $choice
            }
        }
    )*};
}

choice_from! {
    bool => |v| Choice::Bool(v);
    i32 => |v| Choice::Int(v.into());
    i64 => |v| Choice::Int(v);
    f64 => |v| Choice::Float(v);
    &str => |v| Choice::Text(v.to_string());
    String => |v| Choice::Text(v);
}

impl From<Choice> for crate::io::HParam {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Bool(v) => v.into(),
            Choice::Int(v) => v.into(),
            Choice::Float(v) => v.into(),
            other => other.to_string().into(),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Choice::None => f.write_str("none"),
            Choice::Bool(v) => write!(f, "{v}"),
            Choice::Int(v) => write!(f, "{v}"),
            Choice::Float(v) => f.write_str(&crate::html::setting(*v, 6)),
            Choice::Text(v) => f.write_str(v),
            Choice::Json(_) => f.write_str(&self.to_text()),
        }
    }
}

/// The values that a parameter can take. Ranges include both bounds, as in Optuna.
///
/// A value is stored as one number, Optuna's internal form: the number itself, or the index of the
/// choice.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// A number.
    Float {
        /// The smallest value.
        low: f64,
        /// The largest value.
        high: f64,
        /// The distance between values, counted from `low`; none allows every number in the range.
        step: Option<f64>,
        /// Whether random values are uniform on a logarithmic scale.
        log: bool,
    },
    /// A whole number.
    Int {
        /// The smallest value.
        low: i64,
        /// The largest value.
        high: i64,
        /// The distance between values, counted from `low`.
        step: i64,
        /// Whether random values are uniform on a logarithmic scale.
        log: bool,
    },
    /// One of some values.
    Categorical {
        /// The values.
        choices: Vec<Choice>,
    },
}

impl Distribution {
    /// The value that this internal form stands for.
    pub fn value(&self, internal: f64) -> Choice {
        match self {
            Distribution::Float { .. } => Choice::Float(self.accept(internal).unwrap_or(internal)),
            Distribution::Int { .. } => Choice::Int(internal.round() as i64),
            Distribution::Categorical { choices } => {
                choices.get(internal.max(0.0) as usize).cloned().unwrap_or(Choice::None)
            }
        }
    }

    /// Whether there is only one value to choose.
    pub fn single(&self) -> bool {
        match self {
            Distribution::Float { low, high, step: None, .. } => low == high,
            of => of.count() == Some(1),
        }
    }

    /// Checks the distribution, and lowers `high` to the last value of the grid, as Optuna does.
    ///
    /// # Errors
    /// If a bound is not finite, the bounds are in the wrong order, a step is not positive or
    /// combined with a logarithm, a logarithmic range is not above 0, or there are no choices.
    pub fn checked(self) -> Result<Distribution> {
        let bad = |got: String, expected: &str| Err(Error::argument("the range", got, expected));
        match self {
            Distribution::Float { low, high, step, log } => {
                let range = format!("{low} to {high}");
                if !(low <= high && (high - low).is_finite()) {
                    return bad(range, "two finite numbers in ascending order");
                }
                if log && low <= 0.0 {
                    return bad(range, "above 0 on a logarithmic scale");
                }
                match step {
                    Some(_) if log => bad(range, "without a step on a logarithmic scale"),
                    Some(step) if !(step > 0.0 && step.is_finite()) => {
                        bad(format!("{range} by {step}"), "one with a step above 0")
                    }
                    Some(step) => {
                        let of = Distribution::Float { low, high, step: Some(step), log };
                        let high = of.point(u64::MAX);
                        Ok(Distribution::Float { low, high, step: Some(step), log })
                    }
                    None => Ok(Distribution::Float { low, high, step, log }),
                }
            }
            Distribution::Int { low, high, step, log } => {
                let range = format!("{low} to {high}");
                if low > high {
                    return bad(range, "in ascending order");
                }
                if log && low < 1 {
                    return bad(range, "at least 1 on a logarithmic scale");
                }
                if step < 1 || log && step != 1 {
                    let expected = "one with a step of at least 1, and of 1 on a logarithmic scale";
                    return bad(format!("{range} by {step}"), expected);
                }
                let past = (i128::from(high) - i128::from(low)) % i128::from(step);
                Ok(Distribution::Int { low, high: high - past as i64, step, log })
            }
            Distribution::Categorical { choices } if choices.is_empty() => {
                Err(Error::argument("the number of choices", 0, "at least 1"))
            }
            categorical => Ok(categorical),
        }
    }

    /// Whether one parameter of a study may have both distributions, by Optuna's rules: bounds and
    /// steps may change; the kind, `log` and the choices may not.
    pub fn compatible(&self, other: &Distribution) -> bool {
        match (self, other) {
            (Distribution::Float { log: a, .. }, Distribution::Float { log: b, .. }) => a == b,
            (Distribution::Int { log: a, .. }, Distribution::Int { log: b, .. }) => a == b,
            (
                Distribution::Categorical { choices: a },
                Distribution::Categorical { choices: b },
            ) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b)),
            _ => false,
        }
    }

    /// Writes Optuna's `distribution_json`.
    pub fn to_json(&self) -> String {
        match self {
            Distribution::Float { low, high, step, log } => json!({
                "name": "FloatDistribution",
                "attributes": {"step": step, "low": low, "high": high, "log": log}
            })
            .to_string(),
            Distribution::Int { low, high, step, log } => json!({
                "name": "IntDistribution",
                "attributes": {"log": log, "step": step, "low": low, "high": high}
            })
            .to_string(),
            Distribution::Categorical { choices } => {
                let choices: Vec<String> = choices.iter().map(Choice::to_text).collect();
                let choices = choices.join(", ");
                format!(
                    r#"{{"name": "CategoricalDistribution", "attributes": {{"choices": [{choices}]}}}}"#
                )
            }
        }
    }

    /// Reads Optuna's `distribution_json`.
    ///
    /// # Errors
    /// If the text is not one of the three kinds, or its bounds are invalid.
    pub fn from_json(text: &str) -> Result<Distribution> {
        let bad = || {
            let expected =
                "a FloatDistribution, IntDistribution or CategoricalDistribution of Optuna";
            Error::argument("the study's distribution", text, expected)
        };
        let json = json::parse(text, mark).ok_or_else(bad)?;
        let attributes = json.get("attributes").and_then(Json::as_object).ok_or_else(bad)?;
        let log = attributes.get("log").and_then(Json::as_bool).unwrap_or(false);
        let read = match json.get("name").and_then(Json::as_str) {
            Some("FloatDistribution") => Distribution::Float {
                low: number(attributes, "low").ok_or_else(bad)?,
                high: number(attributes, "high").ok_or_else(bad)?,
                step: number(attributes, "step"),
                log,
            },
            Some("IntDistribution") => Distribution::Int {
                low: integer(attributes, "low").ok_or_else(bad)?,
                high: integer(attributes, "high").ok_or_else(bad)?,
                step: integer(attributes, "step").filter(|s| *s > 0).unwrap_or(1),
                log,
            },
            Some("CategoricalDistribution") => {
                let choices = attributes.get("choices").and_then(Json::as_array).ok_or_else(bad)?;
                let choices: Option<Vec<Choice>> = choices.iter().map(Choice::from_json).collect();
                Distribution::Categorical { choices: choices.ok_or_else(bad)? }
            }
            _ => return Err(bad()),
        };
        read.checked().map_err(|_| bad())
    }
}

fn number(attributes: &Map<String, Json>, key: &str) -> Option<f64> {
    attributes.get(key).and_then(Json::as_f64)
}

fn integer(attributes: &Map<String, Json>, key: &str) -> Option<i64> {
    let number = attributes.get(key)?;
    // A whole number may have been written as 1.0.
    number.as_i64().or_else(|| {
        let value = number.as_f64()?;
        (value.fract() == 0.0 && value.abs() < 9e15).then_some(value as i64)
    })
}

#[cfg(test)]
#[path = "distribution_tests.rs"]
mod tests;
