//! Lion.

use super::{Common, LearningRate, MAX_SLOTS, Step, UpdateRule, common, optimizer};
use crate::config::{Object, setters};
use crate::error::Result;
use crate::kernels::vectorized;

/// Lion, whose steps have a fixed size and the sign of a mean gradient, as Keras' `Lion`:
/// `w -= lr sign(β₁ m + (1 - β₁) g)`, then `m ← β₂ m + (1 - β₂) g` (Chen et al., 2023). It needs a
/// smaller learning rate than Adam, about a tenth.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let optimizer = Lion::default();
/// assert_eq!(Optimizer::from(optimizer).to_string(), "Lion(0.001)");
/// ```
#[derive(Clone, Debug)]
pub struct Lion {
    common: Common,
    beta_1: f32,
    beta_2: f32,
}

optimizer!(Lion "Lion": beta_1 = beta_1, beta_2 = beta_2);

impl Lion {
    /// Lion with this learning rate, β₁ = 0.9 and β₂ = 0.99.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Self {
        Lion { common: Common::new(learning_rate), beta_1: 0.9, beta_2: 0.99 }
    }
}

setters!(Lion {
    /// The share of the mean gradient in the direction; 0.9 by default.
    beta_1: f32;
    /// The decay of the mean gradient; 0.99 by default.
    beta_2: f32;
});

impl Default for Lion {
    /// Keras' learning rate, 0.001.
    fn default() -> Self {
        Lion::new(0.001)
    }
}

impl UpdateRule for Lion {
    fn name(&self) -> &'static str {
        "Lion"
    }

    fn write(&self, settings: &mut Object) {
        self.write_own(settings);
    }

    fn slots(&self) -> usize {
        1
    }

    fn check(&self) -> Result<()> {
        common::positive(self.name(), "beta_1", self.beta_1)?;
        common::within(self.name(), "beta_1", self.beta_1, 0.0, 1.0)?;
        common::share(self.name(), "beta_2", self.beta_2)
    }

    fn update(&self, step: Step, w: &mut [f32], g: &[f32], [m, ..]: [&mut [f32]; MAX_SLOTS]) {
        let lr = step.learning_rate;
        let Self { beta_1, beta_2, .. } = *self;
        vectorized(|| {
            for ((w, g), m) in w.iter_mut().zip(g).zip(m.iter_mut()) {
                let c = beta_1 * *m + (1.0 - beta_1) * g;
                // The sign of 0 is 0, and NaN stays NaN.
                let sign = if c > 0.0 { 1.0 } else { c };
                let sign = if c < 0.0 { -1.0 } else { sign };
                *w -= lr * sign;
                *m = beta_2 * *m + (1.0 - beta_2) * g;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::checks::{follows_keras, follows_keras_on};

    #[test]
    fn golden() {
        follows_keras(Lion::default(), "Lion");
        let own = Lion::new(0.01).beta_1(0.8).beta_2(0.95).weight_decay(0.05);
        follows_keras_on(own, "Lion_decay", &[0..2, 2..4], 1.0);
    }
}
