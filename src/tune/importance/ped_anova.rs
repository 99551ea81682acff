//! Importance by PED-ANOVA.

use super::Importance;
use super::grid::{count, density};
use crate::error::{Error, Result};
use crate::tune::{Direction, Distribution, Trial, TrialState};
use std::collections::BTreeSet;
use std::sync::Arc;

/// PED-ANOVA (Watanabe et al., IJCAI 2023), Optuna 5's default: a parameter is important if its
/// values are distributed differently among the best trials than among all trials, measured by the
/// Pearson divergence of the two densities. A conditional parameter is measured on the trials that
/// have it, separately for each of its ranges (Conditional PED-ANOVA, 2026).
///
/// ```
/// use dfdx_lab::tune::importance::PedAnova;
/// let evaluator = PedAnova::new().target_quantile(0.2);
/// # let _ = evaluator;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PedAnova {
    target: f64,
}

impl Default for PedAnova {
    fn default() -> Self {
        PedAnova { target: 0.1 }
    }
}

impl PedAnova {
    /// Compares the best tenth with all trials.
    pub fn new() -> Self {
        PedAnova::default()
    }

    /// The share of trials that count as good, between 0 and 1; 0.1 by default.
    pub fn target_quantile(mut self, share: f64) -> Self {
        self.target = share;
        self
    }

    /// The importances of all parameters, measured on the complete trials with finite values; equal
    /// importances if there are fewer than two such trials.
    ///
    /// # Errors
    /// If the quantile is out of range, or the study has several objectives.
    pub fn evaluate(&self, trials: &[Arc<Trial>], directions: &[Direction]) -> Result<Importance> {
        if !(self.target > 0.0 && self.target < 1.0) {
            let what = "PedAnova: target_quantile";
            return Err(Error::argument(what, self.target, "above 0 and below 1"));
        }
        let [direction] = directions else {
            let got = format!("of a study with {} objectives", directions.len());
            return Err(Error::argument("PedAnova", got, "of a study with one objective"));
        };
        let complete = || trials.iter().filter(|t| t.state == TrialState::Complete);
        let loss = |t: &Trial| t.objective().map(|v| direction.loss(v)).filter(|v| v.is_finite());
        let all: Vec<(&Trial, f64)> = complete().filter_map(|t| Some((&**t, loss(t)?))).collect();
        let names: BTreeSet<&str> =
            complete().flat_map(|t| t.params.iter().map(|p| p.name.as_str())).collect();
        let mut losses: Vec<f64> = all.iter().map(|(_, loss)| *loss).collect();
        losses.sort_by(f64::total_cmp);
        let place = ((self.target * all.len() as f64).ceil() as usize).saturating_sub(1);
        let bound = losses.get(place).copied().unwrap_or(f64::NEG_INFINITY);
        let value = |name: &&str| {
            let raw = if all.len() < 2 { 0.0 } else { divergence(name, &all, bound) };
            (name.to_string(), raw)
        };
        Ok(Importance::new(names.iter().map(value).collect()))
    }
}

/// The parameter's divergence, up to a factor that all parameters share.
fn divergence(name: &str, all: &[(&Trial, f64)], bound: f64) -> f64 {
    let good = all.iter().filter(|(_, loss)| *loss <= bound).count() as f64;
    // Trials in which the parameter has the same distribution belong together.
    let mut regimes: Vec<(&Distribution, Vec<(f64, f64)>)> = Vec::new();
    for (trial, loss) in all {
        let Some(param) = trial.param(name) else { continue };
        let entry = (param.internal, *loss);
        match regimes.iter_mut().find(|(of, _)| **of == *param.distribution) {
            Some((_, entries)) => entries.push(entry),
            None => regimes.push((&param.distribution, vec![entry])),
        }
    }
    let mut sum = 0.0;
    for (of, entries) in regimes {
        let values: Vec<f64> = entries.iter().map(|(value, _)| *value).collect();
        let top: Vec<f64> =
            entries.iter().filter(|(_, loss)| *loss <= bound).map(|(value, _)| *value).collect();
        // A distribution that only one trial has says nothing.
        if values.len() < 2 || top.is_empty() || of.single() {
            continue;
        }
        let (good_share, share) = (top.len() as f64 / good, values.len() as f64 / all.len() as f64);
        let local = density(of, &count(of, &values));
        let pairs = density(of, &count(of, &top)).into_iter().zip(local);
        let pearson: f64 = pairs
            .map(|(top, local)| (top + 1e-12, local + 1e-12))
            .map(|(top, local)| local * (top / local - 1.0).powi(2))
            .sum();
        sum += good_share * good_share / share * pearson;
    }
    if sum.is_finite() { sum } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::sampler::conformance::{complete, float, trial};
    use serde_json::Value as Json;

    fn trials_of(case: &Json) -> Vec<Arc<Trial>> {
        let entries = case["trials"].as_array().unwrap().iter().enumerate();
        let trial = |(i, json): (usize, &Json)| {
            let params = json["params"].as_object().unwrap().iter();
            let params: Vec<_> = params
                .map(|(name, pair)| {
                    let of = Distribution::from_json(&pair[0].to_string()).unwrap();
                    (name.as_str(), of, pair[1].as_f64().unwrap())
                })
                .collect();
            Arc::new(complete(i as u64, &params, json["value"].as_f64().unwrap()))
        };
        entries.map(trial).collect()
    }

    #[test]
    fn importances_are_optunas() {
        let text = include_str!("../../../tests/golden/optuna-importance.json");
        let golden: Json = serde_json::from_str(text).unwrap();
        let cases = golden["cases"].as_array().unwrap();
        assert!(cases.len() > 5);
        for case in cases {
            let minimize = case["direction"] == "minimize";
            let direction = if minimize { Direction::Minimize } else { Direction::Maximize };
            let evaluator = PedAnova::new().target_quantile(case["quantile"].as_f64().unwrap());
            let found = evaluator.evaluate(&trials_of(case), &[direction]).unwrap();
            let expected = case["importances"].as_object().unwrap();
            assert_eq!(found.names().len(), expected.len());
            for (name, value) in expected {
                let (a, b) = (found.of(name).unwrap(), value.as_f64().unwrap());
                // The two programs integrate the normal density by different formulas.
                assert!((a - b).abs() < 1e-8, "{name}: {a}, not {b} in {}", case["name"]);
            }
            assert!((found.values().iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(found.values().is_sorted_by(|a, b| a >= b));
        }
    }

    #[test]
    fn little_is_said_of_few_trials() {
        let x = [("x", float(0.0, 1.0), 0.5), ("<y>", float(0.0, 1.0), 0.5)];
        let one = vec![Arc::new(complete(0, &x, 1.0)), Arc::new(trial(1, &x))];
        let found = PedAnova::new().evaluate(&one, &[Direction::Minimize]).unwrap();
        assert_eq!(found.values(), [0.5, 0.5]);
        assert!(found.to_html().contains("&lt;y&gt;") && found.to_string().contains("0.500"));
        let infinite: Vec<_> = (0..5).map(|i| Arc::new(complete(i, &x, f64::INFINITY))).collect();
        let found = PedAnova::new().evaluate(&infinite, &[Direction::Maximize]).unwrap();
        assert_eq!(found.values(), [0.5, 0.5]);
        let error = PedAnova::new().target_quantile(1.0).evaluate(&one, &[Direction::Minimize]);
        assert!(error.unwrap_err().to_string().contains("target_quantile"));
        let error = PedAnova::new().evaluate(&one, &[Direction::Minimize; 2]).unwrap_err();
        assert!(error.to_string().contains("2 objectives"), "{error}");
    }
}
