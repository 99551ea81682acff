//! Adadelta.

use super::{Common, LearningRate, MAX_SLOTS, Step, UpdateRule, common, optimizer};
use crate::config::{Object, setters};
use crate::error::Result;
use crate::kernels::vectorized;

/// Adadelta, whose steps have the units of the weights, as Keras' `Adadelta`:
/// `a ← ρ a + (1 - ρ) g²`, `δ = -√(d + ε) g / √(a + ε)`, `d ← ρ d + (1 - ρ) δ²`, `w += lr δ`
/// (Zeiler, 2012, whose learning rate is 1; Keras' default of 0.001 makes very small steps).
///
/// ```
/// use dfdx_lab::prelude::*;
/// let optimizer = Adadelta::default();
/// assert_eq!(Optimizer::from(optimizer).to_string(), "Adadelta(0.001)");
/// ```
#[derive(Clone, Debug)]
pub struct Adadelta {
    common: Common,
    rho: f32,
    epsilon: f32,
}

optimizer!(Adadelta "Adadelta": rho = rho, epsilon = epsilon);

impl Adadelta {
    /// Adadelta with this learning rate, ρ = 0.95 and ε = 1e-7.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Self {
        Adadelta { common: Common::new(learning_rate), rho: 0.95, epsilon: 1e-7 }
    }
}

setters!(Adadelta {
    /// The decay of the two mean squares; 0.95 by default.
    rho: f32;
    /// Keeps the roots away from 0; 1e-7 by default.
    epsilon: f32;
});

impl Default for Adadelta {
    /// Keras' learning rate, 0.001.
    fn default() -> Self {
        Adadelta::new(0.001)
    }
}

impl UpdateRule for Adadelta {
    fn name(&self) -> &'static str {
        "Adadelta"
    }

    fn write(&self, settings: &mut Object) {
        self.write_own(settings);
    }

    fn slots(&self) -> usize {
        2
    }

    fn check(&self) -> Result<()> {
        common::share(self.name(), "rho", self.rho)?;
        common::not_negative(self.name(), "epsilon", self.epsilon)
    }

    fn update(&self, step: Step, w: &mut [f32], g: &[f32], [a, d, _]: [&mut [f32]; MAX_SLOTS]) {
        let lr = step.learning_rate;
        let Self { rho, epsilon, .. } = *self;
        vectorized(|| {
            for ((w, g), (a, d)) in w.iter_mut().zip(g).zip(a.iter_mut().zip(d.iter_mut())) {
                *a = rho * *a + (1.0 - rho) * g * g;
                let delta = -(*d + epsilon).sqrt() * g / (*a + epsilon).sqrt();
                *d = rho * *d + (1.0 - rho) * delta * delta;
                *w += lr * delta;
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
        follows_keras(Adadelta::default(), "Adadelta");
        follows_keras(Adadelta::new(1.0), "Adadelta_lr1");
        let own = Adadelta::new(0.5).rho(0.8).epsilon(1e-3);
        follows_keras_on(own, "Adadelta_rho", &[0..2, 2..4], 1.0);
    }
}
