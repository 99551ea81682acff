//! The methods by which a search uses its study: its only access to the database and to the files
//! beside it.

use super::files::Folder;
use super::heartbeat::Beating;
use super::{Inner, Study};
use crate::error::{Error, Result};
use crate::tune::storage::{Scope, Storage};
use crate::tune::trial::{Attributes, Trial, TrialState};
use crate::tune::{Distribution, Param};
use serde_json::Value as Json;
use std::sync::{Arc, MutexGuard};

/// Writes a running trial's values and attributes.
#[derive(Clone)]
pub(crate) struct TrialWriter {
    storage: Arc<dyn Storage>,
    trial: i64,
}

impl TrialWriter {
    pub fn value(&self, name: &str, internal: f64, of: &Distribution) -> Result<()> {
        self.storage.set_param(self.trial, name, internal, of)
    }

    /// Writes values. Returns the error of a value that is refused; an error of the database itself
    /// is the method's own.
    pub fn values(&self, params: &[Param]) -> Result<Option<Error>> {
        for param in params {
            match self.value(&param.name, param.internal, &param.distribution) {
                Ok(()) => {}
                Err(error @ Error::Database { .. }) => return Err(error),
                Err(refused) => return Ok(Some(refused)),
            }
        }
        Ok(None)
    }

    /// Sets a system attribute.
    pub fn note(&self, key: &str, value: &Json) -> Result<()> {
        self.storage.set_trial_attribute(self.trial, Scope::System, key, value)
    }

    pub fn notes(&self, notes: &Attributes) -> Result<()> {
        notes.iter().try_for_each(|(key, value)| self.note(key, value))
    }

    /// Sets a user attribute.
    pub fn tell(&self, key: &str, value: &Json) -> Result<()> {
        self.storage.set_trial_attribute(self.trial, Scope::User, key, value)
    }
}

impl Study {
    pub(crate) fn writer(&self, trial: i64) -> TrialWriter {
        TrialWriter { storage: self.inner.storage.clone(), trial }
    }

    /// The folder of models and backups beside the database.
    pub(crate) fn folder(&self) -> &Folder {
        &self.inner.folder
    }

    /// Its place, without the password.
    pub(crate) fn shown_place(&self) -> String {
        self.inner.shown()
    }

    /// A lock that is held while a trial begins or ends.
    pub(crate) fn turn(&self) -> MutexGuard<'_, ()> {
        self.inner.turn()
    }

    /// All trials, including those that a retry has replaced.
    pub(crate) fn all_trials(&self) -> Result<Vec<Arc<Trial>>> {
        self.inner.storage.trials(self.inner.id)
    }

    /// All trials, after those of dead workers were queued again.
    pub(crate) fn recovered_trials(&self) -> Result<Vec<Arc<Trial>>> {
        self.inner.trials_after_recovery()
    }

    pub(crate) fn others_run(&self, trials: &[Arc<Trial>]) -> Result<bool> {
        self.inner.others_run(trials)
    }

    /// Sends the trial's heartbeat until the value is dropped.
    pub(crate) fn heartbeat(&self, trial: i64) -> Beating {
        self.inner.pulse().of(trial)
    }

    /// Whether any worker has ended the trial.
    pub(crate) fn has_ended(&self, trial: i64) -> bool {
        self.inner.storage.trial(trial).is_ok_and(|t| t.state.is_finished())
    }

    pub(crate) fn claim(&self, trial: i64) -> Result<bool> {
        self.inner.storage.claim(trial, &Attributes::new())
    }

    pub(crate) fn finish(&self, trial: i64, state: TrialState, values: &[f64]) -> Result<()> {
        self.inner.storage.finish(trial, state, values)
    }

    pub(crate) fn fail(&self, trial: i64, reason: &str) -> Result<()> {
        self.inner.fail(trial, reason)
    }

    pub(crate) fn retry(&self, trials: &[Arc<Trial>], trial: &Trial, most: usize) -> Result<bool> {
        self.inner.retry(trials, trial, most)
    }

    pub(crate) fn put_back(&self, trial: i64) -> Result<()> {
        self.inner.put_back(trial)
    }

    /// Sets an attribute of the study.
    pub(crate) fn note(&self, scope: Scope, key: &str, value: &Json) -> Result<()> {
        self.inner.storage.set_study_attribute(self.inner.id, scope, key, value)
    }

    /// Sets an attribute of the study unless it is set; returns its value.
    pub(crate) fn keep_note(&self, scope: Scope, key: &str, value: &Json) -> Result<Json> {
        let Inner { storage, id, .. } = &*self.inner;
        storage.keep_study_attribute(*id, scope, key, value)
    }

    pub(crate) fn settled<T>(&self, done: Result<T>) -> Result<T> {
        self.inner.settled(done)
    }
}
