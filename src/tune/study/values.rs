//! The values of a trial's parameters: fixed ones, those chosen together, and the rest one by one.

use super::attributes::keys;
use super::handle::TrialWriter;
use super::queue::{effective, root_number};
use crate::data::near::near;
use crate::error::{Error, Result};
use crate::tune::hp::{ValueSource, accepted, describe, internal_of, is_own};
use crate::tune::sampler::{Context, Sampler};
use crate::tune::trial::{Attributes, Direction, Trial};
use crate::tune::{Choice, Distribution, Param};
use serde_json::Value as Json;
use std::sync::{Arc, Mutex, PoisonError};

/// Values that a trial was given when it was queued, or that it has from the trial it continues.
#[derive(Clone, Debug, Default)]
pub(crate) struct FixedValues {
    values: Vec<(String, Choice)>,
    /// The names of those that the user enqueued.
    by_hand: Vec<String>,
}

impl FixedValues {
    pub fn of(trial: &Trial) -> FixedValues {
        let mut values: Vec<(String, Choice)> =
            trial.params.iter().map(|p| (p.name.clone(), p.value())).collect();
        let fixed = trial.system.get(keys::FIXED).and_then(Json::as_object);
        let mut by_hand = Vec::new();
        for (name, value) in fixed.into_iter().flatten() {
            by_hand.push(name.clone());
            if let Some(value) = Choice::from_json(value)
                && !values.iter().any(|g| g.0 == *name)
            {
                values.push((name.clone(), value));
            }
        }
        FixedValues { values, by_hand }
    }

    /// The value given for a parameter; none if there is none.
    ///
    /// # Errors
    /// If the distribution does not contain it.
    pub fn get(&self, name: &str, of: &Distribution) -> Result<Option<f64>> {
        let Some((_, value)) = self.values.iter().find(|g| g.0 == name) else { return Ok(None) };
        let text = match value {
            Choice::Text(text) => format!("'{text}'"),
            other => other.to_string(),
        };
        let expected = match of {
            Distribution::Categorical { .. } => format!("one of {}", describe(of)),
            of => describe(of),
        };
        let wrong = || Error::argument("the value that it was given", text, expected);
        internal_of(of, value).ok_or_else(wrong).map(Some)
    }

    /// Checks that the code asked for every enqueued value.
    ///
    /// # Errors
    /// If it did not ask for one.
    pub fn check_used(&self, asked: &[Param]) -> Result<()> {
        let used = |name: &String| is_own(name) || asked.iter().any(|p| p.name == *name);
        let Some(name) = self.by_hand.iter().find(|name| !used(name)) else { return Ok(()) };
        let names: Vec<String> = asked.iter().map(|p| p.name.clone()).collect();
        let what = "the name of a value given to begin with";
        let expected = "one that the code asks for";
        Err(Error::argument(what, format!("'{name}'"), expected).hint(near(name, &names)))
    }
}

/// The trials that a sampler sees: all except the trial itself and those that a retry has replaced.
pub(crate) fn trial_context(trials: &[Arc<Trial>], but: u64) -> Vec<Arc<Trial>> {
    effective(trials).into_iter().filter(|t| t.number != but).collect()
}

/// Chooses values by a sampler, and writes them to the database if it has a writer.
pub(crate) struct SampledValues {
    pub sampler: Arc<dyn Sampler>,
    pub fixed: FixedValues,
    pub trials: Vec<Arc<Trial>>,
    pub directions: Vec<Direction>,
    /// The trial's number for the sampler, not counting retries.
    pub number: u64,
    pub seed: u64,
    pub study: String,
    /// The values chosen together; none until the first value is asked for.
    pub joint: Option<Vec<(String, Distribution, f64)>>,
    /// The sampler's attributes for the trial, for a caller that writes them later.
    pub notes: Arc<Mutex<Attributes>>,
    pub writer: Option<TrialWriter>,
}

impl ValueSource for SampledValues {
    fn value(&mut self, name: &str, of: &Arc<Distribution>) -> Result<f64> {
        let value = match self.fixed.get(name, of)? {
            Some(value) => value,
            None => accepted(of, self.propose(name, of)?)?,
        };
        if let Some(writer) = &self.writer {
            writer.value(name, value, of)?;
        }
        Ok(value)
    }
}

impl SampledValues {
    fn propose(&mut self, name: &str, of: &Distribution) -> Result<f64> {
        let context = Context {
            study: &self.study,
            trials: &self.trials,
            directions: &self.directions,
            number: self.number,
            seed: self.seed,
        };
        if self.joint.is_none() {
            let proposal = self.sampler.propose(&context)?;
            self.joint = Some(proposal.values);
            if let Some(writer) = &self.writer {
                writer.notes(&proposal.notes)?;
            }
            *self.notes.lock().unwrap_or_else(PoisonError::into_inner) = proposal.notes;
        }
        let joint = self.joint.iter().flatten().find(|(n, d, _)| n == name && d == of);
        match joint {
            Some((_, _, value)) => Ok(*value),
            None => self.sampler.one(&context, name, of),
        }
    }
}

/// The trial's number for a pruner: for a retry, that of the original trial.
pub(crate) fn pruner_number(trial: &Trial) -> u64 {
    root_number(trial)
}
