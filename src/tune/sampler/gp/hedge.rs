//! GP-Hedge: a portfolio of acquisition functions.

use super::super::Context;
use super::super::acquisition::Acquisition;
use super::super::space::Space;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value as Json, json};

/// The acquisition functions, in scikit-optimize's order.
pub(super) const KINDS: [Acquisition; 3] = [
    Acquisition::ExpectedImprovement,
    Acquisition::LowerConfidenceBound,
    Acquisition::ProbabilityOfImprovement,
];

/// The system attribute of a trial with the functions' gains and proposals.
pub(super) const KEY: &str = "gp:hedge";

/// The gain of each function: minus the sum of the means predicted at its proposals.
pub(super) struct Hedge {
    gains: [f64; 3],
    /// The proposals of the last trial, whose gains have yet to be added.
    proposed: Vec<Vec<f64>>,
}

impl Hedge {
    /// The state that the newest trial stored; a new one if the parameters have changed since.
    pub(super) fn of(context: &Context<'_>, space: &Space) -> Hedge {
        let noted = context.trials.iter().rev().find_map(|t| t.system.get(KEY));
        let old = noted.and_then(|note| {
            if note.get("names")? != &names(space) {
                return None;
            }
            let list = |json: &Json| -> Option<Vec<f64>> {
                json.as_array()?.iter().map(Json::as_f64).collect()
            };
            let proposed: Option<Vec<_>> =
                note.get("points")?.as_array()?.iter().map(list).collect();
            let belongs = |values: &Vec<f64>| {
                let pairs = values.iter().zip(&space.dimensions);
                values.len() == space.dimensions.len()
                    && pairs.into_iter().all(|(value, (_, of))| of.contains(*value))
            };
            let gains = list(note.get("gains")?)?.try_into().ok()?;
            let proposed = proposed.filter(|points| points.iter().all(belongs))?;
            Some(Hedge { gains, proposed })
        });
        old.unwrap_or(Hedge { gains: [0.0; 3], proposed: Vec::new() })
    }

    /// Adds the gains of the last proposals, by the means that the model now predicts for them.
    pub(super) fn update(&mut self, mut mean: impl FnMut(&[f64]) -> f64) {
        for (gain, values) in self.gains.iter_mut().zip(&self.proposed) {
            *gain = (*gain - mean(values)).clamp(f64::MIN, f64::MAX);
        }
    }

    /// Draws a function by the softmax of the gains (eta 1).
    pub(super) fn choose(&self, rng: &mut ChaCha8Rng) -> usize {
        let most = self.gains.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights = self.gains.map(|gain| (gain - most).exp());
        let mut rest = rng.r#gen::<f64>() * weights.iter().sum::<f64>();
        for (i, weight) in weights.iter().enumerate() {
            if rest < *weight {
                return i;
            }
            rest -= weight;
        }
        0
    }

    /// The attribute to store with the new trial.
    pub(super) fn note(&self, space: &Space, proposed: Vec<Vec<f64>>) -> Json {
        json!({"names": names(space), "gains": self.gains, "points": proposed})
    }
}

fn names(space: &Space) -> Json {
    space.dimensions.iter().map(|(name, _)| name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::conformance::{complete, float};
    use super::*;
    use crate::tune::Direction;
    use rand::SeedableRng;
    use std::sync::Arc;

    #[test]
    fn gains_add_up_over_the_trials_and_decide() {
        let space = Space { dimensions: vec![("x".to_string(), Arc::new(float(0.0, 9.0)))] };
        let mut trials = Vec::new();
        let directions = [Direction::Minimize];
        for number in 0..4 {
            let context =
                Context { study: "s", trials: &trials, directions: &directions, number, seed: 1 };
            let mut hedge = Hedge::of(&context, &space);
            // The predicted mean is the value itself: function 0 proposes the best one.
            hedge.update(|x| x[0]);
            let expected = [-1.0, -5.0, -2.0].map(|gain| gain * number as f64);
            assert_eq!(hedge.gains, expected);
            let mut trial = complete(number, &[("x", float(0.0, 9.0), 1.0)], 1.0);
            let points = vec![vec![1.0], vec![5.0], vec![2.0]];
            trial.system.insert(KEY.to_string(), hedge.note(&space, points));
            trials.push(Arc::new(trial));
        }
        let context =
            Context { study: "s", trials: &trials, directions: &directions, number: 4, seed: 1 };
        let hedge = Hedge::of(&context, &space);
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut counts = [0; 3];
        (0..1000).for_each(|_| counts[hedge.choose(&mut rng)] += 1);
        assert!(counts[0] > 920 && counts[1] == 0 && counts[2] > 20, "{counts:?}");
        let other = Space { dimensions: vec![("y".to_string(), Arc::new(float(0.0, 9.0)))] };
        assert_eq!(Hedge::of(&context, &other).gains, [0.0; 3], "another space begins anew");
    }
}
