//! Pruners, which stop hopeless trials early. One file each.

mod hyperband;
mod nop;
mod patient;
mod percentile;
mod settings;
mod successive_halving;
mod threshold;

#[cfg(test)]
mod golden_tests;

use super::sampler::Context;
use super::trial::{Attributes, Direction, Trial};
use crate::error::{Error, Result};
use crate::register::register;

register! {
    pub use hyperband::HyperbandPruner;
    pub use percentile::MedianPruner;
    pub use nop::NopPruner;
    pub use patient::PatientPruner;
    pub use percentile::PercentilePruner;
    pub use successive_halving::SuccessiveHalvingPruner;
    pub use threshold::ThresholdPruner;

    pub(in crate::tune) mod prelude {}
}

/// A pruner's decision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Whether to stop the trial.
    pub prune: bool,
    /// Attributes to store with the trial, whether it is stopped or not.
    pub notes: Attributes,
}

/// A rule that stops hopeless trials early.
pub trait Pruner: Send + Sync {
    /// Its name, as in `median`.
    fn name(&self) -> &str;

    /// Whether to stop the trial after its last report. `context.number` and `context.seed` are
    /// those of the trial.
    ///
    /// # Errors
    /// If the settings do not fit the study.
    fn prune(&self, context: &Context<'_>, trial: &Trial) -> Result<bool>;

    /// The decision of [`prune`](Pruner::prune), with attributes to store with the trial. A study
    /// calls this method; successive halving stores the rungs that a trial has reached.
    ///
    /// # Errors
    /// If the settings do not fit the study.
    fn judge(&self, context: &Context<'_>, trial: &Trial) -> Result<Verdict> {
        Ok(Verdict { prune: self.prune(context, trial)?, notes: Attributes::new() })
    }
}

/// The direction of the objective; pruning needs a study with one objective.
fn single_objective(pruner: &str, context: &Context<'_>) -> Result<Direction> {
    match context.directions {
        [direction] => Ok(*direction),
        directions => {
            let expected = "a study with one objective";
            let got = format!("used in a study with {} objectives", directions.len());
            Err(Error::argument(format!("the pruner '{pruner}'"), got, expected))
        }
    }
}

/// The trial's last step and the value that it reported there.
fn last_report(trial: &Trial) -> Option<(i64, f64)> {
    trial.intermediate.last_key_value().map(|(step, value)| (*step, *value))
}

/// Whether the step is after the warm-up and the first that the trial reported in its interval.
fn at_interval(trial: &Trial, step: i64, warmup: u32, interval: u32) -> Result<bool> {
    if interval == 0 {
        return Err(Error::argument("the pruner's interval_steps", interval, "at least 1"));
    }
    let (warmup, interval) = (i64::from(warmup), i64::from(interval));
    if step < warmup {
        return Ok(false);
    }
    let begin = (step - warmup) / interval * interval + warmup;
    let previous = trial.intermediate.range(..step).next_back().map_or(-1, |(step, _)| *step);
    Ok(previous.max(-1) < begin)
}
