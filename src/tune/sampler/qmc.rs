//! Quasi-Monte Carlo: points that are spread evenly instead of at random.

use super::draw::{at, check};
use super::{Context, RandomSampler, Sampler};
use crate::error::Result;
use crate::tune::trial::TrialState;
use crate::tune::{Distribution, Param};

/// Samples the Halton sequence (Halton, 1960), as Optuna's `QMCSampler(qmc_type="halton")`. Its
/// points fill the space evenly, so they leave smaller gaps than the same number of random points.
///
/// Trial n, counted from 0, has the digits of n - 1 behind the point in reverse order, in a prime
/// base for each parameter: 0, 1/2, 1/4, 3/4, … of the first range, 0, 1/3, 2/3, 1/9, … of the
/// second one. The parameters are those of the first trial that has completed or was pruned. That
/// trial is drawn at random, and so are parameters that it did not ask for.
///
/// The point follows from the trial's number alone, so each point is tried once by any number of
/// workers. (Optuna counts the points separately; the result is the same if this sampler draws all
/// trials of a study.) From about the tenth parameter on, the primes are large and the first points
/// lie on lines: a random search is better there.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let study = Study::open("memory", "even", [Direction::Minimize])?.seed(1)?.sampler(QmcSampler::new());
/// study.optimize(9, |trial| Ok(trial.float("x", 0.0..=1.0)))?;
/// let x: Vec<f64> = study.trials()?[1..].iter().map(|t| t.values[0]).collect();
/// assert_eq!(x, [0.0, 0.5, 0.25, 0.75, 0.125, 0.625, 0.375, 0.875]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct QmcSampler;

impl QmcSampler {
    /// The sequence; it has no settings.
    pub fn new() -> Self {
        QmcSampler
    }
}

impl Sampler for QmcSampler {
    fn name(&self) -> &str {
        "qmc"
    }

    fn is_blind(&self) -> bool {
        true
    }

    fn joint(&self, context: &Context<'_>) -> Result<Vec<(String, Distribution, f64)>> {
        let ended = |state| matches!(state, TrialState::Complete | TrialState::Pruned);
        let mut before = context.trials.iter().filter(|t| t.number < context.number);
        let first = before.find(|t| ended(t.state));
        let (Some(first), Some(index)) = (first, context.number.checked_sub(1)) else {
            return Ok(Vec::new());
        };
        let draw = |(param, prime): (&Param, u64)| {
            let of = (*param.distribution).clone();
            check(&param.name, &of)?;
            let value = at(&of, radical_inverse(index, prime));
            Ok((param.name.clone(), of, value))
        };
        first.params.iter().zip(primes()).map(draw).collect()
    }

    fn one(&self, context: &Context<'_>, name: &str, of: &Distribution) -> Result<f64> {
        RandomSampler::new().one(context, name, of)
    }
}

fn primes() -> impl Iterator<Item = u64> {
    (2..).filter(|n| (2..).take_while(|d| d * d <= *n).all(|d| n % d != 0))
}

/// The number's digits behind the point in reverse order (van der Corput, 1935).
fn radical_inverse(mut number: u64, base: u64) -> f64 {
    let (mut value, mut place) = (0.0, 1.0);
    while number > 0 {
        place /= base as f64;
        value += (number % base) as f64 * place;
        number /= base;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::super::conformance::complete;
    use super::*;
    use crate::tune::Direction;
    use serde_json::Value as Json;
    use std::sync::Arc;

    /// Within 1e-12 of each value, because Optuna scales by `low + share * (high - low)`. (Halfway
    /// between two steps of a float, Optuna takes the even one, and this sampler the upper one.)
    #[test]
    fn values_are_optunas() {
        let text = include_str!("../../../tests/golden/optuna-qmc.json");
        let golden: Json = serde_json::from_str(text).unwrap();
        let params: Vec<(&str, Distribution, f64)> = golden["space"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| {
                let of = Distribution::from_json(p[1].as_str().unwrap()).unwrap();
                let value = at(&of, 0.0);
                (p[0].as_str().unwrap(), of, value)
            })
            .collect();
        let trials = vec![Arc::new(complete(0, &params, 1.0))];
        let rows = golden["values"].as_array().unwrap();
        assert!(rows.len() >= 60);
        for (i, row) in rows.iter().enumerate() {
            let context = Context {
                study: "golden",
                trials: &trials,
                directions: &[Direction::Minimize],
                number: i as u64 + 1,
                seed: 0,
            };
            let values = QmcSampler::new().joint(&context).unwrap();
            assert_eq!(values.len(), row.as_object().unwrap().len());
            for (name, _, value) in values {
                let expected = row[&name].as_f64().unwrap();
                let close = (value - expected).abs() <= 1e-12 * expected.abs().max(1.0);
                assert!(close, "{name} of trial {}: {value}, Optuna has {expected}", i + 1);
            }
        }
    }
}
