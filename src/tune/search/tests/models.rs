//! The trials' models.

use super::*;

#[test]
fn a_trials_value_is_that_of_its_model_fitted_by_hand() {
    let steps = Pipeline::new().standard_scaler();
    let data = data();
    let search = quiet(GridSearch::new(grid)).prepare(steps);
    let study = search.run(&data, "memory").unwrap();
    let best = study.best_trial().unwrap();
    let mut model = study.best_fresh_model().unwrap();
    let fit = study.fit_of(best.number).unwrap().verbose(0);
    let history = model.fit(&data, fit).unwrap();
    assert_eq!(history.last("val_accuracy"), best.objective());
    assert_eq!(study.history(best.number).unwrap().get("val_accuracy").unwrap().len(), 3);
    assert!(study.history(99).is_err());
    assert_eq!(study.refit(&data).unwrap().flat_weights(), model.flat_weights());
    // The file has the same model, with its fitted scaler.
    let loaded = study.best_model().unwrap();
    assert_eq!(loaded.flat_weights(), model.flat_weights());
    let prepared = loaded.prepare(&data).unwrap();
    assert_eq!(prepared.x().data(), model.prepare(&data).unwrap().x().data());
    let files = std::fs::read_dir(study.study().folder().path()).unwrap().count();
    assert_eq!(files, 1, "only the best keeps its model, and no backup is left");
}

#[test]
fn kept_models_need_the_searchs_code_only_for_what_is_code_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.db");
    let steps = Pipeline::new().standard_scaler();
    let search = quiet(GridSearch::new(grid)).prepare(steps).cross_validate(KFold::new(2));
    let search = search.fit(Fit::epochs(2)).keep_best(2);
    let study = search.run(&data(), &place).unwrap();
    let alone = Study::load(&place, "a").unwrap();
    let (mine, theirs) = (study.best_models().unwrap(), alone.best_models().unwrap());
    assert_eq!((mine.len(), theirs.len()), (2, 2));
    for (mine, theirs) in mine.iter().zip(&theirs) {
        let rows = data();
        assert_eq!(mine.predict(&rows).unwrap(), theirs.predict(&rows).unwrap());
    }
    let best = study.best_trial().unwrap().number;
    let kept = alone.best_model().unwrap();
    assert_eq!(kept.flat_weights(), alone.model(best).unwrap().flat_weights());
    let kept: Vec<bool> = (0..4).map(|trial| alone.model(trial).is_ok()).collect();
    assert_eq!(kept.iter().filter(|kept| **kept).count(), 2);
    let missing = kept.iter().position(|kept| !kept).unwrap() as u64;
    let text = alone.model(missing).unwrap_err().to_string();
    assert!(text.contains("missing") && text.contains("keep_best"), "{text}");

    // An earlier version kept weights, for which the search's code builds the model.
    let file = |fold| study.folder().model(best, Some(fold));
    let weights = study.best_models().unwrap();
    for (fold, model) in weights.iter().enumerate() {
        model.save_weights(study.folder().weights(best, Some(fold))).unwrap();
        std::fs::remove_file(file(fold)).unwrap();
    }
    let again = study.best_models().unwrap();
    for (old, new) in again.iter().zip(&weights) {
        assert_eq!(old.predict(&data()).unwrap(), new.predict(&data()).unwrap());
    }
    let text = alone.best_model().unwrap_err().to_string();
    assert!(text.contains("earlier version"), "{text}");

    let own = quiet(GridSearch::new(|hp| {
        let layer = CustomLayer::new("Doubled", 3, |x, _| x * 2.0);
        let rate: f32 = hp.choice("rate", [0.01, 0.02]);
        let net = Sequential::new([3]).add(layer).add(Dense::new(3).activation(Softmax));
        net.compile(Adam::new(rate), "categorical_crossentropy", ["accuracy"])
    }));
    let place = folder.path().join("own.db");
    let study = own.run(&data(), &place).unwrap();
    assert!(study.best_model().unwrap().predict(data().x()).is_ok());
    let text = Study::load(&place, "own").unwrap().best_model().unwrap_err().to_string();
    assert!(text.contains("Doubled"), "{text}");
}

#[test]
fn the_best_epoch_counts_if_it_is_asked_for() {
    let wild = |_: &mut Hp| net(4, Tanh, 3.0);
    let fit = Fit::epochs(30).batch_size(5).validation_split(0.3);
    let search = GridSearch::new(wild).fit(fit).objective("val_loss").seed(2).verbose(0);
    let last = search.clone().run(&data(), "memory").unwrap().best_value().unwrap();
    let study = search.best_epoch(true).run(&data(), "memory").unwrap();
    let trial = study.best_trial().unwrap();
    let history = study.history(trial.number).unwrap();
    let least = history.get("val_loss").unwrap().iter().copied().fold(f64::INFINITY, f64::min);
    let best = trial.objective().unwrap();
    assert!((best - least).abs() < 1e-5 * least && best < last, "{best} {least} {last}");
    let split = validation_split(60, 0.3).unwrap();
    let scores = study.best_model().unwrap().evaluate(&data().take(&split.test).unwrap()).unwrap();
    assert!((scores.get("loss").unwrap() - best).abs() < 1e-5);
}

#[test]
fn of_equal_trials_the_first_keeps_its_model_though_it_ends_last() {
    let search = GridSearch::new(|_| {
        // Weights of zero that stay zero: every epoch has the same accuracy.
        Sequential::new([3])
            .add(Dense::new(3).kernel_initializer(Zeros).activation(Softmax))
            .compile(Sgd::new(1e-30), CategoricalCrossentropy::new(), ["accuracy"])
    })
    .fit_with(|hp| Fit::epochs(hp.choice("epochs", [1000, 1])).validation_split(0.25))
    .objective("val_accuracy")
    .workers(2)
    .verbose(0);
    let study = search.run(&data(), "memory").unwrap();
    let trials = study.trials().unwrap();
    assert_eq!(trials[0].objective(), trials[1].objective());
    assert!(trials[0].completed > trials[1].completed);
    assert!(study.best_trial().unwrap().number == 0 && study.best_model().is_ok());
}
