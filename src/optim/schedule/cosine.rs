//! Cosine decay.

use super::{Schedule, not_negative, some_steps};
use crate::config::{Configured, Object, Settings, Value};
use crate::error::Result;

/// Cosine decay, `initial · ((1 - α) ½ (1 + cos(π steps / decay_steps)) + α)`, then `initial · α`,
/// as Keras' `CosineDecay` (Loshchilov and Hutter, 2017), optionally after a linear warm-up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineDecay {
    initial: f64,
    decay_steps: u64,
    alpha: f64,
    warmup: Option<(f64, u64)>,
}

impl CosineDecay {
    /// Decays from the initial rate to 0 in `decay_steps` steps, by half a cosine.
    pub fn new(initial_learning_rate: f64, decay_steps: u64) -> Self {
        CosineDecay { initial: initial_learning_rate, decay_steps, alpha: 0.0, warmup: None }
    }

    /// The share of the highest rate that is left at the end; 0 by default.
    pub fn alpha(mut self, share: f64) -> Self {
        self.alpha = share;
        self
    }

    /// Adds a linear warm-up from the initial rate to `target` in `steps` steps, from where the
    /// rate decays.
    pub fn warmup(mut self, target: f64, steps: u64) -> Self {
        self.warmup = Some((target, steps));
        self
    }
}

impl Configured for CosineDecay {
    const MODULE: &'static str = "keras.optimizers.schedules";
    const CLASS: &'static str = "CosineDecay";

    fn write(&self, settings: &mut Object) {
        let (target, steps) = (self.warmup.map(|w| w.0), self.warmup.map_or(0, |w| w.1));
        settings.insert("initial_learning_rate".into(), self.initial.to_value());
        settings.insert("decay_steps".into(), self.decay_steps.to_value());
        settings.insert("alpha".into(), self.alpha.to_value());
        settings.insert("warmup_target".into(), target.to_value());
        settings.insert("warmup_steps".into(), steps.to_value());
    }

    fn read(from: &Settings<'_>) -> Result<Self> {
        let initial = from.get("initial_learning_rate")?;
        let mut new = CosineDecay::new(initial, from.get("decay_steps")?);
        from.read("alpha", &mut new.alpha)?;
        let (target, steps): (Option<f64>, Option<u64>) =
            (from.get("warmup_target")?, from.get("warmup_steps")?);
        new.warmup = target.map(|target| (target, steps.unwrap_or(0)));
        from.end()?;
        Ok(new)
    }
}

impl Schedule for CosineDecay {
    fn at(&self, steps: f64) -> f64 {
        let (top, rising) = self.warmup.unwrap_or((self.initial, 0));
        let rising = rising as f64;
        if steps < rising {
            return self.initial + (top - self.initial) * steps / rising;
        }
        let share = ((steps - rising) / self.decay_steps as f64).min(1.0);
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * share).cos());
        top * ((1.0 - self.alpha) * cosine + self.alpha)
    }

    fn check(&self, name: &str) -> Result<()> {
        not_negative(name, "initial_learning_rate", self.initial)?;
        some_steps(name, "decay_steps", self.decay_steps)?;
        not_negative(name, "alpha", self.alpha)?;
        match self.warmup {
            Some((target, _)) => not_negative(name, "warmup_target", target),
            None => Ok(()),
        }
    }
}
