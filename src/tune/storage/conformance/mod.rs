//! Tests that every storage must pass. A new one joins by one line: `conformance!(|| Some((new,
//! guard)))`, with an empty storage and a value that must live as long, or `None` if this machine
//! cannot have one.

use super::{Attributes, Direction, Scope, Storage, Trial, TrialState};
use crate::tune::{Choice, Distribution, Param};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

macro_rules! conformance {
    ($new:expr) => {
        $crate::tune::storage::conformance::conformance!(
            $new; studies, study_attributes, deleted_studies, numbers, whole_trials, templates,
            bad_templates, parameters, distributions, intermediate_values, trial_attributes,
            finished_trials, endings, claims, next_ones, kept_attributes, heartbeats, readings, long_names, strange_texts,
            threads, unknown_keys,
        );
    };
    ($new:expr; $($check:ident,)*) => {
        mod conformance {
            use super::*;

            $(#[test]
            fn $check() {
                match ($new)() {
                    Some((storage, _guard)) => {
                        $crate::tune::storage::conformance::$check(&storage);
                    }
                    None => println!("skipped: this machine has no such database"),
                }
            })*
        }
    };
}
pub(crate) use conformance;

mod trials;

pub(super) use trials::*;

const MIN: [Direction; 1] = [Direction::Minimize];

fn study(storage: &dyn Storage) -> i64 {
    storage.create_study("study", &MIN).unwrap()
}

fn float() -> Distribution {
    Distribution::Float { low: 1e-5, high: 0.1, step: None, log: true }
}

fn int() -> Distribution {
    Distribution::Int { low: -4, high: 8, step: 2, log: false }
}

fn categorical() -> Distribution {
    let choices = [Choice::None, Choice::Bool(true), Choice::Float(1.5), Choice::Text("a".into())];
    Distribution::Categorical { choices: choices.to_vec() }
}

fn param(name: &str, of: Distribution, internal: f64) -> Param {
    Param { name: name.to_string(), distribution: Arc::new(of), internal }
}

/// A trial with a value in every field.
pub(crate) fn full(state: TrialState) -> Trial {
    Trial {
        id: 77,
        number: 99,
        state,
        values: if state == TrialState::Complete { vec![0.1 + 0.2] } else { Vec::new() },
        params: vec![
            param("z", float(), 0.012345678901234567),
            param("a", int(), -2.0),
            param("m", categorical(), 3.0),
        ],
        intermediate: [(0, 0.5), (3, f64::INFINITY), (7, f64::NEG_INFINITY)].into(),
        user: [("é \"x\"".to_string(), json!({"a": [1, 2.5, null, "ü"]}))].into(),
        system: [("fixed_params".to_string(), json!({"z": 0.01}))].into(),
        started: Some(1_795_368_758_268_964),
        completed: state.is_finished().then_some(1_795_368_759_000_000),
    }
}

/// The trial as the storage returns it.
fn stored(trial: &Trial, (id, number): (i64, u64)) -> Trial {
    Trial { id, number, ..trial.clone() }
}

pub(super) fn studies(storage: &dyn Storage) {
    assert_eq!(storage.studies().unwrap(), []);
    assert_eq!(storage.find_study("a").unwrap(), None);
    let both = [Direction::Maximize, Direction::Minimize];
    let a = storage.create_study("a", &both).unwrap();
    let b = storage.create_study("", &MIN).unwrap();
    assert_ne!(a, b);
    let found = storage.find_study("a").unwrap().unwrap();
    assert_eq!((found.id, found.name.as_str(), found.directions.as_slice()), (a, "a", &both[..]));
    assert!(found.user.is_empty() && found.system.is_empty());
    assert_eq!(storage.studies().unwrap().iter().map(|s| s.id).collect::<Vec<_>>(), [a, b]);
    let again = storage.create_study("a", &MIN).unwrap_err().to_string();
    assert!(again.contains("'a'") && again.contains("new"), "{again}");
    assert!(storage.create_study("none", &[]).is_err());
    assert_eq!(storage.studies().unwrap().len(), 2);
}

pub(super) fn study_attributes(storage: &dyn Storage) {
    let (a, b) = (study(storage), storage.create_study("b", &MIN).unwrap());
    storage.set_study_attribute(a, Scope::User, "k", &json!(1)).unwrap();
    storage.set_study_attribute(a, Scope::User, "k", &json!({"x": [1.5, "é"]})).unwrap();
    storage.set_study_attribute(a, Scope::System, "k", &json!(null)).unwrap();
    storage.set_study_attribute(b, Scope::User, "other", &json!("text")).unwrap();
    let found = storage.find_study("study").unwrap().unwrap();
    assert_eq!(found.user, [("k".to_string(), json!({"x": [1.5, "é"]}))].into());
    assert_eq!(found.system, [("k".to_string(), json!(null))].into());
    let all = storage.studies().unwrap();
    assert_eq!(all.first(), Some(&found));
    assert_eq!(all.get(1).map(|s| s.user.len()), Some(1));
}

pub(super) fn deleted_studies(storage: &dyn Storage) {
    let (a, b) = (study(storage), storage.create_study("b", &MIN).unwrap());
    let first = storage.create_trial(a, Some(&full(TrialState::Complete))).unwrap();
    let running = storage.create_trial(a, None).unwrap().0;
    storage.heartbeat(running).unwrap();
    storage.set_study_attribute(a, Scope::User, "k", &json!(1)).unwrap();
    let other = storage.create_trial(b, Some(&full(TrialState::Complete))).unwrap();
    assert_eq!(storage.trials(a).unwrap().len(), 2);
    storage.delete_study(a).unwrap();
    assert!(storage.delete_study(a).is_err());
    assert!(storage.trials(a).is_err());
    assert!(storage.trial(first.0).is_err());
    assert_eq!(storage.find_study("study").unwrap(), None);
    assert_eq!(storage.trials(b).unwrap().iter().map(|t| t.id).collect::<Vec<_>>(), [other.0]);
    // A new study of the same name has nothing of the old one, even if it got the same keys.
    let new = study(storage);
    assert_eq!(storage.trials(new).unwrap(), []);
    let (id, number) = storage.create_trial(new, None).unwrap();
    assert_eq!(number, 0);
    storage.set_param(id, "z", 2.0, &int()).unwrap_or_else(|e| panic!("of the old study: {e}"));
    assert_eq!(storage.trials(new).unwrap().len(), 1);
}

pub(super) fn kept_attributes(storage: &dyn Storage) {
    let study = study(storage);
    for scope in [Scope::User, Scope::System] {
        let keep = |value: i64| storage.keep_study_attribute(study, scope, "key", &json!(value));
        let kept: BTreeSet<i64> = std::thread::scope(|threads| {
            let all: Vec<_> =
                (0..4).map(|n| threads.spawn(move || keep(n).unwrap().as_i64().unwrap())).collect();
            all.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(kept.len(), 1, "all are told the same: {kept:?}");
        storage.set_study_attribute(study, scope, "key", &json!("set")).unwrap();
        assert_eq!(keep(9).unwrap(), json!("set"));
    }
    assert!(storage.keep_study_attribute(study + 1000, Scope::User, "key", &json!(1)).is_err());
}

pub(super) fn long_names(storage: &dyn Storage) {
    let (fits, long) = ("é".repeat(512), "é".repeat(513));
    let study = storage.create_study(&fits, &MIN).unwrap();
    assert_eq!(storage.find_study(&fits).unwrap().map(|s| s.id), Some(study));
    let id = storage.create_trial(study, None).unwrap().0;
    storage.set_param(id, &fits, 0.05, &float()).unwrap();
    storage.set_trial_attribute(id, Scope::User, &fits, &json!(1)).unwrap();
    for bad in [long.as_str(), "a\0b"] {
        assert!(storage.create_study(bad, &MIN).is_err());
        assert!(storage.set_param(id, bad, 0.05, &float()).is_err());
        assert!(storage.set_trial_attribute(id, Scope::User, bad, &json!(1)).is_err());
        assert!(storage.set_study_attribute(study, Scope::User, bad, &json!(1)).is_err());
    }
}

pub(super) fn strange_texts(storage: &dyn Storage) {
    let name = "Robert'); DROP TABLE trials;-- \"$1\" ?1 %s \\ \n é 😀";
    let study = storage.create_study(name, &MIN).unwrap();
    let id = storage.create_trial(study, None).unwrap().0;
    let text = json!({name: [name, "zero \0 inside", 1e-300, 123456789012345678i64]});
    storage.set_trial_attribute(id, Scope::User, name, &text).unwrap();
    let choices = vec![Choice::Text(name.to_string()), Choice::Text("\0".to_string())];
    let of = Distribution::Categorical { choices };
    storage.set_param(id, name, 1.0, &of).unwrap();
    let read = storage.trial(id).unwrap();
    assert_eq!(read.user[name], text);
    assert_eq!(*read.params[0].distribution, of);
    assert_eq!(storage.studies().unwrap()[0].name, name);
}

pub(super) fn threads(storage: &dyn Storage) {
    let study = study(storage);
    let made: Vec<u64> = std::thread::scope(|scope| {
        let work = || {
            let one = |_| {
                let (id, number) = storage.create_trial(study, None).unwrap();
                storage.set_param(id, "x", 0.05, &float()).unwrap();
                storage.trials(study).unwrap();
                storage.finish(id, TrialState::Complete, &[number as f64]).unwrap();
                number
            };
            (0..15).map(one).collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(made.iter().copied().collect::<BTreeSet<_>>(), (0..60).collect());
    let all = storage.trials(study).unwrap();
    assert!(all.iter().enumerate().all(|(i, t)| t.number == i as u64 && t.values == [i as f64]));
    assert_eq!(all.len(), 60);
}

pub(super) fn unknown_keys(storage: &dyn Storage) {
    let none = 123_456;
    assert!(storage.delete_study(none).is_err());
    assert!(storage.set_study_attribute(none, Scope::User, "k", &json!(1)).is_err());
    assert!(storage.create_trial(none, None).is_err());
    assert!(storage.trials(none).is_err());
    assert!(storage.stale(none, 1.0).is_err());
    assert!(storage.set_param(none, "x", 0.05, &float()).is_err());
    assert!(storage.report(none, 0, 1.0).is_err());
    assert!(storage.set_trial_attribute(none, Scope::User, "k", &json!(1)).is_err());
    assert!(storage.claim(none, &Attributes::new()).is_err());
    assert!(storage.finish(none, TrialState::Fail, &[]).is_err());
    assert!(storage.heartbeat(none).is_err());
    let error = storage.trial(none).unwrap_err().to_string();
    assert!(error.contains("123456"), "{error}");
}
