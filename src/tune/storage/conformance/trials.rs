//! Tests of trials that every storage must pass.

use super::{MIN, categorical, float, full, int, param, stored, study};
use crate::tune::storage::{Attributes, Direction, Scope, Storage, Trial, TrialState, rules};
use crate::tune::{Choice, Distribution};
use serde_json::json;
use std::collections::BTreeSet;

pub fn numbers(storage: &dyn Storage) {
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

pub fn whole_trials(storage: &dyn Storage) {
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

pub fn templates(storage: &dyn Storage) {
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

pub fn bad_templates(storage: &dyn Storage) {
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
    // A refused template leaves no gap in the numbers.
    assert_eq!(storage.create_trial(study, Some(&good)).unwrap().1, 1);
    assert_eq!(storage.trials(study).unwrap().len(), 2);
}

pub fn parameters(storage: &dyn Storage) {
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

pub fn distributions(storage: &dyn Storage) {
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
    // Bounds may change, and other studies are independent.
    let wider = Distribution::Float { low: 1e-9, high: 10.0, step: None, log: true };
    storage.set_param(second, "x", 5.0, &wider).unwrap();
    assert_eq!(*storage.trial(second).unwrap().params[0].distribution, wider);
    assert_eq!(*storage.trial(first).unwrap().params[0].distribution, float());
    storage.set_param(other, "x", 2.0, &int()).unwrap();
}

pub fn intermediate_values(storage: &dyn Storage) {
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

pub fn trial_attributes(storage: &dyn Storage) {
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

pub fn finished_trials(storage: &dyn Storage) {
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

pub fn endings(storage: &dyn Storage) {
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
    // A queued trial can be ended, too.
    let id = storage.create_trial(two, Some(&full(Waiting))).unwrap().0;
    storage.finish(id, Fail, &[]).unwrap();
    assert_eq!(storage.trials(two).unwrap()[2].state, Fail);
}

pub fn claims(storage: &dyn Storage) {
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

pub fn next_ones(storage: &dyn Storage) {
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
    // Of several threads that create the same trial, one succeeds.
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

pub fn heartbeats(storage: &dyn Storage) {
    let study = study(storage);
    let [silent, old, done] = [0; 3].map(|_| storage.create_trial(study, None).unwrap().0);
    storage.heartbeat(old).unwrap();
    storage.heartbeat(done).unwrap();
    storage.finish(done, TrialState::Fail, &[]).unwrap();
    assert_eq!(storage.stale(study, 3600.0).unwrap(), [0i64; 0]);
    // Some databases count only whole seconds, and time passes during the test.
    assert_eq!(storage.stale(study, -2.0).unwrap(), [old]);
    storage.heartbeat(old).unwrap();
    assert_eq!(storage.stale(study, 3600.0).unwrap(), [0i64; 0]);
    assert!(storage.trial(silent).is_ok_and(|t| t.state == TrialState::Running));
}

pub fn readings(storage: &dyn Storage) {
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
    // Trials that a reader holds do not change.
    assert!(before[1].intermediate.is_empty() && before[28].state == TrialState::Running);
}
