//! Running an objective function for many trials.

use super::Study;
use super::failures::{Ending, Failures};
use super::ongoing::{Ongoing, Values};
use crate::error::{Error, Result};
use crate::stop;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

impl Study {
    /// Runs `n_trials` more trials of this code, which asks for values and returns its objective: a
    /// number, or an array with a number for each direction of the study.
    ///
    /// An error or a panic fails the trial with its message, and the study continues.
    ///
    /// # Errors
    /// If the code asks for its values wrongly (an empty range, one name with two ranges), it does
    /// not ask for an [enqueued](Self::enqueue) value, three trials in a row fail (see
    /// [`max_consecutive_failures`](Self::max_consecutive_failures)), a setting is out of range, or
    /// the database cannot be reached.
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
        for (what, got) in [
            ("Study: the number of workers", self.workers),
            ("Study: the consecutive failures", self.max_failures.unwrap_or(1)),
        ] {
            if got == 0 {
                return Err(Error::argument(what, got, "at least 1"));
            }
        }
        let begun = AtomicUsize::new(0);
        let failures = Mutex::new(Failures::default());
        let work = || -> Result<()> {
            while begun.fetch_add(1, Ordering::SeqCst) < n_trials {
                let ended = self.one(code).and_then(|ending| {
                    let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                    failures.count(&ending, self.max_failures).map_or(Ok(()), Err)
                });
                // The other workers stop as well.
                ended.inspect_err(|_| begun.store(n_trials, Ordering::SeqCst))?;
            }
            Ok(())
        };
        if self.workers == 1 {
            return self.inner.settled(work());
        }
        let done = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..self.workers).map(|_| scope.spawn(work)).collect();
            let join = |w: std::thread::ScopedJoinHandle<'_, Result<()>>| {
                w.join().unwrap_or_else(|panic| {
                    Err(Error::Training(format!("a worker panicked: {}", message_of(&*panic))))
                })
            };
            // Wait for all of them before returning the first error.
            let results: Vec<Result<()>> = workers.into_iter().map(join).collect();
            results.into_iter().collect()
        });
        self.inner.settled(done)
    }
}

impl Study {
    /// Runs one trial of this code.
    ///
    /// # Errors
    /// If the code makes a mistake that other trials would make, too, or the database cannot be
    /// reached.
    fn one(&self, code: &(dyn Fn(&mut Ongoing) -> Result<Values> + Sync)) -> Result<Ending> {
        stop::check()?;
        let mut trial = self.ask()?;
        let result = catch_unwind(AssertUnwindSafe(|| code(&mut trial)));
        let to_its_end = matches!(result, Ok(Ok(_)));
        if stop::asked() && !to_its_end {
            self.end_failed(&mut trial, "interrupted")?;
            return Err(Error::Interrupted);
        }
        if let Err(mistake) = trial.check_asked(to_its_end) {
            self.end_failed(&mut trial, &mistake.to_string())?;
            return Err(mistake);
        }
        let reason = match result {
            _ if trial.pruned => {
                self.end_pruned(&mut trial)?;
                return Ok(Ending::Value);
            }
            Ok(Ok(values)) => {
                let diverged = values.0.iter().any(|v| v.is_nan());
                return Ok(match self.end(&mut trial, values) {
                    Ok(()) => Ending::Value,
                    Err(error @ Error::Database { .. }) => return Err(error),
                    Err(error) if diverged => Ending::NotANumber(error.to_string()),
                    Err(error) => Ending::Error(error.to_string()),
                });
            }
            Ok(Err(error)) => error.to_string(),
            Err(panic) => format!("panicked: {}", message_of(&*panic)),
        };
        self.end_failed(&mut trial, &reason)?;
        Ok(Ending::Error(reason))
    }
}

/// The message of a panic.
pub(crate) fn message_of(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text.to_string(),
        (_, Some(text)) => text.clone(),
        _ => "without a message".to_string(),
    }
}
