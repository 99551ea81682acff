//! Running a function again and again.

use super::Study;
use super::ongoing::{Ongoing, Values};
use crate::error::{Error, Result};
use crate::tune::storage::Storage;
use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Failed trials in a row after which a search stops, as KerasTuner's.
pub(crate) const MAX_FAILURES: usize = 3;

impl Study {
    /// Runs `n_trials` more trials of this code, which asks for values and gives its objective: a
    /// number, or an array of as many as the study has directions.
    ///
    /// An error or a panic in it makes a failed trial with its message, and the study goes on.
    ///
    /// # Errors
    /// If three trials in a row fail, or the database cannot be reached.
    pub fn optimize<V: Into<Values>>(
        &self,
        n_trials: usize,
        code: impl Fn(&mut Ongoing) -> Result<V> + Sync,
    ) -> Result<()> {
        self.optimize_code(n_trials, &|trial| code(trial).map(Into::into))
    }

    fn optimize_code(
        &self,
        n_trials: usize,
        code: &(dyn Fn(&mut Ongoing) -> Result<Values> + Sync),
    ) -> Result<()> {
        let begun = AtomicUsize::new(0);
        let failures = AtomicUsize::new(0);
        let work = || -> Result<()> {
            while begun.fetch_add(1, Ordering::SeqCst) < n_trials {
                let mut trial = self.ask()?;
                let result = catch_unwind(AssertUnwindSafe(|| code(&mut trial)));
                let reason = match result {
                    _ if trial.pruned => {
                        self.tell_pruned(&mut trial)?;
                        None
                    }
                    Ok(Ok(values)) => self.tell(&mut trial, values).err().map(|e| e.to_string()),
                    Ok(Err(error)) => {
                        let error = trial.take_error().unwrap_or(error).to_string();
                        self.tell_failed(&mut trial, &error)?;
                        Some(error)
                    }
                    Err(panic) => {
                        let message = format!("panicked: {}", message_of(&*panic));
                        self.tell_failed(&mut trial, &message)?;
                        Some(message)
                    }
                };
                let Some(reason) = reason else {
                    failures.store(0, Ordering::SeqCst);
                    continue;
                };
                if failures.fetch_add(1, Ordering::SeqCst) + 1 >= MAX_FAILURES {
                    // The other workers stop as well.
                    begun.store(n_trials, Ordering::SeqCst);
                    return Err(too_many_failures(MAX_FAILURES, &reason));
                }
            }
            Ok(())
        };
        if self.workers <= 1 {
            return work();
        }
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..self.workers).map(|_| scope.spawn(work)).collect();
            let join = |w: std::thread::ScopedJoinHandle<'_, Result<()>>| {
                w.join().unwrap_or_else(|panic| {
                    Err(Error::Training(format!("a worker panicked: {}", message_of(&*panic))))
                })
            };
            // All of them are waited for before the first error is given.
            let results: Vec<Result<()>> = workers.into_iter().map(join).collect();
            results.into_iter().collect()
        })
    }
}

pub(crate) fn too_many_failures(most: usize, reason: &str) -> Error {
    Error::Training(format!("{most} trials failed one after the other; the last one: {reason}"))
}

/// What a panic said.
pub(crate) fn message_of(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text.to_string(),
        (_, Some(text)) => text.clone(),
        _ => "without a message".to_string(),
    }
}

/// Says every now and then that running trials have a worker that lives.
pub(crate) struct Pulse {
    trials: Arc<Mutex<BTreeSet<i64>>>,
    /// Dropped, it ends the thread.
    _stop: Sender<()>,
}

/// A trial that is said to be alive as long as this lives.
pub(crate) struct Beating {
    trials: Arc<Mutex<BTreeSet<i64>>>,
    trial: i64,
}

/// Half of what Optuna waits by default: its grace is 120 s.
const BEAT: Duration = Duration::from_secs(30);

impl Pulse {
    pub fn start(storage: Arc<dyn Storage>) -> Pulse {
        let (stop, stopped) = channel::<()>();
        let trials: Arc<Mutex<BTreeSet<i64>>> = Arc::default();
        let running = trials.clone();
        std::thread::spawn(move || {
            while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                let running = running.lock().unwrap_or_else(PoisonError::into_inner).clone();
                for trial in running {
                    // The next beat may come through.
                    let _ = storage.heartbeat(trial);
                }
            }
        });
        Pulse { trials, _stop: stop }
    }

    /// Whether this process says so of a trial.
    pub fn has(&self, trial: i64) -> bool {
        self.trials.lock().unwrap_or_else(PoisonError::into_inner).contains(&trial)
    }

    pub fn of(&self, trial: i64) -> Beating {
        self.trials.lock().unwrap_or_else(PoisonError::into_inner).insert(trial);
        Beating { trials: self.trials.clone(), trial }
    }
}

impl Drop for Beating {
    fn drop(&mut self) {
        self.trials.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.trial);
    }
}
