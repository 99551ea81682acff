//! Asynchronous successive halving.

use super::{Pruner, Verdict, last_report, single_objective};
use crate::error::{Error, Result};
use crate::tune::sampler::Context;
use crate::tune::{Attributes, Direction, Trial, TrialState};
use std::sync::Arc;

/// Stops a trial at a rung unless it is among the best 1 / `reduction_factor` of the trials that
/// have reached the rung, as Optuna's `SuccessiveHalvingPruner` (Li et al., A System for Massively
/// Parallel Hyperparameter Tuning, 2020). Rung k is at step `min_resource *
/// reduction_factor^(min_early_stopping_rate + k)`.
///
/// A trial's value at each rung is stored in its system attributes (`completed_rung_0`, ...), as in
/// Optuna.
///
/// ```
/// use dfdx_lab::tune::pruner::{Pruner, SuccessiveHalvingPruner};
/// assert_eq!(SuccessiveHalvingPruner::new().min_resource(3).name(), "successive_halving");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SuccessiveHalvingPruner {
    min_resource: Option<u64>,
    reduction_factor: u64,
    min_early_stopping_rate: u32,
    bootstrap_count: usize,
}

impl Default for SuccessiveHalvingPruner {
    fn default() -> Self {
        SuccessiveHalvingPruner {
            min_resource: None,
            reduction_factor: 4,
            min_early_stopping_rate: 0,
            bootstrap_count: 0,
        }
    }
}

impl SuccessiveHalvingPruner {
    /// A first rung found from the first completed trial, factor 4, early stopping rate 0.
    pub fn new() -> Self {
        SuccessiveHalvingPruner::default()
    }

    /// The step of the first rung, at least 1. By default it is 1 % of the last step of the trial
    /// that completed first; until one has completed, no trial is stopped.
    pub fn min_resource(mut self, steps: u64) -> Self {
        self.min_resource = Some(steps);
        self
    }

    /// The factor by which the steps grow and the number of trials shrinks from rung to rung, at
    /// least 2 (default 4).
    pub fn reduction_factor(mut self, factor: u64) -> Self {
        self.reduction_factor = factor;
        self
    }

    /// The number of first rungs that are left out (default 0).
    pub fn min_early_stopping_rate(mut self, rungs: u32) -> Self {
        self.min_early_stopping_rate = rungs;
        self
    }

    /// Stops this many trials at each rung before any is promoted, so that there is something to
    /// compare with (default 0). Needs [`min_resource`](Self::min_resource).
    pub fn bootstrap_count(mut self, trials: usize) -> Self {
        self.bootstrap_count = trials;
        self
    }

    fn check(&self) -> Result<()> {
        let bad = |what: &str, got: u64, expected: &str| {
            Err(Error::argument(format!("SuccessiveHalvingPruner: {what}"), got, expected))
        };
        if self.min_resource == Some(0) {
            return bad("min_resource", 0, "at least 1");
        }
        if self.reduction_factor < 2 {
            return bad("reduction_factor", self.reduction_factor, "at least 2");
        }
        if self.bootstrap_count > 0 && self.min_resource.is_none() {
            let expected = "0 unless min_resource is given";
            return bad("bootstrap_count", self.bootstrap_count as u64, expected);
        }
        Ok(())
    }

    /// The rung's step; none if it overflows.
    fn step_of(&self, min_resource: u64, rung: u32) -> Option<i64> {
        let power = self.min_early_stopping_rate.checked_add(rung)?;
        let step = self.reduction_factor.checked_pow(power)?.checked_mul(min_resource)?;
        i64::try_from(step).ok()
    }
}

impl Pruner for SuccessiveHalvingPruner {
    fn name(&self) -> &str {
        "successive_halving"
    }

    fn prune(&self, context: &Context<'_>, trial: &Trial) -> Result<bool> {
        Ok(self.judge(context, trial)?.prune)
    }

    fn judge(&self, context: &Context<'_>, trial: &Trial) -> Result<Verdict> {
        self.check()?;
        let direction = single_objective(self.name(), context)?;
        let mut notes = Attributes::new();
        let Some((step, value)) = last_report(trial) else { return Ok(Verdict::default()) };
        let first = match self.min_resource {
            Some(steps) => Some(steps),
            None => first_last_step(context.trials).map(|last| (last / 100).max(1) as u64),
        };
        let Some(first) = first else { return Ok(Verdict::default()) };
        let mut rung = 0;
        while trial.system.contains_key(&key(rung)) {
            rung += 1;
        }
        loop {
            match self.step_of(first, rung) {
                Some(at) if step >= at => {}
                _ => return Ok(Verdict { prune: false, notes }),
            }
            if value.is_nan() {
                return Ok(Verdict { prune: true, notes });
            }
            let key = key(rung);
            // JSON has no infinity.
            notes.insert(key.clone(), value.clamp(f64::MIN, f64::MAX).into());
            let noted = context.trials.iter().filter(|other| other.number != trial.number);
            let mut values: Vec<f64> =
                noted.filter_map(|other| other.system.get(&key)?.as_f64()).collect();
            values.push(value);
            let few = values.len() <= self.bootstrap_count;
            if few || !self.promotes(value, values, direction) {
                return Ok(Verdict { prune: true, notes });
            }
            rung += 1;
        }
    }
}

impl SuccessiveHalvingPruner {
    /// Whether the value is among the best 1 / `reduction_factor` of all; the best one always is.
    fn promotes(&self, value: f64, all: Vec<f64>, direction: Direction) -> bool {
        let mut losses: Vec<f64> = all.into_iter().map(|v| direction.loss(v)).collect();
        losses.sort_by(f64::total_cmp);
        let last = (losses.len() as u64 / self.reduction_factor).saturating_sub(1);
        losses.get(last as usize).is_none_or(|bound| direction.loss(value) <= *bound)
    }
}

fn key(rung: u32) -> String {
    format!("completed_rung_{rung}")
}

/// The last step of the trial that completed first. Later trials do not count, because they would
/// move the rungs while trials compete at them; Optuna's pruners fix it at their first decision.
pub(super) fn first_last_step(trials: &[Arc<Trial>]) -> Option<i64> {
    trials
        .iter()
        .filter(|trial| trial.state == TrialState::Complete && !trial.intermediate.is_empty())
        .min_by_key(|trial| (trial.completed, trial.number))
        .and_then(|trial| last_report(trial))
        .map(|(step, _)| step)
}
