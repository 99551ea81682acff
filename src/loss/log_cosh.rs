//! The logarithm of the hyperbolic cosine.

use super::{LossFunction, mean};
use crate::config::{Config, configured};
use crate::error::Result;
use crate::kernels::{softplus, tanh};

/// Log-cosh, `ln cosh(p - y)`, averaged over the outputs of a sample, as Keras' `LogCosh`: about
/// half the square of a small error, and about the size of a large one.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogCosh;

impl LogCosh {
    /// The loss; it has no settings.
    pub fn new() -> Self {
        LogCosh
    }
}

configured!(LogCosh as "keras.losses" "LogCosh", |from| LogCosh::new();
    fixed reduction = "sum_over_batch_size");

impl LossFunction for LogCosh {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "log_cosh"
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        mean(truth, prediction, gradient, |y, p| {
            let error = (p - y).abs();
            let value = error + softplus(-2.0 * error) - std::f32::consts::LN_2;
            (value, tanh(p - y))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradient() {
        checks::matches_keras(&LogCosh, "log_cosh");
        checks::follows_keras(&LogCosh, "log_cosh");
        checks::gradient_is_right(&LogCosh, &[0.0, 1.0, -1.0], &[0.2, 0.5, 0.9]);
    }
}
