//! The trials that a model of the objective is fitted to.

use super::space::{Seen, Space};
use super::{Context, relative};
use crate::error::{Error, Result};
use crate::tune::{Trial, TrialState};

/// The most trials that a model is fitted to, half of them the best and half the newest: its cost
/// grows with the cube of their number.
const MOST: usize = 500;

/// Points of a space with their losses, all finite.
pub(super) struct History {
    pub(super) space: Space,
    /// In internal form.
    pub(super) values: Vec<Vec<f64>>,
    /// In the unit cube.
    pub(super) points: Vec<Vec<f64>>,
    /// Small is good.
    pub(super) losses: Vec<f64>,
}

impl History {
    /// The trials that have a value; none until there are `initial` of them that share parameters.
    ///
    /// A pruned trial counts with its last report, a running one as if it were as good as the best
    /// so far ("constant liar"), and an infinite loss is replaced by the nearest finite one. A
    /// failed trial counts as bad as the worst one: otherwise the model would learn nothing from it
    /// and propose its neighbours again.
    pub(super) fn of(context: &Context<'_>, sampler: &str, initial: usize) -> Result<Option<Self>> {
        let [direction] = context.directions else {
            let got = format!("used in a study with {} objectives", context.directions.len());
            let error = Error::argument(format!("the sampler '{sampler}'"), got, "one objective");
            return Err(error.hint("take TpeSampler or RandomSampler"));
        };
        let value = |t: &Trial| match t.state {
            TrialState::Complete => t.objective(),
            TrialState::Pruned => t.intermediate.last_key_value().map(|(_, v)| *v),
            _ => None,
        };
        let loss = |t: &Trial| value(t).map(|v| direction.loss(v)).filter(|v| !v.is_nan());
        let seen = context.trials.iter().filter_map(|t| Some((t, loss(t)?)));
        if seen.clone().count() < initial.max(1) {
            return Ok(None);
        }
        let space = Space::intersection(context.trials, Seen::Complete);
        if space.is_empty() {
            return Ok(None);
        }
        let mut told: Vec<(u64, Vec<f64>, f64)> =
            seen.filter_map(|(t, loss)| Some((t.number, space.values(t)?, loss))).collect();
        let finite = || told.iter().map(|(_, _, loss)| *loss).filter(|loss| loss.is_finite());
        let Some((least, most)) = finite().fold(None, |ends: Option<(f64, f64)>, loss| {
            Some(ends.map_or((loss, loss), |(a, b)| (a.min(loss), b.max(loss))))
        }) else {
            return Ok(None);
        };
        told.iter_mut().for_each(|(_, _, loss)| *loss = loss.clamp(least, most));
        let failed = context.trials.iter().filter(|t| t.state == TrialState::Fail);
        told.extend(failed.filter_map(|t| Some((t.number, space.values(t)?, most))));
        let running = context.trials.iter().filter(|t| t.state == TrialState::Running);
        told.extend(running.filter_map(|t| Some((t.number, relative::values(&space, t)?, least))));
        if told.len() > MOST {
            told.sort_by(|a, b| a.2.total_cmp(&b.2));
            let mut others = told.split_off(MOST / 2);
            others.sort_by_key(|(number, _, _)| *number);
            told.extend(others.split_off(others.len() - MOST / 2));
        }
        told.sort_by_key(|(number, _, _)| *number);
        let points = told.iter().map(|(_, values, _)| space.encode(values)).collect();
        let (values, losses) = told.into_iter().map(|(_, values, loss)| (values, loss)).unzip();
        Ok(Some(History { space, values, points, losses }))
    }

    /// The smallest loss.
    pub(super) fn best(&self) -> f64 {
        self.losses.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// Whether an earlier trial had these values.
    pub(super) fn has(&self, values: &[f64]) -> bool {
        let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-8 * b.abs().min(1.0);
        self.values.iter().any(|old| old.iter().zip(values).all(close))
    }
}

#[cfg(test)]
mod tests {
    use super::super::conformance::{complete, float, trial};
    use super::*;
    use crate::tune::Direction;
    use std::sync::Arc;

    #[test]
    fn a_failed_trial_is_as_bad_as_the_worst() {
        let x = |v: f64| [("x", float(0.0, 1.0), v)];
        let failed = Trial { state: TrialState::Fail, ..trial(2, &x(0.5)) };
        // It failed before it asked for a value.
        let empty = Trial { state: TrialState::Fail, ..trial(3, &[]) };
        let told = [complete(0, &x(0.1), 3.0), complete(1, &x(0.9), 7.0), failed, empty];
        let trials: Vec<Arc<Trial>> = told.into_iter().map(Arc::new).collect();
        let of = |direction: Direction| {
            let directions = &[direction];
            let context = Context { study: "s", trials: &trials, directions, number: 4, seed: 1 };
            History::of(&context, "gp", 2).unwrap().unwrap()
        };
        assert_eq!(of(Direction::Minimize).losses, [3.0, 7.0, 7.0]);
        assert_eq!(of(Direction::Maximize).losses, [-3.0, -7.0, -3.0]);
        let context = Context {
            study: "s",
            trials: &trials[2..],
            directions: &[Direction::Minimize],
            number: 4,
            seed: 1,
        };
        assert!(History::of(&context, "gp", 1).unwrap().is_none(), "no model of failures alone");
    }
}
