//! Pruning by absolute bounds.

use super::settings::step_settings;
use super::{Pruner, at_interval, last_report};
use crate::error::{Error, Result};
use crate::tune::Trial;
use crate::tune::sampler::Context;

/// Stops a trial whose last report is outside the bounds or NaN, as Optuna's `ThresholdPruner`.
///
/// ```
/// use dfdx_lab::tune::pruner::{Pruner, ThresholdPruner};
/// assert_eq!(ThresholdPruner::new().upper(10.0).name(), "threshold");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ThresholdPruner {
    lower: f64,
    upper: f64,
    warmup: u32,
    interval: u32,
}

step_settings!(ThresholdPruner, warmup, interval);

impl Default for ThresholdPruner {
    fn default() -> Self {
        ThresholdPruner { lower: f64::NEG_INFINITY, upper: f64::INFINITY, warmup: 0, interval: 1 }
    }
}

impl ThresholdPruner {
    /// A pruner without bounds, which stops only trials that report NaN.
    pub fn new() -> Self {
        ThresholdPruner::default()
    }

    /// Stops trials that report less than this.
    pub fn lower(mut self, bound: f64) -> Self {
        self.lower = bound;
        self
    }

    /// Stops trials that report more than this.
    pub fn upper(mut self, bound: f64) -> Self {
        self.upper = bound;
        self
    }
}

impl Pruner for ThresholdPruner {
    fn name(&self) -> &str {
        "threshold"
    }

    fn prune(&self, _context: &Context<'_>, trial: &Trial) -> Result<bool> {
        // `lower > upper` alone would let NaN pass.
        if self.lower.is_nan() || self.upper.is_nan() || self.lower > self.upper {
            let got = format!("from {} to {}", self.lower, self.upper);
            return Err(Error::argument(
                "ThresholdPruner: the range",
                got,
                "two numbers, lower first",
            ));
        }
        let Some((step, value)) = last_report(trial) else { return Ok(false) };
        let checked = at_interval(trial, step, self.warmup, self.interval)?;
        Ok(checked && !(self.lower..=self.upper).contains(&value))
    }
}
