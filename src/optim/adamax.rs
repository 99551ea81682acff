//! Adamax.

use super::adam::bias_correction;
use super::{Common, LearningRate, MAX_SLOTS, Step, UpdateRule, common, optimizer};
use crate::config::{Object, setters};
use crate::error::Result;
use crate::kernels::vectorized;

/// Adamax, which is Adam with the largest gradient instead of the mean square, as Keras' `Adamax`:
/// `m += (g - m)(1 - β₁)`, `u ← max(β₂ u, |g|)`, `w -= lr m / ((1 - β₁ᵗ)(u + ε))` (Kingma and Ba,
/// 2015, section 7).
///
/// ```
/// use dfdx_lab::prelude::*;
/// let optimizer = Adamax::default();
/// assert_eq!(Optimizer::from(optimizer).to_string(), "Adamax(0.001)");
/// ```
#[derive(Clone, Debug)]
pub struct Adamax {
    common: Common,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
}

optimizer!(Adamax "Adamax": beta_1 = beta_1, beta_2 = beta_2, epsilon = epsilon);

impl Adamax {
    /// Adamax with this learning rate, β₁ = 0.9, β₂ = 0.999 and ε = 1e-7.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Self {
        Adamax { common: Common::new(learning_rate), beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 }
    }
}

setters!(Adamax {
    /// The decay of the mean gradient; 0.9 by default.
    beta_1: f32;
    /// The decay of the largest gradient; 0.999 by default.
    beta_2: f32;
    /// Keeps the divisor away from 0; 1e-7 by default.
    epsilon: f32;
});

impl Default for Adamax {
    /// Keras' learning rate, 0.001.
    fn default() -> Self {
        Adamax::new(0.001)
    }
}

impl UpdateRule for Adamax {
    fn name(&self) -> &'static str {
        "Adamax"
    }

    fn write(&self, settings: &mut Object) {
        self.write_own(settings);
    }

    fn slots(&self) -> usize {
        2
    }

    fn check(&self) -> Result<()> {
        common::share(self.name(), "beta_1", self.beta_1)?;
        common::share(self.name(), "beta_2", self.beta_2)?;
        common::not_negative(self.name(), "epsilon", self.epsilon)
    }

    fn update(&self, step: Step, w: &mut [f32], g: &[f32], [m, u, _]: [&mut [f32]; MAX_SLOTS]) {
        let correction = bias_correction(self.beta_1, step.number);
        let rate = (step.learning_rate as f64 / correction) as f32;
        let Self { beta_1, beta_2, epsilon, .. } = *self;
        vectorized(|| {
            for ((w, g), (m, u)) in w.iter_mut().zip(g).zip(m.iter_mut().zip(u.iter_mut())) {
                *m += (g - *m) * (1.0 - beta_1);
                // Not f32::max, which would drop NaN.
                let (old, new) = (beta_2 * *u, g.abs());
                *u = if old > new { old } else { new };
                *w -= rate * *m / (*u + epsilon);
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
        follows_keras(Adamax::default(), "Adamax");
        let own = Adamax::new(0.02).beta_1(0.8).beta_2(0.9).epsilon(1e-3);
        follows_keras_on(own, "Adamax_betas", &[0..2, 2..4], 1.0);
    }
}
