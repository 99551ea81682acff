//! Studies whose workers are killed with SIGKILL at any moment, whose server goes away, or whose
//! disk is full: no finished trial is lost, and trial numbers have neither gaps nor duplicates.
//!
//! `DFDX_LAB_TEST_KILLS` sets the number of kills (50).
#![cfg(feature = "postgres")]

#[path = "common/postgres.rs"]
mod server;

use dfdx_lab::tune::storage::{self, Scope, Storage};
use dfdx_lab::tune::{Direction, Distribution, TrialState};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Tells a copy of this program that it is a worker: the study's place, the file for the numbers of
/// its finished trials, and how many finished trials are enough.
const WORKER: &str = "DFDX_LAB_TEST_WORKER";
const STUDY: &str = "study";

/// Not a test of its own: the workers run it.
#[test]
fn worker() {
    let Ok(orders) = std::env::var(WORKER) else { return };
    let mut orders = orders.split('|');
    let mut next = || orders.next().unwrap();
    let (place, notes, enough) = (next(), next(), next().parse().unwrap());
    work(place, Path::new(notes), enough).unwrap_or_else(|error| {
        println!("worker: {error}");
        std::process::exit(3);
    });
}

fn work(place: &str, notes: &Path, enough: usize) -> dfdx_lab::Result<()> {
    let storage = storage::open(place)?;
    let study = storage.find_study(STUDY)?.unwrap().id;
    let mut notes = OpenOptions::new().create(true).append(true).open(notes).unwrap();
    while finished(&*storage, study)? < enough {
        let (id, number) = storage.create_trial(study, None)?;
        let x = Distribution::Float { low: 0.0, high: 1e9, step: None, log: false };
        storage.set_param(id, "x", number as f64, &x)?;
        let n = Distribution::Int { low: 0, high: 1 << 40, step: 1, log: false };
        storage.set_param(id, "n", number as f64, &n)?;
        for step in 0..3 {
            storage.report(id, step, number as f64)?;
            storage.heartbeat(id)?;
        }
        storage.set_trial_attribute(id, Scope::User, "number", &json!(number))?;
        std::thread::sleep(Duration::from_millis(2));
        storage.finish(id, TrialState::Complete, &[number as f64])?;
        // One write of a short line is there wholly or not at all.
        notes.write_all(format!("{number}\n").as_bytes()).unwrap();
    }
    Ok(())
}

fn finished(storage: &dyn Storage, study: i64) -> dfdx_lab::Result<usize> {
    Ok(storage.trials(study)?.iter().filter(|t| t.state.is_finished()).count())
}

fn command(place: &str, notes: &Path, enough: usize) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "worker", "--nocapture"])
        .env(WORKER, format!("{place}|{}|{enough}", notes.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn start(place: &str, notes: &Path, enough: usize) -> Child {
    command(place, notes, enough).spawn().unwrap()
}

fn ended_well(done: &Output) {
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(done.status.success(), "{}{}", said(&done.stdout), said(&done.stderr));
}

/// Kills workers until the kills are used up, then lets the last ones finish.
fn kill_again_and_again(place: &str, notes: &Path, workers: usize, kills: usize) {
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    println!("seed of the kills: {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // Measures how long a worker takes here, so that each does something before it is killed.
    let begin = Instant::now();
    ended_well(&start(place, notes, 5).wait_with_output().unwrap());
    let span = begin.elapsed() * 2;
    let mut running: Vec<Child> = (0..workers).map(|_| start(place, notes, usize::MAX)).collect();
    for _ in 0..kills {
        std::thread::sleep(random.gen_range(Duration::ZERO..span));
        let victim = random.gen_range(0..workers);
        let mut killed = std::mem::replace(&mut running[victim], start(place, notes, usize::MAX));
        assert!(killed.try_wait().unwrap().is_none(), "a worker ended by itself");
        killed.kill().unwrap();
        killed.wait().unwrap();
    }
    for mut child in running {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// Checks what must hold whatever happened; returns the number of trials that were not finished.
fn check(place: &str, notes: &Path) -> usize {
    let storage = storage::open(place).unwrap();
    let study = storage.find_study(STUDY).unwrap().unwrap().id;
    let trials = storage.trials(study).unwrap();
    let mut open = 0;
    for (place, trial) in trials.iter().enumerate() {
        let number = place as u64;
        assert_eq!(trial.number, number, "a gap or a double");
        let value = number as f64;
        match trial.state {
            TrialState::Running => open += 1,
            TrialState::Complete => {
                assert_eq!(trial.values, [value]);
                let params: BTreeMap<&str, f64> =
                    trial.params.iter().map(|p| (p.name.as_str(), p.internal)).collect();
                assert_eq!(params, [("x", value), ("n", value)].into());
                assert_eq!(trial.intermediate, [(0, value), (1, value), (2, value)].into());
                assert_eq!(trial.user["number"], json!(number));
                assert!(trial.completed >= trial.started);
            }
            other => panic!("trial {number} is {other:?}"),
        }
        assert_eq!(storage.trial(trial.id).unwrap(), **trial);
    }
    let noted: Vec<u64> =
        fs::read_to_string(notes).unwrap().lines().map(|l| l.parse().unwrap()).collect();
    let distinct: BTreeSet<u64> = noted.iter().copied().collect();
    assert_eq!(distinct.len(), noted.len(), "two workers finished the same trial");
    for number in distinct {
        assert_eq!(trials[number as usize].state, TrialState::Complete, "a finished one is lost");
    }
    println!("{}: {} trials, {open} of them of the dead", place, trials.len());
    open
}

/// Optuna, if it is at hand, opens the database and continues the study.
fn optuna_goes_on(place: &str) {
    let Some(python) = std::env::var_os("DFDX_LAB_TEST_PYTHON") else { return };
    let side = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/optuna/side.py");
    let place = place.replacen("postgresql", "postgresql+psycopg2", 1);
    let mut command = Command::new(python);
    let done = command.args([side, "resume", &place, STUDY, "2"]).output().unwrap();
    ended_well(&done);
}

fn new_study(place: &str) {
    storage::open(place).unwrap().create_study(STUDY, &[Direction::Minimize]).unwrap();
}

fn kills() -> usize {
    std::env::var("DFDX_LAB_TEST_KILLS").map_or(50, |n| n.parse().unwrap())
}

fn done_by(place: &str, notes: &Path, workers: usize, more: usize) {
    let storage = storage::open(place).unwrap();
    let study = storage.find_study(STUDY).unwrap().unwrap().id;
    let enough = (finished(&*storage, study).unwrap() + more).max(200);
    let running: Vec<Child> = (0..workers).map(|_| start(place, notes, enough)).collect();
    running.into_iter().for_each(|child| ended_well(&child.wait_with_output().unwrap()));
    assert!(finished(&*storage, study).unwrap() >= enough);
}

#[test]
fn a_killed_study_in_sqlite_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let place = format!("sqlite:///{}/study.db", folder.path().display());
    let notes = folder.path().join("notes");
    new_study(&place);
    kill_again_and_again(&place, &notes, 1, kills());
    check(&place, &notes);
    done_by(&place, &notes, 1, 20);
    assert!(check(&place, &notes) <= kills() + 2);
    optuna_goes_on(&place);
}

#[test]
fn killed_workers_at_postgresql_go_on() {
    let Some(server) = server::shared() else { return println!("skipped: no PostgreSQL") };
    let folder = tempfile::tempdir().unwrap();
    let (place, notes) = (server.database(), folder.path().join("notes"));
    new_study(&place);
    kill_again_and_again(&place, &notes, 4, kills());
    check(&place, &notes);
    done_by(&place, &notes, 4, 40);
    assert!(check(&place, &notes) <= kills() + 8);
    optuna_goes_on(&place);
}

#[test]
fn a_killed_server_is_waited_for() {
    // More trials than four workers can do while the server is killed three times.
    const ALL: usize = 2500;
    let Some(mut server) = server::Server::start() else {
        return println!("skipped: no PostgreSQL");
    };
    let folder = tempfile::tempdir().unwrap();
    let (place, notes) = (server.database(), folder.path().join("notes"));
    new_study(&place);
    let workers: Vec<Child> = (0..4).map(|_| start(&place, &notes, ALL)).collect();
    for pause in [300, 0, 1500] {
        std::thread::sleep(Duration::from_millis(400));
        server.kill();
        std::thread::sleep(Duration::from_millis(pause));
        server.resume();
    }
    let before = fs::read_to_string(&notes).unwrap().lines().count();
    workers.into_iter().for_each(|child| ended_well(&child.wait_with_output().unwrap()));
    assert!(before < ALL, "the workers were done before the server was killed");
    // Each trial exists once: no repeated call has begun another, and all were finished.
    assert_eq!(check(&place, &notes), 0, "{}", server.log());
    assert!(fs::read_to_string(&notes).unwrap().lines().count() >= ALL);
    optuna_goes_on(&place);
}

#[test]
fn a_full_disk_takes_nothing_away() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mount = |options: &str| {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&disk);
        mount.output().is_ok_and(|done| done.status.success())
    };
    if !mount("size=3m") {
        return println!("skipped: a small disk can be mounted by root only");
    }
    let place = format!("sqlite:///{}/study.db", disk.display());
    let notes = folder.path().join("notes");
    new_study(&place);
    let done = start(&place, &notes, usize::MAX).wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(done.status.code(), Some(3), "{said}");
    assert!(said.contains("the disk is full") && said.contains("study.db"), "{said}");
    let room = mount("remount,size=20m");
    let before = fs::read_to_string(&notes).unwrap().lines().count();
    check(&place, &notes);
    done_by(&place, &notes, 1, 20);
    check(&place, &notes);
    let unmounted = Command::new("umount").arg("-l").arg(&disk).output();
    assert!(room && before > 5 && unmounted.is_ok_and(|done| done.status.success()));
}
