//! Kullback-Leibler divergence.

use super::{EPSILON, LossFunction, Scope};
use crate::config::{Config, configured};
use crate::error::Result;
use crate::kernels::ln;

/// The Kullback-Leibler divergence, `Σ y ln(y / p)` over the classes, as Keras' `KLDivergence`
/// (Kullback and Leibler, 1951). Targets and predictions are clipped to 1e-7 and 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct KLDivergence;

impl KLDivergence {
    /// The loss; it has no settings.
    pub fn new() -> Self {
        KLDivergence
    }
}

configured!(KLDivergence as "keras.losses" "KLDivergence", |from| KLDivergence::new();
    fixed reduction = "sum_over_batch_size");

impl LossFunction for KLDivergence {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "kl_divergence"
    }

    fn odd_target(&self, targets: &[f32], width: usize) -> Option<String> {
        super::odd_share(self.name(), targets, width)
    }

    fn scope(&self) -> Scope {
        Scope::LastAxis
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        let mut loss = 0.0;
        for ((y, p), g) in truth.iter().zip(prediction).zip(gradient) {
            let y = y.clamp(EPSILON, 1.0);
            let inside = p.clamp(EPSILON, 1.0);
            loss += y * ln(y / inside);
            *g = if inside == *p { -y / p } else { 0.0 };
        }
        loss
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradient() {
        checks::matches_keras(&KLDivergence, "kl_divergence");
        checks::follows_keras(&KLDivergence, "kl_divergence");
        checks::gradient_is_right(&KLDivergence, &[0.1, 0.6, 0.3], &[0.2, 0.5, 0.3]);
    }
}
