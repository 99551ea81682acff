//! What measures or draws for a model goes by the model's own rules: folds, curves, ensembles,
//! importance and plots say what `Model::evaluate` and `Model::confusion_matrix` say.

use crate::prelude::*;
use crate::train::parity_tests::wave;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn says<T>(result: Result<T>, parts: &[&str]) {
    let text = result.err().expect("an error").to_string();
    assert!(parts.iter().all(|part| text.contains(part)), "{text}");
}

/// Two columns and two classes that overlap.
fn two_classes() -> Dataset {
    let x = wave(&[80, 2], 0.37, 1.0);
    let label = |row: usize| usize::from(x.row(row)[0] + 0.6 * (row as f32 * 1.9).sin() > 0.0);
    Dataset::new(x.clone(), (0..80).map(label).collect(), ["no", "yes"]).unwrap()
}

/// One output, as logits or as a probability, with the same weights.
fn decided(logits: bool) -> Model {
    let net = Sequential::new([2]).add(Dense::new(1).bias_initializer(Constant(0.2)));
    let loss = BinaryCrossentropy::new().from_logits(logits);
    let net = if logits { net } else { net.add(Sigmoid) };
    net.compile(Sgd::new(0.05), loss, ()).unwrap().seed(3)
}

/// Of logits the middle is 0, wherever classes are made of them.
#[test]
fn logits_are_decided_alike_everywhere() {
    let data = two_classes().with_binary("yes").unwrap();
    let fit = Fit::epochs(2).batch_size(20).verbose(0).shuffle(false);
    let splits = KFold::new(4).shuffle(1).split(80).unwrap();
    let folds = |logits| KFold::new(4).shuffle(1).fit(&decided(logits), &data, &fit).unwrap();
    let (logits, shares) = (folds(true), folds(false));
    let mut counted = [0u64; 2];
    for (model, split) in logits.models().iter().zip(&splits) {
        let own = model.confusion_matrix(&data.take(&split.test).unwrap()).unwrap();
        for (class, count) in counted.iter_mut().enumerate() {
            *count += own.count(class, class);
        }
    }
    let pooled = logits.confusion_matrix();
    assert_eq!([0, 1].map(|class| pooled.count(class, class)), counted);
    // The same network with a sigmoid makes the same steps, and so the same decisions.
    assert_eq!(pooled, shares.confusion_matrix());
    let half = Array::new([1, 1], vec![0.3]).unwrap();
    assert_eq!(data.take(&[0]).unwrap().decode(&half).unwrap(), [0]);
    assert!(logits.outputs().data().iter().any(|v| (0.0..0.5).contains(v)), "a test of nothing");
    let drawn = |model: &Model| plot::decision_boundary(model, &data).unwrap().to_png().to_vec();
    assert_eq!(drawn(&logits.models()[0]), drawn(&shares.models()[0]));
}

/// Classes are those of the model, in whichever order the data have them.
#[test]
fn a_boundary_has_the_models_order_of_classes() {
    let data = two_classes();
    let net = Sequential::new([2]).add(Dense::new(2).activation(Softmax));
    let mut model = net.compile(Adam::new(0.1), "categorical_crossentropy", ()).unwrap();
    let fit = Fit::epochs(20).verbose(0).prepare(Pipeline::new().standard_scaler());
    model.fit(&data, fit).unwrap();
    let turned = data.labels().iter().map(|label| 1 - label).collect();
    let turned = Dataset::new(data.x().clone(), turned, ["yes", "no"]).unwrap();
    let drawn = |data: &Dataset| plot::decision_boundary(&model, data).unwrap().to_png().to_vec();
    assert_eq!(drawn(&turned), drawn(&data));
    let one = model.confusion_matrix(&data).unwrap();
    assert_eq!(model.confusion_matrix(&turned).unwrap(), one);
}

#[test]
fn curves_check_before_they_fit_and_weigh_the_rows_they_take() {
    let data = two_classes();
    let made = || {
        let net = Sequential::new([2]).add(Dense::new(2).activation(Softmax));
        net.compile(Adam::new(0.1), "categorical_crossentropy", ["accuracy"])
    };
    let begun = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&begun);
    let counted = LambdaCallback::new().on_train_begin(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let fit = Fit::epochs(1).callback(counted);
    let learning = || LearningCurve::new("accuracy").sizes([0.5, 1.0]).folds(KFold::new(2));
    says(LearningCurve::new("acuracy").fit(&made().unwrap(), &data, &fit), &["'acuracy'", "loss"]);
    let wrong = ValidationCurve::new("f1").fit("n", [1, 2], |_: usize| made(), &data, &fit);
    says(wrong, &["'f1'", "one of loss, accuracy"]);
    let few = fit.clone().sample_weight(vec![1.0; 3]);
    says(learning().fit(&made().unwrap(), &data, &few), &["3", "80"]);
    assert_eq!(begun.load(Ordering::Relaxed), 0);
    // Weights of 1 change nothing; those of single rows are those rows' own.
    let plain = learning().fit(&made().unwrap(), &data, &fit).unwrap();
    let ones = fit.clone().sample_weight(vec![1.0; 80]);
    assert_eq!(learning().fit(&made().unwrap(), &data, &ones).unwrap(), plain);
    let some = (0..80).map(|row| if row % 2 == 0 { 3.0 } else { 0.0 }).collect();
    let weighed = fit.sample_weight(some);
    assert_ne!(learning().fit(&made().unwrap(), &data, &weighed).unwrap(), plain);
    // What callbacks write is a file of each fit.
    let folder = tempfile::tempdir().unwrap();
    let logged = Fit::epochs(1).callback(CsvLogger::new(folder.path().join("log.csv")));
    learning().fit(&made().unwrap(), &data, logged).unwrap();
    let mut files = 0;
    let mut open = vec![folder.path().to_path_buf()];
    while let Some(path) = open.pop() {
        match std::fs::read_dir(&path) {
            Ok(entries) => open.extend(entries.map(|entry| entry.unwrap().path())),
            Err(_) => files += 1,
        }
    }
    assert_eq!(files, 4);
}

fn two_outputs() -> Model {
    let (a, b) = (Input::new([2]).name("left"), Input::new([1]).name("right"));
    let both = Concatenate::new().apply([&a, &b]);
    let x = Dense::new(1).apply(&both).name("x");
    let x_y = Dense::new(1).apply(&both).name("x_y");
    let losses = [("x", "mse"), ("x_y", "mse")];
    let metrics = [
        ("x", Metric::from_fn("y_mae", |t, p| (t[0] - p[0]).abs())),
        ("x_y", Metric::from_fn("mae", |t, p| (t[0] - p[0]).abs())),
    ];
    Functional::new([&a, &b], [&x, &x_y]).compile("adam", losses, metrics).unwrap()
}

/// An output `x` with the metric `y_mae`, and one `x_y` with `mae`.
#[test]
fn metrics_of_two_outputs_have_names_of_their_own() {
    let mut model = two_outputs();
    let (x, y) = (wave(&[12, 3], 0.3, 1.0), wave(&[12, 2], 0.7, 1.0));
    let history = model.fit((&x, &y), Fit::epochs(2).validation_split(0.5).verbose(0)).unwrap();
    let mut names: Vec<String> = model.metric_names();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all, "{names:?}");
    for name in &names {
        assert_eq!(history.get(name).unwrap().len(), 2, "{name}");
        assert_eq!(history.get(&format!("val_{name}")).unwrap().len(), 2, "{name}");
    }
}

#[test]
fn what_is_no_number_is_refused_in_each_of_several_inputs() {
    let mut model = two_outputs();
    let (mut x, y) = (wave(&[12, 3], 0.3, 1.0), wave(&[12, 2], 0.7, 1.0));
    x.data_mut()[4 * 3 + 2] = f32::NAN;
    says(model.fit((&x, &y), Fit::epochs(1).verbose(0)), &["row 4", "finite"]);
    says(model.predict(&x), &["row 4", "finite"]);
    says(model.predict_outputs(&x), &["row 4", "finite"]);
    says(model.evaluate((&x, &y)), &["row 4", "finite"]);
    let (x, mut y) = (wave(&[12, 3], 0.3, 1.0), y);
    y.data_mut()[5 * 2 + 1] = f32::INFINITY;
    says(model.fit((&x, &y), Fit::epochs(1).verbose(0)), &["target in row 5, column 1"]);
}

/// One class of several outputs is nothing that a single model gives, nor do many.
#[test]
fn ensembles_and_folds_of_several_outputs_give_no_classes() {
    let x = wave(&[12, 3], 0.3, 1.0);
    let ensemble = Ensemble::new([two_outputs(), two_outputs().seed(1)]).unwrap();
    says(ensemble.predict_classes(&x), &["Ensemble::predict_classes", "outputs", "1"]);
    let data = Dataset::new(x, (0..12).map(|i| i % 2).collect(), ["a", "b"]).unwrap();
    says(ensemble.confusion_matrix(&data), &["Ensemble::confusion_matrix", "outputs"]);
    says(KFold::new(2).fit(&two_outputs(), &data, Fit::epochs(1)), &["KFold::fit", "outputs"]);
}

/// Raw rows and prepared ones have the same scores, with text and missing cells among them.
#[test]
fn importance_goes_by_raw_columns() {
    let ports: Vec<Option<&str>> = (0..60).map(|i| [Some("S"), None, Some("C")][i % 3]).collect();
    let ages: Vec<Option<f64>> =
        (0..60).map(|i| (i % 7 > 0).then_some(f64::from(i as u32 * 13 % 50))).collect();
    let alive: Vec<&str> = (0..60).map(|i| if i % 3 == 0 { "yes" } else { "no" }).collect();
    let frame = crate::polars::df!("port" => ports, "age" => ages, "alive" => alive).unwrap();
    let data = Dataset::from_table_all(&Table::from_dataframe(frame).unwrap(), "alive").unwrap();
    let steps = Pipeline::new().impute(Fill::Median).one_hot().standard_scaler();
    let net = Sequential::new([4]).add(Dense::new(2).activation(Softmax));
    let mut model = net.compile(Adam::new(0.1), "categorical_crossentropy", ["accuracy"]).unwrap();
    model.fit(&data, Fit::epochs(40).verbose(0).prepare(steps)).unwrap();
    let of = |data: &Dataset| PermutationImportance::new("accuracy").of(&model, data).unwrap();
    let raw = of(&data);
    assert_eq!(raw.ranking()[0].0, "port");
    assert!(raw.mean("port").unwrap() > 0.2 && raw.mean("age").unwrap().abs() < 0.05, "{raw}");
    let ready = model.prepare(&data).unwrap();
    let names: Vec<String> = of(&ready).ranking().into_iter().map(|row| row.0).collect();
    assert_eq!(names.len(), 4);
    assert_eq!(model.evaluate(&ready).unwrap(), model.evaluate(&data).unwrap());
}
