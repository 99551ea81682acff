//! Hyperband as a pruner.

use super::successive_halving::first_last_step;
use super::{Pruner, SuccessiveHalvingPruner, Verdict};
use crate::error::{Error, Result};
use crate::tune::Trial;
use crate::tune::sampler::Context;
use std::sync::Arc;

/// Prunes by several [`SuccessiveHalvingPruner`] rules ("brackets") side by side, from one that
/// stops trials early to one that stops none, as Optuna's `HyperbandPruner` (Li et al., Hyperband,
/// 2018).
///
/// A trial's bracket follows from the CRC-32 of `{study}_{number}`, as in Optuna, so both put a
/// trial into the same bracket. A trial competes only within its bracket. Optuna shows the sampler
/// only the trials of the bracket; here the sampler sees all trials.
///
/// ```
/// use dfdx_lab::tune::pruner::{HyperbandPruner, Pruner};
/// assert_eq!(HyperbandPruner::new().max_resource(27).name(), "hyperband");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HyperbandPruner {
    min_resource: u64,
    max_resource: Option<u64>,
    reduction_factor: u64,
    bootstrap_count: usize,
}

impl Default for HyperbandPruner {
    fn default() -> Self {
        HyperbandPruner {
            min_resource: 1,
            max_resource: None,
            reduction_factor: 3,
            bootstrap_count: 0,
        }
    }
}

impl HyperbandPruner {
    /// Steps from 1 to those of the first completed trial, with factor 3.
    pub fn new() -> Self {
        HyperbandPruner::default()
    }

    /// The step of the first rung, at least 1 (default 1).
    pub fn min_resource(mut self, steps: u64) -> Self {
        self.min_resource = steps;
        self
    }

    /// The number of steps of a trial that is not stopped. By default one more than the last step
    /// of the trial that completed first; until one has completed, no trial is stopped.
    pub fn max_resource(mut self, steps: u64) -> Self {
        self.max_resource = Some(steps);
        self
    }

    /// The factor by which the steps grow from rung to rung, at least 2; 3 by default.
    pub fn reduction_factor(mut self, factor: u64) -> Self {
        self.reduction_factor = factor;
        self
    }

    /// See [`SuccessiveHalvingPruner::bootstrap_count`]; needs
    /// [`max_resource`](Self::max_resource).
    pub fn bootstrap_count(mut self, trials: usize) -> Self {
        self.bootstrap_count = trials;
        self
    }

    /// The share of trials that each bracket gets, as a number of their sum; empty while
    /// `max_resource` is unknown.
    fn budgets(&self, context: &Context<'_>) -> Result<Vec<u64>> {
        let bad = |what: &str, got: u64, expected: &str| {
            Err(Error::argument(format!("HyperbandPruner: {what}"), got, expected))
        };
        if self.min_resource == 0 {
            return bad("min_resource", 0, "at least 1");
        }
        if self.reduction_factor < 2 {
            return bad("reduction_factor", self.reduction_factor, "at least 2");
        }
        if self.bootstrap_count > 0 && self.max_resource.is_none() {
            let expected = "0 unless max_resource is given";
            return bad("bootstrap_count", self.bootstrap_count as u64, expected);
        }
        let first = || first_last_step(context.trials).map(|last| last.saturating_add(1) as u64);
        let Some(max) = self.max_resource.or_else(first) else { return Ok(Vec::new()) };
        let factor = self.reduction_factor as f64;
        // As Optuna, by two logarithms, whose rounding makes 3^5 slightly less than 5 powers of 3.
        let brackets = (max as f64 / self.min_resource as f64).ln() / factor.ln();
        if max < self.min_resource {
            return Ok(Vec::new());
        }
        let brackets = brackets.floor() as i32 + 1;
        let budget = |s: i32| (f64::from(brackets) * factor.powi(s) / f64::from(s + 1)).ceil();
        Ok((0..brackets).rev().map(|s| budget(s) as u64).collect())
    }
}

/// The bracket of a trial.
fn bracket(budgets: &[u64], study: &str, number: u64) -> usize {
    let mut crc = flate2::Crc::new();
    crc.update(format!("{study}_{number}").as_bytes());
    let total = budgets.iter().fold(0_u64, |sum, budget| sum.saturating_add(*budget));
    let mut n = u64::from(crc.sum()) % total.max(1);
    for (id, budget) in budgets.iter().enumerate() {
        if n < *budget {
            return id;
        }
        n -= budget;
    }
    0
}

impl Pruner for HyperbandPruner {
    fn name(&self) -> &str {
        "hyperband"
    }

    fn prune(&self, context: &Context<'_>, trial: &Trial) -> Result<bool> {
        Ok(self.judge(context, trial)?.prune)
    }

    fn judge(&self, context: &Context<'_>, trial: &Trial) -> Result<Verdict> {
        let budgets = self.budgets(context)?;
        if budgets.is_empty() {
            return Ok(Verdict::default());
        }
        let own = bracket(&budgets, context.study, trial.number);
        let competitors = context.trials.iter();
        let competitors = competitors.filter(|t| bracket(&budgets, context.study, t.number) == own);
        let trials: Vec<Arc<Trial>> = competitors.cloned().collect();
        let rule = SuccessiveHalvingPruner::new()
            .min_resource(self.min_resource)
            .reduction_factor(self.reduction_factor)
            .min_early_stopping_rate(own as u32)
            .bootstrap_count(self.bootstrap_count);
        rule.judge(&Context { trials: &trials, ..*context }, trial)
    }
}
