//! Pruning by comparison with other trials at the same step.

use super::settings::{step_settings, trial_settings};
use super::{Pruner, at_interval, last_report, single_objective};
use crate::error::{Error, Result};
use crate::tune::sampler::Context;
use crate::tune::{Direction, Trial, TrialState};

/// Stops a trial whose best report so far is worse than the median of the completed trials' reports
/// at the same step: a [`PercentilePruner`] with 50, as Optuna's `MedianPruner`.
///
/// ```
/// use dfdx_lab::tune::pruner::{MedianPruner, Pruner};
/// assert_eq!(MedianPruner::new().startup_trials(5).warmup_steps(3).name(), "median");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MedianPruner {
    rule: PercentilePruner,
}

step_settings!(MedianPruner, rule.warmup, rule.interval);
trial_settings!(MedianPruner, rule.startup, rule.at_least);

impl Default for MedianPruner {
    fn default() -> Self {
        MedianPruner { rule: PercentilePruner::new(50.0) }
    }
}

impl MedianPruner {
    /// 5 startup trials, no warm-up, a check at every step.
    pub fn new() -> Self {
        MedianPruner::default()
    }
}

impl Pruner for MedianPruner {
    fn name(&self) -> &str {
        "median"
    }

    fn prune(&self, context: &Context<'_>, trial: &Trial) -> Result<bool> {
        self.rule.prune(context, trial)
    }
}

/// Stops a trial whose best report so far is not among the best `percentile` percent of the
/// completed trials' reports at the same step, as Optuna's `PercentilePruner`. It also stops a
/// trial that has reported nothing but NaN.
///
/// ```
/// use dfdx_lab::tune::pruner::{PercentilePruner, Pruner};
/// assert_eq!(PercentilePruner::new(25.0).name(), "percentile");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PercentilePruner {
    percentile: f64,
    startup: usize,
    warmup: u32,
    interval: u32,
    at_least: usize,
}

step_settings!(PercentilePruner, warmup, interval);
trial_settings!(PercentilePruner, startup, at_least);

impl PercentilePruner {
    /// Keeps this percentage, from 0 to 100; 5 startup trials, no warm-up, a check at every step.
    pub fn new(percentile: f64) -> Self {
        PercentilePruner { percentile, startup: 5, warmup: 0, interval: 1, at_least: 1 }
    }
}

impl Pruner for PercentilePruner {
    fn name(&self) -> &str {
        "percentile"
    }

    fn prune(&self, context: &Context<'_>, trial: &Trial) -> Result<bool> {
        let direction = single_objective(self.name(), context)?;
        if !(0.0..=100.0).contains(&self.percentile) {
            let what = "PercentilePruner: the percentile";
            return Err(Error::argument(what, self.percentile, "from 0 to 100"));
        }
        let complete = || context.trials.iter().filter(|t| t.state == TrialState::Complete);
        let n = complete().count();
        let Some((step, _)) = last_report(trial) else { return Ok(false) };
        if n == 0 || n < self.startup || !at_interval(trial, step, self.warmup, self.interval)? {
            return Ok(false);
        }
        let losses = trial.intermediate.values().map(|v| direction.loss(*v));
        let Some(best) = losses.filter(|v| !v.is_nan()).reduce(f64::min) else { return Ok(true) };
        let others: Vec<f64> =
            complete().filter_map(|t| t.intermediate.get(&step)).copied().collect();
        if others.len() < self.at_least.max(1) {
            return Ok(false);
        }
        let share = match direction {
            Direction::Minimize => self.percentile,
            Direction::Maximize => 100.0 - self.percentile,
        };
        let Some(bound) = percentile(others, share) else { return Ok(false) };
        Ok(best > direction.loss(bound))
    }
}

/// numpy's `nanpercentile` with linear interpolation; none if every value is NaN.
fn percentile(mut values: Vec<f64>, share: f64) -> Option<f64> {
    values.retain(|v| !v.is_nan());
    values.sort_by(f64::total_cmp);
    let place = values.len().checked_sub(1)? as f64 * (share / 100.0);
    let low = *values.get(place.floor() as usize)?;
    let high = *values.get(place.ceil() as usize)?;
    let t = place.fract();
    // Interpolated from the nearer side, as in numpy, so that the last bit is the same.
    let value = if t < 0.5 { low + (high - low) * t } else { high - (high - low) * (1.0 - t) };
    (!value.is_nan()).then_some(value)
}
