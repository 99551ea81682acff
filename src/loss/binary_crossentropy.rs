//! Binary cross-entropy.

use super::logits::{fused_unless_from_logits, sigmoid, softplus};
use super::{EPSILON, LossFunction, smoothing};
use crate::config::{Config, configured, setters};
use crate::error::Result;
use crate::kernels::ln;
use crate::nn::Activation;

/// Binary cross-entropy, `-(y ln p + (1 - y) ln(1 - p))`, averaged over the outputs of a sample, as
/// Keras' `BinaryCrossentropy`. Probabilities are clipped to 1e-7 and 1 - 1e-7.
///
/// After a sigmoid, the gradient by the sigmoid's input is `p - y`, without that clipping.
#[derive(Clone, Copy, Debug, Default)]
pub struct BinaryCrossentropy {
    label_smoothing: f32,
    from_logits: bool,
}

impl BinaryCrossentropy {
    /// The loss of probabilities without label smoothing.
    pub fn new() -> Self {
        Self::default()
    }

    fn smooth(&self, y: f32) -> f32 {
        y * (1.0 - self.label_smoothing) + 0.5 * self.label_smoothing
    }

    fn value(&self, truth: &[f32], prediction: &[f32]) -> f32 {
        let mut loss = 0.0;
        for (y, p) in truth.iter().zip(prediction) {
            let (y, p) = (self.smooth(*y), p.clamp(EPSILON, 1.0 - EPSILON));
            loss -= y * ln(p) + (1.0 - y) * ln(1.0 - p);
        }
        loss / prediction.len() as f32
    }
}

setters!(BinaryCrossentropy {
    /// Moves targets towards one half: `y (1 - s) + s / 2`.
    label_smoothing: f32;
    /// Whether the outputs are logits, to which the loss applies the sigmoid; false by default.
    /// Such a model ends without an activation and predicts logits: above 0 is yes.
    from_logits: bool;
});

configured!(BinaryCrossentropy as "keras.losses" "BinaryCrossentropy", |from| BinaryCrossentropy::new(), label_smoothing = label_smoothing, from_logits = from_logits;
    fixed reduction = "sum_over_batch_size", axis = (-1));

impl LossFunction for BinaryCrossentropy {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "binary_crossentropy"
    }

    fn check_settings(&self) -> Result<()> {
        smoothing(self.name(), self.label_smoothing)
    }

    fn odd_target(&self, targets: &[f32], width: usize) -> Option<String> {
        super::odd_bit(self.name(), targets, width)
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        if self.from_logits {
            return super::mean(truth, prediction, gradient, |y, z| {
                let y = self.smooth(y);
                (softplus(z) - y * z, sigmoid(z) - y)
            });
        }
        let n = prediction.len() as f32;
        for ((y, p), g) in truth.iter().zip(prediction).zip(gradient.iter_mut()) {
            let y = self.smooth(*y);
            let inside = (EPSILON..=1.0 - EPSILON).contains(p);
            *g = if inside { ((1.0 - y) / (1.0 - p) - y / p) / n } else { 0.0 };
        }
        self.value(truth, prediction)
    }

    fused_unless_from_logits!(Sigmoid);

    fn sample_fused(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        let n = prediction.len() as f32;
        for ((y, p), g) in truth.iter().zip(prediction).zip(gradient.iter_mut()) {
            *g = (p - self.smooth(*y)) / n;
        }
        self.value(truth, prediction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradients() {
        let loss = BinaryCrossentropy::new();
        checks::matches_keras(&loss, "binary_crossentropy");
        checks::follows_keras(&loss, "binary_crossentropy");
        checks::follows_keras(&loss.label_smoothing(0.2), "binary_crossentropy_smooth");
        assert!(loss.label_smoothing(1.2).check_settings().is_err());
        for loss in [loss, loss.label_smoothing(0.2)] {
            checks::gradient_is_right(&loss, &[0.0, 1.0, 1.0], &[0.2, 0.5, 0.9]);
            checks::fusion_is_consistent(&loss, &[0.0, 1.0, 1.0], &[0.3, -1.2, 0.8]);
        }
    }
}
