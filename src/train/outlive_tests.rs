//! Models that outlive their notebook in ways that no notebook of ours has: out of a
//! cross-validation, as an ensemble, with a metric in code, loaded twice and fitted on.

use crate::prelude::*;
use crate::train::Row;

fn table() -> Table {
    let wave = |k: f64| (0..60).map(|i| (f64::from(i) * k).sin() * 3.0 + k).collect::<Vec<_>>();
    let states: Vec<&str> = (0..60).map(|i| ["a", "b", "c"][(i * i / 5) % 3]).collect();
    let frame = crate::polars::df!(
        "one" => wave(0.31), "two" => wave(1.7), "three" => wave(0.9), "state" => states
    );
    Table::from_dataframe(frame.unwrap()).unwrap()
}

fn classes() -> Dataset {
    Dataset::from_table(&table(), "state", ["one", "two", "three"]).unwrap()
}

fn net(outputs: usize) -> Sequential {
    Sequential::new([3])
        .add(Dense::new(5).activation(Relu).kernel_constraint(Constraint::max_norm(1.5)))
        .add(BatchNormalization::new())
        .add(Dense::new(outputs))
}

fn fit() -> Fit {
    Fit::epochs(2).batch_size(8).verbose(0)
}

/// Each fold has learned a preparation of its own, and keeps it in every file.
#[test]
fn folds_and_their_ensemble_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = classes();
    let net = net(3).add(Softmax);
    let model = net.compile(Adam::new(0.02), "categorical_crossentropy", ["accuracy"]).unwrap();
    let steps = Pipeline::new().standard_scaler();
    let folds = KFold::new(3).shuffle(1).fit(&model, &data, fit().prepare(steps)).unwrap();
    let ensemble = folds.ensemble().unwrap();
    let path = folder.path().join("folds.dfdx");
    ensemble.save(&path).unwrap();
    let again = Ensemble::load(&path).unwrap();
    assert_eq!(again.predict(&data).unwrap(), ensemble.predict(&data).unwrap());
    for (i, (fold, loaded)) in folds.models().iter().zip(again.models()).enumerate() {
        assert_eq!(loaded.predict(&data).unwrap(), fold.predict(&data).unwrap());
        assert_eq!(loaded.history(), folds.histories()[i]);
        // To Keras and back, which takes rows as this fold's steps prepare them.
        let path = folder.path().join(format!("fold-{i}.keras"));
        fold.save(&path).unwrap();
        let ready = fold.prepare(&data).unwrap();
        let back = Model::load(&path).unwrap();
        assert_eq!(back.predict(ready.x()).unwrap(), fold.predict(&data).unwrap());
        fold.save(folder.path().join(format!("fold-{i}.onnx"))).unwrap();
        let row = (data.x().row(7)[0], data.x().row(7)[1], data.x().row(7)[2]);
        assert_eq!(loaded.predict_one(Row::from(row)).unwrap(), fold.predict_one(row).unwrap());
    }
    let text = Model::load(&path).unwrap_err().to_string();
    assert!(text.contains("Ensemble::load"), "{text}");
}

/// Frozen layers, constraints, an average of the weights and a schedule go on where they were.
#[test]
fn a_model_loaded_twice_and_fitted_on_is_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let data = Dataset::regression(&table(), ["three"], ["one", "two"]).unwrap();
    let net = Sequential::new([2])
        .add(Dense::new(6).activation(Tanh).kernel_constraint(Constraint::unit_norm()))
        .add(BatchNormalization::new())
        .add(Dense::new(4).activation(Relu))
        .add(Dense::new(1));
    let slower = ExponentialDecay::new(0.05, 5, 0.9);
    let adam = Adam::new(slower).use_ema().global_clipnorm(1.0);
    let mut model = net.compile(adam, "mse", ["mae"]).unwrap();
    let steps = Pipeline::new().standard_scaler().scale_targets();
    model.fit(&data, fit().prepare(steps)).unwrap();
    model.freeze(["batch_normalization", "dense_1"]).unwrap();
    model.fit(&data, fit()).unwrap();
    let path = folder.path().join("m.dfdx");
    model.save(&path).unwrap();
    let (mut one, mut two) = (Model::load(&path).unwrap(), Model::load(&path).unwrap());
    for m in [&mut model, &mut one, &mut two] {
        m.fit(&data, fit()).unwrap();
        m.unfreeze(1).unwrap();
        m.fit(&data, fit()).unwrap();
    }
    for loaded in [&one, &two] {
        assert_eq!(loaded.flat_weights(), model.flat_weights());
        assert_eq!(loaded.predict(&data).unwrap(), model.predict(&data).unwrap());
        assert_eq!(loaded.frozen_layers(), ["dense_1"]);
    }
    // One fitted on is another model than the file's.
    assert_ne!(Model::load(&path).unwrap().flat_weights(), one.flat_weights());
}

/// A metric in code is no part of what a network computes: every file has the network.
#[test]
fn a_model_with_a_metric_in_code_is_named_where_it_cannot_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let made = || {
        let near = Metric::from_fn("near", |t, p| (t[0] - p[0]).abs() < 0.1);
        net(1).compile(Adam::new(0.01), "mse", (near, "mae")).unwrap()
    };
    let data = Dataset::regression(&table(), ["three"], ["one", "two", "three"].map(String::from));
    assert!(data.unwrap_err().to_string().contains("three"));
    let x = classes().x().clone();
    let y = Array::new([60, 1], (0..60).map(|i| (i as f32).cos()).collect()).unwrap();
    let mut model = made();
    model.fit((&x, &y), fit()).unwrap();
    model.freeze(0).unwrap();
    let path = folder.path().join("m.dfdx");
    model.save(&path).unwrap();
    let text = Model::load(&path).unwrap_err().to_string();
    assert!(text.contains("'near'") && text.contains("load_with"), "{text}");
    let again = Model::load_with(made(), &path).unwrap();
    assert_eq!(again.predict(&x).unwrap(), model.predict(&x).unwrap());
    assert_eq!(
        (again.metric_names(), again.frozen_layers()),
        (model.metric_names(), vec!["dense".into()])
    );
    let text = model.save_keras(folder.path().join("m.keras")).unwrap_err().to_string();
    assert!(text.contains("'near'"), "{text}");
    model.save_onnx(folder.path().join("m.onnx")).unwrap();
    // Compiled with what Keras knows, it goes there.
    model.compile(Adam::new(0.01), "mse", ["mae"]).unwrap();
    model.save_keras(folder.path().join("m.keras")).unwrap();
    let back = Model::load_keras(folder.path().join("m.keras")).unwrap();
    assert_eq!(back.predict(&x).unwrap(), model.predict(&x).unwrap());
    assert_eq!(back.frozen_layers(), ["dense"]);
}
