//! Adam.

use super::{Common, LearningRate, MAX_SLOTS, Step, UpdateRule, common, optimizer};
use crate::config::{Object, setters};
use crate::error::Result;
use crate::kernels::vectorized;

/// Adam, as in Keras: `α = lr √(1 - β₂ᵗ) / (1 - β₁ᵗ)`, `m += (g - m)(1 - β₁)`, `v += (g² - v)(1 -
/// β₂)`, `w -= α m / (√v + ε)` (Kingma and Ba, 2015). AMSGrad uses the largest v so far (Reddi et
/// al., 2018).
///
/// ```
/// use dfdx_lab::prelude::*;
/// let optimizer = Adam::new(0.001);
/// # let _ = optimizer;
/// ```
#[derive(Clone, Debug)]
pub struct Adam {
    common: Common,
    pub(super) beta_1: f32,
    pub(super) beta_2: f32,
    pub(super) epsilon: f32,
    pub(super) amsgrad: bool,
}

optimizer!(Adam "Adam": beta_1 = beta_1, beta_2 = beta_2, epsilon = epsilon, amsgrad = amsgrad);

impl Adam {
    /// Adam with this learning rate, β₁ = 0.9, β₂ = 0.999 and ε = 1e-7.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Self {
        Adam {
            common: Common::new(learning_rate),
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-7,
            amsgrad: false,
        }
    }
}

setters!(Adam {
    /// The decay of the mean gradient; 0.9 by default.
    beta_1: f32;
    /// The decay of the mean square; 0.999 by default.
    beta_2: f32;
    /// Keeps the divisor away from 0; 1e-7 by default.
    epsilon: f32;
    /// Whether the divisor is the largest mean square so far (AMSGrad); false by default.
    amsgrad: bool;
});

impl Adam {
    /// Checks the settings of a rule of this name.
    pub(super) fn check_as(&self, name: &str) -> Result<()> {
        common::share(name, "beta_1", self.beta_1)?;
        common::share(name, "beta_2", self.beta_2)?;
        common::not_negative(name, "epsilon", self.epsilon)
    }
}

impl Default for Adam {
    /// Keras' learning rate, 0.001.
    fn default() -> Self {
        Adam::new(0.001)
    }
}

/// `1 - β^t`, in f64 because β is close to 1.
pub(super) fn bias_correction(beta: f32, t: u64) -> f64 {
    1.0 - (beta as f64).powf(t as f64)
}

impl UpdateRule for Adam {
    fn name(&self) -> &'static str {
        "Adam"
    }

    fn write(&self, settings: &mut Object) {
        self.write_own(settings);
    }

    fn slots(&self) -> usize {
        if self.amsgrad { 3 } else { 2 }
    }

    fn check(&self) -> Result<()> {
        self.check_as(self.name())
    }

    fn update(&self, step: Step, w: &mut [f32], g: &[f32], [m, v, top]: [&mut [f32]; MAX_SLOTS]) {
        let correction = bias_correction(self.beta_2, step.number).sqrt()
            / bias_correction(self.beta_1, step.number);
        let alpha = (step.learning_rate as f64 * correction) as f32;
        let (b1, b2, epsilon) = (1.0 - self.beta_1, 1.0 - self.beta_2, self.epsilon);
        if self.amsgrad {
            vectorized(|| {
                let slots = m.iter_mut().zip(v.iter_mut()).zip(top.iter_mut());
                for ((w, g), ((m, v), top)) in w.iter_mut().zip(g).zip(slots) {
                    *m += (g - *m) * b1;
                    *v += (g * g - *v) * b2;
                    *top = if *v > *top { *v } else { *top };
                    *w -= alpha * *m / (top.sqrt() + epsilon);
                }
            });
        } else {
            vectorized(|| {
                for ((w, g), (m, v)) in w.iter_mut().zip(g).zip(m.iter_mut().zip(v.iter_mut())) {
                    *m += (g - *m) * b1;
                    *v += (g * g - *v) * b2;
                    *w -= alpha * *m / (v.sqrt() + epsilon);
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::ExponentialDecay;
    use crate::optim::checks::{follows_keras, follows_keras_on};

    #[test]
    fn golden() {
        follows_keras(Adam::default(), "Adam");
        follows_keras(Adam::default().amsgrad(true), "Adam_amsgrad");
        follows_keras(Adam::default().clipnorm(1.0), "Adam_clipnorm1");
        let falling = Adam::new(ExponentialDecay::new(0.05, 3, 0.5)).weight_decay(0.01);
        follows_keras_on(falling, "Adam_exponential", &[0..2, 2..4], 1.0);
    }
}
