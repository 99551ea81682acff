//! Exponential decay.

use super::{Schedule, not_negative, some_steps};
use crate::config::configured;
use crate::error::Result;

/// `initial · rate^(steps / decay_steps)`, as Keras' `ExponentialDecay`; by staircase the exponent is
/// cut to a whole number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExponentialDecay {
    initial: f64,
    decay_steps: u64,
    decay_rate: f64,
    staircase: bool,
}

impl ExponentialDecay {
    /// Multiplied by `decay_rate` every `decay_steps` steps.
    pub fn new(initial_learning_rate: f64, decay_steps: u64, decay_rate: f64) -> Self {
        ExponentialDecay {
            initial: initial_learning_rate,
            decay_steps,
            decay_rate,
            staircase: false,
        }
    }

    /// Whether the rate falls all at once; false by default.
    pub fn staircase(mut self, staircase: bool) -> Self {
        self.staircase = staircase;
        self
    }
}

configured!(ExponentialDecay as "keras.optimizers.schedules" "ExponentialDecay", |from| {
        let (initial, steps) = (from.get("initial_learning_rate")?, from.get("decay_steps")?);
        ExponentialDecay::new(initial, steps, from.get("decay_rate")?)
    }, initial_learning_rate = initial, decay_steps = decay_steps, decay_rate = decay_rate, staircase = staircase);

impl Schedule for ExponentialDecay {
    fn at(&self, steps: f64) -> f64 {
        let p = steps / self.decay_steps as f64;
        let p = if self.staircase { p.floor() } else { p };
        self.initial * self.decay_rate.powf(p)
    }

    fn check(&self, name: &str) -> Result<()> {
        not_negative(name, "initial_learning_rate", self.initial)?;
        some_steps(name, "decay_steps", self.decay_steps)?;
        not_negative(name, "decay_rate", self.decay_rate)
    }
}
