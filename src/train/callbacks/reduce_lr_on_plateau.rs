//! Reducing the learning rate on a plateau.

use super::monitor::{Monitor, monitors};
use super::{Callback, Memory, Training, number};
use crate::config::setters;
use crate::error::{Error, Result};
use crate::train::scores::Scores;

/// Reduces the learning rate once the monitored value has not improved for a number of epochs, as
/// Keras' `ReduceLROnPlateau`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let fit = Fit::epochs(100)
///     .validation_split(0.2)
///     .callback(ReduceLROnPlateau::new().factor(0.2).patience(5).min_lr(1e-5));
/// # let _ = fit;
/// ```
#[derive(Clone, Debug)]
pub struct ReduceLrOnPlateau {
    monitor: Monitor,
    factor: f64,
    patience: usize,
    cooldown: usize,
    min_lr: f64,
    wait: usize,
    cooling: usize,
    best: Option<f64>,
}

monitors!(ReduceLrOnPlateau);

impl ReduceLrOnPlateau {
    /// Monitors `val_loss`: a tenth of the rate after 10 epochs without an improvement of 1e-4.
    pub fn new() -> Self {
        ReduceLrOnPlateau {
            monitor: Monitor::new(1e-4),
            factor: 0.1,
            patience: 10,
            cooldown: 0,
            min_lr: 0.0,
            wait: 0,
            cooling: 0,
            best: None,
        }
    }

    /// The smallest change that counts as an improvement; 1e-4 by default.
    pub fn min_delta(mut self, delta: f64) -> Self {
        self.monitor.min_delta = delta;
        self
    }
}

setters!(ReduceLrOnPlateau {
    /// The factor by which the rate is multiplied; 0.1 by default.
    factor: f64;
    /// The number of epochs without improvement after which the rate is reduced; 10 by default.
    patience: usize;
    /// The number of epochs after a reduction that are not counted; 0 by default.
    cooldown: usize;
    /// The rate is never reduced below this; 0 by default.
    min_lr: f64;
});

impl Default for ReduceLrOnPlateau {
    fn default() -> Self {
        Self::new()
    }
}

impl Callback for ReduceLrOnPlateau {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        if !(0.0..1.0).contains(&self.factor) {
            return Err(Error::argument(
                "ReduceLrOnPlateau: the factor",
                self.factor,
                "at least 0 and less than 1",
            ));
        }
        self.monitor.begin("ReduceLrOnPlateau", training)?;
        // Fails at once if the rate follows a schedule.
        training.set_learning_rate(training.learning_rate())
    }

    fn on_epoch_end(
        &mut self,
        epoch: usize,
        logs: &Scores,
        training: &mut Training<'_>,
    ) -> Result<()> {
        let Some(value) = self.monitor.value(logs) else { return Ok(()) };
        if self.cooling > 0 {
            self.cooling -= 1;
            self.wait = 0;
        }
        if self.monitor.improves(value, self.best) {
            self.best = Some(value);
            self.wait = 0;
        } else if self.cooling == 0 {
            self.wait += 1;
            let old = training.learning_rate();
            if self.wait >= self.patience && old > f64::from(self.min_lr as f32) {
                let new = (old * self.factor).max(self.min_lr);
                training.set_learning_rate(new)?;
                training.say(&format!(
                    "epoch {}: no better {}, the learning rate is now {}",
                    epoch + 1,
                    self.monitor.name,
                    crate::html::number(new, 4)
                ));
                self.cooling = self.cooldown;
                self.wait = 0;
            }
        }
        Ok(())
    }

    fn changes_learning_rate(&self) -> bool {
        true
    }

    fn memory(&self) -> Memory {
        let some = f64::from(u8::from(self.best.is_some()));
        let numbers = vec![self.wait as f64, self.cooling as f64, number(self.best), some];
        Memory { numbers, weights: Vec::new() }
    }

    fn remember(&mut self, memory: Memory) -> Result<()> {
        let [wait, cooling, best, some] = memory.numbers()?;
        (self.wait, self.cooling) = (wait as usize, cooling as usize);
        self.best = (some != 0.0).then_some(best);
        Ok(())
    }
}
