//! Mistakes of a search's code and of the values it is given.

use super::*;

#[test]
fn mistakes_in_asking_are_errors_of_the_search_and_leave_no_trial() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.db");
    let says = |search: Search, parts: [&str; 2]| {
        let text = quiet(search).run(&data(), &place).unwrap_err().to_string();
        assert!(parts.iter().all(|p| text.contains(p)), "{parts:?}: {text}");
    };
    #[allow(clippy::reversed_empty_ranges)]
    let empty = |hp: &mut Hp| net(hp.int("units", 5..=2), Relu, 0.01);
    says(RandomSearch::new(empty), ["'units'", "5 to 2"]);
    says(GridSearch::new(|hp| net(hp.choice("units", [2, 2]), Relu, 0.01)), ["'units'", "once"]);
    let twice = |hp: &mut Hp| {
        let units = hp.choice("units", [2, 3]);
        // A mistake only in some trials.
        let more = if units == 3 { hp.choice("units", [4, 5]) } else { units };
        net(more, Relu, 0.01)
    };
    says(GridSearch::new(twice), ["'units'", "another name"]);
    says(
        GridSearch::new(|hp| net(hp.choice("tuner/u", [2]), Relu, 0.01)),
        ["'tuner/u'", "reserved"],
    );
    let trials = Study::load(&place, "a").unwrap().trials().unwrap();
    assert!(trials.iter().all(|t| t.state == TrialState::Complete), "{trials:?}");
    // The study has the parameter with other choices.
    let known = folder.path().join("b.db");
    quiet(RandomSearch::new(grid)).max_trials(2).run(&data(), &known).unwrap();
    let other = RandomSearch::new(|hp| net(hp.choice("units", [2, 4, 8]), Relu, 0.01));
    let text = quiet(other).allow_changes().max_trials(9).run(&data(), &known).unwrap_err();
    assert!(text.to_string().contains("'units'"), "{text}");
    assert_eq!(Study::load(&known, "b").unwrap().trials().unwrap().len(), 2);
}

#[test]
fn points_to_begin_with_are_checked_in_every_search() {
    let every = || {
        [
            GridSearch::new(build),
            RandomSearch::new(build),
            TpeSearch::new(build),
            BayesianSearch::new(build),
            ForestSearch::new(build),
            Hyperband::new(build).max_epochs(3),
            SuccessiveHalving::new(build).max_epochs(3),
        ]
    };
    let wrong: [(&'static str, Choice, &str); 5] = [
        ("unit", 4.into(), "'units'"),
        ("units", 3.into(), "2, 4"),
        ("rate", 0.5.into(), "0.001 to 0.1"),
        ("rate", "fast".into(), "0.001 to 0.1"),
        ("activation", true.into(), "relu, tanh"),
    ];
    for (name, value, part) in wrong {
        for search in every() {
            let text = quiet(search).x0([(name, value.clone())]).run(&data(), "memory");
            let text = text.unwrap_err().to_string();
            assert!(text.contains("x0") && text.contains(name) && text.contains(part), "{text}");
        }
        // If enqueued, they fail for good, and the search continues without them.
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.db");
        let study = Study::open(&place, "a", [Direction::Maximize]).unwrap();
        study.enqueue([(name, value.to_json())]).unwrap();
        let search = quiet(RandomSearch::new(build)).max_trials(2);
        let text = search.run(&data(), &place).unwrap_err().to_string();
        assert!(text.contains("enqueued trial 0") && text.contains(part), "{text}");
        let trials = search.run(&data(), &place).unwrap().trials().unwrap();
        assert_eq!(trials[0].state, TrialState::Fail);
        assert_eq!(trials[1].state, TrialState::Complete);
    }
    for search in every() {
        let good = [("units", 4.into()), ("rate", 0.01.into())];
        let study = quiet(search).x0(good).max_trials(1).run(&data(), "memory").unwrap();
        let first = &study.trials().unwrap()[0];
        assert_eq!(first.value("units").unwrap(), Choice::Int(4));
        assert_eq!(first.value("rate").unwrap(), Choice::Float(0.01));
    }
}

#[test]
fn a_point_to_begin_with_has_each_name_once_and_none_of_the_searchs_own() {
    let says = |point: Vec<(&'static str, Choice)>, part: &str| {
        let search = quiet(RandomSearch::new(build)).max_trials(1).x0(point);
        let text = search.run(&data(), "memory").unwrap_err().to_string();
        assert!(text.contains("Search::x0") && text.contains(part), "{text}");
    };
    says(vec![("units", 2.into()), ("units", 4.into())], "'units' is given twice");
    says(vec![("tuner/epochs", 2.into())], "'tuner/epochs'");
    says(vec![], "at least 1");
    let study = Study::open("memory", "own", [Direction::Maximize]).unwrap();
    let text = study.enqueue([("tuner/epochs", 2)]).unwrap_err().to_string();
    assert!(text.contains("Study::enqueue") && text.contains("'tuner/epochs'"), "{text}");
}

/// A trial enqueued by mistake is not a cell, so it is not tried again.
#[test]
fn a_grid_leaves_what_was_enqueued_by_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.db");
    let study = Study::open(&place, "a", [Direction::Maximize]).unwrap();
    study.enqueue([("units", 4)]).unwrap();
    study.enqueue([("unit", 4)]).unwrap();
    let run = || quiet(GridSearch::new(grid)).workers(1).run(&data(), &place);
    assert!(run().unwrap_err().to_string().contains("'units'"));
    let trials = run().unwrap().trials().unwrap();
    let states: Vec<TrialState> = trials.iter().map(|t| t.state).collect();
    let ended = |state| states.iter().filter(|s| **s == state).count();
    assert_eq!((ended(TrialState::Fail), ended(TrialState::Complete)), (1, 5), "{states:?}");
    assert_eq!(run().unwrap().trials().unwrap().len(), 6);
}

/// Even if there is only one trial: a mistake in the fit is an error of the search.
#[test]
fn a_search_of_which_every_trial_fails_is_an_error() {
    let one = |fit: Fit| {
        let search = GridSearch::new(|_| net(2, Relu, 0.01)).fit(fit).objective("val_accuracy");
        search.cross_validate(KFold::new(2)).verbose(0).run(&data(), "memory")
    };
    let says = |fit: Fit, part: &str| {
        let text = one(fit).unwrap_err().to_string();
        assert!(text.contains("every trial failed") && text.contains(part), "{text}");
    };
    says(Fit::epochs(1).sample_weight(vec![1.0; 7]), "the number of weights is 7");
    says(Fit::epochs(1).class_weight([("d", 2.0)]), "'d'");
    says(Fit::epochs(1).validation_split(0.2), "validation data");
    says(Fit::epochs(0), "the number of epochs is 0");
    assert!(one(Fit::epochs(1)).is_ok());
}

#[test]
fn steps_of_a_float_are_those_that_were_written_and_build_the_same_model_again() {
    let search = GridSearch::new(|hp| {
        let rate: f64 = hp.float_step("rate", 0.0..=0.3, 0.1);
        let units = (rate * 10.0).round() as usize + 1;
        Sequential::new([3])
            .add(Dense::new(units).activation(Relu))
            .add(Dropout::new(rate as f32))
            .add(Dense::new(3).activation(Softmax))
            .compile("adam", "categorical_crossentropy", ["accuracy"])
    });
    let study = quiet(search).keep_best(4).run(&data(), "memory").unwrap();
    let trials = study.trials().unwrap();
    let rates: Vec<f64> = trials.iter().map(|t| t.params[0].internal).collect();
    assert_eq!(rates, [0.0, 0.1, 0.2, 0.3]);
    for trial in &trials {
        let weights = 4 * (trial.number as usize + 1) + 3 * (trial.number as usize + 2);
        assert_eq!(study.model(trial.number).unwrap().count_params(), weights);
        assert_eq!(study.fresh_model(trial.number).unwrap().count_params(), weights);
    }
    assert!(study.refit(&data()).is_ok());
}

#[test]
fn a_model_is_built_again_with_the_trials_own_values_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.db");
    let search = |build: fn(&mut Hp) -> Result<Model>| {
        quiet(RandomSearch::new(build)).workers(1).max_trials(3).allow_changes()
    };
    search(|hp| net(hp.int("units", 6..=9), Relu, 0.01)).run(&data(), &place).unwrap();
    let says = |build: fn(&mut Hp) -> Result<Model>, parts: [&str; 2]| {
        let study = search(build).run(&data(), &place).unwrap();
        let errors = [
            study.refit(&data()).map(drop),
            study.best_fresh_model().map(drop),
            study.fit_of(0).map(drop),
        ];
        for error in errors {
            let text = error.unwrap_err().to_string();
            assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        }
    };
    says(|hp| net(hp.int("units", 1..=5), Relu, 0.01), ["'units'", "1 to 5"]);
    says(|hp| net(hp.int("neurons", 6..=9), Relu, 0.01), ["'neurons'", "missing"]);
}

#[test]
fn trials_that_diverge_are_results_and_end_nothing_unless_they_are_to() {
    let diverging = |hp: &mut Hp| {
        let rate: f64 = hp.log_float("rate", 1e25..=1e30);
        Sequential::new([3]).add(Dense::new(3)).compile(Sgd::new(rate as f32), "mse", ())
    };
    for search in [BayesianSearch::new(diverging), RandomSearch::new(diverging)] {
        let search = search.fit(Fit::epochs(2).validation_split(0.2)).seed(1).verbose(0);
        let search = search.max_trials(15).workers(1);
        let trials = search.run(&data(), "memory").unwrap().trials().unwrap();
        assert_eq!(trials.iter().filter(|t| t.state == TrialState::Fail).count(), 15);
        let text = search.max_consecutive_failures(4).run(&data(), "memory").unwrap_err();
        assert!(text.to_string().contains("4 trials failed"), "{text}");
    }
}
