//! A trial of a study, as its database stores it.

use super::distribution::{Choice, Distribution};
use crate::error::{Error, Result};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use crate::metric::Direction;

/// The state of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrialState {
    /// A worker is running it.
    Running,
    /// It ended, with a value for each objective.
    Complete,
    /// A pruner stopped it early.
    Pruned,
    /// It ended with an error.
    Fail,
    /// It is queued, with given values for some of its parameters.
    Waiting,
}

impl TrialState {
    /// Whether the trial has ended.
    pub fn is_finished(self) -> bool {
        !matches!(self, TrialState::Running | TrialState::Waiting)
    }
}

/// A parameter's value in a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name, including scopes.
    pub name: String,
    /// Its distribution.
    pub distribution: Arc<Distribution>,
    /// Its value in Optuna's internal form (see [`Distribution`]).
    pub internal: f64,
}

impl Param {
    /// Its value.
    pub fn value(&self) -> Choice {
        self.distribution.value(self.internal)
    }
}

/// Attributes by key.
pub type Attributes = BTreeMap<String, Json>;

/// One trial, as the database stores it.
#[derive(Clone, PartialEq)]
pub struct Trial {
    /// Its key in the database, by which a storage finds it.
    pub id: i64,
    /// Its number in the study, from 0 without gaps.
    pub number: u64,
    /// Its state.
    pub state: TrialState,
    /// A value for each objective; empty until the trial completes (a pruned trial may have one).
    pub values: Vec<f64>,
    /// Its parameters, in the order in which they were asked for.
    pub params: Vec<Param>,
    /// Intermediate values, by step.
    pub intermediate: BTreeMap<i64, f64>,
    /// User attributes.
    pub user: Attributes,
    /// System attributes, which samplers and pruners set.
    pub system: Attributes,
    /// When it began, in microseconds since 1970 (UTC).
    pub started: Option<i64>,
    /// When it ended, in microseconds since 1970 (UTC).
    pub completed: Option<i64>,
}

impl Trial {
    /// The objective's value; none if there is no value or there are several objectives.
    pub fn objective(&self) -> Option<f64> {
        match self.values.as_slice() {
            [value] => Some(*value),
            _ => None,
        }
    }

    /// The parameter of this name.
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|p| p.name == name)
    }

    /// The value of the parameter of this name.
    ///
    /// # Errors
    /// If the trial has no such parameter; the error lists its parameters.
    pub fn value(&self, name: &str) -> Result<Choice> {
        self.param(name).map(Param::value).ok_or_else(|| {
            let names: Vec<&str> = self.params.iter().map(|p| p.name.as_str()).collect();
            let expected = format!("one of trial {}'s: {}", self.number, names.join(", "));
            Error::argument("the parameter", format!("'{name}'"), expected)
        })
    }

    /// How long it ran, in seconds.
    pub fn seconds(&self) -> Option<f64> {
        Some((self.completed? - self.started?) as f64 / 1e6)
    }
}

crate::html::debug_as_display!(Trial);

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trial {} ({:?})", self.number, self.state)?;
        for value in &self.values {
            write!(f, " {}", crate::html::number(*value, 6))?;
        }
        for param in &self.params {
            write!(f, "\n  {}: {}", param.name, param.value())?;
        }
        Ok(())
    }
}
