//! A running trial, as the objective's code sees it.

use super::Study;
use super::heartbeat::Beating;
use super::keys;
use super::queue::StartedTrial;
use super::values::{FixedValues, SampledValues, pruner_number, trial_context};
use crate::error::{Error, Result};
use crate::tune::hp::Hp;
use crate::tune::sampler::Context;
use crate::tune::storage::Scope;
use crate::tune::trial::TrialState;
use serde_json::Value as Json;
use std::ops::{Deref, DerefMut};

/// A running trial. It gives values like an [`Hp`]: `trial.float("x", 0.0..=1.0)`.
pub struct Ongoing {
    pub(super) study: Study,
    pub(super) begun: StartedTrial,
    hp: Hp,
    last: Option<f64>,
    pub(super) pruned: bool,
    /// Sends heartbeats, by which other processes see that a worker runs the trial.
    beating: Option<Beating>,
}

/// The result of a trial: a value, or one for each objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Values(pub(crate) Vec<f64>);

impl From<f64> for Values {
    fn from(value: f64) -> Self {
        Values(vec![value])
    }
}

impl From<f32> for Values {
    fn from(value: f32) -> Self {
        Values(vec![value.into()])
    }
}

impl From<Vec<f64>> for Values {
    fn from(values: Vec<f64>) -> Self {
        Values(values)
    }
}

impl<const N: usize> From<[f64; N]> for Values {
    fn from(values: [f64; N]) -> Self {
        Values(values.to_vec())
    }
}

impl Deref for Ongoing {
    type Target = Hp;
    fn deref(&self) -> &Hp {
        &self.hp
    }
}

impl DerefMut for Ongoing {
    fn deref_mut(&mut self) -> &mut Hp {
        &mut self.hp
    }
}

impl Study {
    /// Begins a trial: a queued one, or a new one. Ask it for values, and [`tell`](Self::tell) its
    /// result.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let study = Study::open("memory", "by hand", [Direction::Maximize])?;
    /// let mut trial = study.ask()?;
    /// let n: i64 = trial.int("n", 1..=5);
    /// study.tell(&mut trial, n as f64)?;
    /// assert_eq!(study.best_value()?, n as f64);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub fn ask(&self) -> Result<Ongoing> {
        let begun = {
            let _turn = self.inner.turn();
            let trials = self.inner.trials_after_recovery()?;
            match self.take_waiting(&trials)? {
                Some(begun) => begun,
                None => self.begin_new()?,
            }
        };
        let trials = self.inner.storage.trials(self.inner.id)?;
        let hp = Hp::new(SampledValues {
            sampler: self.sampler.clone(),
            fixed: begun.template.as_ref().map(FixedValues::of).unwrap_or_default(),
            trials: trial_context(&trials, begun.number),
            directions: self.inner.directions.clone(),
            number: begun.ordinal,
            seed: begun.seed,
            study: self.inner.name.clone(),
            joint: None,
            notes: Default::default(),
            writer: Some(self.writer(begun.id)),
        });
        let beating = Some(self.inner.pulse().of(begun.id));
        Ok(Ongoing { study: self.clone(), begun, hp, last: None, pruned: false, beating })
    }

    /// Ends a trial with its value, or with a value for each objective.
    ///
    /// # Errors
    /// If a value is NaN, the number of values is not that of the study's directions, or the code
    /// asked for its values wrongly or did not ask for an [enqueued](Self::enqueue) one. The trial
    /// then fails, and the error says why.
    pub fn tell(&self, trial: &mut Ongoing, values: impl Into<Values>) -> Result<()> {
        self.inner.settled(self.end(trial, values.into()))
    }

    pub(super) fn end(&self, trial: &mut Ongoing, values: Values) -> Result<()> {
        trial.beating = None;
        let asked = trial.check_asked(true);
        let checked = asked.and_then(|()| check_values(&values.0, self.inner.directions.len()));
        match checked {
            Ok(()) => self.inner.storage.finish(trial.begun.id, TrialState::Complete, &values.0),
            Err(error) => {
                self.inner.fail(trial.begun.id, &error.to_string())?;
                Err(error)
            }
        }
    }

    /// Ends a trial as failed, with the reason.
    ///
    /// # Errors
    /// If it has already ended.
    pub fn tell_failed(&self, trial: &mut Ongoing, reason: &str) -> Result<()> {
        self.inner.settled(self.end_failed(trial, reason))
    }

    pub(super) fn end_failed(&self, trial: &mut Ongoing, reason: &str) -> Result<()> {
        trial.beating = None;
        self.inner.fail(trial.begun.id, reason)
    }

    /// Ends a trial as pruned; its value is the last one that it reported.
    ///
    /// # Errors
    /// If it has already ended.
    pub fn tell_pruned(&self, trial: &mut Ongoing) -> Result<()> {
        self.inner.settled(self.end_pruned(trial))
    }

    pub(super) fn end_pruned(&self, trial: &mut Ongoing) -> Result<()> {
        trial.beating = None;
        let single = self.inner.directions.len() == 1;
        let last = trial.last.filter(|v| single && !v.is_nan());
        let values: Vec<f64> = last.into_iter().collect();
        self.inner.storage.finish(trial.begun.id, TrialState::Pruned, &values)
    }
}

/// Checks a trial's values.
///
/// # Errors
/// If there are too few or too many, or one is NaN.
pub(crate) fn check_values(values: &[f64], expected: usize) -> Result<()> {
    if values.len() != expected {
        let what = "the number of a trial's values";
        return Err(Error::argument(what, values.len(), expected.to_string()));
    }
    match values.iter().any(|v| v.is_nan()) {
        true => Err(Error::argument("a trial's value", "NaN", "a number")),
        false => Ok(()),
    }
}

impl Ongoing {
    /// Its number in the study, from 0.
    pub fn number(&self) -> u64 {
        self.begun.number
    }

    /// Its seed, derived from the study's seed and the number of trials before it, not counting
    /// retries. If it is the only source of randomness, the trial can be repeated.
    pub fn seed(&self) -> u64 {
        self.begun.seed
    }

    /// Reports an intermediate value, and returns whether the pruner would stop the trial here. A
    /// step is the number of epochs, or of another resource, that the trial has used so far.
    ///
    /// # Errors
    /// If the trial has ended, or the pruner's settings do not fit the study.
    pub fn report(&mut self, step: i64, value: f64) -> Result<bool> {
        self.last = Some(value);
        self.study.report(self.begun.id, step, value)
    }

    /// Ends the code of a trial that the pruner stops: `return trial.pruned()`.
    ///
    /// # Errors
    /// Always.
    pub fn pruned<T>(&mut self) -> Result<T> {
        self.pruned = true;
        Err(Error::Training("the pruner ended the trial".to_string()))
    }

    /// Sets a user attribute of the trial.
    ///
    /// # Errors
    /// If the trial has ended, or the key is `seed` or `failure`, which the library sets.
    pub fn set_attribute(&self, key: &str, value: impl Into<Json>) -> Result<()> {
        keys::check(key, &[keys::SEED, keys::FAILURE])?;
        let storage = &self.study.inner.storage;
        storage.set_trial_attribute(self.begun.id, Scope::User, key, &value.into())
    }

    /// Checks what the code asked for.
    ///
    /// # Errors
    /// If it made a mistake in asking for values, or ran to its end without asking for one that was
    /// enqueued.
    pub(super) fn check_asked(&mut self, to_its_end: bool) -> Result<()> {
        match (self.hp.take_error(), &self.begun.template) {
            (Some(error), _) => Err(error),
            (None, Some(template)) if to_its_end => {
                FixedValues::of(template).check_used(self.hp.params())
            }
            _ => Ok(()),
        }
    }
}

impl Study {
    /// Stores an intermediate value, and asks the pruner whether to stop the trial.
    pub(crate) fn report(&self, id: i64, step: i64, value: f64) -> Result<bool> {
        let storage = &self.inner.storage;
        storage.report(id, step, value)?;
        let Some(pruner) = self.pruner.as_ref().filter(|_| self.inner.directions.len() == 1) else {
            return Ok(false);
        };
        let trials = storage.trials(self.inner.id)?;
        let trial = storage.trial(id)?;
        let number = pruner_number(&trial);
        let context = Context {
            study: &self.inner.name,
            trials: &trial_context(&trials, trial.number),
            directions: &self.inner.directions,
            number,
            seed: crate::nn::derive_seed(self.seed_now()?, number),
        };
        let verdict = pruner.judge(&context, &trial)?;
        for (key, value) in &verdict.notes {
            storage.set_trial_attribute(id, Scope::System, key, value)?;
        }
        Ok(verdict.prune)
    }
}
