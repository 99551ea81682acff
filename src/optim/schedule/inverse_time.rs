//! Inverse-time decay.

use super::{Schedule, not_negative, some_steps};
use crate::config::configured;
use crate::error::Result;

/// `initial / (1 + rate · steps / decay_steps)`, as Keras' `InverseTimeDecay`; by staircase the
/// quotient is cut to a whole number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InverseTimeDecay {
    initial: f64,
    decay_steps: u64,
    decay_rate: f64,
    staircase: bool,
}

impl InverseTimeDecay {
    /// Divided by another `decay_rate` more every `decay_steps` steps.
    pub fn new(initial_learning_rate: f64, decay_steps: u64, decay_rate: f64) -> Self {
        InverseTimeDecay {
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

configured!(InverseTimeDecay as "keras.optimizers.schedules" "InverseTimeDecay", |from| {
        let (initial, steps) = (from.get("initial_learning_rate")?, from.get("decay_steps")?);
        InverseTimeDecay::new(initial, steps, from.get("decay_rate")?)
    }, initial_learning_rate = initial, decay_steps = decay_steps, decay_rate = decay_rate, staircase = staircase);

impl Schedule for InverseTimeDecay {
    fn at(&self, steps: f64) -> f64 {
        let p = steps / self.decay_steps as f64;
        let p = if self.staircase { p.floor() } else { p };
        self.initial / (1.0 + self.decay_rate * p)
    }

    fn check(&self, name: &str) -> Result<()> {
        not_negative(name, "initial_learning_rate", self.initial)?;
        some_steps(name, "decay_steps", self.decay_steps)?;
        not_negative(name, "decay_rate", self.decay_rate)
    }
}
