//! The next trial: a queued one, a retry of a dead worker's trial, or a new one.
//!
//! Nothing here needs a lock between processes. A trial's number comes from the database; of two
//! copies of a dead worker's trial, the one with the smaller number counts; and a trial's cell in a
//! grid and its seed follow from the trials before it.

use super::attributes::keys;
use super::process::Process;
use super::{Inner, Study};
use crate::error::{Error, Result};
use crate::nn::derive_seed;
use crate::tune::Param;
use crate::tune::hp::{is_own, own};
use crate::tune::storage::Scope;
use crate::tune::trial::{Attributes, Trial, TrialState};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Seconds without a heartbeat after which a worker elsewhere counts as dead: Optuna's default
/// grace period, two heartbeats of 60 s.
const GRACE: f64 = 120.0;
/// How long a process watches an old heartbeat before the worker counts as dead: longer than the
/// time between two heartbeats.
const PATIENCE: Duration = Duration::from_secs(40);
/// How often a trial is retried after its worker died.
const MAX_RETRIES: usize = 10;

/// A trial that this process has just begun.
#[derive(Clone, Debug)]
pub(crate) struct StartedTrial {
    pub id: i64,
    pub number: u64,
    /// For a retry, the number of the original trial; otherwise its own.
    pub root: u64,
    /// The number of trials before it, not counting retries.
    pub ordinal: u64,
    pub seed: u64,
    /// The trial as it was in the queue, if it was queued.
    pub template: Option<Trial>,
}

impl StartedTrial {
    fn noted(&self, key: &str) -> bool {
        self.template.as_ref().is_some_and(|t| t.system.contains_key(key))
    }

    /// Whether the user enqueued it.
    pub fn is_by_hand(&self) -> bool {
        self.noted(keys::FIXED)
    }

    /// Whether all its values were stored before its worker died.
    pub fn has_all_values(&self) -> bool {
        self.noted(keys::DRAWN)
    }
}

/// The time, in microseconds since 1970.
pub(crate) fn micros_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as i64)
}

fn numbers(trial: &Trial, key: &str) -> Vec<u64> {
    let list = trial.system.get(key).and_then(Json::as_array);
    list.map(|l| l.iter().filter_map(Json::as_u64).collect()).unwrap_or_default()
}

/// Whether the trial is a retry, a copy of an earlier trial.
pub(crate) fn is_retry(trial: &Trial) -> bool {
    trial.system.contains_key(keys::FAILED_TRIAL)
}

/// The trials that count: those that no retry has replaced, without retries that were no longer
/// needed.
pub(crate) fn effective(trials: &[Arc<Trial>]) -> Vec<Arc<Trial>> {
    let needless = |t: &Trial| t.system.contains_key(keys::SUPERSEDED);
    let retries = trials.iter().filter(|t| is_retry(t) && !needless(t));
    let retried: BTreeSet<u64> = retries.flat_map(|t| numbers(t, keys::RETRY_HISTORY)).collect();
    let counts = |t: &&Arc<Trial>| is_done(t) || !(needless(t) || retried.contains(&t.number));
    trials.iter().filter(counts).cloned().collect()
}

fn is_done(trial: &Trial) -> bool {
    matches!(trial.state, TrialState::Complete | TrialState::Pruned)
}

/// The number of the original trial of a retry; for other trials, their own.
pub(crate) fn root_number(trial: &Trial) -> u64 {
    trial.system.get(keys::FAILED_TRIAL).and_then(Json::as_u64).unwrap_or(trial.number)
}

/// The number of trials before this one, not counting retries.
pub(crate) fn ordinal(trials: &[Arc<Trial>], number: u64) -> u64 {
    trials.iter().take_while(|t| t.number < number).filter(|t| !is_retry(t)).count() as u64
}

/// The number of the trial that a retry replaces.
fn origin(trial: &Trial) -> Option<u64> {
    numbers(trial, keys::RETRY_HISTORY).last().copied()
}

/// Whether a queued retry is no longer needed: there is a retry with a smaller number, or the trial
/// that it replaces has ended well after all.
fn is_needless(trials: &[Arc<Trial>], retry: &Trial) -> bool {
    let Some(origin) = origin(retry) else { return false };
    trials.iter().any(|t| {
        let original = t.number == origin && is_done(t);
        let earlier = t.number < retry.number && self::origin(t) == Some(origin);
        original || earlier
    })
}

fn worker() -> Attributes {
    let process = Process::own().map(|p| (keys::WORKER.to_string(), p.to_json()));
    process.into_iter().collect()
}

impl Inner {
    /// All trials, after those of dead workers were queued again.
    pub fn trials_after_recovery(&self) -> Result<Vec<Arc<Trial>>> {
        let trials = self.storage.trials(self.id)?;
        let running = |t: &&Arc<Trial>| t.state == TrialState::Running;
        if !trials.iter().any(|t| running(&t)) {
            return Ok(trials);
        }
        let silent = self.storage.stale(self.id, GRACE)?;
        let heard = |id: &i64| self.pulse.get().is_some_and(|pulse| pulse.has(*id));
        let patience = if cfg!(test) { Duration::ZERO } else { PATIENCE };
        let dead = |t: &&Arc<Trial>| match t.system.get(keys::WORKER) {
            // A trial of another program. Optuna, too, fails it at once.
            None => silent.contains(&t.id),
            Some(worker) if Process::is_dead(worker) => true,
            Some(_) => {
                !heard(&t.id) && self.silent_for(t.id, silent.contains(&t.id)) >= Some(patience)
            }
        };
        let dead: Vec<Arc<Trial>> = trials.iter().filter(running).filter(dead).cloned().collect();
        if dead.is_empty() {
            return Ok(trials);
        }
        for trial in dead {
            let reason = "its worker died";
            self.retry(&trials, &trial, MAX_RETRIES)?;
            // This fails if its worker has ended it after all.
            let _ = self.fail(trial.id, reason);
        }
        self.storage.trials(self.id)
    }

    /// How long this process has seen that the trial's heartbeat is old. After the machine has
    /// slept, all heartbeats are old at first, even those of living workers.
    fn silent_for(&self, trial: i64, silent: bool) -> Option<Duration> {
        let mut since = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        if !silent {
            since.remove(&trial);
            return None;
        }
        Some(since.entry(trial).or_insert_with(Instant::now).elapsed())
    }

    /// Whether another process runs a trial, or died and left one that is not yet known to be dead.
    pub fn others_run(&self, trials: &[Arc<Trial>]) -> Result<bool> {
        // All trials that ever had a heartbeat; the others will never be found dead.
        let mortal = self.storage.stale(self.id, f64::MIN)?;
        let own = |t: &Trial| self.pulse.get().is_some_and(|pulse| pulse.has(t.id));
        let running = trials.iter().filter(|t| t.state == TrialState::Running);
        let worked_at = |t: &&Arc<Trial>| t.system.contains_key(keys::WORKER);
        Ok(running.filter(worked_at).any(|t| mortal.contains(&t.id) && !own(t)))
    }

    /// Queues a copy of a trial, as Optuna's `RetryHeartbeatStaleTrialCallback`, unless there is
    /// one or there were too many. Callers fail the trial afterwards, so that a process that is
    /// killed in between loses nothing.
    pub fn retry(&self, trials: &[Arc<Trial>], trial: &Trial, most: usize) -> Result<bool> {
        let mut history = numbers(trial, keys::RETRY_HISTORY);
        let copied = trials.iter().any(|t| origin(t) == Some(trial.number));
        if copied || history.len() >= most {
            return Ok(copied);
        }
        history.push(trial.number);
        let mut system = trial.system.clone();
        system.remove(keys::WORKER);
        system.entry(keys::FAILED_TRIAL.to_string()).or_insert(json!(trial.number));
        system.insert(keys::RETRY_HISTORY.to_string(), json!(history));
        let mut user = trial.user.clone();
        user.remove(keys::FAILURE);
        let copy = Trial {
            id: 0,
            number: 0,
            state: TrialState::Waiting,
            values: Vec::new(),
            // The copy continues from the backup and does not report these again.
            intermediate: trial.intermediate.clone(),
            user,
            system,
            started: None,
            completed: None,
            params: trial.params.clone(),
        };
        self.storage.create_trial(self.id, Some(&copy))?;
        Ok(true)
    }

    /// Queues a running trial of this process again, because the user stopped it.
    pub fn put_back(&self, id: i64) -> Result<()> {
        let trials = self.storage.trials(self.id)?;
        if let Some(trial) = trials.iter().find(|t| t.id == id) {
            // A stop is not the trial's fault, so it may happen any number of times.
            self.retry(&trials, trial, usize::MAX)?;
            self.fail(id, "interrupted")?;
        }
        Ok(())
    }

    pub fn fail(&self, trial: i64, reason: &str) -> Result<()> {
        let note = json!(reason);
        self.storage.set_trial_attribute(trial, Scope::User, keys::FAILURE, &note)?;
        self.storage.finish(trial, TrialState::Fail, &[])
    }
}

impl Study {
    /// Begins a queued trial, the one with the smallest number first.
    pub(crate) fn take_waiting(&self, trials: &[Arc<Trial>]) -> Result<Option<StartedTrial>> {
        let storage = &self.inner.storage;
        for trial in trials.iter().filter(|t| t.state == TrialState::Waiting) {
            if !storage.claim(trial.id, &worker())? {
                continue;
            }
            if is_needless(trials, trial) {
                let note = json!("another trial has done it");
                let key = keys::SUPERSEDED;
                storage.set_trial_attribute(trial.id, Scope::System, key, &note)?;
                self.inner.fail(trial.id, "another trial has done it")?;
                continue;
            }
            let root = root_number(trial);
            let (ordinal, seed) = self.seed_of(trials, root)?;
            let (id, number) = (trial.id, trial.number);
            // As text, because not every reader of JSON accepts whole numbers of this size.
            let text = json!(seed.to_string());
            storage.set_trial_attribute(id, Scope::User, keys::SEED, &text)?;
            let template = Some((**trial).clone());
            return Ok(Some(StartedTrial { id, number, root, ordinal, seed, template }));
        }
        Ok(None)
    }

    /// Begins a new trial after `trials` with these values and system attributes; none if another
    /// process has begun one since they were read.
    pub(crate) fn begin_after(
        &self,
        trials: &[Arc<Trial>],
        params: &[Param],
        notes: Attributes,
    ) -> Result<Option<StartedTrial>> {
        let number = trials.len() as u64;
        let (ordinal, seed) = self.seed_of(trials, number)?;
        let mut system = worker();
        system.extend(notes);
        let template = Trial {
            id: 0,
            number: 0,
            state: TrialState::Running,
            values: Vec::new(),
            params: params.to_vec(),
            intermediate: Default::default(),
            user: [(keys::SEED.to_string(), json!(seed.to_string()))].into_iter().collect(),
            system,
            started: Some(micros_now()),
            completed: None,
        };
        let id = self.inner.storage.create_next(self.inner.id, number, &template)?;
        Ok(id.map(|id| StartedTrial { id, number, root: number, ordinal, seed, template: None }))
    }

    /// Begins a new trial.
    pub(crate) fn begin_new(&self) -> Result<StartedTrial> {
        loop {
            let trials = self.inner.storage.trials(self.inner.id)?;
            if let Some(begun) = self.begin_after(&trials, &[], Attributes::new())? {
                return Ok(begun);
            }
        }
    }

    /// The number of trials before this one, not counting retries, and the seed derived from it.
    fn seed_of(&self, trials: &[Arc<Trial>], root: u64) -> Result<(u64, u64)> {
        let ordinal = ordinal(trials, root);
        Ok((ordinal, derive_seed(self.seed_now()?, ordinal)))
    }

    /// Queues these as the study's first trials, in order. Several processes may do so at the same
    /// time, and one that is killed in between loses nothing. A study with other trials stays as it
    /// is.
    pub(crate) fn begin_with(&self, templates: Vec<Trial>) -> Result<()> {
        let Inner { storage, id, .. } = &*self.inner;
        for (i, mut template) in templates.into_iter().enumerate() {
            let trials = storage.trials(*id)?;
            let known = |t: &Arc<Trial>| t.system.contains_key(keys::KNOWN);
            if trials.len() == i && trials.iter().all(known) {
                template.system.insert(keys::KNOWN.to_string(), json!(true));
                storage.create_next(*id, i as u64, &template)?;
            }
        }
        Ok(())
    }

    /// Queues a trial with these values, as Optuna's `enqueue_trial`. It runs before any new one;
    /// other parameters are chosen as usual. A value that the code does not ask for, or that the
    /// parameter cannot take, fails the trial with a message, where Optuna takes another value.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let study = Study::open("memory", "queue", [Direction::Minimize])?;
    /// study.enqueue([("x", 0.25)])?;
    /// study.optimize(1, |trial| Ok(trial.float("x", 0.0..=1.0)))?;
    /// assert_eq!(study.best_value()?, 0.25);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If no value is given, a name is given twice or is reserved for searches, or the database
    /// cannot be reached.
    pub fn enqueue<V: Into<Json>>(
        &self,
        values: impl IntoIterator<Item = (&'static str, V)>,
    ) -> Result<()> {
        let mut fixed = serde_json::Map::new();
        for (name, value) in values {
            if is_own(name) {
                return Err(own("Study::enqueue: a name", name));
            }
            if fixed.insert(name.to_string(), value.into()).is_some() {
                let error = Error::argument("Study::enqueue: the value of", name, "given once");
                return Err(error);
            }
        }
        if fixed.is_empty() {
            return Err(Error::argument("Study::enqueue: the number of values", 0, "at least 1"));
        }
        self.inner.settled(self.enqueue_json(Json::Object(fixed), Attributes::new()))
    }

    pub(crate) fn enqueue_json(&self, fixed: Json, system: Attributes) -> Result<()> {
        let template = waiting(fixed, system);
        self.inner.storage.create_trial(self.inner.id, Some(&template)).map(|_| ())
    }
}

/// A queued trial with these values.
pub(crate) fn waiting(fixed: Json, mut system: Attributes) -> Trial {
    system.insert(keys::FIXED.to_string(), fixed);
    Trial {
        id: 0,
        number: 0,
        state: TrialState::Waiting,
        values: Vec::new(),
        params: Vec::new(),
        intermediate: Default::default(),
        user: Attributes::new(),
        system,
        started: None,
        completed: None,
    }
}
