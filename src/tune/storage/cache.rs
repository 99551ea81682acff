//! A cache of trials and distributions that were read from a database.

use super::{Distribution, Result, Trial};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The most cached distributions. A study with more makes up new ones for each trial.
const SHARED: usize = 10_000;

/// The cache of each study.
#[derive(Default)]
pub(super) struct Cache(HashMap<i64, Known>);

/// The cache of one study.
#[derive(Default)]
pub(super) struct Known {
    /// All trials as they were when read, by their keys.
    pub(super) trials: BTreeMap<i64, Arc<Trial>>,
    /// Distributions by their JSON text: thousands of trials share a few.
    texts: HashMap<String, Arc<Distribution>>,
}

impl Known {
    pub(super) fn parse(&mut self, text: &str) -> Result<Arc<Distribution>> {
        if let Some(known) = self.texts.get(text) {
            return Ok(known.clone());
        }
        let new = Arc::new(Distribution::from_json(text)?);
        if self.texts.len() >= SHARED {
            self.texts.clear();
        }
        self.texts.insert(text.to_string(), new.clone());
        Ok(new)
    }
}

impl Cache {
    pub(super) fn study(&mut self, study: i64) -> &mut Known {
        self.0.entry(study).or_default()
    }

    pub(super) fn forget(&mut self, study: i64) {
        self.0.remove(&study);
    }

    /// The trials in the order of their numbers.
    pub(super) fn trials(&self, study: i64) -> Vec<Arc<Trial>> {
        let mut all: Vec<Arc<Trial>> =
            self.0.get(&study).map(|k| k.trials.values().cloned().collect()).unwrap_or_default();
        // Keys ascend with numbers unless the database was edited by hand.
        all.sort_by_key(|trial| trial.number);
        all
    }
}

/// One distribution of each parameter of a study.
///
/// It has a lock of its own, held only briefly, because it is read within transactions, while
/// another thread may hold the lock of the trials and wait for the connection.
#[derive(Default)]
pub(super) struct Params(Mutex<HashMap<i64, HashMap<String, Arc<Distribution>>>>);

impl Params {
    fn lock(&self) -> MutexGuard<'_, HashMap<i64, HashMap<String, Arc<Distribution>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn known(&self, study: i64, name: &str) -> Option<Arc<Distribution>> {
        self.lock().get(&study)?.get(name).cloned()
    }

    pub(super) fn know(&self, study: i64, name: &str, of: Arc<Distribution>) {
        self.lock().entry(study).or_default().insert(name.to_string(), of);
    }

    pub(super) fn forget(&self, study: i64) {
        self.lock().remove(&study);
    }
}
