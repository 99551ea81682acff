//! Tests that draw studies of every kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::told::Told;
use crate::plot::PlotOptions;
use crate::tune::study::Study;
use crate::tune::{Choice, Direction, Distribution, Param, Trial, TrialState};

/// A trial with these parameters, complete if it has a value and failed if it has none.
pub(super) fn trial(
    number: u64,
    params: &[(&str, Distribution, f64)],
    value: Option<f64>,
) -> Trial {
    let param = |(name, of, internal): &(&str, Distribution, f64)| Param {
        name: name.to_string(),
        distribution: Arc::new(of.clone()),
        internal: *internal,
    };
    Trial {
        id: number as i64,
        number,
        state: if value.is_some() { TrialState::Complete } else { TrialState::Fail },
        values: value.into_iter().collect(),
        params: params.iter().map(param).collect(),
        intermediate: BTreeMap::new(),
        user: Default::default(),
        system: Default::default(),
        started: None,
        completed: None,
    }
}

fn float(low: f64, high: f64) -> Distribution {
    Distribution::Float { low, high, step: None, log: false }
}

fn kinds(n: i64) -> Distribution {
    Distribution::Categorical { choices: (0..n).map(Choice::Int).collect() }
}

fn told(trials: Vec<Trial>, direction: Direction) -> Told {
    Told::new("s", direction, "f", trials.into_iter().map(Arc::new).collect(), false)
}

#[test]
fn parameters_are_listed_as_asked_without_fixed_and_own_ones() {
    let int = |low, high| Distribution::Int { low, high, step: 1, log: false };
    let trials = vec![
        trial(0, &[("z", float(0.0, 1.0), 0.2), ("one", kinds(1), 0.0)], Some(1.0)),
        trial(1, &[("z", float(0.0, 1.0), 0.2), ("a", kinds(3), 2.0)], None),
        trial(2, &[("tuner/epochs", int(1, 9), 3.0), ("b", int(1, 2), 2.0)], Some(0.5)),
    ];
    let told = told(trials, Direction::Minimize);
    let names = |most: usize| -> Vec<String> {
        told.dimensions(most).0.into_iter().map(|d| d.name).collect()
    };
    assert_eq!(names(9), ["z", "a", "b"]);
    assert_eq!((names(2).len(), told.dimensions(2).1), (2, 3));
    assert_eq!(told.best(&told.complete()), Some(1));
}

#[test]
fn of_many_parameters_the_important_ones_are_shown() {
    let names: Vec<String> = (0..6).map(|i| format!("p{i}")).collect();
    let trials = (0..80u64)
        .map(|n| {
            let share = |i: u64| ((n + 1) as f64 * (0.618_034 + 0.137 * i as f64)).fract();
            let params: Vec<_> =
                (0..6).map(|i| (names[i as usize].as_str(), float(0.0, 1.0), share(i))).collect();
            trial(n, &params, Some((share(4) - 0.5).abs() + (share(1) - 0.5).abs()))
        })
        .collect();
    let told = told(trials, Direction::Minimize);
    let shown: Vec<String> = told.dimensions(2).0.into_iter().map(|d| d.name).collect();
    assert_eq!(shown, ["p1", "p4"]);
}

#[test]
fn a_direction_is_kept_to() {
    let x = |n: u64, v: f64| trial(n, &[("x", float(0.0, 1.0), 0.5)], Some(v));
    let both = |direction| {
        let told = told(vec![x(0, 1.0), x(1, 3.0), x(2, f64::INFINITY), x(3, 2.0)], direction);
        let figure = super::optimization_history::draw(&told, &PlotOptions::new()).unwrap();
        figure.alt().to_string()
    };
    assert!(both(Direction::Minimize).contains("the best f = 1 in trial 0"));
    assert!(both(Direction::Maximize).contains("the best f = 3 in trial 1"));
}

#[test]
fn every_plot_of_an_empty_study_says_so() {
    for figure in super::all("e", Direction::Minimize, &[], true, &PlotOptions::new()) {
        let figure = figure.unwrap();
        assert!(figure.to_png().starts_with(b"\x89PNG"));
    }
    let failed = [Arc::new(trial(0, &[("x", float(0.0, 1.0), 0.5)], None))];
    for figure in super::all("e", Direction::Maximize, &failed, false, &PlotOptions::new()) {
        figure.unwrap();
    }
}

#[test]
fn several_objectives_have_no_such_plot() {
    let two = [Direction::Minimize, Direction::Maximize];
    let study = Study::open("memory", "two", two).unwrap();
    let error = study.plot_objective().unwrap_err().to_string();
    assert!(error.contains("pareto_front"), "{error}");
    let one = |direction| Study::open("memory", "one", [direction]).unwrap();
    let pair = [Direction::Minimize, Direction::Maximize].map(|d| (format!("{d:?}"), one(d)));
    let error = crate::plot::convergence_of(&pair).unwrap_err().to_string();
    assert!(error.contains("Maximize, but must be Minimize"), "{error}");
}

#[test]
fn a_configuration_goes_on_through_its_rounds() {
    let int = |low, high| Distribution::Int { low, high, step: 1, log: false };
    let at = |number,
              round: f64,
              epochs: f64,
              parent: Option<f64>,
              steps: std::ops::RangeInclusive<i64>| {
        let mut params = vec![
            ("tuner/epochs", int(1, 9), epochs),
            ("tuner/initial_epoch", int(0, 9), 0.0),
            ("tuner/bracket", int(0, 2), 1.0),
            ("tuner/round", int(0, 2), round),
            ("x", float(0.0, 1.0), 0.5),
        ];
        params.extend(parent.map(|p| ("tuner/trial_id", int(0, 99), p)));
        let mut trial = trial(number, &params, Some(1.0 / *steps.end() as f64));
        trial.intermediate = steps.map(|s| (s, 1.0 / s as f64)).collect();
        trial
    };
    let trials = vec![
        at(0, 0.0, 3.0, None, 1..=3),
        at(1, 0.0, 3.0, None, 1..=3),
        at(2, 1.0, 9.0, Some(1.0), 4..=9),
    ];
    let figure = super::rungs::draw(&told(trials, Direction::Minimize), &PlotOptions::new());
    assert_eq!(figure.unwrap().alt(), "f of 2 configurations by epoch, rungs at epochs 3, 9");
}
