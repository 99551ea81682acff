//! Mean squared error.

use super::LossFunction;
use crate::config::{Config, configured};
use crate::error::Result;

/// Mean squared error, `(y - p)²` averaged over the outputs of a sample, as Keras'
/// `MeanSquaredError`.
#[derive(Clone, Copy, Debug, Default)]
pub struct MeanSquaredError;

impl MeanSquaredError {
    /// The loss; it has no settings.
    pub fn new() -> Self {
        MeanSquaredError
    }
}

configured!(MeanSquaredError as "keras.losses" "MeanSquaredError", |from| MeanSquaredError::new();
    fixed reduction = "sum_over_batch_size");

impl LossFunction for MeanSquaredError {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "mean_squared_error"
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        let n = prediction.len() as f32;
        let mut loss = 0.0;
        for ((y, p), g) in truth.iter().zip(prediction).zip(gradient) {
            loss += (p - y) * (p - y);
            *g = 2.0 * (p - y) / n;
        }
        loss / n
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradient() {
        checks::matches_keras(&MeanSquaredError, "mse");
        checks::follows_keras(&MeanSquaredError, "mean_squared_error");
        checks::gradient_is_right(&MeanSquaredError, &[0.0, 1.0, -1.0], &[0.2, 0.5, 0.9]);
    }
}
