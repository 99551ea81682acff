//! Optuna and this library on the same databases. See tests/optuna/README.md.
#![cfg(feature = "postgres")]

#[path = "common/postgres.rs"]
mod server;

use dfdx_lab::tune::storage::{self, Scope, Storage};
use dfdx_lab::tune::{Choice, Direction, Distribution, Param, Trial, TrialState};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/optuna");

/// A Python with Optuna 5, if there is one.
fn python() -> Option<PathBuf> {
    let Some(python) = std::env::var_os("DFDX_LAB_TEST_PYTHON").map(PathBuf::from) else {
        println!("skipped: DFDX_LAB_TEST_PYTHON names no Python with Optuna 5");
        return None;
    };
    let check = "import optuna, pytest; assert optuna.__version__.startswith('5.')";
    let done = Command::new(&python).args(["-c", check]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(python)
}

fn side(python: &Path, args: &[&str]) -> Value {
    let mut command = Command::new(python);
    // In a time zone other than UTC.
    command.arg(format!("{HERE}/side.py")).args(args).env("TZ", "Asia/Kolkata");
    let done = command.output().unwrap();
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// Each kind of database, empty, by its URL.
fn places(folder: &Path) -> Vec<String> {
    let mut places = vec![format!("sqlite:///{}/study.db", folder.display())];
    let postgres = server::shared().map(|server| server.database());
    // Python has to be told which of its drivers to use.
    places.extend(postgres.map(|url| url.replacen("postgresql", "postgresql+psycopg2", 1)));
    places
}

/// As in side.py: numbers as their bits.
fn exact(value: &Value) -> Value {
    match value {
        Value::Number(v) if v.is_f64() => number(v.as_f64().unwrap()),
        Value::Array(list) => list.iter().map(exact).collect(),
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), exact(v))).collect(),
        other => other.clone(),
    }
}

fn number(value: f64) -> Value {
    json!(format!("{:016x}", value.to_bits()))
}

fn distribution(of: &Distribution) -> Value {
    let (name, attributes) = match of {
        Distribution::Float { low, high, step, log } => {
            ("FloatDistribution", json!({"low": low, "high": high, "step": step, "log": log}))
        }
        Distribution::Int { low, high, step, log } => {
            ("IntDistribution", json!({"low": low, "high": high, "step": step, "log": log}))
        }
        Distribution::Categorical { choices } => {
            let choices: Vec<Value> = choices.iter().map(Choice::to_json).collect();
            ("CategoricalDistribution", json!({"choices": choices}))
        }
    };
    exact(&json!({"name": name, "attributes": attributes}))
}

/// The study as side.py prints it.
fn view(storage: &dyn Storage, name: &str) -> Value {
    let study = storage.find_study(name).unwrap().unwrap();
    let direction = |d: &Direction| match d {
        Direction::Minimize => "MINIMIZE",
        Direction::Maximize => "MAXIMIZE",
    };
    let trial = |t: &Arc<Trial>| {
        let distributions: BTreeMap<&str, Value> =
            t.params.iter().map(|p| (p.name.as_str(), distribution(&p.distribution))).collect();
        // A float as it is stored: Optuna draws `low + k * step`, .6000000000000001 for .6, while
        // our `value()` gives the number of the grid.
        let value = |p: &Param| match *p.distribution {
            Distribution::Float { .. } => number(p.internal),
            _ => exact(&p.value().to_json()),
        };
        let params: Vec<Value> = t.params.iter().map(|p| json!([p.name, value(p)])).collect();
        let steps: Vec<Value> =
            t.intermediate.iter().map(|(step, v)| json!([step, number(*v)])).collect();
        json!({
            "number": t.number,
            "state": format!("{:?}", t.state).to_uppercase(),
            "values": t.values.iter().map(|v| number(*v)).collect::<Vec<_>>(),
            "params": params,
            "distributions": distributions,
            "intermediate": steps,
            "user": exact(&json!(t.user)),
            "system": exact(&json!(t.system)),
            "started": t.started,
            "completed": t.completed,
        })
    };
    json!({
        "directions": study.directions.iter().map(direction).collect::<Vec<_>>(),
        "user": exact(&json!(study.user)),
        "system": exact(&json!(study.system)),
        "trials": storage.trials(study.id).unwrap().iter().map(trial).collect::<Vec<_>>(),
    })
}

fn same(ours: &Value, theirs: &Value, what: &str) {
    let trials = |v: &Value| v["trials"].as_array().cloned().unwrap_or_default();
    for (a, b) in trials(ours).iter().zip(&trials(theirs)) {
        assert_eq!(a, b, "{what}");
    }
    assert_eq!(ours, theirs, "{what}");
}

fn param(name: &str, of: Distribution, internal: f64) -> Param {
    Param { name: name.to_string(), distribution: Arc::new(of), internal }
}

fn everything(state: TrialState) -> Trial {
    let float = |low, high, step, log| Distribution::Float { low, high, step, log };
    let int = |low, high, step, log| Distribution::Int { low, high, step, log };
    let choices = vec![
        Choice::Text("é \"x\"".into()),
        Choice::None,
        Choice::Bool(false),
        Choice::Int(-7),
        Choice::Float(2.0),
        Choice::Json(json!([64, {"a": 0.5}])),
    ];
    Trial {
        id: 0,
        number: 0,
        state,
        values: match state {
            TrialState::Complete => vec![0.1 + 0.2, f64::INFINITY],
            _ => Vec::new(),
        },
        params: vec![
            param("z log", float(1e-5, 0.1, None, true), 1.2345678901234567e-5),
            param("a", float(0.1, 0.7, None, false), 0.1 + 0.2),
            param("step", float(0.0, 1.0, Some(0.1), false), 0.3),
            param("int", int(-3, 9, 2, false), -1.0),
            param("int log", int(1, 1 << 40, 1, true), (1i64 << 39) as f64),
            param("choice", Distribution::Categorical { choices }, 0.0),
        ],
        intermediate: [(0, 0.5), (2, f64::NAN), (3, f64::INFINITY), (9, f64::NEG_INFINITY)].into(),
        user: [("history é".to_string(), json!({"loss": [0.1, 1e-300, null, [], {}]}))].into(),
        system: [("fixed_params".to_string(), json!({"a": 0.5}))].into(),
        started: Some(1_795_368_758_268_964),
        completed: state.is_finished().then_some(1_795_368_759_000_001),
    }
}

#[test]
fn optuna_reads_and_continues_what_was_written_here() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    for place in places(folder.path()) {
        let storage = storage::open(place.as_str()).unwrap();
        let two = [Direction::Maximize, Direction::Minimize];
        let study = storage.create_study("all of it", &two).unwrap();
        storage.set_study_attribute(study, Scope::User, "é", &json!([1, 2.5, null])).unwrap();
        storage.set_study_attribute(study, Scope::System, "seed", &json!(7)).unwrap();
        use TrialState::*;
        for state in [Complete, Pruned, Fail, Waiting, Running] {
            storage.create_trial(study, Some(&everything(state))).unwrap();
        }
        let (id, _) = storage.create_trial(study, None).unwrap();
        storage.finish(id, Complete, &[1.0, 2.0]).unwrap();
        same(&view(&*storage, "all of it"), &side(&python, &["read", &place, "all of it"]), &place);

        let study = storage.create_study("continued", &[Direction::Minimize]).unwrap();
        for i in 0..12 {
            let (id, _) = storage.create_trial(study, None).unwrap();
            let x = Distribution::Float { low: -1.0, high: 1.0, step: None, log: false };
            storage.set_param(id, "x", f64::from(i) / 12.0, &x).unwrap();
            let choices = vec![Choice::Text("a".into()), Choice::Text("b".into())];
            storage.set_param(id, "c", 1.0, &Distribution::Categorical { choices }).unwrap();
            storage.finish(id, Complete, &[f64::from(i)]).unwrap();
        }
        storage.trials(study).unwrap();
        let theirs = side(&python, &["optimize", &place, "continued", "8"]);
        same(&view(&*storage, "continued"), &theirs, &place);
        assert_eq!(theirs["trials"].as_array().map(Vec::len), Some(20));
        assert_eq!(theirs["trials"][19]["user"]["by"], "optuna");
        let shown = side(&python, &["dashboard", &place, "continued"]);
        assert_eq!(shown.as_array().map(Vec::len), Some(20), "{shown}");
        assert_eq!(shown[3], json!([3, "Complete", [3.0]]));
        assert_eq!(storage.create_trial(study, None).unwrap().1, 20);
        same(&view(&*storage, "continued"), &side(&python, &["read", &place, "continued"]), &place);
    }
}

#[test]
fn what_optuna_wrote_is_read_and_continued() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    for place in places(folder.path()) {
        let theirs = side(&python, &["write", &place, "theirs"]);
        let storage = storage::open(place.as_str()).unwrap();
        same(&view(&*storage, "theirs"), &theirs, &place);
        let study = storage.find_study("theirs").unwrap().unwrap();
        let all = storage.trials(study.id).unwrap();
        let queued = all.iter().find(|t| t.state == TrialState::Waiting).unwrap();
        assert!(storage.claim(queued.id, &Default::default()).unwrap());
        let of = Distribution::Float { low: 0.1, high: 0.9, step: None, log: false };
        storage.set_param(queued.id, "float", 0.5, &of).unwrap();
        let of = Distribution::Int { low: 1, high: 2, step: 1, log: false };
        assert!(storage.set_param(queued.id, "log", 1.0, &of).is_err());
        storage.finish(queued.id, TrialState::Complete, &[1.0, 2.0]).unwrap();
        storage.create_trial(study.id, Some(&everything(TrialState::Complete))).unwrap_err();
        storage.create_trial(study.id, None).unwrap();
        same(&view(&*storage, "theirs"), &side(&python, &["read", &place, "theirs"]), &place);
    }
}

#[test]
fn both_work_at_the_same_time() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    for place in places(folder.path()) {
        let storage = storage::open(place.as_str()).unwrap();
        let study = storage.create_study("both", &[Direction::Minimize]).unwrap();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| side(&python, &["optimize", &place, "both", "25"]));
            while !other.is_finished() {
                let (id, number) = storage.create_trial(study, None).unwrap();
                let n = Distribution::Int { low: 1, high: 9, step: 1, log: false };
                storage.set_param(id, "n", 3.0, &n).unwrap();
                storage.report(id, 0, 0.5).unwrap();
                storage.trials(study).unwrap();
                storage.finish(id, TrialState::Complete, &[number as f64]).unwrap();
                std::thread::sleep(Duration::from_millis(15));
            }
            other.join().unwrap();
        });
        let all = storage.trials(study).unwrap();
        assert!(all.iter().enumerate().all(|(i, t)| t.number == i as u64), "{place}");
        assert!(all.iter().all(|t| t.state == TrialState::Complete), "{place}");
        assert_eq!(all.iter().filter(|t| t.user.contains_key("by")).count(), 25);
        println!("{place}: {} trials, 25 of them Optuna's", all.len());
        same(&view(&*storage, "both"), &side(&python, &["read", &place, "both"]), &place);
    }
}

#[test]
fn heartbeats_are_understood() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    for place in places(folder.path()) {
        let storage = storage::open(place.as_str()).unwrap();
        let study = storage.create_study("beats", &[Direction::Minimize]).unwrap();
        let (ours, _) = storage.create_trial(study, None).unwrap();
        storage.heartbeat(ours).unwrap();
        let theirs = side(&python, &["beat", &place, "beats"]).as_i64().unwrap();
        assert_eq!(storage.stale(study, 600.0).unwrap(), [0; 0]);
        std::thread::sleep(Duration::from_millis(3100));
        assert_eq!(storage.stale(study, 1.0).unwrap(), [ours, theirs], "{place}");
        let stale = side(&python, &["stale", &place, "beats"]);
        assert_eq!(stale, json!([ours, theirs]), "{place}");
        storage.heartbeat(theirs).unwrap();
        assert_eq!(storage.stale(study, 600.0).unwrap(), [0; 0]);
    }
}

#[test]
fn the_tables_are_optunas() {
    let Some(python) = python() else { return };
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (ours, theirs) in places(ours.path()).iter().zip(places(theirs.path())) {
        drop(storage::open(ours.as_str()).unwrap());
        let (ours, theirs) =
            (side(&python, &["schema", ours]), side(&python, &["schema", &theirs]));
        assert!(theirs.as_object().is_some_and(|tables| tables.len() >= 4));
        assert_eq!(ours, theirs);
    }
}

#[test]
fn optunas_own_tests_pass() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    for place in places(folder.path()) {
        let storage = storage::open(place.as_str()).unwrap();
        // The database has been used, and is empty again, because the tests count studies.
        let study = storage.create_study("used", &[Direction::Minimize]).unwrap();
        storage.create_trial(study, Some(&everything(TrialState::Waiting))).unwrap();
        storage.delete_study(study).unwrap();
        drop(storage);
        let prepared = place.strip_prefix("sqlite:///").unwrap_or(&place);
        let done = Command::new(&python)
            .args(["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"])
            .arg(format!("{HERE}/test_storages.py"))
            .env("PREPARED", prepared)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{place}: {said}");
        println!("{place}: {}", said.lines().last().unwrap_or_default());
    }
}
