//! Stopping when the loss becomes NaN.

use super::{Callback, Training};
use crate::error::Result;

/// Stops as soon as the loss is NaN or infinite, as Keras' `TerminateOnNaN`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let fit = Fit::epochs(100).callback(TerminateOnNaN::new());
/// # let _ = fit;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TerminateOnNan;

impl TerminateOnNan {
    /// The callback; it has no settings.
    pub fn new() -> Self {
        TerminateOnNan
    }
}

impl Callback for TerminateOnNan {
    fn on_batch_end(&mut self, step: usize, loss: f64, training: &mut Training<'_>) -> Result<()> {
        if !loss.is_finite() {
            training.say(&format!("step {}: the loss is {loss}, training stops", step + 1));
            training.stop();
        }
        Ok(())
    }
}
