//! The parameters that can be chosen together, and their values as points of a unit cube.

use super::draw::draw;
use crate::tune::{Distribution, Trial, TrialState};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// Parameters by name, as in Optuna's intersection search space.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Space {
    pub(super) dimensions: Vec<(String, Arc<Distribution>)>,
}

/// Predicts the objective at a point of the unit cube.
pub(super) type Regression<'a> = Box<dyn Fn(&[f64]) -> f64 + Send + Sync + 'a>;

/// Which finished trials count for the search space.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Complete trials.
    Complete,
    /// Complete and pruned trials.
    CompleteAndPruned,
}

impl Seen {
    pub(super) fn has(self, state: TrialState) -> bool {
        match state {
            TrialState::Complete => true,
            TrialState::Pruned => self == Seen::CompleteAndPruned,
            _ => false,
        }
    }
}

impl Space {
    /// The parameters that all finished trials have with the same distribution, sorted by name,
    /// without those that have only one value.
    pub(super) fn intersection(trials: &[Arc<Trial>], seen: Seen) -> Space {
        let mut finished = trials.iter().rev().filter(|trial| seen.has(trial.state));
        let Some(newest) = finished.next() else { return Space::default() };
        let mut dimensions: Vec<(String, Arc<Distribution>)> = newest
            .params
            .iter()
            .map(|param| (param.name.clone(), Arc::clone(&param.distribution)))
            .collect();
        for trial in finished {
            if dimensions.is_empty() {
                break;
            }
            let mut at = 0;
            dimensions.retain(|(name, distribution)| {
                // Trials mostly ask in the same order: look at the same place first.
                let param = match trial.params.get(at) {
                    Some(param) if param.name == *name => Some(param),
                    _ => trial.param(name),
                };
                at += 1;
                param.is_some_and(|param| {
                    Arc::ptr_eq(&param.distribution, distribution)
                        || param.distribution == *distribution
                })
            });
        }
        dimensions.retain(|(name, of)| !of.single() && super::draw::check(name, of).is_ok());
        dimensions.sort_by(|a, b| a.0.cmp(&b.0));
        dimensions.dedup_by(|a, b| a.0 == b.0);
        Space { dimensions }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.dimensions.is_empty()
    }

    /// Whether every parameter is categorical.
    pub(super) fn all_categorical(&self) -> bool {
        self.dimensions.iter().all(|(_, of)| matches!(**of, Distribution::Categorical { .. }))
    }

    /// The trial's values in internal form; none if it lacks a parameter or a value is outside its
    /// distribution.
    pub(super) fn values(&self, trial: &Trial) -> Option<Vec<f64>> {
        self.dimensions.iter().map(|(name, of)| of.accept(trial.param(name)?.internal)).collect()
    }

    /// The values with their names and distributions, as in a [`Proposal`](super::Proposal).
    pub(super) fn named(&self, values: &[f64]) -> Vec<(String, Distribution, f64)> {
        let pairs = self.dimensions.iter().zip(values);
        pairs.map(|((name, of), value)| (name.clone(), Distribution::clone(of), *value)).collect()
    }

    /// A random point, in internal form.
    pub(super) fn draw(&self, rng: &mut ChaCha8Rng) -> Vec<f64> {
        self.dimensions.iter().map(|(_, of)| draw(rng, of)).collect()
    }

    /// The number of coordinates of a point.
    pub(super) fn width(&self) -> usize {
        self.dimensions.iter().map(|(_, of)| width(of)).sum()
    }

    /// Values as a point of the unit cube: numbers, or their logarithms on a logarithmic scale, are
    /// scaled to `[0, 1]`; two choices become 0 and 1; more choices are one-hot.
    pub(super) fn encode(&self, values: &[f64]) -> Vec<f64> {
        let mut point = Vec::with_capacity(self.width());
        for ((_, of), value) in self.dimensions.iter().zip(values) {
            match &**of {
                Distribution::Categorical { choices } if choices.len() > 2 => {
                    point.extend((0..choices.len()).map(|i| f64::from(i as f64 == *value)));
                }
                Distribution::Categorical { .. } => point.push(*value),
                of => {
                    let (low, high, log) = ends(of);
                    let position = if log { value.ln() } else { *value };
                    // Halves, because the length of the whole range of f64 overflows.
                    let share = (position / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
                    point.push(share.clamp(0.0, 1.0));
                }
            }
        }
        point
    }

    /// Which coordinates of a point stand for choices.
    pub(super) fn choices(&self) -> Vec<bool> {
        let kinds = self.dimensions.iter().map(|(_, of)| {
            std::iter::repeat_n(matches!(**of, Distribution::Categorical { .. }), width(of))
        });
        kinds.flatten().collect()
    }

    /// The values nearest to a point of the unit cube; the largest coordinate of a one-hot code
    /// gives the choice.
    pub(super) fn decode(&self, point: &[f64]) -> Vec<f64> {
        let mut rest = point;
        let mut values = Vec::with_capacity(self.dimensions.len());
        for (_, of) in &self.dimensions {
            let (own, others) = rest.split_at(width(of).min(rest.len()));
            rest = others;
            let first = own.first().copied().unwrap_or(0.5);
            values.push(match &**of {
                Distribution::Categorical { choices } if choices.len() > 2 => {
                    let largest = |best: usize, i: usize| if own[i] > own[best] { i } else { best };
                    (0..own.len()).fold(0, largest) as f64
                }
                Distribution::Categorical { .. } => first.round().clamp(0.0, 1.0),
                of => {
                    let (low, high, log) = ends(of);
                    let position = low * (1.0 - first) + high * first;
                    of.nearest(if log { position.exp() } else { position })
                }
            });
        }
        values
    }
}

fn width(of: &Distribution) -> usize {
    match of {
        Distribution::Categorical { choices } if choices.len() > 2 => choices.len(),
        _ => 1,
    }
}

/// The bounds of a numeric distribution, and whether they are logarithms.
fn ends(of: &Distribution) -> (f64, f64, bool) {
    let (low, high, log) = match of {
        Distribution::Float { low, high, log, .. } => (*low, *high, *log),
        Distribution::Int { low, high, log, .. } => (*low as f64, *high as f64, *log),
        Distribution::Categorical { choices } => (0.0, choices.len() as f64, false),
    };
    if log { (low.ln(), high.ln(), true) } else { (low, high, false) }
}

#[cfg(test)]
mod tests {
    use super::super::conformance::{complete, float, int, trial};
    use super::*;
    use crate::tune::Choice;
    use rand::SeedableRng;

    fn cats(n: usize) -> Distribution {
        Distribution::Categorical { choices: (0..n as i64).map(Choice::Int).collect() }
    }

    #[test]
    fn the_intersection_keeps_what_all_finished_trials_share() {
        let x = float(0.0, 1.0);
        let with = |n, names: &[(&str, Distribution, f64)]| Arc::new(complete(n, names, 1.0));
        let mut failed = trial(3, &[("z", x.clone(), 0.5)]);
        failed.state = TrialState::Fail;
        let trials = vec![
            with(0, &[("y", int(0, 5), 2.0), ("x", x.clone(), 0.5), ("one", int(3, 3), 3.0)]),
            with(1, &[("x", x.clone(), 0.2), ("y", int(0, 5), 2.0), ("one", int(3, 3), 3.0)]),
            with(2, &[("x", x.clone(), 0.2), ("y", int(0, 6), 2.0), ("one", int(3, 3), 3.0)]),
            Arc::new(failed),
        ];
        let names = |trials: &[Arc<Trial>]| -> Vec<String> {
            let space = Space::intersection(trials, Seen::Complete);
            space.dimensions.into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(&trials[..2]), ["x", "y"]);
        assert_eq!(names(&trials), ["x"], "the range of y changed");
        assert!(names(&trials[3..]).is_empty() && names(&[]).is_empty());
    }

    #[test]
    fn points_go_back_to_the_values_they_came_from() {
        let log = Distribution::Float { low: 1e-5, high: 1.0, step: None, log: true };
        let step = Distribution::Float { low: 0.0, high: 0.3, step: Some(0.1), log: false };
        let int_log = Distribution::Int { low: 1, high: 1000, step: 1, log: true };
        let kinds = [log, step, int_log, int(-5, 12), float(-2.0, 3.0), cats(2), cats(4)];
        let dimensions: Vec<_> =
            kinds.into_iter().enumerate().map(|(i, of)| (i.to_string(), Arc::new(of))).collect();
        let space = Space { dimensions };
        assert_eq!(space.width(), 10);
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for _ in 0..500 {
            let values = space.draw(&mut rng);
            let point = space.encode(&values);
            assert!(point.len() == 10 && point.iter().all(|v| (0.0..=1.0).contains(v)));
            for (a, b) in space.decode(&point).iter().zip(&values) {
                // exp(ln(x)) loses the last bits of x.
                assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{a} {b}");
            }
        }
    }
}
