use super::*;
use crate::prelude::*;
use crate::tune::pruner::ThresholdPruner;
use crate::tune::study::keys;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

mod brackets;
mod mistakes;
mod models;
mod resumed;

fn data() -> Dataset {
    let n = 60;
    let x = (0..n * 3).map(|i| (0.7 * i as f32).sin() + (i / 3 % 3) as f32).collect();
    let x = Array::new([n, 3], x).unwrap();
    Dataset::new(x, (0..n).map(|i| i % 3).collect(), ["a", "b", "c"]).unwrap()
}

fn net(units: usize, activation: Activation, rate: f64) -> Result<Model> {
    Sequential::new([3])
        .add(Dense::new(units).activation(activation))
        .add(Dense::new(3).activation(Softmax))
        .compile(Adam::new(rate as f32), CategoricalCrossentropy::new(), ["accuracy"])
}

fn build(hp: &mut Hp) -> Result<Model> {
    let units = hp.choice("units", [2, 4]);
    let activation = hp.choice("activation", [Relu, Tanh]);
    net(units, activation, hp.log_float("rate", 1e-3..=1e-1))
}

fn grid(hp: &mut Hp) -> Result<Model> {
    let units = hp.choice("units", [2, 4]);
    net(units, hp.choice("activation", [Relu, Tanh]), 0.01)
}

fn quiet(search: Search) -> Search {
    search.fit(Fit::epochs(3).validation_split(0.25)).objective("val_accuracy").verbose(0).seed(5)
}

/// The parts of a study that must not depend on who ran it.
fn essence(study: &ModelStudy) -> Vec<(u64, Vec<String>, Vec<f64>)> {
    let text = |t: &Trial| t.params.iter().map(|p| format!("{}={}", p.name, p.value())).collect();
    study.trials().unwrap().iter().map(|t| (t.number, text(t), t.values.clone())).collect()
}

#[test]
fn a_grid_has_every_cell_in_order_with_any_number_of_workers() {
    let run = |workers: usize| {
        let search = quiet(GridSearch::new(grid)).workers(workers);
        essence(&search.run(&data(), "memory").unwrap())
    };
    let one = run(1);
    let cells: Vec<String> = one.iter().map(|t| t.1.join(" ")).collect();
    assert_eq!(
        cells,
        [
            "units=2 activation=relu",
            "units=2 activation=tanh",
            "units=4 activation=relu",
            "units=4 activation=tanh",
        ]
    );
    assert!(one.iter().all(|t| t.2.len() == 1));
    assert_eq!(one, run(2));
    assert_eq!(one, run(4));
}

#[test]
fn random_search_is_the_same_with_any_number_of_workers_and_never_repeats() {
    let run = |workers: usize| {
        let search = quiet(RandomSearch::new(build)).max_trials(8).workers(workers);
        essence(&search.run(&data(), "memory").unwrap())
    };
    let one = run(1);
    assert_eq!(one.len(), 8);
    assert_eq!(one, run(2));
    assert_eq!(one, run(4));
    let few = quiet(RandomSearch::new(grid)).max_trials(50).run(&data(), "memory").unwrap();
    let mut params: Vec<_> = essence(&few).into_iter().map(|t| t.1).collect();
    let count = params.len();
    params.sort();
    params.dedup();
    assert_eq!((params.len(), count), (4, 4));
}

#[test]
fn tpe_search_runs() {
    let study = quiet(TpeSearch::new(build)).max_trials(13).run(&data(), "memory").unwrap();
    assert_eq!(study.trials().unwrap().len(), 13);
    assert!(study.to_html().contains("best val_accuracy"), "{}", study.to_html());
}

#[test]
fn folds_are_averaged_and_listed_as_scikit_learn_does() {
    let folds = KFold::new(3).shuffle(2);
    let search = GridSearch::new(grid).fit(Fit::epochs(2)).objective("val_accuracy").verbose(0);
    let search = search.cross_validate(folds.clone()).executions_per_trial(1).seed(1);
    let data = data();
    let study = search.run(&data, "memory").unwrap();
    let trial = study.best_trial().unwrap();
    let model = study.best_fresh_model().unwrap();
    let by_hand = folds.fit(&model, &data, Fit::epochs(2).verbose(0)).unwrap();
    let (mean, _) = by_hand.last("val_accuracy").unwrap();
    assert!((mean - trial.objective().unwrap()).abs() < 1e-12);
    let models = study.best_models().unwrap();
    assert_eq!(models[2].flat_weights(), by_hand.models()[2].flat_weights());
    let table = study.cv_results().unwrap();
    for name in [
        "mean_fit_time",
        "std_fit_time",
        "param_units",
        "param_activation",
        "params",
        "split0_test_score",
        "split2_test_score",
        "mean_test_score",
        "std_test_score",
        "rank_test_score",
    ] {
        assert!(table.columns().iter().any(|c| c == name), "{name}");
    }
    let scores = table.column_f64("mean_test_score").unwrap();
    let ranks = table.column_f64("rank_test_score").unwrap();
    for (score, rank) in scores.iter().zip(ranks) {
        assert_eq!(rank as usize, scores.iter().filter(|s| *s > score).count() + 1);
    }
    // Folds are intermediate values: the mean so far.
    assert_eq!(trial.intermediate.keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
    assert!((trial.intermediate[&3] - mean).abs() < 1e-12);
}

#[test]
fn hopeless_folds_and_epochs_are_pruned() {
    let impossible = ThresholdPruner::new().lower(2.0);
    let folded = GridSearch::new(grid).fit(Fit::epochs(1)).objective("val_accuracy").verbose(0);
    let study = folded
        .cross_validate(StratifiedKFold::new(3))
        .pruner(impossible)
        .run(&data(), "memory")
        .unwrap();
    for trial in study.trials().unwrap() {
        assert_eq!((trial.state, trial.intermediate.len()), (TrialState::Pruned, 1));
    }
    let study = quiet(GridSearch::new(grid)).pruner(impossible).run(&data(), "memory").unwrap();
    for trial in study.trials().unwrap() {
        assert_eq!((trial.state, trial.intermediate.len()), (TrialState::Pruned, 1));
    }
    assert!(study.best_model().is_err());
}

#[test]
fn executions_are_averaged() {
    let search = quiet(GridSearch::new(|_| net(3, Tanh, 0.01))).executions_per_trial(3);
    let data = data();
    let study = search.run(&data, "memory").unwrap();
    let trial = study.best_trial().unwrap();
    let fits = trial.user[keys::FOLDS][0].as_array().unwrap();
    let mean = fits.iter().filter_map(|v| v.as_f64()).sum::<f64>() / 3.0;
    assert_eq!(fits.len(), 3);
    assert!((mean - trial.objective().unwrap()).abs() < 1e-6);
}

#[test]
fn promoted_trials_go_on_as_if_they_had_never_stopped() {
    let data = data();
    let search = Hyperband::new(build)
        .max_epochs(4)
        .factor(2)
        .fit_with(|hp| {
            let size = hp.choice("batch_size", [8, 16]);
            Fit::epochs(99).batch_size(size).validation_split(0.25)
        })
        .objective("val_loss")
        .seed(3)
        .verbose(0);
    assert!(search.brackets().unwrap().to_string().contains("to epoch"));
    let study = search.run(&data, "memory").unwrap();
    let trials = study.trials().unwrap();
    let promoted: Vec<&Trial> =
        trials.iter().filter(|t| t.param("tuner/trial_id").is_some()).collect();
    assert!(promoted.len() > 3);
    assert!(trials.iter().all(|t| t.state == TrialState::Complete));
    for trial in promoted {
        let mut model = study.fresh_model(trial.number).unwrap();
        let fit = study.fit_of(trial.number).unwrap().verbose(0);
        let history = model.fit(&data, fit).unwrap();
        assert_eq!(history.last("val_loss"), trial.objective(), "trial {}", trial.number);
    }
    let halving = SuccessiveHalving::new(build).max_epochs(4).factor(2).verbose(0);
    let halving = halving.fit(Fit::epochs(1).validation_split(0.25)).run(&data, "memory").unwrap();
    assert!(halving.trials().unwrap().len() < trials.len());
}

#[test]
fn failing_trials_fail_alone_and_too_many_stop_the_search() {
    let search = GridSearch::new(|hp| match hp.choice("what", ["ok", "panic", "fine", "error"]) {
        "panic" => panic!("a bug"),
        "error" => Sequential::new([7]).add(Dense::new(3)).compile("adam", "mse", ()),
        _ => net(2, Relu, 0.01),
    });
    let study = quiet(search).workers(1).run(&data(), "memory").unwrap();
    let trials = study.trials().unwrap();
    let states: Vec<_> = trials.iter().map(|t| t.state == TrialState::Complete).collect();
    assert_eq!(states, [true, false, true, false]);
    assert!(trials[1].user[keys::FAILURE].as_str().unwrap().contains("a bug"));

    let search = RandomSearch::new(|hp| net(2, Relu, hp.float("rate", -2.0..=-1.0)));
    let search = search.fit(Fit::epochs(1)).maximize("val_accuracy").verbose(0);
    let text = search.max_consecutive_failures(2).workers(1).run(&data(), "memory").unwrap_err();
    let text = text.to_string();
    assert!(text.contains("2 trials failed") && text.contains("learning rate is -1"), "{text}");
}

#[test]
fn an_objective_that_is_no_number_fails_the_trial() {
    let search = GridSearch::new(|hp| {
        let rate: f32 = hp.choice("rate", [0.01, 1e30]);
        Sequential::new([3]).add(Dense::new(3)).compile(Sgd::new(rate), "mse", ())
    });
    let study = quiet(search).objective("val_loss");
    let mut study = study;
    study.objectives.remove(0);
    let trials = study.run(&data(), "memory").unwrap().trials().unwrap();
    assert_eq!(trials[0].state, TrialState::Complete);
    let reason = trials[1].user[keys::FAILURE].as_str().unwrap();
    assert!(reason.contains("val_loss is not a number; the model has diverged"), "{reason}");
}

#[test]
fn limits_end_trials_and_searches() {
    let slow = |_: &mut Hp| net(4, Tanh, 0.01);
    let search = GridSearch::new(slow).fit(Fit::epochs(1_000_000).validation_split(0.25));
    let search =
        search.objective("val_loss").verbose(0).trial_time_limit(Duration::from_millis(30));
    let study = search.run(&data(), "memory").unwrap();
    let reason = study.trials().unwrap()[0].user[keys::FAILURE].to_string();
    assert!(reason.contains("limit of 0.03 s"), "{reason}");

    let hoard = GridSearch::new(slow).fit(Fit::epochs(100_000).validation_split(0.25));
    let hoard = hoard.objective("val_loss").verbose(0).callback(Hoard(Vec::new()));
    let study = hoard.trial_memory_limit(30 << 20).run(&data(), "memory").unwrap();
    let reason = study.trials().unwrap()[0].user[keys::FAILURE].to_string();
    assert!(reason.contains("grew by"), "{reason}");

    let none = quiet(RandomSearch::new(build)).time_limit(Duration::ZERO);
    assert_eq!(none.run(&data(), "memory").unwrap().trials().unwrap().len(), 0);
    let easy = quiet(RandomSearch::new(build)).target(0.0).workers(1);
    assert_eq!(easy.run(&data(), "memory").unwrap().trials().unwrap().len(), 1);
}

/// Takes a megabyte an epoch.
#[derive(Clone, Debug)]
struct Hoard(Vec<Vec<u8>>);

impl Callback for Hoard {
    fn on_epoch_end(&mut self, _: usize, _: &Scores, _: &mut Training<'_>) -> Result<()> {
        self.0.push(vec![1; 1 << 20]);
        Ok(())
    }
}

#[test]
fn the_direction_is_known_or_asked_for() {
    let direction = |search: Search| {
        search.first().and_then(|first| search.goals(&first)).map(|g| (g.0[0].direction, g.1))
    };
    let fit = || Fit::epochs(1).validation_split(0.2);
    let search = |name: &str| GridSearch::new(grid).fit(fit()).objective(name);
    let (found, warnings) = direction(search("val_accuracy")).unwrap();
    assert_eq!((found, warnings.len()), (Direction::Maximize, 0));
    assert_eq!(direction(GridSearch::new(grid).fit(fit())).unwrap().0, Direction::Minimize);
    let (_, warnings) = direction(search("accuracy")).unwrap();
    assert!(warnings[0].contains("val_accuracy"), "{warnings:?}");
    let says = |search: Search, part: &str| {
        let text = direction(search).unwrap_err().to_string();
        assert!(text.contains(part), "{text}");
    };
    says(search("val_f1"), "val_accuracy");
    says(GridSearch::new(grid).fit(Fit::epochs(1)).objective("val_loss"), "cross_validate");
    says(search("val_loss").objective("val_loss"), "all different");
    // The direction is unknown if the first model cannot be built.
    let broken = |_: &mut Hp| net(0, Relu, 0.1);
    says(GridSearch::new(broken).fit(fit()).objective("val_mine"), ".maximize or .minimize");
    let said = GridSearch::new(broken).fit(fit()).maximize("val_mine");
    assert_eq!(direction(said).unwrap().0, Direction::Maximize);
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let says = |search: Search, part: &str| {
        let text = search.run(&data(), "memory").unwrap_err().to_string();
        assert!(text.contains(part), "{part}: {text}");
    };
    says(GridSearch::new(grid), ".fit(Fit::epochs(50))");
    says(quiet(GridSearch::new(grid)).max_trials(0), "number of trials");
    says(quiet(GridSearch::new(grid)).max_epochs(5), "no brackets");
    says(quiet(Hyperband::new(grid)).factor(1), "factor");
    let backup = Fit::epochs(1).validation_split(0.2).callback(BackupAndRestore::new("x"));
    let search = GridSearch::new(grid).fit(backup).verbose(0);
    says(search.max_consecutive_failures(1), "left to the search");
    let data = data();
    let folded = quiet(GridSearch::new(grid)).cross_validate(KFold::new(2));
    let text = folded.run((data.x(), data.y()), "memory").unwrap_err().to_string();
    assert!(text.contains("a Dataset"), "{text}");
}

#[test]
fn two_objectives_have_a_front() {
    let search = GridSearch::new(grid).fit(Fit::epochs(2).validation_split(0.25)).verbose(0);
    let study = search.objective("val_loss").objective("val_accuracy").run(&data(), "memory");
    let study = study.unwrap();
    assert!(!study.pareto_front().unwrap().is_empty());
    let table = study.trials_table().unwrap();
    assert!(table.has_column("val_loss") && table.has_column("val_accuracy"));
}

#[test]
fn a_code_runs_once_a_trial_and_once_more_at_the_beginning() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let search = RandomSearch::new(|hp| {
        CALLS.fetch_add(1, Ordering::SeqCst);
        build(hp)
    });
    quiet(search).max_trials(5).run(&data(), "memory").unwrap();
    assert_eq!(CALLS.load(Ordering::SeqCst), 6);
}

#[test]
fn workers_without_a_common_process_share_a_search() {
    // Each opens the study separately, as processes do.
    let folder = tempfile::tempdir().unwrap();
    let together = |name: &str, search: Search| -> Vec<Arc<Trial>> {
        let place = folder.path().join(format!("{name}.db")).to_string_lossy().to_string();
        std::thread::scope(|scope| {
            let work = || {
                let study = search.clone().workers(1).run(&data(), &place).unwrap();
                let trials = study.trials().unwrap();
                assert!(trials.iter().all(|t| t.state.is_finished()), "none leaves before the end");
            };
            let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
            workers.into_iter().for_each(|w| w.join().unwrap());
        });
        Study::load(&place, name).unwrap().effective().unwrap()
    };
    let tried = |trials: &[Arc<Trial>], first: bool| {
        let of = |t: &Arc<Trial>| {
            let own = t.params.iter().filter(|p| !p.name.starts_with("tuner/"));
            own.map(|p| format!("{}={}", p.name, p.value())).collect::<Vec<_>>().join(" ")
        };
        let begun = |t: &&Arc<Trial>| !first || t.param("tuner/trial_id").is_none();
        let mut all: Vec<String> = trials.iter().filter(begun).map(of).collect();
        let count = all.len();
        all.sort();
        all.dedup();
        (count, all.len())
    };
    let random = together("random", quiet(RandomSearch::new(build)).max_trials(30));
    assert_eq!(tried(&random, false), (30, 30), "nothing is drawn twice");
    let rounds = Hyperband::new(build).max_epochs(9).factor(3);
    let alone = quiet(rounds.clone()).run(&data(), "memory").unwrap().trials().unwrap().len();
    let rounds = together("rounds", quiet(rounds));
    assert_eq!(rounds.len(), alone);
    let mut parents: Vec<String> = rounds
        .iter()
        .filter_map(|t| Some(t.param("tuner/trial_id")?.value().to_string()))
        .collect();
    let count = parents.len();
    parents.sort();
    parents.dedup();
    assert_eq!(parents.len(), count, "nothing is promoted twice");
    let (begun, different) = tried(&rounds, true);
    assert_eq!(begun, different);
}

#[test]
fn the_trials_of_other_searches_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.db").to_string_lossy().to_string();
    quiet(RandomSearch::new(build)).max_trials(2).run(&data(), &place).unwrap();
    for search in [GridSearch::new(grid), Hyperband::new(build).max_epochs(3)] {
        let text = quiet(search).run(&data(), &place).unwrap_err().to_string();
        assert!(text.contains("another search") && text.contains("another name"), "{text}");
    }
}
