//! The squared hinge loss.

use super::LossFunction;
use super::hinge::by_margin;
use crate::config::{Config, configured};
use crate::error::Result;

/// The squared hinge loss, `max(1 - y p, 0)²` for targets of -1 and +1, averaged over the outputs
/// of a sample, as Keras' `SquaredHinge`. If all targets of a sample are 0 or 1, 0 counts as -1.
#[derive(Clone, Copy, Debug, Default)]
pub struct SquaredHinge;

impl SquaredHinge {
    /// The loss; it has no settings.
    pub fn new() -> Self {
        SquaredHinge
    }
}

configured!(SquaredHinge as "keras.losses" "SquaredHinge", |from| SquaredHinge::new();
    fixed reduction = "sum_over_batch_size");

impl LossFunction for SquaredHinge {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "squared_hinge"
    }

    fn odd_target(&self, targets: &[f32], width: usize) -> Option<String> {
        super::odd_side(self.name(), targets, width)
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        by_margin(truth, prediction, gradient, |short, y| {
            // Not f32::max, which would drop NaN.
            let short = if short < 0.0 { 0.0 } else { short };
            (short * short, -2.0 * y * short)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradient() {
        checks::follows_keras(&SquaredHinge, "squared_hinge");
        checks::gradient_is_right(&SquaredHinge, &[1.0, -1.0, 1.0], &[0.2, -1.5, -0.9]);
    }
}
