//! Mean absolute error.

use super::sign;
use super::{LossFunction, mean};
use crate::config::{Config, configured};
use crate::error::Result;

/// Mean absolute error, `|y - p|` averaged over the outputs of a sample, as Keras'
/// `MeanAbsoluteError`. Its gradient is 0 where the two are equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct MeanAbsoluteError;

impl MeanAbsoluteError {
    /// The loss; it has no settings.
    pub fn new() -> Self {
        MeanAbsoluteError
    }
}

configured!(MeanAbsoluteError as "keras.losses" "MeanAbsoluteError", |from| MeanAbsoluteError::new();
    fixed reduction = "sum_over_batch_size");

impl LossFunction for MeanAbsoluteError {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "mean_absolute_error"
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        mean(truth, prediction, gradient, |y, p| ((p - y).abs(), sign(p - y)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradient() {
        checks::matches_keras(&MeanAbsoluteError, "mae");
        checks::follows_keras(&MeanAbsoluteError, "mean_absolute_error");
        checks::gradient_is_right(&MeanAbsoluteError, &[0.0, 1.0, -1.0], &[0.2, 0.5, 0.9]);
    }
}
