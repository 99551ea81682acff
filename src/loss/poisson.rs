//! The Poisson loss.

use super::EPSILON;
use super::{LossFunction, mean};
use crate::config::{Config, configured};
use crate::error::Result;
use crate::kernels::ln;

/// The Poisson loss for counts, `p - y ln(p + 1e-7)` averaged over the outputs of a sample, as
/// Keras' `Poisson`. A prediction below 0 makes the loss NaN: end the model with softplus or
/// exponential.
#[derive(Clone, Copy, Debug, Default)]
pub struct Poisson;

impl Poisson {
    /// The loss; it has no settings.
    pub fn new() -> Self {
        Poisson
    }
}

configured!(Poisson as "keras.losses" "Poisson", |from| Poisson::new();
    fixed reduction = "sum_over_batch_size");

impl LossFunction for Poisson {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "poisson"
    }

    fn odd_target(&self, targets: &[f32], width: usize) -> Option<String> {
        super::odd(self.name(), targets, width, |y| y >= 0.0, "they should be at least 0")
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        mean(truth, prediction, gradient, |y, p| {
            let inside = p + EPSILON;
            (p - y * ln(inside), 1.0 - y / inside)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradient() {
        checks::matches_keras(&Poisson, "poisson");
        checks::follows_keras(&Poisson, "poisson");
        checks::gradient_is_right(&Poisson, &[0.0, 1.0, 4.0], &[0.2, 0.5, 0.9]);
    }
}
