//! Studies that are continued with other settings.

use super::*;

#[test]
fn settings_that_changed_are_refused_by_name_unless_they_are_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.db");
    let fit = || Fit::epochs(2).batch_size(16).validation_split(0.25);
    let search = |fit: Fit, trials: usize| {
        let search = RandomSearch::new(build).objective("val_accuracy").seed(5).verbose(0);
        search.fit(fit).max_trials(trials).workers(1)
    };
    let whole = data();
    search(fit(), 2).run(&whole, &place).unwrap();
    let count = |search: Search, data: &Dataset| {
        search.run(data, &place).map(|study| study.trials().unwrap().len())
    };
    // The number of trials, limits and workers may change.
    let more = search(fit(), 3).workers(2).time_limit(Duration::from_secs(900)).keep_best(2);
    assert_eq!(count(more, &whole).unwrap(), 3);
    let says = |search: Search, data: &Dataset, parts: &[&str]| {
        let text = count(search, data).unwrap_err().to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{parts:?}: {text}");
        assert!(text.contains("allow_changes"), "{text}");
    };
    let fewer = whole.take(&(0..50).collect::<Vec<_>>()).unwrap();
    says(search(fit(), 9), &fewer, &["data [50, 3]", "data [60, 3]"]);
    let mut numbers = whole.x().data().to_vec();
    numbers[7] += 1.0;
    let other = whole.with_x(Array::new([60, 3], numbers).unwrap()).unwrap();
    says(search(fit(), 9), &other, &["digest"]);
    says(search(fit().batch_size(8), 9), &whole, &["batch size 8", "batch size 16"]);
    let longer = Fit::epochs(5).batch_size(8).validation_split(0.25);
    says(search(longer, 9), &whole, &["epochs 5", "epochs 2", "batch size 8"]);
    says(search(fit().callback(EarlyStopping::new()), 9), &whole, &["EarlyStopping", "none"]);
    says(search(fit(), 9).callback(EarlyStopping::new()), &whole, &["EarlyStopping"]);
    says(search(fit(), 9).best_epoch(true), &whole, &["best epoch true", "best epoch false"]);
    says(search(fit(), 9).cross_validate(KFold::new(2)), &whole, &["folds", "n_splits: 2"]);
    says(search(fit(), 9).executions_per_trial(2), &whole, &["executions per trial 2"]);
    let scaled = Pipeline::new().standard_scaler();
    says(search(fit(), 9).prepare(scaled.clone()), &whole, &["StandardScaler"]);
    says(search(fit().prepare(scaled), 9), &whole, &["StandardScaler"]);
    says(search(fit().class_weight_balanced(), 9), &whole, &["class weights", "Balanced"]);
    assert_eq!(Study::load(&place, "a").unwrap().trials().unwrap().len(), 3, "nothing was begun");
    let allowed = search(fit().batch_size(8), 4).allow_changes();
    assert_eq!(count(allowed, &whole).unwrap(), 4);
    // The study now has the settings that were allowed.
    assert_eq!(count(search(fit().batch_size(8), 5), &whole).unwrap(), 5);
    says(search(fit(), 9), &whole, &["batch size 16", "batch size 8"]);
}

#[test]
fn a_study_without_noted_settings_is_taken_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.db");
    let search = quiet(RandomSearch::new(build)).max_trials(2).workers(1);
    search.run(&data(), &place).unwrap();
    let file = rusqlite::Connection::open(&place).unwrap();
    let delete = "DELETE FROM study_user_attributes WHERE key = 'dfdx_lab:settings'";
    assert_eq!(file.execute(delete, []).unwrap(), 1);
    drop(file);
    let other = search.fit(Fit::epochs(4).validation_split(0.25)).max_trials(3);
    assert_eq!(other.run(&data(), &place).unwrap().trials().unwrap().len(), 3);
}

#[test]
fn another_model_for_the_same_values_is_refused_and_another_range_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.db");
    let search = |build: fn(&mut Hp) -> Result<Model>, trials: usize| {
        quiet(RandomSearch::new(build)).workers(1).max_trials(trials)
    };
    let first = |hp: &mut Hp| net(hp.int("units", 2..=9), Tanh, 0.01);
    search(first, 2).run(&data(), &place).unwrap();
    let wider = |hp: &mut Hp| net(hp.int("units", 1..=12), Tanh, 0.01);
    search(wider, 3).run(&data(), &place).unwrap();
    let others: [fn(&mut Hp) -> Result<Model>; 3] = [
        |hp| net(hp.int("units", 2..=9), Relu, 0.01),
        |hp| net(hp.int("units", 2..=9), Tanh, 0.02),
        |hp| net(hp.int::<usize>("units", 2..=9) + 1, Tanh, 0.01),
    ];
    for other in others {
        let text = search(other, 5).run(&data(), &place).unwrap_err().to_string();
        let parts = ["another model for the values of trial 2", "allow_changes"];
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
    search(others[0], 4).allow_changes().run(&data(), &place).unwrap();
    // The last trial has the new model.
    let trials = search(others[0], 5).run(&data(), &place).unwrap().trials().unwrap();
    assert_eq!(trials.len(), 5);
}

/// Texts and double-precision columns are data, too, although single precision cannot distinguish
/// them.
#[test]
fn data_that_differ_beside_their_singles_are_other_data() {
    let terms = |day: f64, port: &str| {
        let days: Vec<f64> = (0..6).map(|i| 1_700_000_000.0 + day * f64::from(i)).collect();
        let ports: Vec<&str> = (0..6).map(|i| if i % 2 == 0 { "Kiel" } else { port }).collect();
        let kinds: Vec<&str> = (0..6).map(|i| if i < 3 { "a" } else { "b" }).collect();
        let frame = crate::polars::df!("day" => days, "port" => ports, "kind" => kinds).unwrap();
        let data = Dataset::from_table_all(&Table::from_dataframe(frame).unwrap(), "kind").unwrap();
        let data = crate::train::TrainingData::Dataset(&data);
        // Under a separate name: studies of older versions lack it, and can still be continued.
        assert!(!data.terms().contains("texts"));
        data.terms_beside()
    };
    let first = terms(1.0, "Rostock");
    assert_eq!(first, terms(1.0, "Rostock"));
    assert_ne!(first, terms(2.0, "Rostock"));
    assert_ne!(first, terms(1.0, "Travemuende"));
}
