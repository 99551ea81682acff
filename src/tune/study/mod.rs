//! A study: trials in a database, run by `ask` and `tell` or by `optimize`.

mod attributes;
mod best_param;
mod failures;
mod files;
mod handle;
mod heartbeat;
mod listing;
mod memory_use;
mod models;
mod ongoing;
mod optimize;
mod process;
mod queue;
mod results;
mod tables;
mod values;

pub use attributes::keys;
pub use listing::Listing;
pub use ongoing::{Ongoing, Values};

pub(crate) use failures::{Ending, Failures};
pub(crate) use files::Folder;
pub(crate) use memory_use::resident_bytes;
pub(crate) use optimize::message_of;
pub(crate) use queue::{
    StartedTrial, effective, is_retry, micros_now, ordinal, root_number, waiting,
};
pub(crate) use results::{space_row, text as value_text};
pub(crate) use values::{FixedValues, SampledValues, trial_context};

use super::pruner::Pruner;
use super::sampler::Sampler;
use super::storage::{self, Scope, Storage, StudyRecord};
use super::trial::Direction;
use crate::error::{Error, Result};
use heartbeat::Pulse;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

/// An open study: its database, its sampler and its pruner.
///
/// The database has Optuna's schema, so Optuna and optuna-dashboard can open it. A clone is the
/// same study.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let study = Study::open("memory", "parabola", [Direction::Minimize])?.seed(7)?;
/// study.optimize(30, |trial| {
///     let x: f64 = trial.float("x", -10.0..=10.0);
///     Ok((x - 2.0).powi(2))
/// })?;
/// assert_eq!(study.trials()?.len(), 30);
/// assert!(study.best_trial()?.value("x").is_ok());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Study {
    inner: Arc<Inner>,
    pub(crate) sampler: Arc<dyn Sampler>,
    pub(crate) pruner: Option<Arc<dyn Pruner>>,
    pub(crate) workers: usize,
    pub(crate) max_failures: Option<usize>,
}

pub(crate) struct Inner {
    pub storage: Arc<dyn Storage>,
    pub url: String,
    pub id: i64,
    pub name: String,
    pub directions: Vec<Direction>,
    /// None until it is set or needed.
    seed: Mutex<Option<u64>>,
    pub folder: Folder,
    /// Held while a trial begins, so that the workers of this process take turns.
    turn: Mutex<()>,
    pulse: OnceLock<Pulse>,
    /// When this process first saw that a trial's heartbeat is old, by the trial's key.
    silent: Mutex<BTreeMap<i64, Instant>>,
}

impl Inner {
    pub fn turn(&self) -> MutexGuard<'_, ()> {
        // It guards the database, which a panic leaves consistent.
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores this seed unless the study has one; returns the study's seed, on which all workers
    /// agree.
    fn keep_seed(&self, seed: u64) -> Result<u64> {
        let (key, seed) = (keys::STUDY_SEED, json!(seed));
        let kept = self.storage.keep_study_attribute(self.id, Scope::System, key, &seed)?;
        let Some(kept) = kept.as_u64() else {
            let what = format!("the attribute {key} of the study '{}'", self.name);
            return Err(Error::argument(what, kept, "a whole number"));
        };
        *self.seed.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        Ok(kept)
    }

    /// Settles the database, so that its file has everything written, and returns the result.
    pub fn settled<T>(&self, done: Result<T>) -> Result<T> {
        let settled = self.storage.settle();
        done.and_then(|value| settled.map(|()| value))
    }

    /// Its place, without the password.
    pub fn shown(&self) -> String {
        storage::shown(&self.url)
    }

    /// The heartbeats of this process's running trials.
    pub fn pulse(&self) -> &Pulse {
        self.pulse.get_or_init(|| Pulse::start(self.storage.clone()))
    }
}

impl Study {
    /// Opens the study of this name, or creates it.
    ///
    /// The place is the path of an SQLite file such as `"studies/sleep.db"`, which is created with
    /// its folder if it does not exist, the URL of a PostgreSQL database, or `"memory"`.
    ///
    /// # Errors
    /// If the database cannot be opened, or the study has other directions.
    pub fn open(
        place: impl AsRef<Path>,
        name: &str,
        directions: impl IntoIterator<Item = Direction>,
    ) -> Result<Study> {
        let directions: Vec<Direction> = directions.into_iter().collect();
        open(&place.as_ref().to_string_lossy(), name, &directions, true)
    }

    /// Creates a study.
    ///
    /// # Errors
    /// If a study of this name exists, or as [`open`](Self::open).
    pub fn create(
        place: impl AsRef<Path>,
        name: &str,
        directions: impl IntoIterator<Item = Direction>,
    ) -> Result<Study> {
        let directions: Vec<Direction> = directions.into_iter().collect();
        open(&place.as_ref().to_string_lossy(), name, &directions, false)
    }

    /// Opens an existing study.
    ///
    /// # Errors
    /// If there is no such file, or no study of this name; the error lists the existing studies.
    pub fn load(place: impl AsRef<Path>, name: &str) -> Result<Study> {
        let url = place.as_ref().to_string_lossy().to_string();
        let storage = storage::open_existing(&url)?;
        match storage.find_study(name)? {
            Some(record) => Study::of(storage, &url, record),
            None => Err(missing(&*storage, name)?),
        }
    }

    /// Deletes a study with its trials, models and backups.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn delete(place: impl AsRef<Path>, name: &str) -> Result<()> {
        let study = Study::load(place, name)?;
        study.inner.storage.delete_study(study.inner.id)?;
        study.inner.folder.delete();
        study.inner.settled(Ok(()))
    }

    /// A table of the studies in a database.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn list(place: impl AsRef<Path>) -> Result<Listing> {
        let storage = storage::open_existing(&place.as_ref().to_string_lossy())?;
        let mut rows = Vec::new();
        for record in storage.studies()? {
            let trials = storage.trials(record.id)?.len().to_string();
            let directions: Vec<_> =
                record.directions.iter().map(|d| format!("{d:?}").to_lowercase()).collect();
            rows.push(vec![record.name, directions.join(", "), trials]);
        }
        Ok(Listing::new("", &["study", "direction", "trials"], rows))
    }

    /// Copies this study with all its trials, in this or another database: a copy has everything,
    /// even if the process is killed meanwhile. Model files are not copied.
    ///
    /// # Errors
    /// If a study of this name exists there, or as [`open`](Self::open).
    pub fn copy(&self, place: impl AsRef<Path>, name: &str) -> Result<Study> {
        let url = place.as_ref().to_string_lossy().to_string();
        let storage = storage::open(url.as_str())?;
        if storage.find_study(name)?.is_some() {
            return Err(taken(name));
        }
        let trials = self.inner.storage.trials(self.inner.id)?;
        storage.create_filled(name, &self.record()?, &trials)?;
        let copied = storage.find_study(name)?;
        let Some(copied) = copied else { return Err(missing(&*storage, name)?) };
        let copy = Study::of(storage, &url, copied)?;
        copy.inner.settled(Ok(()))?;
        Ok(copy)
    }

    fn of(storage: Arc<dyn Storage>, url: &str, record: StudyRecord) -> Result<Study> {
        let seed = record.system.get(keys::STUDY_SEED).and_then(|s| s.as_u64());
        let folder = Folder::of(url, &record.name, record.id);
        Ok(Study {
            inner: Arc::new(Inner {
                storage,
                url: url.to_string(),
                id: record.id,
                name: record.name,
                directions: record.directions,
                seed: Mutex::new(seed),
                folder,
                turn: Mutex::new(()),
                pulse: OnceLock::new(),
                silent: Mutex::default(),
            }),
            sampler: Arc::new(super::sampler::TpeSampler::new()),
            pruner: None,
            workers: 1,
            max_failures: None,
        })
    }

    pub(crate) fn record(&self) -> Result<StudyRecord> {
        match self.inner.storage.find_study(&self.inner.name)? {
            Some(record) => Ok(record),
            None => Err(missing(&*self.inner.storage, &self.inner.name)?),
        }
    }

    /// Sets the seed from which all trials' seeds are derived, and stores it in the database. By
    /// default a random seed is set with the first trial.
    ///
    /// # Errors
    /// If the study has trials with another seed.
    pub fn seed(self, seed: u64) -> Result<Study> {
        let now = self.inner.keep_seed(seed)?;
        if now == seed {
            return self.inner.clone().settled(Ok(self));
        }
        if !self.trials()?.is_empty() {
            let error = Error::argument("the study's seed", seed, format!("{now}, as it began"));
            return Err(error.hint("leave the seed out, or begin another study"));
        }
        let Inner { storage, id, .. } = &*self.inner;
        storage.set_study_attribute(*id, Scope::System, keys::STUDY_SEED, &json!(seed))?;
        *self.inner.seed.lock().unwrap_or_else(PoisonError::into_inner) = Some(seed);
        self.inner.clone().settled(Ok(self))
    }

    /// The seed; if the study has none, a random one, which it stores.
    pub(crate) fn seed_now(&self) -> Result<u64> {
        let known = *self.inner.seed.lock().unwrap_or_else(PoisonError::into_inner);
        known.map_or_else(|| self.inner.keep_seed(rand::random::<u64>() >> 11), Ok)
    }

    /// Sets the sampler; TPE by default. It may change from run to run.
    pub fn sampler(mut self, sampler: impl Sampler + 'static) -> Study {
        self.sampler = Arc::new(sampler);
        self
    }

    /// Sets the pruner; none by default.
    pub fn pruner(mut self, pruner: impl Pruner + 'static) -> Study {
        self.pruner = Some(Arc::new(pruner));
        self
    }

    /// The number of trials that [`optimize`](Self::optimize) runs at the same time; 1 by default.
    pub fn workers(mut self, threads: usize) -> Study {
        self.workers = threads;
        self
    }

    /// Sets the number of failed trials in a row after which [`optimize`](Self::optimize) stops
    /// with an error. By default 3 errors or panics stop it, and NaN does not count, as in Optuna;
    /// with a number set here, NaN counts too.
    pub fn max_consecutive_failures(mut self, failures: usize) -> Study {
        self.max_failures = Some(failures);
        self
    }

    /// Its name.
    pub fn name(&self) -> String {
        self.inner.name.clone()
    }

    /// Its place: the path or URL, including a password.
    pub fn place(&self) -> String {
        self.inner.url.clone()
    }

    /// A direction for each objective.
    pub fn directions(&self) -> Vec<Direction> {
        self.inner.directions.clone()
    }

    /// Sets a user attribute of the study, which optuna-dashboard shows.
    ///
    /// # Errors
    /// If the database cannot be reached, or the library uses the key itself.
    pub fn set_attribute(&self, key: &str, value: impl Into<serde_json::Value>) -> Result<()> {
        keys::check(key, &[keys::WEIGHTS, keys::SETTINGS])?;
        let Inner { storage, id, .. } = &*self.inner;
        self.inner.settled(storage.set_study_attribute(*id, Scope::User, key, &value.into()))
    }
}

fn open(url: &str, name: &str, directions: &[Direction], existing: bool) -> Result<Study> {
    if directions.is_empty() {
        return Err(Error::argument("the study's number of directions", 0, "at least 1"));
    }
    if name.is_empty() {
        return Err(Error::argument("the study's name", "''", "a text that is not empty"));
    }
    let storage = storage::open(url)?;
    let mut record = storage.find_study(name)?;
    if record.is_none() {
        match storage.create_study(name, directions) {
            Ok(_) => {}
            // Another process may have created it at the same moment.
            Err(error) => {
                let found = if existing { storage.find_study(name)? } else { None };
                found.ok_or(error)?;
            }
        }
        storage.settle()?;
        record = storage.find_study(name)?;
    } else if !existing {
        return Err(taken(name));
    }
    let Some(record) = record else { return Err(missing(&*storage, name)?) };
    if record.directions != directions {
        let got = format!("{directions:?}");
        let expected = format!("{:?}, as in the study '{name}'", record.directions);
        let error = Error::argument("the study's directions", got, expected);
        return Err(error.hint("give another name for another objective"));
    }
    Study::of(storage, url, record)
}

fn taken(name: &str) -> Error {
    let expected = "a name that the database does not have yet";
    Error::argument("the study's name", format!("'{name}'"), expected)
        .hint("continue it by Study::open, or delete it by Study::delete")
}

fn missing(storage: &dyn Storage, name: &str) -> Result<Error> {
    let names: Vec<String> = storage.studies()?.into_iter().map(|s| s.name).collect();
    let expected = match names.is_empty() {
        true => "the name of a study; the database has none".to_string(),
        false => format!("one of those in the database: {}", names.join(", ")),
    };
    Ok(Error::argument("the study's name", format!("'{name}'"), expected))
}

impl std::fmt::Debug for Study {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Study('{}' in {})", self.inner.name, self.inner.shown())
    }
}

#[cfg(test)]
mod tests;
