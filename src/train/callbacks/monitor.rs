//! Monitoring one of the logged values.

use super::Training;
use crate::error::{Error, Result};
use crate::metric::Direction;
use crate::train::scores::Scores;

/// Whether a smaller or a larger monitored value is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Smaller for losses; for metrics, the metric's own direction.
    #[default]
    Auto,
    /// Smaller is better.
    Min,
    /// Larger is better.
    Max,
}

/// The monitored value, and what counts as better.
#[derive(Clone, Debug)]
pub(super) struct Monitor {
    pub name: String,
    pub mode: Mode,
    pub min_delta: f64,
    direction: Option<Direction>,
}

impl Monitor {
    pub fn new(min_delta: f64) -> Self {
        Monitor { name: "val_loss".into(), mode: Mode::Auto, min_delta, direction: None }
    }

    /// Checks the name and finds out the direction; `who` is the callback.
    pub fn begin(&mut self, who: &str, training: &Training<'_>) -> Result<()> {
        if !self.min_delta.is_finite() {
            return Err(Error::argument(
                format!("{who}: the smallest change"),
                self.min_delta,
                "a finite number",
            ));
        }
        training.check_name(&format!("{who}: the monitor"), &self.name)?;
        self.direction = match self.mode {
            Mode::Min => Some(Direction::Minimize),
            Mode::Max => Some(Direction::Maximize),
            Mode::Auto => training.direction(&self.name),
        };
        if self.direction.is_none() {
            return Err(Error::argument(
                format!("{who}: the mode for '{}'", self.name),
                "Auto",
                "Mode::Min or Mode::Max, because its direction is not known",
            ));
        }
        Ok(())
    }

    pub fn value(&self, logs: &Scores) -> Option<f64> {
        logs.get(&self.name)
    }

    /// Whether `value` is better than `reference` by more than `min_delta`. Any number is better than
    /// no reference or NaN. NaN is never better: Keras would keep a NaN of the first epoch as the best
    /// value.
    pub fn improves(&self, value: f64, reference: Option<f64>) -> bool {
        if value.is_nan() {
            return false;
        }
        let Some(reference) = reference.filter(|r| !r.is_nan()) else { return true };
        let delta = self.min_delta.abs();
        match self.direction {
            Some(Direction::Maximize) => value - delta > reference,
            _ => value + delta < reference,
        }
    }
}

/// # Errors
/// If the value to improve on is NaN.
pub(super) fn number_or_none(what: &str, value: Option<f64>) -> Result<()> {
    match value.is_some_and(f64::is_nan) {
        true => Err(Error::argument(what, "NaN", "a number")),
        false => Ok(()),
    }
}

/// Gives a callback with a field `monitor` the settings of those that watch a value.
macro_rules! monitors {
    ($name:ident) => {
        impl $name {
            /// The name of the monitored value; `val_loss` by default.
            pub fn monitor(mut self, name: impl Into<String>) -> Self {
                self.monitor.name = name.into();
                self
            }

            /// Whether a smaller or a larger value is better; by default the direction of the loss
            /// or metric.
            pub fn mode(mut self, mode: $crate::train::callbacks::Mode) -> Self {
                self.monitor.mode = mode;
                self
            }
        }
    };
}
pub(super) use monitors;
