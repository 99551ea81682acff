//! The next trial: a waiting one, one of a dead worker, or a new one.
//!
//! Nothing here needs a lock between processes. A trial's number comes from the database; which of
//! two copies of a dead worker's trial counts is decided by their numbers; and what number means
//! which cell of a grid, or which seed, follows from the trials before it.

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

/// Seconds without a heartbeat after which a worker elsewhere counts as dead, as Optuna's default
/// grace of two heartbeats of 60 s.
const GRACE: f64 = 120.0;
/// How long a process watches an old heartbeat before it believes it: longer than a living worker
/// is silent.
const PATIENCE: Duration = Duration::from_secs(40);
/// Times that a trial is taken up again after its worker died.
const MAX_RETRIES: usize = 10;

/// A trial that this process has just begun.
#[derive(Clone, Debug)]
pub(crate) struct StartedTrial {
    pub id: i64,
    pub number: u64,
    /// The number it had first, before workers died over it; its own else.
    pub root: u64,
    /// How many trials that are no retries came before it.
    pub ordinal: u64,
    pub seed: u64,
    /// As it waited, if it did.
    pub template: Option<Trial>,
}

impl StartedTrial {
    fn noted(&self, key: &str) -> bool {
        self.template.as_ref().is_some_and(|t| t.system.contains_key(key))
    }

    /// Whether a person enqueued it.
    pub fn is_by_hand(&self) -> bool {
        self.noted(keys::FIXED)
    }

    /// Whether the search had written all its values before its worker died.
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

/// Whether it is the copy of an earlier trial.
pub(crate) fn is_retry(trial: &Trial) -> bool {
    trial.system.contains_key(keys::FAILED_TRIAL)
}

/// The trials that count: without those that a retry has replaced, and without retries that were no
/// longer needed.
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

/// The number of the trial that it goes back to; its own if it is no retry.
pub(crate) fn root_number(trial: &Trial) -> u64 {
    trial.system.get(keys::FAILED_TRIAL).and_then(Json::as_u64).unwrap_or(trial.number)
}

/// How many trials that are no retries come before the one of this number.
pub(crate) fn ordinal(trials: &[Arc<Trial>], number: u64) -> u64 {
    trials.iter().take_while(|t| t.number < number).filter(|t| !is_retry(t)).count() as u64
}

/// The number of the trial whose place a retry takes.
fn origin(trial: &Trial) -> Option<u64> {
    numbers(trial, keys::RETRY_HISTORY).last().copied()
}

/// Whether a waiting retry has become needless: a copy of a smaller number, or the original, has
/// done what it was for.
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
    /// All trials, those of dead workers put back into the queue first.
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
            // Another program's: Optuna fails it at once as well.
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
            // Its worker may have come to an end after all.
            let _ = self.fail(trial.id, reason);
        }
        self.storage.trials(self.id)
    }

    /// How long this process has seen the trial's heartbeat to be old. After a sleep of the machine
    /// all heartbeats are old at first, those of living workers too.
    fn silent_for(&self, trial: i64, silent: bool) -> Option<Duration> {
        let mut since = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        if !silent {
            since.remove(&trial);
            return None;
        }
        Some(since.entry(trial).or_insert_with(Instant::now).elapsed())
    }

    /// Whether another process runs a trial, or has left one behind that is still to be found dead.
    pub fn others_run(&self, trials: &[Arc<Trial>]) -> Result<bool> {
        // All that have ever had a heartbeat: nothing will be heard of the others.
        let mortal = self.storage.stale(self.id, f64::MIN)?;
        let own = |t: &Trial| self.pulse.get().is_some_and(|pulse| pulse.has(t.id));
        let running = trials.iter().filter(|t| t.state == TrialState::Running);
        let worked_at = |t: &&Arc<Trial>| t.system.contains_key(keys::WORKER);
        Ok(running.filter(worked_at).any(|t| mortal.contains(&t.id) && !own(t)))
    }

    /// Queues a copy of a trial, as Optuna's RetryHeartbeatStaleTrialCallback does, unless there
    /// is one or there were too many. The copy comes first and the trial is failed afterwards: a
    /// process that is killed in between has lost nothing.
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
            // The copy goes on from the backup, so that these are not reported again.
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

    /// Queues a running trial of this process again, because the person stopped it.
    pub fn put_back(&self, id: i64) -> Result<()> {
        let trials = self.storage.trials(self.id)?;
        if let Some(trial) = trials.iter().find(|t| t.id == id) {
            // A stop is no fault of the trial: it may happen any number of times.
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
    /// Takes a waiting trial, the one of the smallest number first.
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
            // Python reads whole numbers of any size, but other readers of JSON do not.
            let text = json!(seed.to_string());
            storage.set_trial_attribute(id, Scope::User, keys::SEED, &text)?;
            let template = Some((**trial).clone());
            return Ok(Some(StartedTrial { id, number, root, ordinal, seed, template }));
        }
        Ok(None)
    }

    /// A new running trial with these values and system attributes, as the one after `trials`;
    /// nothing if another process has begun one since they were read.
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

    /// A new running trial.
    pub(crate) fn begin_new(&self) -> Result<StartedTrial> {
        loop {
            let trials = self.inner.storage.trials(self.inner.id)?;
            if let Some(begun) = self.begin_after(&trials, &[], Attributes::new())? {
                return Ok(begun);
            }
        }
    }

    /// How many trials that are no retries come before this one, and the seed made of that.
    fn seed_of(&self, trials: &[Arc<Trial>], root: u64) -> Result<(u64, u64)> {
        let ordinal = ordinal(trials, root);
        Ok((ordinal, derive_seed(self.seed_now()?, ordinal)))
    }

    /// Makes these the study's first trials, in order, by whichever process comes to it; one that is
    /// killed in between has lost nothing. Nothing is done in a study that has begun otherwise.
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

    /// Queues a trial with these values, which runs before any new one; other parameters are chosen
    /// as usual. As Optuna's `enqueue_trial`, except that a value which the code does not ask for,
    /// or which the parameter cannot take, fails the trial with a message, where Optuna takes
    /// another value.
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
    /// If no value is given, one name is given twice or is a search's own, or the database cannot be
    /// reached.
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

/// A trial that is to have these values.
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
