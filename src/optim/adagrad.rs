//! Adagrad.

use super::{Common, LearningRate, MAX_SLOTS, Step, UpdateRule, common, optimizer};
use crate::config::{Object, setters};
use crate::error::Result;
use crate::kernels::vectorized;

/// Adagrad, whose steps shrink with the sum of all squared gradients, as Keras' `Adagrad`: `a +=
/// g²`, `w -= lr g / √(a + ε)` with the ε inside the root (Duchi, Hazan and Singer, 2011).
///
/// ```
/// use dfdx_lab::prelude::*;
/// let optimizer = Adagrad::default();
/// assert_eq!(Optimizer::from(optimizer).to_string(), "Adagrad(0.001)");
/// ```
#[derive(Clone, Debug)]
pub struct Adagrad {
    common: Common,
    initial_accumulator_value: f32,
    epsilon: f32,
}

optimizer!(Adagrad "Adagrad": initial_accumulator_value = initial_accumulator_value, epsilon = epsilon);

impl Adagrad {
    /// Adagrad with this learning rate, an initial sum of squares of 0.1, and ε = 1e-7.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Self {
        Adagrad {
            common: Common::new(learning_rate),
            initial_accumulator_value: 0.1,
            epsilon: 1e-7,
        }
    }
}

setters!(Adagrad {
    /// The initial sum of squares; 0.1 by default.
    initial_accumulator_value: f32;
    /// Keeps the root away from 0; 1e-7 by default.
    epsilon: f32;
});

impl Default for Adagrad {
    /// Keras' learning rate, 0.001.
    fn default() -> Self {
        Adagrad::new(0.001)
    }
}

impl UpdateRule for Adagrad {
    fn name(&self) -> &'static str {
        "Adagrad"
    }

    fn write(&self, settings: &mut Object) {
        self.write_own(settings);
    }

    fn slots(&self) -> usize {
        1
    }

    fn slot_start(&self, slot: usize) -> f32 {
        if slot == 0 { self.initial_accumulator_value } else { 0.0 }
    }

    fn check(&self) -> Result<()> {
        let start = self.initial_accumulator_value;
        common::not_negative(self.name(), "initial_accumulator_value", start)?;
        common::not_negative(self.name(), "epsilon", self.epsilon)
    }

    fn update(&self, step: Step, w: &mut [f32], g: &[f32], [a, ..]: [&mut [f32]; MAX_SLOTS]) {
        let (lr, epsilon) = (step.learning_rate, self.epsilon);
        vectorized(|| {
            for ((w, g), a) in w.iter_mut().zip(g).zip(a.iter_mut()) {
                *a += g * g;
                *w -= lr * g / (*a + epsilon).sqrt();
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
        follows_keras(Adagrad::default(), "Adagrad");
        let from_zero = Adagrad::new(0.05).initial_accumulator_value(0.0);
        follows_keras_on(from_zero, "Adagrad_start", &[0..2, 2..4], 1.0);
    }
}
