//! The same split and the same densities as Optuna's (tests/golden/make_optuna_tpe.py).

use super::super::conformance::trial as running;
use super::*;
use crate::tune::Direction;
use serde_json::Value as Json;

fn numbers(json: &Json) -> Vec<f64> {
    json.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn trial_of(number: usize, json: &Json, space: &Space) -> Arc<Trial> {
    let values = space.named(&numbers(&json["params"]));
    let params: Vec<_> = values.iter().map(|(n, d, v)| (n.as_str(), d.clone(), *v)).collect();
    let mut trial = running(number as u64, &params);
    trial.state = match json["state"].as_str().unwrap() {
        "COMPLETE" => TrialState::Complete,
        "PRUNED" => TrialState::Pruned,
        _ => TrialState::Running,
    };
    trial.values = json["value"].as_f64().into_iter().collect();
    for (step, value) in json["reports"].as_object().unwrap() {
        trial.intermediate.insert(step.parse().unwrap(), value.as_f64().unwrap());
    }
    Arc::new(trial)
}

#[test]
fn split_and_densities_are_optunas() {
    let text = include_str!("../../../../tests/golden/optuna-tpe.json");
    let golden: Json = serde_json::from_str(text).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 20);
    for case in cases {
        let dimensions = case["space"].as_object().unwrap().iter().map(|(name, json)| {
            (name.clone(), Arc::new(Distribution::from_json(&json.to_string()).unwrap()))
        });
        let space = Space { dimensions: dimensions.collect() };
        let trials = case["trials"].as_array().unwrap();
        let trials: Vec<_> =
            trials.iter().enumerate().map(|(i, json)| trial_of(i, json, &space)).collect();
        let minimize = case["direction"] == "minimize";
        let directions = [if minimize { Direction::Minimize } else { Direction::Maximize }];
        let context = Context {
            study: "golden",
            trials: &trials,
            directions: &directions,
            number: trials.len() as u64,
            seed: 0,
        };
        let finished = TpeSampler::new().startup_trials(0).finished(&context).unwrap();
        let n = finished.div_ceil(10).min(25);
        let (good, mut other) = split::split(&context, n);
        let numbers_of = |t: &[&Trial]| t.iter().map(|t| t.number as f64).collect::<Vec<_>>();
        assert_eq!(numbers_of(&good), numbers(&case["good"]));
        let all = context.trials.iter().map(|t| &**t);
        other.extend(all.filter(|t| t.state == TrialState::Running));
        other.sort_by_key(|t| t.number);
        let values = |t: &[&Trial]| t.iter().map(|t| space.values(t).unwrap()).collect::<Vec<_>>();
        let good = Parzen::new(&space, &values(&good), false);
        let other = Parzen::new(&space, &values(&other), false);
        let candidates: Vec<Vec<f64>> =
            case["candidates"].as_array().unwrap().iter().map(numbers).collect();
        let (a, b) = (good.log_densities(&candidates), other.log_densities(&candidates));
        for ((a, b), expected) in a.iter().zip(&b).zip(numbers(&case["gains"])) {
            // 1e-9, because the two programs integrate the normal density by different formulas.
            assert!(
                (a - b - expected).abs() < 1e-9 * expected.abs().max(1.0),
                "{a} {b} {expected}"
            );
        }
    }
}

#[test]
fn draws_follow_the_density() {
    // The share of 20000 draws in each tenth of the range is that of the density.
    use rand::SeedableRng;
    let x = Distribution::Float { low: 0.0, high: 1.0, step: None, log: false };
    let space = Space { dimensions: vec![("x".to_string(), Arc::new(x))] };
    let parzen = Parzen::new(&space, &[vec![0.1], vec![0.15], vec![0.8]], false);
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
    let mut counts = [0.0; 10];
    for _ in 0..20_000 {
        counts[((parzen.sample(&mut rng)[0] * 10.0) as usize).min(9)] += 1.0 / 20_000.0;
    }
    let grid: Vec<Vec<f64>> = (0..1000).map(|i| vec![(f64::from(i) + 0.5) / 1000.0]).collect();
    let densities: Vec<f64> = parzen.log_densities(&grid).into_iter().map(f64::exp).collect();
    let sum: f64 = densities.iter().sum();
    for (tenth, count) in densities.chunks(100).zip(counts) {
        let share = tenth.iter().sum::<f64>() / sum;
        // 4 standard deviations of a share of 20000 draws.
        assert!((share - count).abs() < 4.0 * (share / 20_000.0).sqrt(), "{share} {count}");
    }
}

#[test]
fn categories_are_drawn_by_their_weights() {
    use rand::SeedableRng;
    let kind = super::super::conformance::kinds(&["a", "b", "c"]);
    let space = Space { dimensions: vec![("kind".to_string(), Arc::new(kind))] };
    let parzen = Parzen::new(&space, &[vec![2.0], vec![2.0], vec![0.0]], false);
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(4);
    let mut counts = [0.0; 3];
    for _ in 0..20_000 {
        counts[parzen.sample(&mut rng)[0] as usize] += 1.0 / 20_000.0;
    }
    let densities = parzen.log_densities(&[vec![0.0], vec![1.0], vec![2.0]]);
    for (log_share, count) in densities.into_iter().zip(counts) {
        assert!((log_share.exp() - count).abs() < 0.014, "{log_share} {count}");
    }
}

#[test]
fn fronts_decide_with_several_objectives() {
    let directions = [Direction::Minimize, Direction::Maximize];
    // Trials 1 and 3 are on the first front, 0 and 4 on the second.
    let values = [[2.0, 5.0], [1.0, 5.0], [9.0, 1.0], [3.0, 9.0], [3.5, 8.0]];
    let trials: Vec<Arc<Trial>> = values
        .iter()
        .enumerate()
        .map(|(i, values)| {
            let trial = super::super::conformance::complete(i as u64, &[], 0.0);
            Arc::new(Trial { values: values.to_vec(), ..trial })
        })
        .collect();
    let context =
        Context { study: "s", trials: &trials, directions: &directions, number: 5, seed: 0 };
    for (n, expected) in [(2, vec![1, 3]), (4, vec![0, 1, 3, 4])] {
        let (good, other) = split::split(&context, n);
        assert_eq!(good.iter().map(|t| t.number).collect::<Vec<_>>(), expected);
        assert_eq!(good.len() + other.len(), 5);
    }
}
