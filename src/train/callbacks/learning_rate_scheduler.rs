//! A learning rate for each epoch.

use super::{Callback, Training};
use crate::error::Result;
use std::fmt;
use std::sync::Arc;

/// Sets the learning rate before each epoch by a function of the epoch (from 0) and the rate so
/// far, as Keras' `LearningRateScheduler`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let decay = |epoch: usize, rate: f64| if epoch < 10 { rate } else { rate * 0.9 };
/// let fit = Fit::epochs(30).callback(LearningRateScheduler::new(decay));
/// # let _ = fit;
/// ```
#[derive(Clone)]
pub struct LearningRateScheduler {
    schedule: Arc<dyn Fn(usize, f64) -> f64 + Send + Sync>,
}

impl LearningRateScheduler {
    /// With this function of the epoch and the rate so far. A negative or non-finite rate ends the
    /// fit with an error.
    pub fn new(schedule: impl Fn(usize, f64) -> f64 + Send + Sync + 'static) -> Self {
        LearningRateScheduler { schedule: Arc::new(schedule) }
    }
}

impl fmt::Debug for LearningRateScheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LearningRateScheduler")
    }
}

impl Callback for LearningRateScheduler {
    fn on_epoch_begin(&mut self, epoch: usize, training: &mut Training<'_>) -> Result<()> {
        let rate = (self.schedule)(epoch, training.learning_rate());
        training.set_learning_rate(rate)
    }

    fn changes_learning_rate(&self) -> bool {
        true
    }
}
