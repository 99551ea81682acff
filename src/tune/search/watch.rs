//! A callback that watches each fit of a trial: it reports values and enforces limits.

use super::live::Live;
use super::objective::Goal;
use crate::error::{Error, Result};
use crate::train::Scores;
use crate::train::callbacks::{Callback, Memory, Training};
use crate::tune::study::{Study, resident_bytes};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The state that all fits of one trial share.
pub(super) struct Watched {
    pub study: Study,
    pub id: i64,
    pub number: u64,
    pub goals: Vec<Goal>,
    /// The number of fits in the trial: folds times executions.
    pub fits: usize,
    pub epochs: usize,
    pub best_epoch: bool,
    pub begun: Instant,
    pub time: Option<Duration>,
    /// Resident bytes at the beginning, and how many more are allowed.
    pub memory: Option<(u64, u64)>,
    pub live: Arc<Live>,
    pub log: Mutex<Log>,
}

/// The results of the fits so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    /// The objectives of each finished fit.
    pub fits: Vec<Vec<f64>>,
    /// The seconds that each took.
    pub seconds: Vec<f64>,
    /// The last reported value, if the pruner has stopped the trial.
    pub pruned: Option<f64>,
}

impl Watched {
    pub fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reports a value to the study.
    ///
    /// # Errors
    /// If the pruner stops the trial.
    fn report(&self, step: usize, value: f64, last: bool) -> Result<()> {
        // As in Optuna, only a single objective has intermediate values.
        if self.goals.len() > 1 || !value.is_finite() {
            return Ok(());
        }
        if self.study.report(self.id, step as i64, value)? && !last {
            self.log().pruned = Some(value);
            return Err(Error::Training("the pruner ended the trial".to_string()));
        }
        Ok(())
    }

    fn check_time(&self) -> Result<()> {
        match self.time {
            Some(limit) if self.begun.elapsed() > limit => Err(Error::Training(format!(
                "the trial took longer than its limit of {} s",
                limit.as_secs_f64()
            ))),
            _ => Ok(()),
        }
    }

    fn check_memory(&self) -> Result<()> {
        let Some((before, limit)) = self.memory else { return Ok(()) };
        let grown = resident_bytes().unwrap_or(0).saturating_sub(before);
        match grown > limit {
            true => Err(Error::Training(format!(
                "the process grew by {grown} bytes over the trial, and its limit is {limit}"
            ))),
            false => Ok(()),
        }
    }
}

/// The callback of one fit.
#[derive(Clone)]
pub(super) struct Watch {
    all: Arc<Watched>,
    begun: Option<Instant>,
    /// Seconds of the fit before it was interrupted.
    before: f64,
    last: Vec<f64>,
    best: Vec<f64>,
    weights: Vec<f32>,
}

impl Watch {
    pub fn new(all: Arc<Watched>) -> Self {
        Watch {
            all,
            begun: None,
            before: 0.0,
            last: Vec::new(),
            best: Vec::new(),
            weights: Vec::new(),
        }
    }

    fn seconds(&self) -> f64 {
        self.before + self.begun.map_or(0.0, |b| b.elapsed().as_secs_f64())
    }
}

/// The same text for every trial, because a backup is identified by it.
impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.all.goals.iter().map(|g| g.name.as_str()).collect();
        write!(f, "Watch({names:?}, best epoch: {})", self.all.best_epoch)
    }
}

impl Callback for Watch {
    fn on_train_begin(&mut self, _: &mut Training<'_>) -> Result<()> {
        self.begun = Some(Instant::now());
        Ok(())
    }

    fn on_batch_end(&mut self, _: usize, _: f64, _: &mut Training<'_>) -> Result<()> {
        self.all.check_time()
    }

    fn on_epoch_end(
        &mut self,
        epoch: usize,
        logs: &Scores,
        training: &mut Training<'_>,
    ) -> Result<()> {
        let all = self.all.clone();
        all.check_memory()?;
        let now: Option<Vec<f64>> = all.goals.iter().map(|g| logs.get(&g.name)).collect();
        // Not every epoch need be validated.
        let Some(now) = now else { return Ok(()) };
        let fits = all.log().fits.len();
        all.live.epoch(all.number, fits, all.fits, epoch + 1, all.epochs, &all.goals[0], now[0]);
        let loss = |values: &[f64]| all.goals[0].direction.loss(values[0]);
        let better = self.best.is_empty() || loss(&now) < loss(&self.best);
        if all.best_epoch && better && !now[0].is_nan() {
            self.best.clone_from(&now);
            self.weights.clear();
            self.weights.extend_from_slice(training.model().flat_weights());
        }
        let value = now[0];
        self.last = now;
        match all.fits {
            1 => all.report(epoch + 1, value, epoch + 1 >= all.epochs),
            _ => Ok(()),
        }
    }

    fn on_train_end(&mut self, training: &mut Training<'_>) -> Result<()> {
        let values = if self.best.is_empty() { self.last.clone() } else { self.best.clone() };
        if !self.weights.is_empty() {
            training.set_flat_weights(&self.weights)?;
        }
        let (done, mean) = {
            let mut log = self.all.log();
            log.fits.push(values);
            log.seconds.push(self.seconds());
            let first = log.fits.iter().map(|v| v.first().copied().unwrap_or(f64::NAN));
            (log.fits.len(), first.sum::<f64>() / log.fits.len() as f64)
        };
        match self.all.fits {
            1 => Ok(()),
            fits => self.all.report(done, mean, done >= fits),
        }
    }

    fn memory(&self) -> Memory {
        let mut numbers = vec![self.seconds(), self.last.len() as f64, self.best.len() as f64];
        numbers.extend(&self.last);
        numbers.extend(&self.best);
        Memory { numbers, weights: self.weights.clone() }
    }

    fn remember(&mut self, memory: Memory) -> Result<()> {
        let [seconds, last, best, values @ ..] = memory.numbers.as_slice() else { return Ok(()) };
        let (last, best) = (*last as usize, *best as usize);
        if values.len() == last.saturating_add(best) {
            self.last = values[..last].to_vec();
            self.best = values[last..].to_vec();
        }
        (self.before, self.weights) = (*seconds, memory.weights);
        Ok(())
    }
}
