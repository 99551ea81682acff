//! Nadam.

use super::adam::bias_correction;
use super::{Common, LearningRate, MAX_SLOTS, Step, UpdateRule, common, optimizer};
use crate::config::{Object, setters};
use crate::error::Result;
use crate::kernels::vectorized;

/// Nadam, which is Adam with Nesterov momentum, as Keras' `Nadam`: with `uₜ = β₁ (1 - ½ 0.96ᵗ)` and
/// `Pₜ = u₁ ⋯ uₜ`, `m̂ = uₜ₊₁ m / (1 - Pₜ uₜ₊₁) + (1 - uₜ) g / (1 - Pₜ)`, `v̂ = v / (1 - β₂ᵗ)`, `w
/// -= lr m̂ / (√v̂ + ε)` (Dozat, 2016).
///
/// ```
/// use dfdx_lab::prelude::*;
/// let optimizer = Nadam::default();
/// assert_eq!(Optimizer::from(optimizer).to_string(), "Nadam(0.001)");
/// ```
#[derive(Clone, Debug)]
pub struct Nadam {
    common: Common,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
}

optimizer!(Nadam "Nadam": beta_1 = beta_1, beta_2 = beta_2, epsilon = epsilon);

impl Nadam {
    /// Nadam with this learning rate, β₁ = 0.9, β₂ = 0.999 and ε = 1e-7.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Self {
        Nadam { common: Common::new(learning_rate), beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 }
    }
}

setters!(Nadam {
    /// The decay of the mean gradient; 0.9 by default.
    beta_1: f32;
    /// The decay of the mean square; 0.999 by default.
    beta_2: f32;
    /// Keeps the divisor away from 0; 1e-7 by default.
    epsilon: f32;
});

impl Default for Nadam {
    /// Keras' learning rate, 0.001.
    fn default() -> Self {
        Nadam::new(0.001)
    }
}

/// The base of the factor of a step's momentum, `1 - ½ 0.96ᵗ`.
const DECAY: f64 = 0.96;

/// The products of `1 - ½ 0.96ⁱ` over i = 1, …, t. From about the 900th on, the factors are 1 in
/// f64, so the last product holds for all later steps.
static PRODUCTS: [f64; 1024] = {
    let (mut products, mut power, mut t) = ([1.0; 1024], 1.0, 1);
    while t < products.len() {
        power *= DECAY;
        products[t] = products[t - 1] * (1.0 - 0.5 * power);
        t += 1;
    }
    products
};

fn shared_product(t: u64) -> f64 {
    PRODUCTS[t.min(PRODUCTS.len() as u64 - 1) as usize]
}

impl Nadam {
    fn momentum(&self, t: u64) -> f64 {
        self.beta_1 as f64 * (1.0 - 0.5 * DECAY.powf(t as f64))
    }
}

impl UpdateRule for Nadam {
    fn name(&self) -> &'static str {
        "Nadam"
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

    fn update(&self, step: Step, w: &mut [f32], g: &[f32], [m, v, _]: [&mut [f32]; MAX_SLOTS]) {
        let (t, lr) = (step.number, step.learning_rate as f64);
        let (u, next) = (self.momentum(t), self.momentum(t + 1));
        let product = (self.beta_1 as f64).powf(t as f64) * shared_product(t);
        let of_m = (lr * next / (1.0 - product * next)) as f32;
        let of_g = (lr * (1.0 - u) / (1.0 - product)) as f32;
        let of_v = (1.0 / bias_correction(self.beta_2, t)) as f32;
        let (b1, b2, epsilon) = (1.0 - self.beta_1, 1.0 - self.beta_2, self.epsilon);
        vectorized(|| {
            for ((w, g), (m, v)) in w.iter_mut().zip(g).zip(m.iter_mut().zip(v.iter_mut())) {
                *m += (g - *m) * b1;
                *v += (g * g - *v) * b2;
                *w -= (of_m * *m + of_g * g) / ((of_v * *v).sqrt() + epsilon);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks::{floats, rules};
    use crate::optim::checks::{Weights, follows_keras, follows_keras_on};

    #[test]
    fn golden() {
        follows_keras(Nadam::default(), "Nadam");
        let own = Nadam::new(0.02).beta_1(0.95).beta_2(0.99).epsilon(1e-4);
        follows_keras_on(own, "Nadam_betas", &[0..2, 2..4], 1.0);
    }

    // Within 2e-5, because Keras multiplies the thousand factors in f32.
    #[test]
    fn golden_over_a_thousand_steps() {
        let mut one = Weights::new(Nadam::new(0.01).beta_1(0.99), vec![1.0]);
        let mut kept = Vec::new();
        for step in 0..1000 {
            let gradient = (0.05 * step as f64).sin() as f32;
            one.step(&mut [gradient], std::slice::from_ref(&(0..1)), 1);
            if step % 100 == 99 {
                kept.push(one.w[0]);
            }
        }
        for (got, want) in kept.iter().zip(floats(&rules()["long_nadam"])) {
            assert!((got - want).abs() <= 2e-5 * want.abs(), "{got}, Keras {want}");
        }
    }

    #[test]
    fn the_table_of_products_ends_where_they_do() {
        assert_eq!(shared_product(1023), shared_product(1022));
        assert!((shared_product(2) - (1.0 - 0.48) * (1.0 - 0.5 * 0.96 * 0.96)).abs() < 1e-15);
    }
}
