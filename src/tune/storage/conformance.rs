//! What every storage has to do. A new one joins by one line: `conformance!(|| Some((new, guard)))`,
//! with an empty storage and what has to live as long, or nothing where this machine cannot have
//! one.

use super::{Attributes, Direction, Scope, Storage, Trial, TrialState, rules};
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

/// A trial with everything that a trial can have.
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

/// The trial as the storage will have it.
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
    // A new one of the same name has nothing of the old one, even if the database gave it its keys.
    let new = study(storage);
    assert_eq!(storage.trials(new).unwrap(), []);
    let (id, number) = storage.create_trial(new, None).unwrap();
    assert_eq!(number, 0);
    storage.set_param(id, "z", 2.0, &int()).unwrap_or_else(|e| panic!("of the old study: {e}"));
    assert_eq!(storage.trials(new).unwrap().len(), 1);
}

pub(super) fn numbers(storage: &dyn Storage) {
    let (a, b) = (study(storage), storage.create_study("b", &MIN).unwrap());
    let mut ids = BTreeSet::new();
    for expected in 0..5 {
        for study in [a, b] {
            let (id, number) = storage.create_trial(study, None).unwrap();
            assert_eq!(number, expected);
            assert!(ids.insert(id), "the id {id} was given before");
        }
    }
    let numbers: Vec<u64> = storage.trials(a).unwrap().iter().map(|t| t.number).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4]);
}

pub(super) fn whole_trials(storage: &dyn Storage) {
    let before = rules::now();
    let study = study(storage);
    let (id, number) = storage.create_trial(study, None).unwrap();
    let new = storage.trial(id).unwrap();
    assert_eq!((new.id, new.number, new.state), (id, number, TrialState::Running));
    assert!(new.started.is_some_and(|t| (before..=rules::now()).contains(&t)));
    assert!(new.completed.is_none() && new.values.is_empty() && new.params.is_empty());
    storage.set_param(id, "lr", 1e-5, &float()).unwrap();
    storage.report(id, 1, 0.25).unwrap();
    storage.finish(id, TrialState::Complete, &[0.1 + 0.2]).unwrap();
    let done = storage.trial(id).unwrap();
    assert_eq!(done.state, TrialState::Complete);
    assert_eq!(done.values, [0.1 + 0.2]);
    assert_eq!(done.started, new.started);
    assert!(done.completed >= done.started);
    assert_eq!(done.value("lr").unwrap(), Choice::Float(1e-5));
    assert_eq!(*storage.trials(study).unwrap()[0], done);
}

pub(super) fn templates(storage: &dyn Storage) {
    use TrialState::*;
    let study = study(storage);
    for state in [Complete, Waiting, Pruned, Running, Fail] {
        let template = full(state);
        let made = storage.create_trial(study, Some(&template)).unwrap();
        assert_eq!(storage.trial(made.0).unwrap(), stored(&template, made));
        let all = storage.trials(study).unwrap();
        assert_eq!(**all.last().unwrap(), stored(&template, made));
    }
    let waiting = Trial { started: None, params: Vec::new(), ..full(Waiting) };
    let made = storage.create_trial(study, Some(&waiting)).unwrap();
    assert_eq!(storage.trial(made.0).unwrap().started, None);
    let infinite = Trial { values: vec![f64::NEG_INFINITY], ..full(Complete) };
    let made = storage.create_trial(study, Some(&infinite)).unwrap();
    assert_eq!(storage.trial(made.0).unwrap().values, [f64::NEG_INFINITY]);
}

pub(super) fn bad_templates(storage: &dyn Storage) {
    let study = study(storage);
    let good = full(TrialState::Complete);
    storage.create_trial(study, Some(&good)).unwrap();
    let twice = [param("z", float(), 0.01), param("z", float(), 0.01)].to_vec();
    for bad in [
        Trial { values: vec![f64::NAN], ..good.clone() },
        Trial { values: vec![], ..good.clone() },
        Trial { values: vec![1.0, 2.0], ..good.clone() },
        Trial { params: vec![param("z", int(), 0.0)], ..good.clone() },
        Trial { params: vec![param("z", float(), f64::NAN)], ..good.clone() },
        Trial { params: twice, ..good.clone() },
    ] {
        assert!(storage.create_trial(study, Some(&bad)).is_err(), "{bad:?}");
    }
    // A refused one leaves no gap.
    assert_eq!(storage.create_trial(study, Some(&good)).unwrap().1, 1);
    assert_eq!(storage.trials(study).unwrap().len(), 2);
}

pub(super) fn parameters(storage: &dyn Storage) {
    let study = study(storage);
    let id = storage.create_trial(study, None).unwrap().0;
    // The order in which they were asked for is kept.
    let asked =
        [param("z", float(), 0.05), param("a", categorical(), 0.0), param("m", int(), -4.0)];
    for p in &asked {
        storage.set_param(id, &p.name, p.internal, &p.distribution).unwrap();
    }
    assert_eq!(storage.trial(id).unwrap().params, asked);
    storage.set_param(id, "a", 2.0, &categorical()).unwrap();
    let again = storage.trial(id).unwrap();
    assert_eq!(again.value("a").unwrap(), Choice::Float(1.5));
    assert_eq!(again.params.len(), 3);
    assert!(storage.set_param(id, "nan", f64::NAN, &float()).is_err());
}

pub(super) fn distributions(storage: &dyn Storage) {
    let (a, b) = (study(storage), storage.create_study("b", &MIN).unwrap());
    let first = storage.create_trial(a, None).unwrap().0;
    let second = storage.create_trial(a, None).unwrap().0;
    let other = storage.create_trial(b, None).unwrap().0;
    storage.set_param(first, "x", 0.05, &float()).unwrap();
    storage.set_param(first, "c", 0.0, &categorical()).unwrap();
    let error = storage.set_param(second, "x", 2.0, &int()).unwrap_err().to_string();
    assert!(error.contains("'x'") && error.contains("FloatDistribution"), "{error}");
    let linear = Distribution::Float { low: 0.0, high: 1.0, step: None, log: false };
    assert!(storage.set_param(second, "x", 0.5, &linear).is_err());
    let fewer = Distribution::Categorical { choices: vec![Choice::None] };
    assert!(storage.set_param(second, "c", 0.0, &fewer).is_err());
    assert!(storage.trial(second).unwrap().params.is_empty());
    // Bounds may move, and another study knows nothing of this one.
    let wider = Distribution::Float { low: 1e-9, high: 10.0, step: None, log: true };
    storage.set_param(second, "x", 5.0, &wider).unwrap();
    assert_eq!(*storage.trial(second).unwrap().params[0].distribution, wider);
    assert_eq!(*storage.trial(first).unwrap().params[0].distribution, float());
    storage.set_param(other, "x", 2.0, &int()).unwrap();
}

pub(super) fn intermediate_values(storage: &dyn Storage) {
    let study = study(storage);
    let id = storage.create_trial(study, None).unwrap().0;
    let steps =
        [(5, 1.0), (0, f64::INFINITY), (-1, f64::NEG_INFINITY), (2, f64::NAN), (5, 0.1 + 0.2)];
    for (step, value) in steps {
        storage.report(id, step, value).unwrap();
    }
    let read = storage.trial(id).unwrap().intermediate;
    assert_eq!(read.keys().copied().collect::<Vec<_>>(), [-1, 0, 2, 5]);
    assert_eq!((read[&-1], read[&0], read[&5]), (f64::NEG_INFINITY, f64::INFINITY, 0.1 + 0.2));
    assert!(read[&2].is_nan());
    storage.report(id, 2, -0.0).unwrap();
    assert_eq!(storage.trials(study).unwrap()[0].intermediate[&2], 0.0);
}

pub(super) fn trial_attributes(storage: &dyn Storage) {
    let study = study(storage);
    let id = storage.create_trial(study, None).unwrap().0;
    let other = storage.create_trial(study, None).unwrap().0;
    let long = json!("x".repeat(100_000));
    storage.set_trial_attribute(id, Scope::User, "k", &json!(1)).unwrap();
    storage.set_trial_attribute(id, Scope::User, "k", &long).unwrap();
    storage.set_trial_attribute(id, Scope::System, "k", &json!(0.1)).unwrap();
    let read = storage.trial(id).unwrap();
    assert_eq!((&read.user["k"], &read.system["k"]), (&long, &json!(0.1)));
    assert_eq!((read.user.len(), read.system.len()), (1, 1));
    assert!(storage.trial(other).unwrap().user.is_empty());
    assert_eq!(*storage.trials(study).unwrap()[0], read);
}

pub(super) fn finished_trials(storage: &dyn Storage) {
    use TrialState::*;
    let study = study(storage);
    for state in [Complete, Pruned, Fail] {
        let id = storage.create_trial(study, None).unwrap().0;
        storage.set_param(id, "x", 0.05, &float()).unwrap();
        let values = if state == Complete { vec![1.0] } else { vec![] };
        storage.finish(id, state, &values).unwrap();
        let before = storage.trial(id).unwrap();
        let error = storage.report(id, 0, 1.0).unwrap_err().to_string();
        assert!(error.contains(&format!("{state:?}")), "{error}");
        assert!(storage.set_param(id, "x", 0.06, &float()).is_err());
        assert!(storage.set_param(id, "y", 0.06, &float()).is_err());
        assert!(storage.set_trial_attribute(id, Scope::User, "k", &json!(1)).is_err());
        assert!(storage.set_trial_attribute(id, Scope::System, "k", &json!(1)).is_err());
        assert!(storage.finish(id, Fail, &[]).is_err());
        assert!(storage.finish(id, Complete, &[2.0]).is_err());
        assert!(!storage.claim(id, &Attributes::new()).unwrap());
        assert_eq!(storage.trial(id).unwrap(), before);
    }
}

pub(super) fn endings(storage: &dyn Storage) {
    use TrialState::*;
    let two = storage.create_study("two", &[Direction::Minimize, Direction::Maximize]).unwrap();
    let id = storage.create_trial(two, None).unwrap().0;
    let nan = storage.finish(id, Complete, &[1.0, f64::NAN]).unwrap_err().to_string();
    assert!(nan.contains("NaN") && nan.contains("Fail"), "{nan}");
    for values in [&[][..], &[1.0], &[1.0, 2.0, 3.0]] {
        assert!(storage.finish(id, Complete, values).is_err());
    }
    assert!(storage.finish(id, Running, &[]).is_err());
    assert!(storage.finish(id, Waiting, &[]).is_err());
    let untouched = storage.trial(id).unwrap();
    assert!(untouched.state == Running && untouched.values.is_empty());
    storage.finish(id, Complete, &[f64::INFINITY, -0.1]).unwrap();
    assert_eq!(storage.trial(id).unwrap().values, [f64::INFINITY, -0.1]);
    let id = storage.create_trial(two, None).unwrap().0;
    storage.finish(id, Pruned, &[1.0, 2.0]).unwrap();
    assert_eq!(storage.trial(id).unwrap().values, [1.0, 2.0]);
    // One that nobody began can be called off.
    let id = storage.create_trial(two, Some(&full(Waiting))).unwrap().0;
    storage.finish(id, Fail, &[]).unwrap();
    assert_eq!(storage.trials(two).unwrap()[2].state, Fail);
}

pub(super) fn claims(storage: &dyn Storage) {
    let study = study(storage);
    let queued = Trial { started: None, ..full(TrialState::Waiting) };
    let ids: Vec<i64> =
        (0..20).map(|_| storage.create_trial(study, Some(&queued)).unwrap().0).collect();
    let won: Vec<Vec<bool>> = std::thread::scope(|scope| {
        let claim = |worker: usize| {
            let notes = [("worker".to_string(), json!(worker))].into_iter().collect();
            ids.iter().map(|id| storage.claim(*id, &notes).unwrap()).collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..4).map(|w| scope.spawn(move || claim(w))).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    for (place, id) in ids.iter().enumerate() {
        assert_eq!(won.iter().filter(|w| w[place]).count(), 1);
        let worker = won.iter().position(|w| w[place]).unwrap();
        assert_eq!(storage.trial(*id).unwrap().system["worker"], json!(worker));
        let trial = storage.trial(*id).unwrap();
        assert_eq!(trial.state, TrialState::Running);
        assert!(trial.started.is_some());
        assert_eq!(trial.params, queued.params);
    }
    // Each has had its first heartbeat.
    assert_eq!(storage.stale(study, -2.0).unwrap(), ids);
    let running = storage.create_trial(study, None).unwrap().0;
    assert!(!storage.claim(running, &Attributes::new()).unwrap());
}

pub(super) fn next_ones(storage: &dyn Storage) {
    let study = study(storage);
    let running = Trial { started: Some(rules::now()), ..full(TrialState::Running) };
    assert_eq!(storage.create_next(study, 1, &running).unwrap(), None, "there is no trial 0");
    let first = storage.create_next(study, 0, &running).unwrap().unwrap();
    assert_eq!(storage.create_next(study, 0, &running).unwrap(), None);
    let whole = storage.trial(first).unwrap();
    assert_eq!((&whole.params, &whole.system), (&running.params, &running.system));
    assert_eq!(storage.stale(study, -2.0).unwrap(), [first], "its first heartbeat");
    let waiting = Trial { started: None, ..full(TrialState::Waiting) };
    assert!(storage.create_next(study, 1, &waiting).unwrap().is_some());
    assert_eq!(storage.stale(study, -2.0).unwrap(), [first]);
    // Of those who want to make the same one, one does.
    let make = |n: &u64| storage.create_next(study, *n, &running).unwrap().is_some();
    let made: usize = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4).map(|_| scope.spawn(|| (2..22).filter(&make).count())).collect();
        threads.into_iter().map(|t| t.join().unwrap()).sum()
    });
    let numbers: Vec<u64> = storage.trials(study).unwrap().iter().map(|t| t.number).collect();
    assert_eq!(numbers, (0..2 + made as u64).collect::<Vec<_>>());
    assert!(storage.create_next(study + 1000, 0, &running).is_err());
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

pub(super) fn heartbeats(storage: &dyn Storage) {
    let study = study(storage);
    let [silent, old, done] = [0; 3].map(|_| storage.create_trial(study, None).unwrap().0);
    storage.heartbeat(old).unwrap();
    storage.heartbeat(done).unwrap();
    storage.finish(done, TrialState::Fail, &[]).unwrap();
    assert_eq!(storage.stale(study, 3600.0).unwrap(), [0i64; 0]);
    // Some databases count whole seconds only, and none stands still.
    assert_eq!(storage.stale(study, -2.0).unwrap(), [old]);
    storage.heartbeat(old).unwrap();
    assert_eq!(storage.stale(study, 3600.0).unwrap(), [0i64; 0]);
    assert!(storage.trial(silent).is_ok_and(|t| t.state == TrialState::Running));
}

pub(super) fn readings(storage: &dyn Storage) {
    let study = study(storage);
    let ids: Vec<i64> = (0..30).map(|_| storage.create_trial(study, None).unwrap().0).collect();
    // Every third is done, the last and the first one among them.
    for id in ids.iter().step_by(3) {
        storage.finish(*id, TrialState::Complete, &[*id as f64]).unwrap();
    }
    let before = storage.trials(study).unwrap();
    assert!(before.iter().enumerate().all(|(i, t)| t.state.is_finished() == (i % 3 == 0)));
    storage.report(ids[1], 4, 0.5).unwrap();
    storage.set_param(ids[2], "x", 0.05, &float()).unwrap();
    storage.finish(ids[28], TrialState::Pruned, &[]).unwrap();
    let new = storage.create_trial(study, None).unwrap().0;
    let after = storage.trials(study).unwrap();
    assert_eq!(after.len(), 31);
    assert!(after.iter().enumerate().all(|(i, t)| t.number == i as u64));
    assert_eq!(after[1].intermediate[&4], 0.5);
    assert_eq!(after[2].params.len(), 1);
    assert_eq!(after[28].state, TrialState::Pruned);
    assert_eq!((after[30].id, after[30].state), (new, TrialState::Running));
    for trial in &after {
        assert_eq!(**trial, storage.trial(trial.id).unwrap());
    }
    // What a reader holds does not change under it.
    assert!(before[1].intermediate.is_empty() && before[28].state == TrialState::Running);
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
