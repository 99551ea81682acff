//! Tests that every sampler must pass. A new sampler joins by one line in `conform!`.

use super::{
    Acquisition, Context, ForestSampler, GpSampler, PartialFixedSampler, QmcSampler, RandomSampler,
    Sampler, TpeSampler,
};
use crate::tune::{Attributes, Choice, Direction, Distribution, Param, Trial, TrialState};
use std::collections::BTreeMap;
use std::sync::Arc;

macro_rules! conform {
    ($($name:ident: $sampler:expr;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn values_belong_to_their_distributions() {
                belongs(&$sampler);
            }
            #[test]
            fn the_seed_decides() {
                reproducible(&$sampler);
            }
            #[test]
            fn parameters_may_come_and_go() {
                conditional(&$sampler);
            }
            #[test]
            fn a_history_may_hold_anything() {
                odd_histories(&$sampler);
            }
            #[test]
            fn maximizing_is_minimizing_the_opposite() {
                directions(&$sampler);
            }
            #[test]
            fn a_trial_without_history_gets_values() {
                no_history(&$sampler);
            }
            #[test]
            fn impossible_distributions_are_errors() {
                impossible(&$sampler);
            }
            #[test]
            fn equal_trials_do_not_stop_it() {
                duplicates(&$sampler);
            }
            #[test]
            fn wide_and_narrow_ranges_are_kept() {
                extremes(&$sampler);
            }
        }
    )*};
}

conform! {
    random: RandomSampler::new();
    qmc: QmcSampler::new();
    tpe: TpeSampler::new();
    tpe_early: TpeSampler::new().startup_trials(0);
    tpe_apart: TpeSampler::new().multivariate(false).startup_trials(3);
    gp: GpSampler::new().points(500);
    gp_bound: GpSampler::new().initial_points(3).acquisition(Acquisition::LowerConfidenceBound).points(200);
    forest: ForestSampler::new().points(500);
    partial_fixed: PartialFixedSampler::new([("other", 1)], TpeSampler::new().startup_trials(3)).unwrap();
    forest_small: ForestSampler::new().initial_points(0).trees(5).min_samples_leaf(1).points(50);
}

pub(in crate::tune) fn float(low: f64, high: f64) -> Distribution {
    Distribution::Float { low, high, step: None, log: false }
}

pub(in crate::tune) fn log(low: f64, high: f64) -> Distribution {
    Distribution::Float { low, high, step: None, log: true }
}

pub(in crate::tune) fn int(low: i64, high: i64) -> Distribution {
    Distribution::Int { low, high, step: 1, log: false }
}

pub(in crate::tune) fn kinds(names: &[&str]) -> Distribution {
    let choices = names.iter().map(|name| Choice::Text(name.to_string())).collect();
    Distribution::Categorical { choices }
}

/// A running trial with these values.
pub(in crate::tune) fn trial(number: u64, params: &[(&str, Distribution, f64)]) -> Trial {
    let params = params.iter().map(|(name, of, internal)| Param {
        name: name.to_string(),
        distribution: Arc::new(of.clone()),
        internal: *internal,
    });
    Trial {
        id: number as i64 + 1,
        number,
        state: TrialState::Running,
        values: Vec::new(),
        params: params.collect(),
        intermediate: BTreeMap::new(),
        user: Attributes::new(),
        system: Attributes::new(),
        started: None,
        completed: None,
    }
}

/// A finished trial with these values.
pub(in crate::tune) fn complete(n: u64, params: &[(&str, Distribution, f64)], v: f64) -> Trial {
    Trial { state: TrialState::Complete, values: vec![v], ..trial(n, params) }
}

/// A trial that asks for values as a study's code does.
struct Asking<'a> {
    sampler: &'a dyn Sampler,
    context: Context<'a>,
    proposed: Vec<(String, Distribution, f64)>,
    asked: Vec<(String, Distribution, f64)>,
}

impl Asking<'_> {
    fn ask(&mut self, name: &str, of: Distribution) -> f64 {
        let proposed = self.proposed.iter().find(|(n, d, _)| n == name && *d == of);
        let value = match proposed {
            Some((_, _, value)) => *value,
            None => self.sampler.one(&self.context, name, &of).unwrap(),
        };
        let place = format!("{}: {name} of trial {}", self.sampler.name(), self.context.number);
        assert!(of.contains(value), "{place}: {value} is not in {of:?}");
        self.asked.push((name.to_string(), of, value));
        value
    }
}

/// Runs a trial and returns its state and values.
type Objective = fn(&mut Asking<'_>) -> (TrialState, Vec<f64>);

/// Runs a study's trials one after the other.
fn study(
    sampler: &dyn Sampler,
    objective: Objective,
    directions: &[Direction],
    n: u64,
    seed: u64,
) -> Vec<Arc<Trial>> {
    let mut trials: Vec<Arc<Trial>> = Vec::new();
    for number in 0..n {
        let context = Context {
            study: "conformance",
            trials: &trials,
            directions,
            number,
            seed: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number),
        };
        let proposal = sampler.propose(&context).unwrap();
        for (name, of, value) in &proposal.values {
            assert!(of.contains(*value), "{name}: {value} is not in {of:?}");
        }
        let (proposed, asked) = (proposal.values, Vec::new());
        let mut asking = Asking { sampler, context, proposed, asked };
        let (state, values) = objective(&mut asking);
        let asked: Vec<(&str, Distribution, f64)> =
            asking.asked.iter().map(|(name, of, v)| (name.as_str(), of.clone(), *v)).collect();
        let mut trial = Trial { state, values, system: proposal.notes, ..trial(number, &asked) };
        if state == TrialState::Pruned {
            trial.intermediate = BTreeMap::from([(1, 0.5), (number as i64 + 2, 1.0)]);
        }
        trials.push(Arc::new(trial));
    }
    trials
}

const MIN: &[Direction] = &[Direction::Minimize];

fn values(trials: &[Arc<Trial>]) -> Vec<Vec<f64>> {
    trials.iter().map(|trial| trial.params.iter().map(|param| param.internal).collect()).collect()
}

/// Every kind of distribution.
fn every_kind(asking: &mut Asking<'_>) -> f64 {
    let x = asking.ask("x", float(-3.0, 5.0));
    let rate = asking.ask("rate", log(1e-5, 1.0));
    let share = asking
        .ask("share", Distribution::Float { low: 0.1, high: 0.7, step: Some(0.2), log: false });
    let units = asking.ask("units", Distribution::Int { low: 8, high: 70, step: 8, log: false });
    let depth = asking.ask("depth", Distribution::Int { low: 1, high: 300, step: 1, log: true });
    let kind = asking.ask("kind", kinds(&["relu", "tanh", "selu"]));
    let bias = asking.ask("bias", kinds(&["no", "yes"]));
    asking.ask("fixed", float(2.5, 2.5));
    asking.ask("only", kinds(&["one"]));
    (x - 1.0).powi(2) + (rate.ln() + 6.0).abs() + share + units / 70.0 + depth.ln() + kind + bias
}

fn plain(asking: &mut Asking<'_>) -> (TrialState, Vec<f64>) {
    let value = every_kind(asking);
    (TrialState::Complete, vec![value])
}

fn belongs(sampler: &dyn Sampler) {
    let trials = study(sampler, plain, MIN, 25, 1);
    // Each parameter varies: a sampler that always returns the same value does not search.
    for name in ["x", "rate", "share", "units", "depth", "kind", "bias"] {
        let first = trials[0].param(name).unwrap().internal;
        assert!(trials.iter().any(|t| t.param(name).unwrap().internal != first), "{name} is stuck");
    }
}

fn reproducible(sampler: &dyn Sampler) {
    let one = values(&study(sampler, plain, MIN, 16, 5));
    assert_eq!(one, values(&study(sampler, plain, MIN, 16, 5)));
    let other = values(&study(sampler, plain, MIN, 16, 6));
    // After its first trial, a quasi-random sequence may be the same for all seeds.
    assert_ne!(one[0], other[0], "another seed is another search");
    let differ = || one.iter().zip(&other).all(|(a, b)| a != b);
    assert!(sampler.name() == "qmc" || differ(), "another seed is another search");
}

fn conditional(sampler: &dyn Sampler) {
    let objective: Objective = |asking| {
        let kind = asking.ask("kind", kinds(&["sgd", "adam"]));
        let momentum = if kind == 0.0 { asking.ask("momentum", float(0.0, 0.9)) } else { 0.3 };
        let layers = asking.ask("layers", int(1, 3));
        // The range of a parameter depends on another one's value.
        let high = 32 * layers as i64;
        let units: f64 = (0..layers as usize)
            .map(|i| asking.ask(&format!("layer {i}/units"), int(4, high)))
            .sum();
        (TrialState::Complete, vec![kind + momentum + layers + units / 32.0])
    };
    let trials = study(sampler, objective, MIN, 24, 2);
    assert!(trials.iter().all(|t| t.param("momentum").is_some() != (t.params[0].internal != 0.0)));
}

fn odd_histories(sampler: &dyn Sampler) {
    let objective: Objective = |asking| {
        let value = every_kind(asking);
        match asking.context.number % 7 {
            0 => (TrialState::Fail, vec![]),
            2 => (TrialState::Pruned, vec![]),
            3 => (TrialState::Running, vec![]),
            4 => (TrialState::Complete, vec![f64::INFINITY]),
            5 => (TrialState::Waiting, vec![]),
            6 => (TrialState::Complete, vec![f64::NEG_INFINITY]),
            _ => (TrialState::Complete, vec![value]),
        }
    };
    study(sampler, objective, MIN, 35, 3);
    let nothing: Objective = |asking| {
        every_kind(asking);
        (TrialState::Pruned, vec![])
    };
    study(sampler, nothing, MIN, 14, 3);
    let huge: Objective = |asking| (TrialState::Complete, vec![every_kind(asking) * 1e300]);
    study(sampler, huge, MIN, 14, 3);
}

fn directions(sampler: &dyn Sampler) {
    let opposite: Objective = |asking| (TrialState::Complete, vec![-every_kind(asking)]);
    let down = study(sampler, plain, MIN, 18, 4);
    let up = study(sampler, opposite, &[Direction::Maximize], 18, 4);
    assert_eq!(values(&down), values(&up));
}

fn no_history(sampler: &dyn Sampler) {
    for seed in 0..50 {
        let trials = study(sampler, plain, MIN, 1, seed);
        assert_eq!(trials[0].params.len(), 9);
    }
}

fn impossible(sampler: &dyn Sampler) {
    let context = Context { study: "s", trials: &[], directions: MIN, number: 0, seed: 1 };
    let impossible = [
        float(1.0, 0.0),
        float(0.0, f64::NAN),
        float(0.0, f64::INFINITY),
        log(0.0, 1.0),
        log(-1.0, 1.0),
        Distribution::Float { low: 0.0, high: 1.0, step: Some(0.0), log: false },
        int(3, 2),
        Distribution::Int { low: 0, high: 9, step: 1, log: true },
        Distribution::Int { low: 0, high: 9, step: 0, log: false },
        Distribution::Categorical { choices: vec![] },
    ];
    for of in impossible {
        let error = sampler.one(&context, "layer/rate", &of).unwrap_err().to_string();
        assert!(error.contains("'layer/rate'"), "{of:?}: {error}");
    }
}

fn duplicates(sampler: &dyn Sampler) {
    // 4 possible trials, 20 asked for, and no value tells them apart.
    let objective: Objective = |asking| {
        asking.ask("a", int(0, 1));
        asking.ask("b", kinds(&["x", "y"]));
        (TrialState::Complete, vec![1.0])
    };
    let trials = study(sampler, objective, MIN, 20, 8);
    let mut all = values(&trials);
    all.sort_by(|a, b| a.partial_cmp(b).unwrap());
    all.dedup();
    assert!(all.len() > 2, "only {all:?} tried");
}

fn extremes(sampler: &dyn Sampler) {
    let objective: Objective = |asking| {
        let wide = asking.ask("wide", float(-1e308, 1e308));
        let tiny = asking.ask("tiny", float(1.0, 1.0 + 1e-12));
        asking.ask("least", float(0.0, 5e-324));
        asking.ask("near", log(1e300, 1e300 * (1.0 + 4e-16)));
        let decades = asking.ask("decades", log(1e-300, 1e300));
        let whole = asking.ask("whole", int(i64::MIN / 2, i64::MAX / 2));
        asking
            .ask("grid", Distribution::Float { low: -0.3, high: 0.3, step: Some(0.1), log: false });
        let value = wide / 1e308 + tiny + decades.log10() / 300.0 + whole / 1e18;
        (TrialState::Complete, vec![value])
    };
    study(sampler, objective, MIN, 22, 9);
}
