//! Pruning with patience.

use super::{Pruner, Verdict, single_objective};
use crate::error::{Error, Result};
use crate::tune::Trial;
use crate::tune::sampler::Context;
use std::fmt;
use std::sync::Arc;

/// Stops a trial that has not improved for some reports, or lets another pruner decide then, as
/// Optuna's `PatientPruner`.
///
/// ```
/// use dfdx_lab::tune::pruner::{MedianPruner, PatientPruner, Pruner};
/// assert_eq!(PatientPruner::new(5).around(MedianPruner::new()).name(), "patient");
/// ```
#[derive(Clone)]
pub struct PatientPruner {
    patience: usize,
    min_delta: f64,
    rule: Option<Arc<dyn Pruner>>,
}

impl PatientPruner {
    /// Stops a trial if its last `patience` + 1 reports are all worse than the best before them.
    pub fn new(patience: usize) -> Self {
        PatientPruner { patience, min_delta: 0.0, rule: None }
    }

    /// How much worse the reports must be, at least 0 (default 0).
    pub fn min_delta(mut self, delta: f64) -> Self {
        self.min_delta = delta;
        self
    }

    /// Lets another pruner decide once the patience is over.
    pub fn around(mut self, rule: impl Pruner + 'static) -> Self {
        self.rule = Some(Arc::new(rule));
        self
    }
}

impl fmt::Debug for PatientPruner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.rule.as_ref().map_or("none", |rule| rule.name());
        write!(
            f,
            "PatientPruner {{ patience: {}, min_delta: {}, rule: {rule} }}",
            self.patience, self.min_delta
        )
    }
}

impl Pruner for PatientPruner {
    fn name(&self) -> &str {
        "patient"
    }

    fn prune(&self, context: &Context<'_>, trial: &Trial) -> Result<bool> {
        Ok(self.judge(context, trial)?.prune)
    }

    fn judge(&self, context: &Context<'_>, trial: &Trial) -> Result<Verdict> {
        let direction = single_objective(self.name(), context)?;
        if !(self.min_delta.is_finite() && self.min_delta >= 0.0) {
            return Err(Error::argument("PatientPruner: min_delta", self.min_delta, "at least 0"));
        }
        let losses: Vec<f64> = trial.intermediate.values().map(|v| direction.loss(*v)).collect();
        let before = losses.len().saturating_sub(self.patience.saturating_add(1));
        let best = |losses: &[f64]| losses.iter().copied().filter(|v| !v.is_nan()).reduce(f64::min);
        let (Some(before), Some(after)) = (best(&losses[..before]), best(&losses[before..])) else {
            return Ok(Verdict::default());
        };
        match &self.rule {
            _ if before + self.min_delta >= after => Ok(Verdict::default()),
            Some(rule) => rule.judge(context, trial),
            None => Ok(Verdict { prune: true, ..Verdict::default() }),
        }
    }
}
