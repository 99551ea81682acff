//! Polynomial decay.

use super::{Schedule, not_negative, some_steps};
use crate::config::{configured, setters};
use crate::error::Result;

/// Polynomial decay, `(initial - end) (1 - steps / decay_steps)^power + end`, as Keras'
/// `PolynomialDecay`. From `decay_steps` on, the rate is `end`; with `cycle`, `decay_steps` is
/// instead extended to its next multiple.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PolynomialDecay {
    initial: f64,
    decay_steps: u64,
    end_learning_rate: f64,
    power: f64,
    cycle: bool,
}

impl PolynomialDecay {
    /// Decays linearly from the initial rate to 0.0001 in `decay_steps` steps.
    pub fn new(initial_learning_rate: f64, decay_steps: u64) -> Self {
        PolynomialDecay {
            initial: initial_learning_rate,
            decay_steps,
            end_learning_rate: 0.0001,
            power: 1.0,
            cycle: false,
        }
    }
}

setters!(PolynomialDecay {
    /// The rate at the end; 0.0001 by default.
    end_learning_rate: f64;
    /// The power of the decay; 1, the default, is linear.
    power: f64;
    /// Whether the rate rises again at the end of a cycle; false by default.
    cycle: bool;
});

configured!(PolynomialDecay as "keras.optimizers.schedules" "PolynomialDecay", |from| PolynomialDecay::new(from.get("initial_learning_rate")?, from.get("decay_steps")?), initial_learning_rate = initial, decay_steps = decay_steps, end_learning_rate = end_learning_rate, power = power, cycle = cycle);

impl Schedule for PolynomialDecay {
    fn at(&self, steps: f64) -> f64 {
        let whole = self.decay_steps as f64;
        let (steps, whole) = match self.cycle {
            true => (steps, whole * (steps / whole).ceil().max(1.0)),
            false => (steps.min(whole), whole),
        };
        let left = (1.0 - steps / whole).powf(self.power);
        (self.initial - self.end_learning_rate) * left + self.end_learning_rate
    }

    fn check(&self, name: &str) -> Result<()> {
        not_negative(name, "initial_learning_rate", self.initial)?;
        some_steps(name, "decay_steps", self.decay_steps)?;
        not_negative(name, "end_learning_rate", self.end_learning_rate)?;
        not_negative(name, "power", self.power)
    }
}
