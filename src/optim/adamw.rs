//! Adam with decoupled weight decay.

use super::{Adam, Common, LearningRate, MAX_SLOTS, Step, UpdateRule, optimizer};
use crate::config::Object;
use crate::error::Result;

/// [`Adam`] with decoupled weight decay, as Keras' `AdamW`: before each step, `w -= w ·
/// weight_decay · learning_rate` (Loshchilov and Hutter, 2019).
///
/// ```
/// use dfdx_lab::prelude::*;
/// let optimizer = AdamW::new(0.001).weight_decay(0.01);
/// assert_eq!(Optimizer::from(optimizer).to_string(), "AdamW(0.001)");
/// ```
#[derive(Clone, Debug)]
pub struct AdamW {
    common: Common,
    adam: Adam,
}

optimizer!(AdamW "AdamW":
    beta_1 = adam.beta_1, beta_2 = adam.beta_2, epsilon = adam.epsilon, amsgrad = adam.amsgrad);

impl AdamW {
    /// AdamW with this learning rate, a weight decay of 0.004, β₁ = 0.9, β₂ = 0.999 and ε = 1e-7.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Self {
        let mut common = Common::new(learning_rate);
        common.weight_decay = 0.004;
        AdamW { common, adam: Adam::default() }
    }

    /// The decay of the mean gradient; 0.9 by default.
    pub fn beta_1(mut self, beta: f32) -> Self {
        self.adam = self.adam.beta_1(beta);
        self
    }

    /// The decay of the mean square; 0.999 by default.
    pub fn beta_2(mut self, beta: f32) -> Self {
        self.adam = self.adam.beta_2(beta);
        self
    }

    /// Keeps the divisor away from 0; 1e-7 by default.
    pub fn epsilon(mut self, epsilon: f32) -> Self {
        self.adam = self.adam.epsilon(epsilon);
        self
    }

    /// Whether the divisor is the largest mean square so far (AMSGrad); false by default.
    pub fn amsgrad(mut self, amsgrad: bool) -> Self {
        self.adam = self.adam.amsgrad(amsgrad);
        self
    }
}

impl Default for AdamW {
    /// Keras' learning rate, 0.001.
    fn default() -> Self {
        AdamW::new(0.001)
    }
}

impl UpdateRule for AdamW {
    fn name(&self) -> &'static str {
        "AdamW"
    }

    fn write(&self, settings: &mut Object) {
        self.write_own(settings);
    }

    fn slots(&self) -> usize {
        self.adam.slots()
    }

    fn check(&self) -> Result<()> {
        self.adam.check_as(self.name())
    }

    fn update(&self, step: Step, w: &mut [f32], g: &[f32], slots: [&mut [f32]; MAX_SLOTS]) {
        // The training loop applies the decay.
        self.adam.update(step, w, g, slots);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::checks::{follows_keras, follows_keras_on};

    #[test]
    fn golden() {
        follows_keras(AdamW::default(), "AdamW");
        // Checked here, because ten steps do not show it.
        assert_eq!(AdamW::default().common.weight_decay, 0.004);
        let own = AdamW::new(0.01).weight_decay(0.1).amsgrad(true);
        follows_keras_on(own, "AdamW_amsgrad", &[0..2, 2..4], 1.0);
    }
}
