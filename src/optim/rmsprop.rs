//! RMSprop.

use super::{Common, LearningRate, MAX_SLOTS, Step, UpdateRule, common, optimizer};
use crate::config::{Object, setters};
use crate::error::Result;
use crate::kernels::vectorized;

/// RMSprop, as in Keras: `v ← ρ v + (1 - ρ) g²`, step `lr g / √(v + ε)` with the ε inside the root
/// (Hinton, 2012). If centered, the divisor is `√(v - ḡ² + ε)` (Graves, 2013); momentum accumulates
/// the steps.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let optimizer = RmsProp::new(0.001).rho(0.99);
/// # let _ = optimizer;
/// ```
#[derive(Clone, Debug)]
pub struct RmsProp {
    common: Common,
    rho: f32,
    momentum: f32,
    epsilon: f32,
    centered: bool,
}

optimizer!(RmsProp "RMSprop": rho = rho, momentum = momentum, epsilon = epsilon, centered = centered);

impl RmsProp {
    /// RMSprop with this learning rate, ρ = 0.9 and ε = 1e-7, without momentum, not centered.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Self {
        RmsProp {
            common: Common::new(learning_rate),
            rho: 0.9,
            momentum: 0.0,
            epsilon: 1e-7,
            centered: false,
        }
    }
}

setters!(RmsProp {
    /// The decay of the mean square; 0.9 by default.
    rho: f32;
    /// The share of the last step that is kept; 0 by default.
    momentum: f32;
    /// Keeps the root away from 0; 1e-7 by default.
    epsilon: f32;
    /// Whether the square of the mean gradient is subtracted; false by default.
    centered: bool;
});

impl Default for RmsProp {
    /// Keras' learning rate, 0.001.
    fn default() -> Self {
        RmsProp::new(0.001)
    }
}

impl UpdateRule for RmsProp {
    fn name(&self) -> &'static str {
        "RMSprop"
    }

    fn write(&self, settings: &mut Object) {
        self.write_own(settings);
    }

    fn slots(&self) -> usize {
        match (self.momentum != 0.0, self.centered) {
            (_, true) => 3,
            (true, false) => 2,
            (false, false) => 1,
        }
    }

    fn check(&self) -> Result<()> {
        common::share(self.name(), "rho", self.rho)?;
        common::not_negative(self.name(), "epsilon", self.epsilon)?;
        common::within(self.name(), "momentum", self.momentum, 0.0, 1.0)
    }

    fn update(&self, step: Step, w: &mut [f32], g: &[f32], [v, p, a]: [&mut [f32]; MAX_SLOTS]) {
        let lr = step.learning_rate;
        let Self { rho, momentum, epsilon, .. } = *self;
        if self.centered {
            vectorized(|| {
                let slots = v.iter_mut().zip(p.iter_mut()).zip(a.iter_mut());
                for ((w, g), ((v, p), a)) in w.iter_mut().zip(g).zip(slots) {
                    *v = rho * *v + (1.0 - rho) * g * g;
                    *a = rho * *a + (1.0 - rho) * g;
                    *p = momentum * *p + lr * g / (*v - *a * *a + epsilon).sqrt();
                    *w -= *p;
                }
            });
        } else if momentum != 0.0 {
            vectorized(|| {
                for ((w, g), (v, p)) in w.iter_mut().zip(g).zip(v.iter_mut().zip(p.iter_mut())) {
                    *v = rho * *v + (1.0 - rho) * g * g;
                    *p = momentum * *p + lr * g / (*v + epsilon).sqrt();
                    *w -= *p;
                }
            });
        } else {
            vectorized(|| {
                for ((w, g), v) in w.iter_mut().zip(g).zip(v.iter_mut()) {
                    *v = rho * *v + (1.0 - rho) * g * g;
                    *w -= lr * g / (*v + epsilon).sqrt();
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::checks::follows_keras;

    #[test]
    fn golden() {
        follows_keras(RmsProp::default(), "RMSprop");
        follows_keras(RmsProp::default().rho(0.99), "RMSprop_rho0.99");
        follows_keras(RmsProp::default().centered(true).momentum(0.9), "RMSprop_centered_m0.9");
    }
}
