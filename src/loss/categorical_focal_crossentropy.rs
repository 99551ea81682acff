//! Categorical focal cross-entropy.

use super::logits::log_sum;
use super::{EPSILON, LossFunction, Scope, focus, share, smoothing};
use crate::config::{Config, configured, setters};
use crate::error::Result;
use crate::kernels::{exp, ln};
use crate::nn::Activation;

/// Categorical focal cross-entropy, `-Σ α (1 - p)^γ y ln p` over the classes of a one-hot (or soft)
/// target, as Keras' `CategoricalFocalCrossentropy`: samples that are predicted well count less
/// (Lin et al., 2017). Predictions are divided by their sum and clipped to 1e-7 and 1 - 1e-7.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let loss = CategoricalFocalCrossentropy::new().gamma(1.5);
/// assert_eq!(Loss::from(loss).to_string(), "categorical_focal_crossentropy");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CategoricalFocalCrossentropy {
    alpha: f32,
    gamma: f32,
    label_smoothing: f32,
    from_logits: bool,
}

impl CategoricalFocalCrossentropy {
    /// The loss with α = 0.25 and γ = 2, without label smoothing.
    pub fn new() -> Self {
        CategoricalFocalCrossentropy {
            alpha: 0.25,
            gamma: 2.0,
            label_smoothing: 0.0,
            from_logits: false,
        }
    }
}

setters!(CategoricalFocalCrossentropy {
    /// A factor for the whole loss; 0.25 by default.
    alpha: f32;
    /// How much less a well-predicted sample counts; 2 by default, 0 is plain cross-entropy.
    gamma: f32;
    /// Moves this share of each target to the mean over the classes: `y (1 - s) + s / classes`.
    label_smoothing: f32;
    /// Whether the outputs are logits, to which the loss applies the softmax; false by default.
    /// Such a model ends without an activation and predicts logits.
    from_logits: bool;
});

impl Default for CategoricalFocalCrossentropy {
    fn default() -> Self {
        Self::new()
    }
}

configured!(CategoricalFocalCrossentropy as "keras.losses" "CategoricalFocalCrossentropy", |from| CategoricalFocalCrossentropy::new(), alpha = alpha, gamma = gamma, label_smoothing = label_smoothing, from_logits = from_logits;
    fixed reduction = "sum_over_batch_size", axis = (-1));

impl LossFunction for CategoricalFocalCrossentropy {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "categorical_focal_crossentropy"
    }

    fn check_settings(&self) -> Result<()> {
        share(self.name(), "alpha", self.alpha)?;
        focus(self.name(), self.gamma)?;
        smoothing(self.name(), self.label_smoothing)
    }

    fn odd_target(&self, targets: &[f32], width: usize) -> Option<String> {
        super::odd_share(self.name(), targets, width)
    }

    fn takes_logits(&self) -> Option<Activation> {
        self.from_logits.then_some(Activation::Softmax)
    }

    fn takes_probabilities(&self) -> Option<Activation> {
        (!self.from_logits).then_some(Activation::Softmax)
    }

    fn scope(&self) -> Scope {
        Scope::LastAxis
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        let total: f32 = prediction.iter().sum();
        let log_sum = if self.from_logits { log_sum(prediction) } else { 0.0 };
        let probability = |p: f32| if self.from_logits { exp(p - log_sum) } else { p / total };
        let n = prediction.len() as f32;
        let mut loss = 0.0;
        let mut dot = 0.0;
        for ((y, p), g) in truth.iter().zip(prediction).zip(gradient.iter_mut()) {
            let y = y * (1.0 - self.label_smoothing) + self.label_smoothing / n;
            let q = probability(*p);
            let inside = q.clamp(EPSILON, 1.0 - EPSILON);
            let (rest, log) = (1.0 - inside, ln(inside));
            let factor = self.alpha * rest.powf(self.gamma);
            loss -= y * factor * log;
            let slope = self.alpha * self.gamma * rest.powf(self.gamma - 1.0) * log;
            *g = if inside == q { y * (slope - factor / q) } else { 0.0 };
            dot += *g * q;
        }
        for (p, g) in prediction.iter().zip(gradient) {
            *g = (*g - dot) * if self.from_logits { probability(*p) } else { 1.0 / total };
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
        let plain = CategoricalFocalCrossentropy::new();
        let own = plain.alpha(0.6).gamma(1.5).label_smoothing(0.1);
        checks::matches_keras(&plain, "categorical_focal_crossentropy");
        checks::follows_keras(&plain, "categorical_focal_crossentropy");
        checks::follows_keras(&own, "categorical_focal_crossentropy_settings");
        for loss in [plain, own, plain.gamma(0.0), plain.gamma(0.5)] {
            checks::gradient_is_right(&loss, &[0.0, 1.0, 0.0], &[0.2, 0.5, 0.3]);
        }
        assert!(plain.gamma(-1.0).check_settings().is_err());
    }
}
