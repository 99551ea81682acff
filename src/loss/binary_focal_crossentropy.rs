//! Binary focal cross-entropy.

use super::logits::{fused_unless_from_logits, sigmoid};
use super::{EPSILON, LossFunction, focus, share, smoothing};
use crate::config::{Config, Configured, Object, Settings, Value, setters};
use crate::error::Result;
use crate::kernels::ln;
use crate::nn::Activation;
use serde_json::Value as Json;

/// Binary focal cross-entropy, averaged over the outputs of a sample, as Keras'
/// `BinaryFocalCrossentropy`: `-(1 - q)^γ (y ln p + (1 - y) ln(1 - p))` with
/// `q = y p + (1 - y)(1 - p)`. Samples that are predicted well count less (Lin et al., 2017). In the
/// logarithms, p is clipped to the range from 1e-7 to 1 - 1e-7.
///
/// After a sigmoid, the logarithms' gradient by the sigmoid's input is `p - y`, without that
/// clipping.
#[derive(Clone, Copy, Debug)]
pub struct BinaryFocalCrossentropy {
    alpha: Option<f32>,
    gamma: f32,
    label_smoothing: f32,
    from_logits: bool,
}

/// Keras' α of class 1.
const BALANCE: f32 = 0.25;

/// The parts of one output's loss: the loss, its factor, the factor's derivative times the
/// cross-entropy, and the smoothed target.
struct Parts {
    loss: f32,
    factor: f32,
    of_factor: f32,
    y: f32,
}

impl BinaryFocalCrossentropy {
    /// The loss with γ = 2, equal weights of the classes and no label smoothing.
    pub fn new() -> Self {
        BinaryFocalCrossentropy {
            alpha: None,
            gamma: 2.0,
            label_smoothing: 0.0,
            from_logits: false,
        }
    }

    /// Weights class 1 by α and class 0 by 1 - α (Keras' `apply_class_balancing`, whose α is 0.25);
    /// by default both count equally.
    pub fn alpha(mut self, alpha: f32) -> Self {
        self.alpha = Some(alpha);
        self
    }

    fn parts(&self, y: f32, p: f32) -> Parts {
        let y = y * (1.0 - self.label_smoothing) + 0.5 * self.label_smoothing;
        let inside = p.clamp(EPSILON, 1.0 - EPSILON);
        let entropy = -(y * ln(inside) + (1.0 - y) * ln(1.0 - inside));
        let rest = 1.0 - (y * p + (1.0 - y) * (1.0 - p));
        let weight = self.alpha.map_or(1.0, |a| y * a + (1.0 - y) * (1.0 - a));
        let factor = weight * rest.powf(self.gamma);
        let of_factor = match self.gamma {
            // Not 0 times a number that may be infinite.
            0.0 => 0.0,
            gamma => weight * gamma * rest.powf(gamma - 1.0) * (1.0 - 2.0 * y) * entropy,
        };
        Parts { loss: factor * entropy, factor, of_factor, y }
    }

    /// The loss of a probability, and its derivative with respect to the logit.
    fn fused(&self, y: f32, p: f32) -> (f32, f32) {
        let Parts { loss, factor, of_factor, y } = self.parts(y, p);
        (loss, of_factor * p * (1.0 - p) + factor * (p - y))
    }
}

setters!(BinaryFocalCrossentropy {
    /// How much less a well-predicted sample counts; 2 by default, 0 is plain cross-entropy.
    gamma: f32;
    /// Moves targets towards one half: `y (1 - s) + s / 2`.
    label_smoothing: f32;
    /// Whether the outputs are logits, to which the loss applies the sigmoid; false by default.
    /// Such a model ends without an activation and predicts logits: above 0 is yes.
    from_logits: bool;
});

impl Default for BinaryFocalCrossentropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Configured for BinaryFocalCrossentropy {
    const MODULE: &'static str = "keras.losses";
    const CLASS: &'static str = "BinaryFocalCrossentropy";

    fn write(&self, settings: &mut Object) {
        let mut add = |key: &str, value: Json| settings.insert(key.into(), value);
        add("apply_class_balancing", self.alpha.is_some().into());
        add("alpha", self.alpha.unwrap_or(BALANCE).to_value());
        add("gamma", self.gamma.to_value());
        add("label_smoothing", self.label_smoothing.to_value());
        add("from_logits", self.from_logits.into());
        add("reduction", "sum_over_batch_size".into());
        add("axis", Json::from(-1));
    }

    fn read(from: &Settings<'_>) -> Result<Self> {
        let mut new = BinaryFocalCrossentropy::new();
        let (mut balanced, mut alpha) = (false, BALANCE);
        from.read("apply_class_balancing", &mut balanced)?;
        from.read("alpha", &mut alpha)?;
        new.alpha = balanced.then_some(alpha);
        from.read("gamma", &mut new.gamma)?;
        from.read("label_smoothing", &mut new.label_smoothing)?;
        from.read("from_logits", &mut new.from_logits)?;
        from.fixed("reduction", &"sum_over_batch_size".into())?;
        from.fixed("axis", &Json::from(-1))?;
        from.end()?;
        Ok(new)
    }
}

impl LossFunction for BinaryFocalCrossentropy {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "binary_focal_crossentropy"
    }

    fn check_settings(&self) -> Result<()> {
        self.alpha.map_or(Ok(()), |alpha| share(self.name(), "alpha", alpha))?;
        focus(self.name(), self.gamma)?;
        smoothing(self.name(), self.label_smoothing)
    }

    fn odd_target(&self, targets: &[f32], width: usize) -> Option<String> {
        super::odd_bit(self.name(), targets, width)
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        if self.from_logits {
            return super::mean(truth, prediction, gradient, |y, z| self.fused(y, sigmoid(z)));
        }
        super::mean(truth, prediction, gradient, |y, p| {
            let Parts { loss, factor, of_factor, y } = self.parts(y, p);
            let inside = (EPSILON..=1.0 - EPSILON).contains(&p);
            let of_entropy = if inside { (1.0 - y) / (1.0 - p) - y / p } else { 0.0 };
            (loss, of_factor + factor * of_entropy)
        })
    }

    fused_unless_from_logits!(Sigmoid);

    fn sample_fused(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        super::mean(truth, prediction, gradient, |y, p| self.fused(y, p))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradients() {
        let plain = BinaryFocalCrossentropy::new();
        let own = plain.alpha(0.3).gamma(1.5).label_smoothing(0.1);
        checks::follows_keras(&plain, "binary_focal_crossentropy");
        checks::follows_keras(&own, "binary_focal_crossentropy_settings");
        checks::follows_keras_fused(&plain, "binary_focal_crossentropy_sigmoid");
        for loss in [plain, own, plain.gamma(0.0)] {
            checks::gradient_is_right(&loss, &[0.0, 1.0, 1.0], &[0.2, 0.5, 0.9]);
            checks::fusion_is_consistent(&loss, &[0.0, 1.0, 1.0], &[0.3, -1.2, 0.8]);
        }
    }

    #[test]
    fn a_certain_error_still_pulls() {
        let mut gradient = [0.0];
        BinaryFocalCrossentropy::new().sample_fused(&[1.0], &[0.0], &mut gradient);
        assert_eq!(gradient, [-1.0]);
    }
}
