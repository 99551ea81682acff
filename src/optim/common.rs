//! The settings that all optimisers share, and their ranges.

use super::{Clip, Ema, LearningRate};
use crate::error::{Error, Result};

/// The settings that every optimiser has in addition to its own.
#[derive(Clone, Debug)]
pub struct Common {
    /// The learning rate, fixed or by schedule.
    pub learning_rate: LearningRate,
    /// `w -= w · weight_decay · learning_rate` before each step; none by default.
    pub weight_decay: f32,
    /// The clipping of gradients; none by default.
    pub clip: Clip,
    /// The moving average that replaces the weights; none by default.
    pub ema: Option<Ema>,
    /// The factor by which the loss is multiplied before its gradients are taken; the gradients are
    /// divided by it.
    pub loss_scale_factor: Option<f32>,
    /// The number of batches whose mean gradient makes one step; 1 by default.
    pub gradient_accumulation_steps: Option<u64>,
    /// A second way to clip, which [`check`](Self::check) refuses.
    second: Clip,
}

impl Common {
    pub(super) fn new(learning_rate: impl Into<LearningRate>) -> Self {
        Common {
            learning_rate: learning_rate.into(),
            weight_decay: 0.0,
            clip: Clip::None,
            ema: None,
            loss_scale_factor: None,
            gradient_accumulation_steps: None,
            second: Clip::None,
        }
    }

    /// Whether a step needs the gradients of all weights at once, before it changes any.
    pub(crate) fn takes_all_gradients(&self) -> bool {
        self.clip != Clip::None
            || self.loss_scale_factor.is_some()
            || self.gradient_accumulation_steps.is_some()
    }

    /// Sets a way to clip; a second value for the same way replaces the first.
    pub(super) fn set_clip(&mut self, clip: Clip) {
        let same = std::mem::discriminant(&self.clip) == std::mem::discriminant(&clip);
        if self.clip == Clip::None || same {
            self.clip = clip;
        } else {
            self.second = clip;
        }
    }

    /// Checks these settings of the optimiser with this name.
    pub(super) fn check(&self, name: &str) -> Result<()> {
        self.learning_rate.check(name)?;
        not_negative(name, "weight_decay", self.weight_decay)?;
        if self.second != Clip::None {
            return Err(Error::argument(
                format!("{name}: the way to clip gradients"),
                format!("{} together with {}", self.clip, self.second),
                "one of clipnorm, global_clipnorm and clipvalue",
            ));
        }
        if let Some(ema) = self.ema {
            within(name, "ema_momentum", ema.momentum, 0.0, 1.0)?;
            at_least(name, "ema_overwrite_frequency", ema.overwrite_frequency, 1)?;
        }
        if let Some(scale) = self.loss_scale_factor {
            positive(name, "loss_scale_factor", scale)?;
        }
        at_least(name, "gradient_accumulation_steps", self.gradient_accumulation_steps, 2)?;
        match self.clip {
            Clip::None => Ok(()),
            Clip::Norm(most) => positive(name, "clipnorm", most),
            Clip::GlobalNorm(most) => positive(name, "global_clipnorm", most),
            Clip::Value(most) => positive(name, "clipvalue", most),
        }
    }
}

fn at_least(name: &str, setting: &str, value: Option<u64>, least: u64) -> Result<()> {
    match value {
        Some(value) if value < least => {
            let expected = format!("at least {least}");
            Err(Error::argument(format!("{name}: {setting}"), value, expected))
        }
        _ => Ok(()),
    }
}

fn ranged(name: &str, setting: &str, value: f32, inside: bool, expected: &str) -> Result<()> {
    match inside {
        true => Ok(()),
        false => Err(Error::argument(format!("{name}: {setting}"), value, expected)),
    }
}

/// Checks a decay of a mean, such as ρ or β: at least 0 and less than 1.
pub(super) fn share(name: &str, setting: &str, value: f32) -> Result<()> {
    ranged(name, setting, value, (0.0..1.0).contains(&value), "at least 0 and less than 1")
}

/// Checks that a setting is at least 0 and finite.
pub(super) fn not_negative(name: &str, setting: &str, value: f32) -> Result<()> {
    let inside = value >= 0.0 && value.is_finite();
    ranged(name, setting, value, inside, "at least 0 and finite")
}

/// Checks that a setting is above 0 and finite.
pub(super) fn positive(name: &str, setting: &str, value: f32) -> Result<()> {
    let inside = value > 0.0 && value.is_finite();
    ranged(name, setting, value, inside, "above 0 and finite")
}

/// Checks that a setting is from `low` to `high`.
pub(super) fn within(name: &str, setting: &str, value: f32, low: f32, high: f32) -> Result<()> {
    let inside = (low..=high).contains(&value);
    ranged(name, setting, value, inside, &format!("from {low} to {high}"))
}
