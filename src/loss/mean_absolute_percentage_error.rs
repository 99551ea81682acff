//! Mean absolute percentage error.

use super::{EPSILON, sign};
use super::{LossFunction, mean};
use crate::config::{Config, configured};
use crate::error::Result;

/// Mean absolute percentage error, `100 |y - p| / |y|` averaged over the outputs of a sample, as
/// Keras' `MeanAbsolutePercentageError`. If `|y|` is below 1e-7, it counts as 1e-7.
#[derive(Clone, Copy, Debug, Default)]
pub struct MeanAbsolutePercentageError;

impl MeanAbsolutePercentageError {
    /// The loss; it has no settings.
    pub fn new() -> Self {
        MeanAbsolutePercentageError
    }
}

configured!(MeanAbsolutePercentageError as "keras.losses" "MeanAbsolutePercentageError", |from| MeanAbsolutePercentageError::new();
    fixed reduction = "sum_over_batch_size");

impl LossFunction for MeanAbsolutePercentageError {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "mean_absolute_percentage_error"
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        mean(truth, prediction, gradient, |y, p| {
            let scale = 100.0 / y.abs().max(EPSILON);
            ((p - y).abs() * scale, sign(p - y) * scale)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradient() {
        let loss = MeanAbsolutePercentageError;
        checks::follows_keras(&loss, "mean_absolute_percentage_error");
        checks::gradient_is_right(&loss, &[0.5, 1.0, -1.0], &[0.2, 0.5, 0.9]);
    }
}
