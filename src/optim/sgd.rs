//! Stochastic gradient descent.

use super::{Common, LearningRate, MAX_SLOTS, Step, UpdateRule, common, optimizer};
use crate::config::{Object, setters};
use crate::error::Result;
use crate::kernels::vectorized;

/// Stochastic gradient descent with momentum or Nesterov momentum, as Keras' `SGD`:
/// `m ← μ m - lr g`, `w += m`; Nesterov: `w += μ m - lr g`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let optimizer = Sgd::new(0.001).momentum(0.99);
/// # let _ = optimizer;
/// ```
#[derive(Clone, Debug)]
pub struct Sgd {
    common: Common,
    momentum: f32,
    nesterov: bool,
}

optimizer!(Sgd "SGD": momentum = momentum, nesterov = nesterov);

impl Sgd {
    /// SGD with this learning rate and no momentum.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Self {
        Sgd { common: Common::new(learning_rate), momentum: 0.0, nesterov: false }
    }
}

setters!(Sgd {
    /// The share of the last step that is kept; 0 by default.
    momentum: f32;
    /// Whether to use Nesterov momentum; false by default.
    nesterov: bool;
});

impl Default for Sgd {
    /// Keras' learning rate, 0.01.
    fn default() -> Self {
        Sgd::new(0.01)
    }
}

impl UpdateRule for Sgd {
    fn name(&self) -> &'static str {
        "SGD"
    }

    fn write(&self, settings: &mut Object) {
        self.write_own(settings);
    }

    fn slots(&self) -> usize {
        if self.momentum == 0.0 { 0 } else { 1 }
    }

    fn check(&self) -> Result<()> {
        common::within(self.name(), "momentum", self.momentum, 0.0, 1.0)
    }

    fn update(&self, step: Step, w: &mut [f32], g: &[f32], [m, ..]: [&mut [f32]; MAX_SLOTS]) {
        let (lr, momentum) = (step.learning_rate, self.momentum);
        if momentum == 0.0 {
            vectorized(|| w.iter_mut().zip(g).for_each(|(w, g)| *w -= lr * g));
        } else if self.nesterov {
            vectorized(|| {
                for ((w, g), m) in w.iter_mut().zip(g).zip(m.iter_mut()) {
                    *m = momentum * *m - lr * g;
                    *w += momentum * *m - lr * g;
                }
            });
        } else {
            vectorized(|| {
                for ((w, g), m) in w.iter_mut().zip(g).zip(m.iter_mut()) {
                    *m = momentum * *m - lr * g;
                    *w += *m;
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
        follows_keras(Sgd::default(), "SGD");
        follows_keras(Sgd::default().momentum(0.9), "SGD_m0.9");
        follows_keras(Sgd::default().momentum(0.9).nesterov(true), "SGD_nesterov0.9");
        follows_keras(Sgd::default().global_clipnorm(1.0), "SGD_global_clipnorm1");
        follows_keras(Sgd::default().clipvalue(0.5), "SGD_clipvalue0.5");
    }
}
