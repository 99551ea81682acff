//! A snapshot of a study's trials for its plots.

use std::sync::Arc;

use super::dimension::Dimension;
use crate::error::Result;
use crate::plot::draw::scale::drawable;
use crate::tune::importance::PedAnova;
use crate::tune::search::is_own;
use crate::tune::study::Study;
use crate::tune::{Direction, Trial, TrialState};

/// A snapshot of a study's trials.
pub(super) struct Told {
    pub name: String,
    pub direction: Direction,
    /// The objective's name.
    pub objective: String,
    /// By number, without those that a retry has replaced.
    pub trials: Vec<Arc<Trial>>,
    /// Whether the study's sampler fits a Gaussian process.
    pub process: bool,
}

impl Told {
    pub fn of(study: &Study) -> Result<Told> {
        let direction = study.direction()?;
        let objective = study.objective_names()?.into_iter().next().unwrap_or_default();
        let process = study.sampler.name() == "gp";
        Ok(Told::new(&study.name(), direction, &objective, study.effective()?, process))
    }

    pub fn new(
        name: &str,
        direction: Direction,
        objective: &str,
        trials: Vec<Arc<Trial>>,
        process: bool,
    ) -> Told {
        let (name, objective) = (name.to_string(), objective.to_string());
        Told { name, direction, objective, trials, process }
    }

    /// The complete trials with values that can be drawn, in order.
    pub fn complete(&self) -> Vec<(&Trial, f64)> {
        let value = |t: &Trial| t.objective().filter(|v| drawable(*v));
        let complete = self.trials.iter().filter(|t| t.state == TrialState::Complete);
        complete.filter_map(|t| Some((&**t, value(t)?))).collect()
    }

    /// The index of the best of the [`complete`](Self::complete) trials; the first among equals.
    pub fn best(&self, complete: &[(&Trial, f64)]) -> Option<usize> {
        let loss = |i: &usize| self.direction.loss(complete[*i].1);
        (0..complete.len()).min_by(|a, b| loss(a).total_cmp(&loss(b)))
    }

    /// Whether the first value is better than the second.
    pub fn better(&self, a: f64, b: f64) -> bool {
        self.direction.loss(a) < self.direction.loss(b)
    }

    /// The parameters in the order of their first appearance, at most `most` of them (the most
    /// important ones), and their total number. Parameters with a single value and the search's
    /// internal ones are left out.
    pub fn dimensions(&self, most: usize) -> (Vec<Dimension>, usize) {
        let finished = || self.trials.iter().filter(|t| t.state != TrialState::Waiting);
        let mut names: Vec<&str> = Vec::new();
        for param in finished().flat_map(|t| &t.params).filter(|p| !is_own(&p.name)) {
            if !names.contains(&param.name.as_str()) {
                names.push(&param.name);
            }
        }
        let mut all: Vec<Dimension> = names
            .iter()
            .filter_map(|name| {
                let params = finished().filter_map(|t| t.param(name));
                Dimension::of(name, params.map(|p| &*p.distribution))
            })
            .collect();
        let count = all.len();
        if count > most {
            let importance = PedAnova::new().evaluate(&self.trials, &[self.direction]);
            let of = |d: &Dimension| importance.as_ref().ok().and_then(|i| i.of(&d.name));
            let mut values: Vec<f64> = all.iter().filter_map(of).collect();
            values.sort_by(|a, b| b.total_cmp(a));
            let bound = values.get(most).copied().unwrap_or(0.0);
            let least = |d: &Dimension| of(d).is_some_and(|v| v > bound);
            let mut free = most.saturating_sub(all.iter().filter(|d| least(d)).count());
            all.retain(|d| {
                let fills = !least(d) && free > 0;
                free -= usize::from(fills);
                fills || least(d)
            });
        }
        (all, count)
    }
}
