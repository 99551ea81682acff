//! Some parameters fixed, the others chosen by another sampler.

use super::draw::check;
use super::{Context, Proposal, Sampler};
use crate::error::{Error, Result};
use crate::tune::hp::{describe, internal_of};
use crate::tune::{Choice, Distribution, Trial};
use serde_json::Value as Json;
use std::fmt;
use std::sync::Arc;

/// Gives some parameters fixed values and leaves the others to another sampler, as Optuna's
/// `PartialFixedSampler`: to look more closely at what is good for one value of a parameter.
///
/// The other sampler does not see the fixed parameters where it chooses values together. A fixed
/// value that the parameter cannot take is an error of the trial (Optuna takes it and warns). A name
/// that the code does not ask for changes nothing.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let sampler = PartialFixedSampler::new([("kind", "tanh")], RandomSampler::new())?;
/// let study = Study::open("memory", "fixed", [Direction::Minimize])?.seed(1)?.sampler(sampler);
/// study.optimize(5, |trial| {
///     let kind = trial.choice("kind", ["relu", "tanh"]);
///     assert_eq!(kind, "tanh");
///     Ok(trial.float("x", 0.0..=1.0))
/// })?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct PartialFixedSampler {
    fixed: Vec<(String, Choice)>,
    base: Arc<dyn Sampler>,
}

impl PartialFixedSampler {
    /// These values, by the parameters' names; `base` chooses the others.
    ///
    /// # Errors
    /// If a name is given twice, or a number fits neither an `i64` nor an `f64`.
    pub fn new<V: Into<Json>>(
        fixed: impl IntoIterator<Item = (&'static str, V)>,
        base: impl Sampler + 'static,
    ) -> Result<Self> {
        let fixed = fixed.into_iter().map(|(name, value)| (name.to_string(), value.into()));
        Self::of(fixed.collect(), Arc::new(base))
    }

    fn of(values: Vec<(String, Json)>, base: Arc<dyn Sampler>) -> Result<Self> {
        let mut fixed: Vec<(String, Choice)> = Vec::with_capacity(values.len());
        for (name, value) in values {
            let what = || format!("PartialFixedSampler: the value of '{name}'");
            if fixed.iter().any(|(known, _)| *known == name) {
                return Err(Error::argument(what(), value, "given once"));
            }
            let expected = "a number that fits an i64 or an f64";
            let choice = Choice::from_json(&value)
                .ok_or_else(|| Error::argument(what(), &value, expected))?;
            fixed.push((name, choice));
        }
        Ok(PartialFixedSampler { fixed, base })
    }

    fn value(&self, name: &str) -> Option<&Choice> {
        self.fixed.iter().find(|(fixed, _)| fixed == name).map(|(_, value)| value)
    }

    /// The trial without the parameters that are fixed.
    fn without(&self, trial: &Arc<Trial>) -> Arc<Trial> {
        if trial.params.iter().all(|param| self.value(&param.name).is_none()) {
            return trial.clone();
        }
        let mut trial = Trial::clone(trial);
        trial.params.retain(|param| self.value(&param.name).is_none());
        Arc::new(trial)
    }
}

impl fmt::Debug for PartialFixedSampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartialFixedSampler({:?}, {})", self.fixed, self.base.name())
    }
}

impl Sampler for PartialFixedSampler {
    fn name(&self) -> &str {
        "partial_fixed"
    }

    fn is_blind(&self) -> bool {
        self.base.is_blind()
    }

    fn propose(&self, context: &Context<'_>) -> Result<Proposal> {
        let trials: Vec<_> = context.trials.iter().map(|trial| self.without(trial)).collect();
        self.base.propose(&Context { trials: &trials, ..*context })
    }

    fn one(&self, context: &Context<'_>, name: &str, of: &Distribution) -> Result<f64> {
        let Some(value) = self.value(name) else { return self.base.one(context, name, of) };
        check(name, of)?;
        internal_of(of, value).ok_or_else(|| {
            let what = format!("PartialFixedSampler: the value of '{name}'");
            let expected = match of {
                Distribution::Categorical { .. } => format!("one of {}", describe(of)),
                of => describe(of),
            };
            Error::argument(what, value, expected)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::conformance::complete;
    use super::*;
    use crate::prelude::*;
    use crate::tune::sampler::draw::at;

    #[test]
    fn the_other_values_are_optunas() {
        let text = include_str!("../../../tests/golden/optuna-qmc.json");
        let golden: Json = serde_json::from_str(text).unwrap();
        let params = golden["space"].as_array().unwrap().iter().map(|p| {
            let of = Distribution::from_json(p[1].as_str().unwrap()).unwrap();
            let value = at(&of, 0.0);
            (p[0].as_str().unwrap(), of, value)
        });
        let params: Vec<_> = params.collect();
        let trials = vec![Arc::new(complete(0, &params, 1.0))];
        let fixed = golden["fixed"].as_object().unwrap();
        let values = fixed.iter().map(|(name, value)| (name.clone(), value.clone()));
        let sampler =
            PartialFixedSampler::of(values.collect(), Arc::new(QmcSampler::new())).unwrap();
        let rows = golden["partial"].as_array().unwrap();
        assert!(rows.len() >= 20);
        for (i, row) in rows.iter().enumerate() {
            let (directions, number) = (&[Direction::Minimize], i as u64 + 1);
            let context = Context { study: "golden", trials: &trials, directions, number, seed: 0 };
            let joint = sampler.propose(&context).unwrap().values;
            assert_eq!(joint.len() + fixed.len(), params.len());
            for (name, of, _) in &params {
                let value = match joint.iter().find(|(joint, ..)| joint == name) {
                    Some((_, _, value)) => *value,
                    None => sampler.one(&context, name, of).unwrap(),
                };
                // As for the sequence itself.
                let expected = row[*name].as_f64().unwrap();
                let close = (value - expected).abs() <= 1e-12 * expected.abs().max(1.0);
                assert!(close, "{name} of trial {}: {value}, Optuna has {expected}", i + 1);
            }
        }
    }

    #[test]
    fn wrong_values_are_errors() {
        let twice = [("x", 1), ("x", 2)];
        let error = PartialFixedSampler::new(twice, RandomSampler::new()).unwrap_err();
        assert!(error.to_string().contains("'x'"), "{error}");
        let sampler = PartialFixedSampler::new([("x", 3)], RandomSampler::new()).unwrap();
        let study = Study::open("memory", "s", [Direction::Minimize]).unwrap().sampler(sampler);
        let error = study.optimize(1, |trial| Ok(trial.float("x", 0.0..=1.0))).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("'x'") && text.contains('3') && text.contains("0 to 1"), "{text}");
    }

    #[test]
    fn a_study_continues_with_the_value() {
        let study = Study::open("memory", "s", [Direction::Minimize]).unwrap().seed(3).unwrap();
        let code = |trial: &mut Ongoing| {
            let kind = trial.choice("kind", [1.0, 2.0]);
            let x: f64 = trial.float("x", 0.0..=1.0);
            Ok((x - 0.3).powi(2) * kind)
        };
        let study = study.sampler(TpeSampler::new().startup_trials(4));
        study.optimize(12, code).unwrap();
        let study =
            study.sampler(PartialFixedSampler::new([("kind", 2.0)], TpeSampler::new()).unwrap());
        study.optimize(8, code).unwrap();
        let trials = study.trials().unwrap();
        assert!(trials[12..].iter().all(|t| t.param("kind").unwrap().internal == 1.0));
        assert!(trials[..12].iter().any(|t| t.param("kind").unwrap().internal == 0.0));
    }
}
