//! The categorical hinge loss.

use super::{LossFunction, Scope};
use crate::config::{Config, configured};
use crate::error::Result;

/// The categorical hinge loss, `max(n - t + 1, 0)`, where `t = Σ y p` and n is the largest `(1 - y)
/// p`, as Keras' `CategoricalHinge`.
#[derive(Clone, Copy, Debug, Default)]
pub struct CategoricalHinge;

impl CategoricalHinge {
    /// The loss; it has no settings.
    pub fn new() -> Self {
        CategoricalHinge
    }
}

configured!(CategoricalHinge as "keras.losses" "CategoricalHinge", |from| CategoricalHinge::new();
    fixed reduction = "sum_over_batch_size");

impl LossFunction for CategoricalHinge {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "categorical_hinge"
    }

    fn scope(&self) -> Scope {
        Scope::LastAxis
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        let pairs = || truth.iter().zip(prediction);
        let right: f32 = pairs().map(|(y, p)| y * p).sum();
        let wrong = pairs().map(|(y, p)| (1.0 - y) * p).fold(f32::NEG_INFINITY, f32::max);
        let short = wrong - right + 1.0;
        if short < 0.0 {
            gradient.fill(0.0);
            return 0.0;
        }
        // Equally large ones share the gradient.
        let largest = pairs().filter(|(y, p)| (1.0 - **y) * **p == wrong).count() as f32;
        for ((y, p), g) in pairs().zip(gradient.iter_mut()) {
            let top = if (1.0 - y) * p == wrong { (1.0 - y) / largest } else { 0.0 };
            *g = top - y;
        }
        short
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradient() {
        checks::matches_keras(&CategoricalHinge, "categorical_hinge");
        checks::follows_keras(&CategoricalHinge, "categorical_hinge");
        checks::gradient_is_right(&CategoricalHinge, &[0.0, 1.0, 0.0], &[0.3, 0.2, 0.9]);
    }
}
