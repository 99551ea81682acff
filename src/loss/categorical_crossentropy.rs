//! Categorical cross-entropy.

use super::logits::{fused_unless_from_logits, log_sum};
use super::{EPSILON, LossFunction, Scope, smoothing};
use crate::config::{Config, configured, setters};
use crate::error::Result;
use crate::kernels::{exp, ln};
use crate::nn::Activation;

/// Categorical cross-entropy, `-Σ y ln p` over the classes of a one-hot (or soft) target, as Keras'
/// `CategoricalCrossentropy`. Probabilities are divided by their sum and clipped to 1e-7 and 1 -
/// 1e-7.
///
/// After a softmax, the gradient by the softmax' input is `p - y`, without that clipping.
#[derive(Clone, Copy, Debug, Default)]
pub struct CategoricalCrossentropy {
    label_smoothing: f32,
    from_logits: bool,
}

impl CategoricalCrossentropy {
    /// The loss of probabilities without label smoothing.
    pub fn new() -> Self {
        Self::default()
    }

    fn smooth(&self, y: f32, classes: usize) -> f32 {
        y * (1.0 - self.label_smoothing) + self.label_smoothing / classes as f32
    }
}

setters!(CategoricalCrossentropy {
    /// Moves this share of each target to the mean over the classes: `y (1 - s) + s / classes`.
    label_smoothing: f32;
    /// Whether the outputs are logits, to which the loss applies the softmax; false by default.
    /// Such a model ends without an activation and predicts logits.
    from_logits: bool;
});

configured!(CategoricalCrossentropy as "keras.losses" "CategoricalCrossentropy", |from| CategoricalCrossentropy::new(), label_smoothing = label_smoothing, from_logits = from_logits;
    fixed reduction = "sum_over_batch_size", axis = (-1));

impl LossFunction for CategoricalCrossentropy {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "categorical_crossentropy"
    }

    fn check_settings(&self) -> Result<()> {
        smoothing(self.name(), self.label_smoothing)
    }

    fn odd_target(&self, targets: &[f32], width: usize) -> Option<String> {
        super::odd_share(self.name(), targets, width)
    }

    fn scope(&self) -> Scope {
        Scope::LastAxis
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        if self.from_logits {
            let log_sum = log_sum(prediction);
            let (mut loss, mut mass) = (0.0, 0.0);
            for (y, z) in truth.iter().zip(prediction) {
                let y = self.smooth(*y, prediction.len());
                mass += y;
                loss += y * (log_sum - z);
            }
            for ((y, z), g) in truth.iter().zip(prediction).zip(gradient) {
                *g = exp(z - log_sum) * mass - self.smooth(*y, prediction.len());
            }
            return loss;
        }
        let total: f32 = prediction.iter().sum();
        let mut loss = 0.0;
        let mut dot = 0.0;
        for ((y, p), g) in truth.iter().zip(prediction).zip(gradient.iter_mut()) {
            let y = self.smooth(*y, prediction.len());
            let q = p / total;
            loss -= y * ln(q.clamp(EPSILON, 1.0 - EPSILON));
            *g = if (EPSILON..=1.0 - EPSILON).contains(&q) { -y / q } else { 0.0 };
            dot += *g * q;
        }
        for g in gradient {
            *g = (*g - dot) / total;
        }
        loss
    }

    fused_unless_from_logits!(Softmax);

    fn sample_fused(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        let mut loss = 0.0;
        let mut mass = 0.0;
        for (y, p) in truth.iter().zip(prediction) {
            let y = self.smooth(*y, prediction.len());
            mass += y;
            if y != 0.0 {
                loss -= y * ln(p.clamp(EPSILON, 1.0 - EPSILON));
            }
        }
        for ((y, p), g) in truth.iter().zip(prediction).zip(gradient) {
            *g = p * mass - self.smooth(*y, prediction.len());
        }
        loss
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradients() {
        let plain = CategoricalCrossentropy::new();
        let smooth = CategoricalCrossentropy::new().label_smoothing(0.1);
        checks::matches_keras(&plain, "categorical_crossentropy");
        checks::follows_keras(&plain, "categorical_crossentropy");
        checks::follows_keras(&plain.label_smoothing(0.2), "categorical_crossentropy_smooth");
        assert!(plain.label_smoothing(1.2).check_settings().is_err());
        checks::matches_keras(&smooth, "cce_ls0.1");
        for loss in [plain, smooth] {
            checks::gradient_is_right(&loss, &[0.0, 1.0, 0.0], &[0.2, 0.5, 0.3]);
            checks::fusion_is_consistent(&loss, &[0.0, 1.0, 0.0], &[0.3, -1.2, 0.8]);
            checks::fusion_is_consistent(&loss, &[0.2, 0.5, 0.3], &[0.3, -1.2, 0.8]);
        }
    }

    #[test]
    fn a_certain_error_still_pulls() {
        let mut gradient = [0.0; 2];
        let loss = CategoricalCrossentropy::new();
        let value = loss.sample_fused(&[1.0, 0.0], &[0.0, 1.0], &mut gradient);
        assert_eq!(gradient, [-1.0, 1.0]);
        assert!((value - 16.118_095).abs() < 1e-4);
    }
}
