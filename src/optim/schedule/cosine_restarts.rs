//! Cosine decay with restarts.

use super::{Schedule, not_negative, some_steps};
use crate::config::{configured, setters};
use crate::error::{Error, Result};

/// Repeated cosine decay, as Keras' `CosineDecayRestarts` (Loshchilov and Hutter, 2017). Each
/// period is `t_mul` times as long as the one before, and starts at `m_mul` times its rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineDecayRestarts {
    initial: f64,
    first_decay_steps: u64,
    t_mul: f64,
    m_mul: f64,
    alpha: f64,
}

impl CosineDecayRestarts {
    /// Decays from the initial rate to 0 in `first_decay_steps` steps by half a cosine, then again
    /// in twice as many, and so on.
    pub fn new(initial_learning_rate: f64, first_decay_steps: u64) -> Self {
        CosineDecayRestarts {
            initial: initial_learning_rate,
            first_decay_steps,
            t_mul: 2.0,
            m_mul: 1.0,
            alpha: 0.0,
        }
    }

    /// The number of the period at this time, which is in units of the first period, and the share
    /// of the period that has passed.
    fn place(&self, time: f64) -> (f64, f64) {
        let t = self.t_mul;
        if t == 1.0 {
            return (time.floor(), time.fract());
        }
        let start = |period: f64| (t.powf(period) - 1.0) / (t - 1.0);
        let mut period = ((1.0 + time * (t - 1.0)).ln() / t.ln()).floor();
        // Rounded logarithms may be slightly off exactly where a period starts.
        if start(period + 1.0) <= time {
            period += 1.0;
        } else if start(period) > time {
            period -= 1.0;
        }
        (period, (time - start(period)) / t.powf(period))
    }
}

setters!(CosineDecayRestarts {
    /// The factor by which the periods grow, at least 1; 2 by default.
    t_mul: f64;
    /// The factor by which the highest rate changes from period to period; 1 by default.
    m_mul: f64;
    /// The share of the initial rate that is left at the end; 0 by default.
    alpha: f64;
});

configured!(CosineDecayRestarts as "keras.optimizers.schedules" "CosineDecayRestarts", |from| CosineDecayRestarts::new(from.get("initial_learning_rate")?, from.get("first_decay_steps")?), initial_learning_rate = initial, first_decay_steps = first_decay_steps, t_mul = t_mul, m_mul = m_mul, alpha = alpha);

impl Schedule for CosineDecayRestarts {
    fn at(&self, steps: f64) -> f64 {
        let (period, share) = self.place(steps / self.first_decay_steps as f64);
        let cosine = 0.5 * self.m_mul.powf(period) * (1.0 + (std::f64::consts::PI * share).cos());
        self.initial * ((1.0 - self.alpha) * cosine + self.alpha)
    }

    fn check(&self, name: &str) -> Result<()> {
        not_negative(name, "initial_learning_rate", self.initial)?;
        some_steps(name, "first_decay_steps", self.first_decay_steps)?;
        not_negative(name, "m_mul", self.m_mul)?;
        not_negative(name, "alpha", self.alpha)?;
        if self.t_mul >= 1.0 && self.t_mul.is_finite() {
            return Ok(());
        }
        Err(Error::argument(format!("{name}: t_mul"), self.t_mul, "at least 1 and finite"))
    }
}
