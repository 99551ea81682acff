//! Values for a trial's parameters: those it was given, those chosen together, one by one.

use super::attributes::keys;
use super::queue::{effective, root_number};
use crate::error::Result;
use crate::tune::hp::{Ask, internal_of};
use crate::tune::sampler::{Context, Sampler};
use crate::tune::storage::{Scope, Storage};
use crate::tune::trial::{Attributes, Direction, Trial};
use crate::tune::{Choice, Distribution};
use serde_json::Value as Json;
use std::sync::{Arc, Mutex, PoisonError};

/// Values that a trial was given when it was queued, or by its predecessor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given(Vec<(String, Choice)>);

impl Given {
    pub fn of(trial: &Trial) -> Given {
        let mut given: Vec<(String, Choice)> =
            trial.params.iter().map(|p| (p.name.clone(), p.value())).collect();
        let fixed = trial.system.get(keys::FIXED).and_then(Json::as_object);
        for (name, value) in fixed.into_iter().flatten() {
            if let Some(value) = Choice::from_json(value)
                && !given.iter().any(|g| g.0 == *name)
            {
                given.push((name.clone(), value));
            }
        }
        Given(given)
    }

    /// The value given for a parameter, if it is one of the distribution's.
    pub fn get(&self, name: &str, of: &Distribution) -> Option<f64> {
        let (_, value) = self.0.iter().find(|g| g.0 == name)?;
        internal_of(of, value)
    }
}

/// The trials that a sampler looks at: without those whose place another one has taken.
pub(crate) fn trial_context(trials: &[Arc<Trial>], but: u64) -> Vec<Arc<Trial>> {
    effective(trials).into_iter().filter(|t| t.number != but).collect()
}

/// Chooses values by a sampler, and writes them to the database if it is told to.
pub(crate) struct Proposer {
    pub sampler: Arc<dyn Sampler>,
    pub given: Given,
    pub trials: Vec<Arc<Trial>>,
    pub directions: Vec<Direction>,
    /// As the sampler is told: retries not counted.
    pub number: u64,
    pub seed: u64,
    pub study: String,
    /// What was chosen together, once it was asked for.
    pub joint: Option<Vec<(String, Distribution, f64)>>,
    /// What the sampler wants to be noted with the trial, where nothing is written at once.
    pub notes: Arc<Mutex<Attributes>>,
    pub write: Option<(Arc<dyn Storage>, i64)>,
}

impl Ask for Proposer {
    fn ask(&mut self, name: &str, of: &Arc<Distribution>) -> Result<f64> {
        let value = match self.given.get(name, of) {
            Some(value) => value,
            None => self.propose(name, of)?,
        };
        if let Some((storage, trial)) = &self.write {
            storage.set_param(*trial, name, value, of)?;
        }
        Ok(value)
    }
}

impl Proposer {
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
            if let Some((storage, trial)) = &self.write {
                for (key, value) in &proposal.notes {
                    storage.set_trial_attribute(*trial, Scope::System, key, value)?;
                }
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

/// What a pruner is told about a trial: the number is that of the first of its retries.
pub(crate) fn pruner_number(trial: &Trial) -> u64 {
    root_number(trial)
}
