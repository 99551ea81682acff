//! The same decisions as Optuna's (tests/golden/make_optuna_pruners.py).

use super::*;
use crate::tune::TrialState;
use crate::tune::sampler::conformance::trial as running;
use serde_json::Value as Json;
use std::sync::Arc;

fn rule(name: &str) -> Box<dyn Pruner> {
    match name {
        "nop" => Box::new(NopPruner::new()),
        "median" => Box::new(MedianPruner::new()),
        "median warm" => {
            Box::new(MedianPruner::new().startup_trials(2).warmup_steps(3).interval_steps(2))
        }
        "median min" => Box::new(MedianPruner::new().startup_trials(1).min_trials(4)),
        "percentile 25" => Box::new(PercentilePruner::new(25.0)),
        "percentile 70" => {
            Box::new(PercentilePruner::new(70.0).startup_trials(3).interval_steps(3))
        }
        "halving" => Box::new(SuccessiveHalvingPruner::new()),
        "halving 2" => {
            let rule = SuccessiveHalvingPruner::new().min_resource(2).reduction_factor(2);
            Box::new(rule.min_early_stopping_rate(1))
        }
        "halving bootstrap" => {
            let rule = SuccessiveHalvingPruner::new().min_resource(1).reduction_factor(3);
            Box::new(rule.bootstrap_count(3))
        }
        "hyperband" => Box::new(HyperbandPruner::new()),
        "hyperband 27" => Box::new(HyperbandPruner::new().max_resource(27)),
        "hyperband 2" => {
            Box::new(HyperbandPruner::new().min_resource(2).max_resource(20).reduction_factor(2))
        }
        "patient" => Box::new(PatientPruner::new(2).min_delta(0.02)),
        "patient median" => {
            Box::new(PatientPruner::new(1).around(MedianPruner::new().startup_trials(2)))
        }
        "threshold" => {
            Box::new(ThresholdPruner::new().lower(0.1).upper(0.9).warmup_steps(1).interval_steps(2))
        }
        other => panic!("no rule for {other}"),
    }
}

/// Replays one case; returns the number of decisions and how many of them stopped a trial.
fn replay(case: &Json) -> (usize, usize) {
    let name = case["pruner"].as_str().unwrap();
    let rule = rule(name);
    let direction = case["direction"].as_str().unwrap();
    let study = format!("{name} {direction}");
    let directions =
        [if direction == "minimize" { Direction::Minimize } else { Direction::Maximize }];
    let mut trials: Vec<Trial> = Vec::new();
    let (mut decisions, mut ended) = (0, 0);
    for (time, event) in case["events"].as_array().unwrap().iter().enumerate() {
        let number = event[0].as_u64().unwrap();
        if trials.iter().all(|t| t.number != number) {
            trials.push(running(number, &[]));
            trials.sort_by_key(|t| t.number);
        }
        let at = trials.iter().position(|t| t.number == number).unwrap();
        if let Some(state) = event[1].as_str() {
            trials[at].completed = Some(time as i64);
            trials[at].state =
                if state == "fail" { TrialState::Fail } else { TrialState::Complete };
            continue;
        }
        let value = event[2].as_f64().unwrap_or(f64::NAN);
        trials[at].intermediate.insert(event[1].as_i64().unwrap(), value);
        let others = trials.iter().filter(|t| t.number != number);
        let others: Vec<Arc<Trial>> = others.cloned().map(Arc::new).collect();
        let context =
            Context { study: &study, trials: &others, directions: &directions, number, seed: 0 };
        let verdict = rule.judge(&context, &trials[at]).unwrap();
        let expected = event[3].as_bool().unwrap();
        assert_eq!(verdict.prune, expected, "{study}: trial {number} at step {}", event[1]);
        assert_eq!(rule.prune(&context, &trials[at]).unwrap(), expected);
        trials[at].system.extend(verdict.notes);
        decisions += 1;
        if expected {
            trials[at].state = TrialState::Pruned;
            ended += 1;
        }
    }
    for trial in &trials {
        let expected = case["rungs"].get(trial.number.to_string());
        let found = serde_json::to_value(&trial.system).unwrap();
        assert_eq!(expected.unwrap_or(&serde_json::json!({})), &found, "{study}: {}", trial.number);
    }
    (decisions, ended)
}

#[test]
fn decisions_are_optunas() {
    let text = include_str!("../../../tests/golden/optuna-pruners.json");
    let golden: Json = serde_json::from_str(text).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 30);
    let (mut decisions, mut ended) = (0, 0);
    for case in cases {
        let (d, e) = replay(case);
        (decisions, ended) = (decisions + d, ended + e);
    }
    assert!(decisions > 5000 && ended > 450, "{decisions} {ended}");
}

#[test]
fn wrong_settings_are_errors() {
    let mut trial = running(0, &[]);
    trial.intermediate.insert(1, 0.5);
    let one = [Direction::Minimize];
    let two = [Direction::Minimize, Direction::Maximize];
    let context = |directions| Context { study: "s", trials: &[], directions, number: 0, seed: 0 };
    let wrong: Vec<(&str, Box<dyn Pruner>)> = vec![
        ("101", Box::new(PercentilePruner::new(101.0))),
        ("NaN", Box::new(PercentilePruner::new(f64::NAN))),
        ("min_resource", Box::new(SuccessiveHalvingPruner::new().min_resource(0))),
        ("reduction_factor", Box::new(SuccessiveHalvingPruner::new().reduction_factor(1))),
        ("bootstrap_count", Box::new(SuccessiveHalvingPruner::new().bootstrap_count(1))),
        ("min_resource", Box::new(HyperbandPruner::new().min_resource(0))),
        ("reduction_factor", Box::new(HyperbandPruner::new().reduction_factor(0))),
        ("bootstrap_count", Box::new(HyperbandPruner::new().bootstrap_count(1))),
        ("min_delta", Box::new(PatientPruner::new(1).min_delta(-1.0))),
        ("interval_steps", Box::new(ThresholdPruner::new().interval_steps(0))),
        ("from 2 to 1", Box::new(ThresholdPruner::new().lower(2.0).upper(1.0))),
    ];
    for (word, rule) in wrong {
        let error = rule.prune(&context(&one), &trial).unwrap_err().to_string();
        assert!(error.contains(word), "{}: {error}", rule.name());
    }
    let error = MedianPruner::new().prune(&context(&two), &trial).unwrap_err().to_string();
    assert!(error.contains("2 objectives"), "{error}");
}

#[test]
fn a_huge_step_does_not_overflow() {
    let mut trial = running(0, &[]);
    trial.intermediate.insert(i64::MAX, 0.5);
    let one = [Direction::Minimize];
    let context = Context { study: "s", trials: &[], directions: &one, number: 0, seed: 0 };
    let rules: Vec<Box<dyn Pruner>> = vec![
        Box::new(SuccessiveHalvingPruner::new().min_resource(1).reduction_factor(2)),
        Box::new(HyperbandPruner::new().max_resource(u64::MAX).reduction_factor(2)),
        Box::new(MedianPruner::new().startup_trials(0).interval_steps(7)),
    ];
    for rule in rules {
        assert!(!rule.prune(&context, &trial).unwrap(), "{}", rule.name());
    }
}
