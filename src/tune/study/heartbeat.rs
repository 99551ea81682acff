//! The heartbeats of running trials, by which other processes tell which have died.

use crate::tune::storage::Storage;
use std::collections::BTreeSet;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A thread that sends the heartbeats of this process's running trials.
pub(crate) struct Pulse {
    trials: Arc<Mutex<BTreeSet<i64>>>,
    /// Dropping it ends the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Sends a trial's heartbeats until it is dropped.
pub(crate) struct Beating {
    trials: Arc<Mutex<BTreeSet<i64>>>,
    trial: i64,
}

/// The time between heartbeats: half of Optuna's default, whose grace period is 120 s.
const BEAT: Duration = Duration::from_secs(30);

impl Pulse {
    pub fn start(storage: Arc<dyn Storage>) -> Pulse {
        let (stop, stopped) = channel::<()>();
        let trials: Arc<Mutex<BTreeSet<i64>>> = Arc::default();
        let running = trials.clone();
        let thread = std::thread::spawn(move || {
            while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                let running = running.lock().unwrap_or_else(PoisonError::into_inner).clone();
                for trial in running {
                    // If a heartbeat fails, the next one may succeed.
                    let _ = storage.heartbeat(trial);
                }
            }
        });
        Pulse { trials, stop: Some(stop), thread: Some(thread) }
    }

    /// Whether this process sends heartbeats for a trial.
    pub fn has(&self, trial: i64) -> bool {
        self.trials.lock().unwrap_or_else(PoisonError::into_inner).contains(&trial)
    }

    pub fn of(&self, trial: i64) -> Beating {
        self.trials.lock().unwrap_or_else(PoisonError::into_inner).insert(trial);
        Beating { trials: self.trials.clone(), trial }
    }
}

/// Waits for the thread, which holds the database open.
impl Drop for Pulse {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It has ended, even if it panicked.
            let _ = thread.join();
        }
    }
}

impl Drop for Beating {
    fn drop(&mut self) {
        self.trials.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.trial);
    }
}
