//! Searches that are killed with SIGKILL again and again lose nothing: no finished trial, no cell
//! of a grid, no value.

use dfdx_lab::prelude::*;
use rand::{Rng, SeedableRng};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Tells a copy of this program to run the search, in which folder, and which kind.
const CHILD: &str = "DFDX_LAB_TEST_STUDY_IN";
const KIND: &str = "DFDX_LAB_TEST_STUDY_KIND";

fn data() -> Result<Dataset> {
    let x = Array::new([200, 6], (0..1200).map(|i| (0.3 * i as f32).sin()).collect())?;
    Dataset::new(x, (0..200).map(|i| i * i / 7 % 3).collect(), ["a", "b", "c"])
}

fn build(hp: &mut Hp) -> Result<Model> {
    let units = hp.choice("units", [4, 8, 12]);
    let mut net = Sequential::new([6]).add(Dense::new(units).activation(Relu));
    if hp.boolean("deep") {
        net = net.add(Dense::new(8).activation(hp.choice("second", [Relu, Tanh, Sigmoid])));
    }
    let rate: f32 = hp.choice("rate", [0.01, 0.001]);
    net.add(Dense::new(3).activation(Softmax)).compile(
        Adam::new(rate),
        CategoricalCrossentropy::new(),
        ["accuracy"],
    )
}

fn search(kind: &str) -> Search {
    let fit = Fit::epochs(12).batch_size(8);
    let search = match kind {
        "grid" => GridSearch::new(build).cross_validate(KFold::new(2).shuffle(1)).fit(fit),
        "hyperband" => Hyperband::new(build).max_epochs(9).factor(3).fit(fit.validation_split(0.2)),
        _ => RandomSearch::new(build).max_trials(15).fit(fit.validation_split(0.2)),
    };
    search.objective("val_loss").seed(11).verbose(0)
}

fn workers(kind: &str) -> usize {
    if kind == "grid" { 2 } else { 1 }
}

fn run_in(folder: &Path, kind: &str) -> Result<ModelStudy> {
    search(kind).workers(workers(kind)).run(&data()?, folder.join("study.db"))
}

fn start(folder: &Path, kind: &str, test: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, folder)
        .env(KIND, kind)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// The parameters and values of the finished trials.
fn results(study: &ModelStudy) -> Vec<(Vec<String>, Vec<u64>)> {
    let trials = study.trials().unwrap();
    let done = trials.iter().filter(|t| t.state == TrialState::Complete);
    let line = |t: &Trial| -> (Vec<String>, Vec<u64>) {
        let own = |name: &str| name == "tuner/trial_id";
        let params = t.params.iter().filter(|p| !own(&p.name));
        let params = params.map(|p| format!("{}={}", p.name, p.value())).collect();
        (params, t.values.iter().map(|v| v.to_bits()).collect())
    };
    done.map(line).collect()
}

fn killed_and_resumed(kind: &str, test: &str) {
    if let Some(folder) = std::env::var_os(CHILD) {
        run_in(Path::new(&folder), kind).unwrap();
        return;
    }
    let whole = tempfile::tempdir().unwrap();
    let begin = std::time::Instant::now();
    let expected = run_in(whole.path(), kind).unwrap();
    // Early enough that several kills hit the search, even on a fast machine.
    let latest = (begin.elapsed().as_millis() as u64 / 3).clamp(20, 300);

    let killed = tempfile::tempdir().unwrap();
    let seed = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos() as u64;
    println!("seed of the kills: {seed}");
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let mut kills = 0;
    for _ in 0..12 {
        let mut child = start(killed.path(), kind, test);
        std::thread::sleep(Duration::from_millis(random.gen_range(10..latest)));
        let done = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        if done {
            break;
        }
        kills += 1;
    }
    let study = run_in(killed.path(), kind).unwrap();
    let trials = study.trials().unwrap();
    let retries = trials.iter().filter(|t| t.system.contains_key("failed_trial")).count();
    println!("{kind}: {kills} kills, {retries} trials taken up again, {} trials", trials.len());
    assert!(kills > 0, "the search was over before it could be killed");

    // Numbers have no gaps, and no trial is left running.
    assert!(trials.iter().enumerate().all(|(i, t)| t.number == i as u64 && t.state.is_finished()));
    let (mut now, mut then) = (results(&study), results(&expected));
    now.sort();
    then.sort();
    let different: BTreeSet<&Vec<String>> = now.iter().map(|r| &r.0).collect();
    assert_eq!(different.len(), now.len(), "a cell was run twice");
    assert_eq!(now, then, "the values are those of a search that was left alone");
    // Running it again does nothing.
    assert_eq!(run_in(killed.path(), kind).unwrap().trials().unwrap().len(), trials.len());
    let best = study.best_model().unwrap();
    assert_eq!(best.flat_weights(), expected.best_model().unwrap().flat_weights());
    let folder = killed.path().join("study.db.models/study");
    let names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().to_string())
        .collect();
    assert!(names.iter().all(|n| n.ends_with(".dfdx")), "{names:?}");
    assert!(names.len() <= 2, "{names:?}");
}

#[test]
fn a_killed_grid_runs_every_cell_once() {
    killed_and_resumed("grid", "a_killed_grid_runs_every_cell_once");
}

#[test]
fn a_killed_random_search_draws_the_same() {
    killed_and_resumed("random", "a_killed_random_search_draws_the_same");
}

#[test]
fn a_killed_hyperband_promotes_the_same() {
    killed_and_resumed("hyperband", "a_killed_hyperband_promotes_the_same");
}

/// The trials in a copy of the database's file alone.
fn copied_alone(folder: &Path) -> Vec<Trial> {
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("study.db");
    std::fs::copy(folder.join("study.db"), &copy).unwrap();
    let raw = rusqlite::Connection::open(&copy).unwrap();
    let check: String = raw.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    drop(raw);
    Study::load(&copy, "study").unwrap().trials().unwrap()
}

#[test]
fn a_copy_of_the_file_alone_has_every_trial_however_the_program_ends() {
    const NAME: &str = "a_copy_of_the_file_alone_has_every_trial_however_the_program_ends";
    let nothing_works = || {
        let broken = RandomSearch::new(|hp| {
            hp.float("x", 0.0..=1.0);
            Sequential::new([7]).add(Dense::new(3)).compile("adam", "mse", ["accuracy"])
        });
        let fit = Fit::epochs(1).validation_split(0.2);
        broken.fit(fit).maximize("val_accuracy").verbose(0).workers(1)
    };
    if let Some(folder) = std::env::var_os(CHILD) {
        let place = Path::new(&folder).join("study.db");
        match std::env::var(KIND).unwrap().as_str() {
            "held" => {
                // Like a notebook's variable, which nobody drops.
                std::mem::forget(run_in(Path::new(&folder), "random").unwrap());
                std::process::exit(0);
            }
            "dropped" => drop(run_in(Path::new(&folder), "grid").unwrap()),
            "by hand" => {
                let study = Study::open(&place, "study", [Direction::Minimize]).unwrap();
                for _ in 0..5 {
                    let mut trial = study.ask().unwrap();
                    let x: f64 = trial.float("x", 0.0..=1.0);
                    study.tell(&mut trial, x).unwrap();
                }
                study.enqueue([("x", 0.5)]).unwrap();
                std::mem::forget(study);
                std::process::exit(0);
            }
            "optimized" => {
                let study = Study::open(&place, "study", [Direction::Minimize]).unwrap();
                study.optimize(6, |trial| Ok(trial.float("x", 0.0..=1.0))).unwrap();
                std::mem::forget(study);
                std::process::exit(0);
            }
            "failed" => {
                let error = nothing_works().run(&data().unwrap(), &place).unwrap_err();
                assert!(error.to_string().contains("3 trials failed"), "{error}");
                std::process::exit(3);
            }
            _ => {
                let study = Study::open(&place, "study", [Direction::Minimize]).unwrap();
                study.optimize(4, |trial| Ok(trial.float("x", 0.0..=1.0))).unwrap();
                panic!("the program's own mistake");
            }
        }
        return;
    }
    let ends = [("held", 15), ("dropped", 24), ("by hand", 6), ("optimized", 6), ("failed", 3)];
    for (kind, trials) in ends.into_iter().chain([("panicked", 4)]) {
        let folder = tempfile::tempdir().unwrap();
        start(folder.path(), kind, NAME).wait().unwrap();
        if kind == "held" {
            // Another program gets the best model without the code of the search.
            let study = Study::load(folder.path().join("study.db"), "study").unwrap();
            let rows = data().unwrap();
            let expected = run_in(folder.path(), "random").unwrap().best_model().unwrap();
            let best = study.best_model().unwrap();
            assert_eq!(best.predict(rows.x()).unwrap(), expected.predict(rows.x()).unwrap());
        }
        let copied = copied_alone(folder.path());
        assert_eq!(copied.len(), trials, "{kind}");
        assert!(copied.iter().all(|t| t.state != TrialState::Running), "{kind}");
        let log = folder.path().join("study.db-wal");
        assert!(log.metadata().map_or(0, |m| m.len()) == 0, "{kind}: the log is not folded in");
    }
}

#[test]
fn several_processes_share_a_grid() {
    const NAME: &str = "several_processes_share_a_grid";
    if let Some(folder) = std::env::var_os(CHILD) {
        run_in(Path::new(&folder), "grid").unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let children: Vec<Child> = (0..3).map(|_| start(folder.path(), "grid", NAME)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let study = run_in(folder.path(), "grid").unwrap();
    let alone = tempfile::tempdir().unwrap();
    let (mut now, mut then) = (results(&study), results(&run_in(alone.path(), "grid").unwrap()));
    now.sort();
    then.sort();
    assert_eq!(now, then);
}

#[test]
fn another_grid_or_seed_is_refused_and_more_trials_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.db");
    let data = data().unwrap();
    let random = search("random").max_trials(2);
    let first = random.clone().run(&data, &place).unwrap();
    assert_eq!(random.clone().max_trials(4).run(&data, &place).unwrap().trials().unwrap().len(), 4);
    let error = random.clone().seed(12).run(&data, &place).unwrap_err().to_string();
    assert!(error.contains("as it began"), "{error}");
    let other = random.clone().maximize("val_accuracy").run(&data, &place).unwrap_err();
    assert!(other.to_string().contains("directions"), "{other}");
    let list = Study::list(&place).unwrap().to_string();
    assert!(list.contains("minimize") && list.contains('4'), "{list}");
    assert_eq!(first.name(), "a");

    let grid = |values: [i32; 2]| {
        GridSearch::new(move |hp| {
            hp.choice("what", values);
            Sequential::new([6]).add(Dense::new(3).activation(Softmax)).compile(
                "sgd",
                CategoricalCrossentropy::new(),
                (),
            )
        })
        .fit(Fit::epochs(1).validation_split(0.5))
        .name("grid")
        .verbose(0)
    };
    grid([1, 2]).run(&data, &place).unwrap();
    let error = grid([1, 3]).run(&data, &place).unwrap_err().to_string();
    assert!(error.contains("another search"), "{error}");
    Study::delete(&place, "grid").unwrap();
    assert_eq!(grid([1, 3]).run(&data, &place).unwrap().trials().unwrap().len(), 2);
}

#[test]
fn a_failed_cell_is_tried_again_three_times_in_all() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.db");
    let flaky = GridSearch::new(|hp| {
        assert!(hp.choice("n", [1, 2]) == 1, "no two");
        Sequential::new([6]).add(Dense::new(3).activation(Softmax)).compile(
            "sgd",
            CategoricalCrossentropy::new(),
            (),
        )
    });
    let flaky = flaky.fit(Fit::epochs(1).validation_split(0.5)).verbose(0);
    let counts: Vec<usize> = (0..5)
        .map(|_| flaky.clone().run(&data().unwrap(), &place).unwrap().trials().unwrap().len())
        .collect();
    assert_eq!(counts, [2, 3, 4, 4, 4]);
}

/// Resident bytes of this process, if the system reports them.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? * 1024)
}

#[test]
fn trials_leave_the_resident_size_flat() {
    const NAME: &str = "trials_leave_the_resident_size_flat";
    // In a process of its own, so that no other test changes its size.
    if std::env::var_os(CHILD).is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert!(start(folder.path(), "memory", NAME).wait().unwrap().success());
        return;
    }
    let place = Path::new(&std::env::var_os(CHILD).unwrap()).join("a.db");
    let many = RandomSearch::new(|hp| {
        let units = hp.int("units", 8..=200);
        Sequential::new([6])
            .add(Dense::new(units).activation(Relu))
            .add(Dense::new(3).activation(Softmax))
            .compile(
                Adam::new(hp.log_float("rate", 1e-4..=1e-1)),
                CategoricalCrossentropy::new(),
                (),
            )
    });
    let many = many.fit(Fit::epochs(1).validation_split(0.5)).verbose(0);
    let data = data().unwrap();
    many.clone().max_trials(100).run(&data, &place).unwrap();
    let Some(early) = resident() else { return };
    many.max_trials(400).run(&data, &place).unwrap();
    let grown = resident().unwrap_or_default().saturating_sub(early);
    println!("300 trials left {grown} bytes");
    assert!(grown < 5 << 20, "300 trials left {grown} bytes");
}
