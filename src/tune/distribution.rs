//! What values a hyper-parameter can take, in Optuna's terms and JSON.

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
}

impl Choice {
    /// As JSON.
    pub fn to_json(&self) -> Json {
        match self {
            Choice::None => Json::Null,
            Choice::Bool(v) => json!(v),
            Choice::Int(v) => json!(v),
            Choice::Float(v) => json!(v),
            Choice::Text(v) => json!(v),
        }
    }

    /// From JSON; nothing for lists and objects.
    pub fn from_json(json: &Json) -> Option<Choice> {
        Some(match json {
            Json::Null => Choice::None,
            Json::Bool(v) => Choice::Bool(*v),
            Json::Number(v) => match v.as_i64() {
                Some(v) => Choice::Int(v),
                None => Choice::Float(v.as_f64()?),
            },
            Json::String(v) => Choice::Text(v.clone()),
            Json::Array(_) | Json::Object(_) => return None,
        })
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Choice::None => f.write_str("none"),
            Choice::Bool(v) => write!(f, "{v}"),
            Choice::Int(v) => write!(f, "{v}"),
            Choice::Float(v) => f.write_str(&crate::html::number(*v, 6)),
            Choice::Text(v) => f.write_str(v),
        }
    }
}

/// What values a parameter can take. Both bounds belong to the range, as in Optuna.
///
/// A value is kept as one number, Optuna's internal form: the number itself, or the index of a
/// choice.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// A number.
    Float {
        /// The smallest value.
        low: f64,
        /// The largest value.
        high: f64,
        /// The grid it lies on, counted from `low`; none for any number.
        step: Option<f64>,
        /// Whether its logarithm is uniform.
        log: bool,
    },
    /// A whole number.
    Int {
        /// The smallest value.
        low: i64,
        /// The largest value.
        high: i64,
        /// The grid it lies on, counted from `low`.
        step: i64,
        /// Whether its logarithm is uniform.
        log: bool,
    },
    /// One of some values.
    Categorical {
        /// The values.
        choices: Vec<Choice>,
    },
}

impl Distribution {
    /// The kept number as a value of the parameter.
    pub fn value(&self, internal: f64) -> Choice {
        match self {
            Distribution::Float { .. } => Choice::Float(internal),
            Distribution::Int { .. } => Choice::Int(internal.round() as i64),
            Distribution::Categorical { choices } => {
                choices.get(internal.max(0.0) as usize).cloned().unwrap_or(Choice::None)
            }
        }
    }

    /// Whether the kept number is one of this distribution's.
    pub fn contains(&self, internal: f64) -> bool {
        const SLACK: f64 = 1e-8;
        match self {
            Distribution::Float { low, high, step, .. } => {
                let on_grid = step.is_none_or(|step| {
                    let k = (internal - low) / step;
                    (k - k.round()).abs() < SLACK
                });
                (*low..=*high).contains(&internal) && on_grid
            }
            Distribution::Int { low, high, step, .. } => {
                let v = internal as i64;
                v as f64 == internal && (*low..=*high).contains(&v) && (v - low) % step == 0
            }
            Distribution::Categorical { choices } => {
                internal >= 0.0 && internal.fract() == 0.0 && (internal as usize) < choices.len()
            }
        }
    }

    /// Whether there is only one value to choose.
    pub fn single(&self) -> bool {
        match self {
            Distribution::Float { low, high, step, .. } => {
                low == high || step.is_some_and(|step| high - low < step)
            }
            Distribution::Int { low, high, step, .. } => high - low < *step,
            Distribution::Categorical { choices } => choices.len() == 1,
        }
    }

    /// Optuna's `distribution_json`.
    pub fn to_json(&self) -> String {
        let (name, attributes) = match self {
            Distribution::Float { low, high, step, log } => {
                ("FloatDistribution", json!({"step": step, "low": low, "high": high, "log": log}))
            }
            Distribution::Int { low, high, step, log } => {
                ("IntDistribution", json!({"log": log, "step": step, "low": low, "high": high}))
            }
            Distribution::Categorical { choices } => {
                let choices: Vec<Json> = choices.iter().map(Choice::to_json).collect();
                ("CategoricalDistribution", json!({ "choices": choices }))
            }
        };
        json!({"name": name, "attributes": attributes}).to_string()
    }

    /// From Optuna's `distribution_json`.
    ///
    /// # Errors
    /// If the text is not one of the three kinds.
    pub fn from_json(text: &str) -> Result<Distribution> {
        let bad = || {
            let expected =
                "a FloatDistribution, IntDistribution or CategoricalDistribution of Optuna";
            Error::argument("the study's distribution", text, expected)
        };
        let json: Json = serde_json::from_str(text).map_err(|_| bad())?;
        let attributes = json.get("attributes").and_then(Json::as_object).ok_or_else(bad)?;
        let log = attributes.get("log").and_then(Json::as_bool).unwrap_or(false);
        match json.get("name").and_then(Json::as_str) {
            Some("FloatDistribution") => Ok(Distribution::Float {
                low: number(attributes, "low").ok_or_else(bad)?,
                high: number(attributes, "high").ok_or_else(bad)?,
                step: number(attributes, "step"),
                log,
            }),
            Some("IntDistribution") => Ok(Distribution::Int {
                low: integer(attributes, "low").ok_or_else(bad)?,
                high: integer(attributes, "high").ok_or_else(bad)?,
                step: integer(attributes, "step").filter(|s| *s > 0).unwrap_or(1),
                log,
            }),
            Some("CategoricalDistribution") => {
                let choices = attributes.get("choices").and_then(Json::as_array).ok_or_else(bad)?;
                let choices: Option<Vec<Choice>> = choices.iter().map(Choice::from_json).collect();
                Ok(Distribution::Categorical { choices: choices.ok_or_else(bad)? })
            }
            _ => Err(bad()),
        }
    }
}

fn number(attributes: &Map<String, Json>, key: &str) -> Option<f64> {
    attributes.get(key).and_then(Json::as_f64)
}

fn integer(attributes: &Map<String, Json>, key: &str) -> Option<i64> {
    attributes.get(key).and_then(Json::as_i64)
}
