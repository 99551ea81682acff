//! The tree-structured Parzen estimator.

mod parzen;
mod split;

#[cfg(test)]
mod golden_tests;

use super::draw::{check, generator};
use super::relative;
use super::space::{Seen, Space};
use super::{Context, Proposal, RandomSampler, Sampler};
use crate::error::{Error, Result};
use crate::tune::{Attributes, Distribution, Trial, TrialState};
use parzen::Parzen;
use std::sync::Arc;

/// The tree-structured Parzen estimator (Bergstra et al., Algorithms for Hyper-Parameter
/// Optimization, 2011), with the rules and defaults of Optuna 5's `TPESampler`. It draws candidates
/// from the density of the good trials and takes the one with the largest ratio of this density to
/// that of the other trials. Parameters that all finished trials have are drawn together
/// ("multivariate"), the others one by one. Running trials count as bad ones ("constant liar"), so
/// that workers try different values.
///
/// With several objectives, the trials on the first Pareto fronts are the good ones. If a front has
/// to be cut, trials with distant neighbours stay (Optuna cuts by hypervolume).
///
/// ```
/// use dfdx_lab::tune::sampler::{Sampler, TpeSampler};
/// assert_eq!(TpeSampler::new().startup_trials(20).name(), "tpe");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TpeSampler {
    startup: usize,
    candidates: usize,
    multivariate: Option<bool>,
    constant_liar: bool,
}

impl Default for TpeSampler {
    fn default() -> Self {
        TpeSampler { startup: 10, candidates: 24, multivariate: None, constant_liar: true }
    }
}

impl TpeSampler {
    /// 10 startup trials, 24 candidates, multivariate for one objective, constant liar.
    pub fn new() -> Self {
        TpeSampler::default()
    }

    /// Draws at random until this many trials are complete or pruned (default 10).
    pub fn startup_trials(mut self, n: usize) -> Self {
        self.startup = n;
        self
    }

    /// The number of candidates for a trial, at least 1 (default 24).
    pub fn ei_candidates(mut self, n: usize) -> Self {
        self.candidates = n;
        self
    }

    /// Whether parameters are drawn together (by default they are if there is one objective).
    pub fn multivariate(mut self, together: bool) -> Self {
        self.multivariate = Some(together);
        self
    }

    /// Whether running trials count as bad ones (default true).
    pub fn constant_liar(mut self, lie: bool) -> Self {
        self.constant_liar = lie;
        self
    }

    fn is_multivariate(&self, context: &Context<'_>) -> bool {
        self.multivariate.unwrap_or(context.directions.len() <= 1)
    }

    /// The number of complete or pruned trials; none if there are too few.
    fn finished(&self, context: &Context<'_>) -> Option<usize> {
        let is_finished = |t: &&Arc<Trial>| Seen::CompleteAndPruned.has(t.state);
        let n = context.trials.iter().filter(is_finished).count();
        (n >= self.startup).then_some(n)
    }

    fn sample(
        &self,
        context: &Context<'_>,
        space: &Space,
        finished: usize,
        purpose: &str,
    ) -> Result<Vec<f64>> {
        if self.candidates == 0 {
            return Err(Error::argument("TpeSampler: ei_candidates", 0, "at least 1"));
        }
        // The best tenth of the trials is good, but with one objective at most 25.
        let n = finished.div_ceil(10);
        let one_objective = context.directions.len() <= 1;
        let (good, other) = split::split(context, if one_objective { n.min(25) } else { n });
        let good: Vec<Vec<f64>> = good.into_iter().filter_map(|t| space.values(t)).collect();
        let mut other: Vec<(u64, Vec<f64>)> =
            other.into_iter().filter_map(|t| Some((t.number, space.values(t)?))).collect();
        if self.constant_liar {
            let running = context.trials.iter().filter(|t| t.state == TrialState::Running);
            other.extend(running.filter_map(|t| Some((t.number, relative::values(space, t)?))));
            other.sort_by_key(|(number, _)| *number);
        }
        let other: Vec<Vec<f64>> = other.into_iter().map(|(_, values)| values).collect();
        let good = Parzen::new(space, &good, !one_objective);
        let other = Parzen::new(space, &other, false);
        let mut rng = generator(context, purpose);
        let candidates: Vec<Vec<f64>> =
            (0..self.candidates).map(|_| good.sample(&mut rng)).collect();
        let gains =
            good.log_densities(&candidates).into_iter().zip(other.log_densities(&candidates));
        let mut best = (f64::NEG_INFINITY, 0);
        for (i, (good, other)) in gains.enumerate() {
            if good - other > best.0 {
                best = (good - other, i);
            }
        }
        Ok(candidates.into_iter().nth(best.1).unwrap_or_default())
    }
}

impl Sampler for TpeSampler {
    fn name(&self) -> &str {
        "tpe"
    }

    fn joint(&self, context: &Context<'_>) -> Result<Vec<(String, Distribution, f64)>> {
        let Some(finished) = self.finished(context) else { return Ok(Vec::new()) };
        if !self.is_multivariate(context) {
            return Ok(Vec::new());
        }
        let space = Space::intersection(context.trials, Seen::CompleteAndPruned);
        if space.is_empty() {
            return Ok(Vec::new());
        }
        let values = self.sample(context, &space, finished, "tpe")?;
        Ok(space.named(&values))
    }

    fn propose(&self, context: &Context<'_>) -> Result<Proposal> {
        let values = self.joint(context)?;
        let notes = if self.constant_liar { relative::notes(&values) } else { Attributes::new() };
        Ok(Proposal { values, notes })
    }

    fn one(&self, context: &Context<'_>, name: &str, of: &Distribution) -> Result<f64> {
        check(name, of)?;
        match self.finished(context) {
            Some(finished) if !of.single() => {
                let space = Space { dimensions: vec![(name.to_string(), Arc::new(of.clone()))] };
                let values = self.sample(context, &space, finished, name)?;
                values.first().copied().map_or_else(|| RandomSampler.one(context, name, of), Ok)
            }
            _ => RandomSampler.one(context, name, of),
        }
    }
}
