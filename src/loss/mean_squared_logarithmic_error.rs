//! Mean squared logarithmic error.

use super::EPSILON;
use super::{LossFunction, mean};
use crate::config::{Config, configured};
use crate::error::Result;
use crate::kernels::ln;

/// Mean squared logarithmic error, `(ln(1 + y) - ln(1 + p))²` averaged over the outputs of a
/// sample, as Keras' `MeanSquaredLogarithmicError`. Values below 1e-7 count as 1e-7.
#[derive(Clone, Copy, Debug, Default)]
pub struct MeanSquaredLogarithmicError;

impl MeanSquaredLogarithmicError {
    /// The loss; it has no settings.
    pub fn new() -> Self {
        MeanSquaredLogarithmicError
    }
}

configured!(MeanSquaredLogarithmicError as "keras.losses" "MeanSquaredLogarithmicError", |from| MeanSquaredLogarithmicError::new();
    fixed reduction = "sum_over_batch_size");

impl LossFunction for MeanSquaredLogarithmicError {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "mean_squared_logarithmic_error"
    }

    fn odd_target(&self, targets: &[f32], width: usize) -> Option<String> {
        super::odd(self.name(), targets, width, |y| y >= 0.0, "they should be at least 0")
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        mean(truth, prediction, gradient, |y, p| {
            let inside = p.max(EPSILON);
            let difference = ln(inside + 1.0) - ln(y.max(EPSILON) + 1.0);
            let slope = if p >= EPSILON { 2.0 * difference / (inside + 1.0) } else { 0.0 };
            (difference * difference, slope)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradient() {
        let loss = MeanSquaredLogarithmicError;
        checks::follows_keras(&loss, "mean_squared_logarithmic_error");
        checks::gradient_is_right(&loss, &[0.5, 1.0, 3.0], &[0.2, 0.5, 0.9]);
    }
}
