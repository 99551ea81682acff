//! Early stopping.

use super::monitor::{Monitor, monitors, number_or_none};
use super::{Callback, Memory, Training, number};
use crate::config::setters;
use crate::error::Result;
use crate::train::scores::Scores;

/// Stops once the monitored value has not improved for a number of epochs, as Keras'
/// `EarlyStopping`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let fit = Fit::epochs(1000)
///     .validation_split(0.2)
///     .callback(EarlyStopping::new().patience(20).restore_best_weights(true));
/// # let _ = fit;
/// ```
///
/// A name that is not logged is an error, which lists the logged names. NaN is never the best
/// value, where Keras keeps a NaN of the first epoch.
#[derive(Clone)]
pub struct EarlyStopping {
    monitor: Monitor,
    patience: usize,
    baseline: Option<f64>,
    restore_best_weights: bool,
    start_from_epoch: usize,
    wait: usize,
    best: Option<f64>,
    best_epoch: usize,
    best_weights: Vec<f32>,
    stopped: Option<usize>,
}

/// The settings, and the best value so far; the weights of that are many.
impl std::fmt::Debug for EarlyStopping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EarlyStopping")
            .field("monitor", &self.monitor)
            .field("patience", &self.patience)
            .field("baseline", &self.baseline)
            .field("restore_best_weights", &self.restore_best_weights)
            .field("start_from_epoch", &self.start_from_epoch)
            .field("best", &self.best)
            .finish_non_exhaustive()
    }
}

monitors!(EarlyStopping);

impl EarlyStopping {
    /// Monitors `val_loss` with a patience of 0.
    pub fn new() -> Self {
        EarlyStopping {
            monitor: Monitor::new(0.0),
            patience: 0,
            baseline: None,
            restore_best_weights: false,
            start_from_epoch: 0,
            wait: 0,
            best: None,
            best_epoch: 0,
            best_weights: Vec::new(),
            stopped: None,
        }
    }

    /// The smallest change that counts as an improvement; 0 by default.
    pub fn min_delta(mut self, delta: f64) -> Self {
        self.monitor.min_delta = delta;
        self
    }

    /// A value that must be improved on within the patience; none by default.
    pub fn baseline(mut self, baseline: f64) -> Self {
        self.baseline = Some(baseline);
        self
    }

    fn keep(&mut self, epoch: usize, training: &Training<'_>) {
        self.best_epoch = epoch;
        if self.restore_best_weights {
            self.best_weights.clear();
            self.best_weights.extend_from_slice(training.model().flat_weights());
        }
    }
}

setters!(EarlyStopping {
    /// The number of epochs without improvement after which the fit stops; 0 by default.
    patience: usize;
    /// Whether the model ends with the weights of its best epoch; false by default.
    restore_best_weights: bool;
    /// The number of epochs at the start that are ignored; 0 by default.
    start_from_epoch: usize;
});

impl Default for EarlyStopping {
    fn default() -> Self {
        Self::new()
    }
}

impl Callback for EarlyStopping {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        number_or_none("EarlyStopping: the baseline", self.baseline)?;
        self.monitor.begin("EarlyStopping", training)
    }

    fn on_epoch_end(
        &mut self,
        epoch: usize,
        logs: &Scores,
        training: &mut Training<'_>,
    ) -> Result<()> {
        let Some(value) = self.monitor.value(logs) else { return Ok(()) };
        if epoch < self.start_from_epoch {
            return Ok(());
        }
        self.wait += 1;
        if self.monitor.improves(value, self.best) {
            self.best = Some(value);
            self.keep(epoch, training);
            if self.baseline.is_none() || self.monitor.improves(value, self.baseline) {
                self.wait = 0;
            }
        } else if self.wait >= self.patience && epoch > 0 {
            self.stopped = Some(epoch);
            training.stop();
        }
        Ok(())
    }

    fn on_train_end(&mut self, training: &mut Training<'_>) -> Result<()> {
        let restores = !self.best_weights.is_empty();
        if restores {
            training.set_flat_weights(&self.best_weights)?;
        }
        if let Some(epoch) = self.stopped {
            let name = &self.monitor.name;
            let best = self.best_epoch + 1;
            let weights = match restores {
                true => format!("; the model has the weights of epoch {best}"),
                false => String::new(),
            };
            let found = match self.best {
                Some(_) => format!("the best {name} was that of epoch {best}{weights}"),
                None => format!("no {name} was a number"),
            };
            training.say(&format!("stopped early after epoch {}: {found}", epoch + 1));
        }
        Ok(())
    }

    fn memory(&self) -> Memory {
        Memory {
            numbers: vec![
                self.wait as f64,
                number(self.best),
                f64::from(u8::from(self.best.is_some())),
                self.best_epoch as f64,
                number(self.stopped.map(|e| e as f64)),
            ],
            weights: self.best_weights.clone(),
        }
    }

    fn remember(&mut self, memory: Memory) -> Result<()> {
        let [wait, best, some, best_epoch, stopped] = memory.numbers()?;
        self.wait = wait as usize;
        self.best = (some != 0.0).then_some(best);
        self.best_epoch = best_epoch as usize;
        self.stopped = (!stopped.is_nan()).then_some(stopped as usize);
        self.best_weights = memory.weights;
        Ok(())
    }
}
