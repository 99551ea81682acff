//! Follow the regularized leader.

use super::{Common, LearningRate, MAX_SLOTS, Step, UpdateRule, common, optimizer};
use crate::config::{Object, setters};
use crate::error::Result;
use crate::kernels::vectorized;

/// Follow the regularized leader, as Keras' `Ftrl`: with `λ₂ = l2 + β / (2 lr)` and `p` the
/// learning rate's power, `n' = n + g²`, `z += g + 2 s w - (n'^-p - n^-p) w / lr`, `w = (clip(z,
/// ±l1) - z) / (n'^-p / lr + 2 λ₂)` (McMahan et al., 2013). A large l1 makes many weights exactly
/// 0. By this formula, the first step forgets the initial weights.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let optimizer = Ftrl::default();
/// assert_eq!(Optimizer::from(optimizer).to_string(), "Ftrl(0.001)");
/// ```
#[derive(Clone, Debug)]
pub struct Ftrl {
    common: Common,
    learning_rate_power: f32,
    initial_accumulator_value: f32,
    l1_regularization_strength: f32,
    l2_regularization_strength: f32,
    l2_shrinkage_regularization_strength: f32,
    beta: f32,
}

optimizer!(Ftrl "Ftrl": learning_rate_power = learning_rate_power, initial_accumulator_value = initial_accumulator_value, l1_regularization_strength = l1_regularization_strength, l2_regularization_strength = l2_regularization_strength, l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength, beta = beta);

impl Ftrl {
    /// Ftrl with this learning rate, no penalties and an initial sum of squares of 0.1.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Self {
        Ftrl {
            common: Common::new(learning_rate),
            learning_rate_power: -0.5,
            initial_accumulator_value: 0.1,
            l1_regularization_strength: 0.0,
            l2_regularization_strength: 0.0,
            l2_shrinkage_regularization_strength: 0.0,
            beta: 0.0,
        }
    }
}

setters!(Ftrl {
    /// The power of the sum of squares by which the steps shrink, at most 0; -0.5 by default.
    learning_rate_power: f32;
    /// The initial sum of squares; 0.1 by default.
    initial_accumulator_value: f32;
    /// The L1 penalty, which makes weights exactly 0; 0 by default.
    l1_regularization_strength: f32;
    /// The L2 penalty, which makes weights smaller; 0 by default.
    l2_regularization_strength: f32;
    /// Adds twice this share of a weight to its gradient; 0 by default.
    l2_shrinkage_regularization_strength: f32;
    /// Makes the first steps smaller; 0 by default.
    beta: f32;
});

impl Default for Ftrl {
    /// Keras' learning rate, 0.001.
    fn default() -> Self {
        Ftrl::new(0.001)
    }
}

/// The constants of one step.
#[derive(Clone, Copy)]
struct Numbers {
    rate: f32,
    l1: f32,
    l2: f32,
    shrinkage: f32,
}

impl Numbers {
    #[inline(always)]
    fn step(
        self,
        w: &mut [f32],
        g: &[f32],
        n: &mut [f32],
        z: &mut [f32],
        power: impl Fn(f32) -> f32,
    ) {
        for ((w, g), (n, z)) in w.iter_mut().zip(g).zip(n.iter_mut().zip(z.iter_mut())) {
            let sum = *n + g * g;
            let (after, before) = (power(sum), power(*n));
            *z += g + 2.0 * self.shrinkage * *w - (after - before) / self.rate * *w;
            let divisor = after / self.rate + 2.0 * self.l2;
            let new = (z.clamp(-self.l1, self.l1) - *z) / divisor;
            // The divisor is 0 before the first gradient.
            *w = if divisor == 0.0 { *w } else { new };
            *n = sum;
        }
    }
}

impl Ftrl {
    fn numbers(&self, rate: f32) -> Numbers {
        Numbers {
            rate,
            l1: self.l1_regularization_strength,
            l2: self.l2_regularization_strength + self.beta / (2.0 * rate),
            shrinkage: self.l2_shrinkage_regularization_strength,
        }
    }
}

impl UpdateRule for Ftrl {
    fn name(&self) -> &'static str {
        "Ftrl"
    }

    fn write(&self, settings: &mut Object) {
        self.write_own(settings);
    }

    fn slots(&self) -> usize {
        2
    }

    fn slot_start(&self, slot: usize) -> f32 {
        if slot == 0 { self.initial_accumulator_value } else { 0.0 }
    }

    fn check(&self) -> Result<()> {
        let (name, power) = (self.name(), self.learning_rate_power);
        common::within(name, "learning_rate_power", power, -f32::MAX, 0.0)?;
        for (setting, value) in [
            ("initial_accumulator_value", self.initial_accumulator_value),
            ("l1_regularization_strength", self.l1_regularization_strength),
            ("l2_regularization_strength", self.l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", self.l2_shrinkage_regularization_strength),
            ("beta", self.beta),
        ] {
            common::not_negative(name, setting, value)?;
        }
        Ok(())
    }

    fn update(&self, step: Step, w: &mut [f32], g: &[f32], [n, z, _]: [&mut [f32]; MAX_SLOTS]) {
        let rule = self.numbers(step.learning_rate);
        // The formula divides by the rate, which may be 0 at the end of a schedule.
        if step.learning_rate == 0.0 {
            return;
        }
        let power = -self.learning_rate_power;
        if power == 0.5 {
            vectorized(|| rule.step(w, g, n, z, f32::sqrt));
        } else {
            rule.step(w, g, n, z, |x| x.powf(power));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::checks::{Weights, follows_keras, follows_keras_on};

    #[test]
    fn golden() {
        follows_keras(Ftrl::default(), "Ftrl");
        let own = Ftrl::default()
            .l1_regularization_strength(0.01)
            .l2_regularization_strength(0.02)
            .l2_shrinkage_regularization_strength(0.03)
            .beta(0.1);
        follows_keras(own, "Ftrl_l1l2");
        let all = Ftrl::new(0.05)
            .learning_rate_power(-0.7)
            .initial_accumulator_value(0.2)
            .l1_regularization_strength(0.002)
            .l2_regularization_strength(0.1)
            .l2_shrinkage_regularization_strength(0.05)
            .beta(0.3);
        follows_keras_on(all, "Ftrl_all", &[0..2, 2..4], 1.0);
    }

    #[test]
    fn nothing_to_divide_by_leaves_the_weights() {
        let weights = |optimizer: Ftrl, gradient: f32| {
            let mut one = Weights::new(optimizer, vec![0.7]);
            one.step(&mut [gradient], std::slice::from_ref(&(0..1)), 1);
            one.w[0]
        };
        assert_eq!(weights(Ftrl::new(0.0), 0.3), 0.7);
        assert_eq!(weights(Ftrl::default().initial_accumulator_value(0.0), 0.0), 0.7);
    }
}
