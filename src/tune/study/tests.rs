use super::*;
use crate::prelude::*;
use crate::tune::pruner::ThresholdPruner;
use crate::tune::trial::Attributes;

fn study(name: &str) -> Study {
    let study = Study::open("memory", name, [Direction::Minimize]).unwrap();
    study.seed(1).unwrap().sampler(RandomSampler::new())
}

/// The heartbeat thread holds the storage open, so dropping its owner must end it.
#[test]
fn the_thread_that_says_trials_live_has_ended_when_its_owner_has() {
    let storage = study("owner").inner.storage.clone();
    let others = Arc::strong_count(&storage);
    let pulse = heartbeat::Pulse::start(storage.clone());
    let beating = pulse.of(0);
    assert!(pulse.has(0) && Arc::strong_count(&storage) > others);
    drop(beating);
    assert!(!pulse.has(0));
    drop(pulse);
    // The thread no longer holds the storage open.
    assert_eq!(Arc::strong_count(&storage), others);
}

#[test]
fn errors_panics_and_pruned_trials_do_not_end_a_study() {
    let study = study("mixed").pruner(ThresholdPruner::new().upper(0.5));
    study
        .optimize(8, |trial| {
            let x: f64 = trial.float("x", 0.0..=1.0);
            match trial.number() {
                1 => panic!("no luck with {}", 1),
                3 => Err(Error::Training("no luck either".into())),
                5 => Ok(f64::NAN),
                6 => {
                    let first = trial.report(1, 0.1)?;
                    let second = trial.report(2, 0.9)?;
                    assert!(!first && second);
                    trial.pruned()
                }
                _ => Ok(x),
            }
        })
        .unwrap();
    let trials = study.trials().unwrap();
    let failure = |i: usize| trials[i].user[keys::FAILURE].as_str().unwrap().to_string();
    assert!(failure(1).contains("panicked: no luck with 1"), "{}", failure(1));
    assert!(failure(3).contains("no luck either") && failure(5).contains("NaN"));
    assert_eq!(trials[6].state, TrialState::Pruned);
    assert_eq!(trials[6].values, [0.9]);
    assert_eq!(trials.iter().filter(|t| t.state == TrialState::Complete).count(), 4);
    let text = study.results_summary().unwrap().to_string();
    assert!(text.contains("no luck either") && text.contains("3 failed"), "{text}");
}

#[test]
fn failures_in_a_row_stop_it_and_a_bad_range_is_a_failure() {
    let failing = study("failing");
    #[allow(clippy::reversed_empty_ranges)]
    let result = failing.optimize(10, |trial| Ok(trial.float("x", 1.0..=0.0)));
    let text = result.unwrap_err().to_string();
    assert!(text.contains("'x'") && text.contains("ascending"), "{text}");
    assert_eq!(failing.trials().unwrap().len(), 1, "no trial can make a mistake good");
    let result = failing.optimize(10, |_| -> Result<f64> { Err(Error::Training("no".into())) });
    let text = result.unwrap_err().to_string();
    assert!(text.contains("3 trials failed") && text.contains("no"), "{text}");
    assert_eq!(failing.trials().unwrap().len(), 4);
}

#[test]
fn the_same_seed_gives_the_same_trials_with_any_number_of_workers() {
    let run = |workers: usize| {
        let study = study("seeds").workers(workers);
        study.optimize(20, |trial| Ok(trial.float("x", 0.0..=1.0))).unwrap();
        let trials = study.trials().unwrap();
        trials.iter().map(|t| (t.number, t.values.clone())).collect::<Vec<_>>()
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(4));
}

#[test]
fn queued_values_come_first_and_only_if_they_fit() {
    let study = study("queue");
    study.enqueue([("x", 0.25)]).unwrap();
    study.enqueue([("x", 25.0)]).unwrap();
    study.enqueue([("X", 0.75)]).unwrap();
    study.enqueue([("x", "0.75")]).unwrap();
    assert!(study.enqueue([("x", 1.0), ("x", 2.0)]).is_err());
    let code = |trial: &mut Ongoing| Ok(trial.float("x", 0.0..=1.0));
    let says = |parts: [&str; 2]| {
        let text = study.optimize(2, code).unwrap_err().to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    };
    says(["'x': the value that it was given is 25", "0 to 1"]);
    says(["'X'", "nearest of the 1 there are: 'x'"]);
    says(["'x': the value that it was given is '0.75'", "0 to 1"]);
    study.optimize(1, code).unwrap();
    let trials = study.trials().unwrap();
    assert_eq!(trials[0].values, [0.25]);
    let states: Vec<TrialState> = trials[1..].iter().map(|t| t.state).collect();
    use TrialState::{Complete, Fail};
    assert_eq!(states, [Fail, Fail, Fail, Complete]);
    assert!(trials[2].user[keys::FAILURE].as_str().unwrap().contains("'X'"));
}

#[test]
fn columns_of_the_table_do_not_collide() {
    let study = study("collisions");
    let names = ["seed", "state", "number", "value", "seconds", "params_x", "x"];
    study
        .optimize(2, |trial| {
            Ok(names.iter().map(|n| trial.float::<f64>(n, 0.0..=1.0)).sum::<f64>())
        })
        .unwrap();
    let columns = study.trials_table().unwrap().columns();
    for name in names {
        let column = format!("params_{name}");
        assert_eq!(columns.iter().filter(|c| **c == column).count(), 1, "{columns:?}");
    }
    assert_eq!(columns.len(), 5 + names.len());
    for name in ["seed", "params_x"] {
        let storage = &study.inner.storage;
        let names = json!([name]);
        let (id, scope) = (study.inner.id, Scope::System);
        storage.set_study_attribute(id, scope, "study:metric_names", &names).unwrap();
        let table = study.trials_table().unwrap();
        assert!(table.has_column(&format!("values_{name}")), "{:?}", table.columns());
    }
    assert!(study.cv_results().unwrap().has_column("param_seed"));
    let mut trial = study.ask().unwrap();
    for key in ["seed", "failure"] {
        assert!(trial.set_attribute(key, 1).unwrap_err().to_string().contains("another key"));
    }
    assert!(study.set_attribute("weights", 1).is_err());
    study.tell_failed(&mut trial, "of no use").unwrap();
}

#[test]
fn the_front_of_several_objectives() {
    let study = Study::open("memory", "two", [Direction::Minimize, Direction::Maximize]).unwrap();
    let values = [[1.0, 1.0], [2.0, 3.0], [2.0, 2.0], [0.5, 0.0], [3.0, 3.0]];
    study.optimize(5, |trial| Ok(values[trial.number() as usize])).unwrap();
    let front: Vec<u64> = study.pareto_front().unwrap().iter().map(|t| t.number).collect();
    assert_eq!(front, [0, 1, 3]);
    assert!(study.best_trial().unwrap_err().to_string().contains("pareto_front"));
    assert_eq!(study.best_trials(10).unwrap().rows().len(), 3);
    let result = study.optimize(3, |_| Ok(1.0));
    assert!(result.unwrap_err().to_string().contains("2"));
}

/// A running trial whose worker is a dead process.
fn orphan(study: &Study) -> u64 {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let own = process::Process::own().unwrap().to_json();
    let (_, rest) = own.as_str().unwrap().split_once(' ').unwrap();
    let worker = json!(format!("{} {rest}", child.id()));
    child.wait().unwrap();
    let begun = study.begin_new().unwrap();
    let storage = &study.inner.storage;
    storage.set_trial_attribute(begun.id, Scope::System, keys::WORKER, &worker).unwrap();
    storage.report(begun.id, 1, 0.5).unwrap();
    begun.number
}

#[test]
fn trials_of_dead_workers_are_taken_up_again_once() {
    if process::Process::own().is_none() {
        println!("skipped: this system does not tell when a process began");
        return;
    }
    let plain = study("orphans");
    plain.optimize(6, |trial| Ok(trial.float("x", 0.0..=1.0))).unwrap();
    let study = study("orphans");
    study.optimize(2, |trial| Ok(trial.float("x", 0.0..=1.0))).unwrap();
    let number = orphan(&study);
    // A copy that another process made at the same time.
    let trials = study.inner.storage.trials(study.inner.id).unwrap();
    let inner = &study.inner;
    inner.retry(&trials, &trials[number as usize], 9).unwrap();
    inner.retry(&trials, &trials[number as usize], 9).unwrap();
    study.optimize(4, |trial| Ok(trial.float("x", 0.0..=1.0))).unwrap();

    let trials = study.trials().unwrap();
    assert_eq!(trials[2].state, TrialState::Fail);
    assert_eq!(trials[3].system[keys::FAILED_TRIAL], 2);
    assert_eq!(trials[3].system[keys::RETRY_HISTORY], json!([2]));
    assert_eq!(trials[3].state, TrialState::Complete);
    assert_eq!(trials[3].intermediate[&1], 0.5);
    assert!(trials[4].system.contains_key(keys::SUPERSEDED));
    // The values are those of a study in which no worker died.
    let values = |study: &Study| -> Vec<f64> {
        let trials = study.effective().unwrap();
        trials.iter().filter_map(|t| t.objective()).collect()
    };
    assert_eq!(values(&study), values(&plain)[..6]);
    let effective: Vec<u64> = study.effective().unwrap().iter().map(|t| t.number).collect();
    assert_eq!(effective, [0, 1, 3, 5, 6, 7]);
}

#[test]
fn a_trial_that_kills_every_worker_is_given_up() {
    if process::Process::own().is_none() {
        return;
    }
    let study = study("poison");
    orphan(&study);
    for _ in 0..30 {
        let trials = study.inner.trials_after_recovery().unwrap();
        let Some(begun) = study.take_waiting(&trials).unwrap() else { break };
        let dead = trials[0].system[keys::WORKER].clone();
        let storage = &study.inner.storage;
        storage.set_trial_attribute(begun.id, Scope::System, keys::WORKER, &dead).unwrap();
    }
    let trials = study.trials().unwrap();
    assert_eq!(trials.len(), 11);
    assert!(trials.iter().all(|t| t.state == TrialState::Fail));
}

#[test]
fn tables_have_a_row_a_trial_and_null_for_what_is_not_there() {
    let study = study("table");
    study
        .optimize(4, |trial| {
            let deep = trial.boolean("deep");
            let n: i64 = if deep { trial.int("n", 1..=3) } else { 0 };
            let x: f64 = trial.float("x", 0.0..=1.0);
            Ok(x + n as f64)
        })
        .unwrap();
    let table = study.trials_table().unwrap();
    assert_eq!(table.rows(), 4);
    let columns = table.columns();
    for name in
        ["number", "state", "value", "params_deep", "params_n", "params_x", "seconds", "seed"]
    {
        assert!(columns.iter().any(|c| c == name), "{name} in {columns:?}");
    }
    let html = study.best_trials(2).unwrap().to_html();
    assert_eq!(html.matches("<tr>").count(), 3, "{html}");
    let space = study.search_space_summary().unwrap().to_string();
    assert!(space.contains("deep") && space.contains("0 to 1"), "{space}");
}

#[test]
fn studies_are_opened_by_name_and_direction() {
    let study = study("first");
    assert!(format!("{study:?}").contains("first"));
    assert!(Study::open("memory", "", [Direction::Minimize]).is_err());
    assert!(Study::open("memory", "x", []).is_err());
    let text = Study::load("memory", "nobody").unwrap_err().to_string();
    assert!(text.contains("nobody"), "{text}");
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("mistyped.db");
    let url = format!("sqlite:///{}", missing.display());
    for place in [missing.to_string_lossy().to_string(), url] {
        let errors = [
            Study::load(&place, "s").map(drop),
            Study::list(&place).map(drop),
            Study::delete(&place, "s"),
        ];
        for error in errors {
            let text = error.unwrap_err().to_string();
            assert!(text.contains("mistyped.db") && text.contains("exists"), "{text}");
        }
    }
    assert!(!missing.exists(), "nothing is made by looking");
    study.optimize(1, |_| Ok(1.0)).unwrap();
    assert!(study.clone().seed(2).unwrap_err().to_string().contains("as it began"));
    let copy = study.copy("memory", "second").unwrap();
    assert_eq!(copy.trials().unwrap().len(), 1);
    assert_eq!(copy.seed_now().unwrap(), 1);
}

#[test]
fn attributes_are_noted() {
    let study = study("notes");
    study.set_attribute("who", "me").unwrap();
    let mut trial = study.ask().unwrap();
    trial.set_attribute("how", 3).unwrap();
    study.tell(&mut trial, 1.0).unwrap();
    assert!(study.tell(&mut trial, 1.0).is_err());
    let none = Attributes::new();
    assert_ne!(study.record().unwrap().user, none);
    assert_eq!(study.trials().unwrap()[0].user["how"], 3);
}

#[test]
fn workers_that_start_together_agree_on_a_seed() {
    let folder = tempfile::tempdir().unwrap();
    for (round, given) in [Some(11), None, Some(12), None].into_iter().enumerate() {
        let place = folder.path().join(format!("{round}.db"));
        let seeds: Vec<u64> = std::thread::scope(|scope| {
            let open = || {
                let study = Study::open(&place, "s", [Direction::Minimize]).unwrap();
                let study = given.map_or(study.clone(), |seed| study.seed(seed).unwrap());
                study.ask().unwrap();
                study.seed_now().unwrap()
            };
            let workers: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            workers.into_iter().map(|w| w.join().unwrap()).collect()
        });
        assert!(seeds.iter().all(|s| *s == given.unwrap_or(seeds[0])), "{seeds:?}");
    }
}

#[test]
fn looking_at_a_study_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.db");
    let study = Study::open(&place, "s", [Direction::Minimize]).unwrap();
    let python = json!({"torch": 1});
    study.set_attribute("seed", python.clone()).unwrap();
    let again = Study::load(&place, "s").unwrap();
    assert!(again.best_trial().is_err());
    let record = again.record().unwrap();
    assert_eq!((record.user["seed"].clone(), record.system.len()), (python, 0));
    assert_eq!(again.seed(7).unwrap().seed_now().unwrap(), 7);
}

#[test]
fn trials_that_are_asked_for_live_as_long_as_somebody_holds_them() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.db");
    let study = Study::open(&place, "s", [Direction::Minimize]).unwrap();
    let states = || -> Vec<TrialState> {
        // All heartbeats are as old as after the machine slept for a night.
        let file = rusqlite::Connection::open(&place).unwrap();
        let old = "UPDATE trial_heartbeats SET heartbeat = datetime('now', '-9 hours')";
        file.execute(old, []).unwrap();
        study.inner.trials_after_recovery().unwrap().iter().map(|t| t.state).collect()
    };
    let (mut told, left) = (study.ask().unwrap(), study.ask().unwrap());
    assert_eq!(states(), [TrialState::Running; 2]);
    study.tell(&mut told, 1.0).unwrap();
    drop(left);
    use TrialState::{Complete, Fail, Waiting};
    assert_eq!(states(), [Complete, Fail, Waiting], "nobody holds it: a copy is queued");
}

#[test]
fn passwords_are_not_printed() {
    let shown = crate::tune::storage::shown;
    let url = "postgresql://lab:top@secret@host:5432/db?password=topsecret";
    assert_eq!(shown(url), "postgresql://lab@host:5432/db");
    assert_eq!(shown("studies/a@b.db"), "studies/a@b.db");
    assert_eq!(shown("sqlite:///a.db"), "sqlite:///a.db");
}

#[test]
fn settings_out_of_range_are_refused_and_nan_ends_a_study_only_if_it_is_to() {
    let code = |trial: &mut Ongoing| -> Result<f64> {
        trial.float::<f64>("x", 0.0..=1.0);
        Ok(f64::NAN)
    };
    for wrong in [study("none").workers(0), study("never").max_consecutive_failures(0)] {
        let text = wrong.optimize(1, code).unwrap_err().to_string();
        assert!(text.contains("at least 1") && wrong.trials().unwrap().is_empty(), "{text}");
    }
    let all = study("all");
    all.optimize(6, code).unwrap();
    assert!(all.trials().unwrap().iter().all(|t| t.state == TrialState::Fail));
    let some = study("some").max_consecutive_failures(4);
    assert!(some.optimize(9, code).unwrap_err().to_string().contains("4 trials failed"));
    assert_eq!(some.trials().unwrap().len(), 4);
    let space = Space::new().real("x", 0.0..=1.0);
    let minimize = gp_minimize(&space, |_| Ok(f64::NAN)).n_calls(15).seed(1);
    assert_eq!(minimize.run("memory").unwrap().trials().unwrap().len(), 15);
    let text = minimize.max_consecutive_failures(5).run("memory").unwrap_err().to_string();
    assert!(text.contains("5 trials failed"), "{text}");
}
