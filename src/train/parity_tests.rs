//! Whole models against the real Keras, step by step, and what every fit must keep.

use crate::prelude::*;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../tests/golden/keras-training.json")).unwrap()
}

/// The formula of make_keras_training.py.
pub(super) fn wave(shape: &[usize], frequency: f64, amplitude: f64) -> Array {
    let n: usize = shape.iter().product();
    let data = (1..=n).map(|i| (amplitude * (frequency * i as f64).sin()) as f32).collect();
    Array::new(shape.to_vec(), data).unwrap()
}

pub(super) fn one_hot(rows: usize, classes: usize) -> Array {
    let mut y = Array::zeros([rows, classes]).unwrap();
    for (i, row) in y.data_mut().chunks_exact_mut(classes).enumerate() {
        row[(7 * i + i / 3) % classes] = 1.0;
    }
    y
}

/// The weights that the scripts in tests/golden set, the `n`-th by its own frequency.
pub(super) fn set_waves(model: &mut Model) {
    let names = model.weight_names();
    let mut weights = model.weights().unwrap();
    for (n, (w, name)) in weights.iter_mut().zip(names).enumerate() {
        let shape = w.shape().to_vec();
        let fan = if shape.len() > 1 { shape[..shape.len() - 1].iter().product() } else { 4 };
        *w = wave(&shape, 0.7 + 0.1 * n as f64, 1.0 / (fan as f64).sqrt());
        if name.contains("variance") {
            w.data_mut().iter_mut().for_each(|v| *v = v.abs() + 0.5);
        }
    }
    model.set_weights(&weights).unwrap();
}

/// Follows Keras' loss for 50 steps within 1e-4 relative, and ends with the same weights.
fn follows(name: &str, mut model: Model, y: &Array) {
    let golden = &golden()["cases"][name];
    set_waves(&mut model);
    let x = wave(&[64, 25], 0.37, 1.0);
    for step in 0..50 {
        let at: Vec<usize> = (step * 16 % 64..step * 16 % 64 + 16).collect();
        let (x, y) = (x.take(&at).unwrap(), y.take(&at).unwrap());
        let fit = Fit::epochs(1).batch_size(16).shuffle(false).verbose(0);
        let loss = model.fit((&x, &y), fit).unwrap().last("loss").unwrap();
        let want = golden["losses"][step].as_f64().unwrap();
        assert!((loss - want).abs() <= 1e-4 * want, "{name} step {step}: {loss}, Keras {want}");
    }
    for (i, w) in model.weights().unwrap().iter().enumerate() {
        let sum: f64 = w.data().iter().map(|v| v.abs() as f64).sum();
        let want = golden["weights"][i].as_f64().unwrap();
        assert!((sum - want).abs() <= 1e-3 * want, "{name} weight {i}: {sum}, Keras {want}");
    }
}

fn mlp(hidden: &[usize], activation: Activation, outputs: usize, last: Activation) -> Sequential {
    hidden
        .iter()
        .fold(Sequential::new([25]), |net, &units| {
            net.add(Dense::new(units).activation(activation))
        })
        .add(Dense::new(outputs).activation(last))
}

#[test]
fn models_follow_keras() {
    let y = one_hot(64, 3);
    let two = |low: f32| {
        let values = (0..64).map(|i| if i % 3 == 0 { 1.0 } else { low }).collect();
        Array::new([64, 1], values).unwrap()
    };
    let cce = CategoricalCrossentropy::new();
    let net = mlp(&[8, 8], Relu, 3, Softmax);
    follows("sleep_adam", net.compile(Adam::new(0.01), cce, ()).unwrap(), &y);
    let net = mlp(&[8], Relu, 3, Softmax);
    let sgd = Sgd::new(0.001).momentum(0.99);
    follows("sleep_sgd", net.compile(sgd, cce, ()).unwrap(), &y);
    let net = mlp(&[4], Tanh, 1, Tanh);
    let sgd = Sgd::new(0.01).momentum(0.9);
    let mse = MeanSquaredError::new();
    follows("awake_mse", net.compile(sgd, mse, ()).unwrap(), &two(-1.0));
    let net = mlp(&[8], Sigmoid, 1, Sigmoid);
    let bce = BinaryCrossentropy::new();
    follows("binary_rmsprop", net.compile(RmsProp::new(0.01), bce, ()).unwrap(), &two(0.0));
    let penalty = Regularizer::l1_l2(0.001, 0.01);
    let net = Sequential::new([25])
        .add(Dense::new(8).activation(Relu).kernel_regularizer(penalty))
        .add(Dense::new(3).activation(Softmax));
    let rmsprop = RmsProp::new(0.01).rho(0.99);
    let model = net.compile(rmsprop, cce.label_smoothing(0.1), ()).unwrap();
    follows("penalties", model, &y);
}

/// Samples, layers and the batch: products that a team shares (of a whole batch, between whole-batch
/// layers, of one row), and work for two lanes and for four.
fn wide(setting: usize) -> (usize, Sequential, usize) {
    let net = Sequential::new([200]);
    let dense = || Dense::new(300).activation(Relu);
    let picture = || Reshape::new([10, 20, 1]);
    match setting {
        0 => (150, net.add(dense()).add(Dropout::new(0.2)), 64),
        1 => (80, net.add(dense()).add(BatchNormalization::new()), 64),
        2 => (5, net.add(dense()).add(Dense::new(60)), 1),
        3 => (80, net.add(picture()).add(Conv2D::new(8, 3)).add(Flatten::new()), 64),
        _ => {
            let net = net.add(picture()).add(Conv2D::new(16, 3)).add(Conv2D::new(16, 3));
            (160, net.add(Flatten::new()), 128)
        }
    }
}

fn wide_fit(setting: usize, threads: usize, seed: u64) -> (Vec<f32>, History, Array) {
    let (rows, net, batch) = wide(setting);
    let mut model = net
        .add(Dense::new(4).activation(Softmax))
        .compile(Adam::new(0.003), CategoricalCrossentropy::new(), ["accuracy"])
        .unwrap()
        .seed(seed);
    let (x, y) = (wave(&[rows, 200], 0.37, 1.0), one_hot(rows, 4));
    let fit = Fit::epochs(3).batch_size(batch).validation_split(0.2).threads(threads).verbose(0);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let history = model.fit((&x, &y), fit).unwrap();
        let outputs = model.predict(&x).unwrap();
        (model.flat_weights().to_vec(), history, outputs)
    })
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    for setting in 0..5 {
        let one = wide_fit(setting, 1, 5);
        for threads in [2, 2, 3, 8] {
            assert_eq!(one, wide_fit(setting, threads, 5), "{setting} on {threads}");
        }
        assert_ne!(one.0, wide_fit(setting, 2, 6).0);
        let names: Vec<_> = one.1.names().map(String::from).collect();
        assert_eq!(names, ["loss", "accuracy", "val_loss", "val_accuracy"]);
    }
}

#[test]
fn lanes_depend_on_the_shapes() {
    let lanes = |setting| {
        let (_, net, batch) = wide(setting);
        super::lanes::count(&net.build().unwrap(), batch, true)
    };
    assert_eq!((0..5).map(lanes).collect::<Vec<_>>(), [1, 1, 1, 2, 4]);
}

#[test]
fn cross_validation_predicts_every_row_once() {
    let labels: Vec<usize> = (0..90).map(|i| (7 * i + i / 3) % 3).collect();
    let x = wave(&[90, 25], 0.37, 1.0);
    let data = Dataset::new(x, labels.clone(), ["a", "b", "c"]).unwrap();
    let model = mlp(&[8], Relu, 3, Softmax)
        .compile(Adam::new(0.01), CategoricalCrossentropy::new(), [F1Score::weighted()])
        .unwrap();
    let fit = Fit::epochs(4).verbose(0).prepare(Pipeline::new().standard_scaler());
    let folds = KFold::new(3).shuffle(1).fit(&model, &data, fit.clone()).unwrap();
    assert_eq!(folds.confusion_matrix().total(), 90);
    assert_eq!((folds.models().len(), folds.outputs().shape()), (3, &[90, 3][..]));
    let from_outputs =
        ConfusionMatrix::new(["a", "b", "c"], &labels, &folds.outputs().argmax()).unwrap();
    assert_eq!(from_outputs, folds.confusion_matrix());
    // A fold's model predicts its test rows as the outputs say.
    let split = &KFold::new(3).shuffle(1).split(90).unwrap()[0];
    let test = folds.models()[0].prepare(&data.take(&split.test).unwrap()).unwrap();
    let again = folds.models()[0].predict(test.x()).unwrap();
    assert_eq!(again.row(0), folds.outputs().row(split.test[0]));
    let mean = folds.mean_history();
    let by_hand: f64 =
        folds.histories().iter().map(|h| h.last("val_loss").unwrap()).sum::<f64>() / 3.0;
    assert!((mean.last("val_loss").unwrap() - by_hand).abs() < 1e-12);
    assert!((folds.last("val_loss").unwrap().0 - by_hand).abs() < 1e-12);
    assert!(folds.last("val_los").unwrap_err().to_string().contains("val_loss"));
    assert!(KFold::new(3).fit(&model, &data, fit.validation_split(0.1)).is_err());
}

#[test]
fn wrong_arguments_are_explained() {
    let mut model = mlp(&[8], Relu, 3, Softmax)
        .compile(Sgd::default(), CategoricalCrossentropy::new(), ())
        .unwrap();
    let (x, y) = (wave(&[8, 25], 0.3, 1.0), one_hot(8, 3));
    let says = |result: Result<History>, parts: &[&str]| {
        let text = result.unwrap_err().to_string();
        assert!(parts.iter().all(|p| text.contains(p)), "{text}");
    };
    let narrow = wave(&[8, 24], 0.3, 1.0);
    says(model.fit((&narrow, &y), Fit::epochs(1)), &["[8, 24]", "[25]"]);
    says(model.fit((&x, &one_hot(7, 3)), Fit::epochs(1)), &["targets", "8"]);
    says(model.fit((&x, &one_hot(8, 2)), Fit::epochs(1)), &["2", "3", "one-hot"]);
    says(model.fit((&x, &y), Fit::epochs(0)), &["epochs", "at least 1"]);
    says(model.fit((&x, &y), Fit::epochs(1).batch_size(0)), &["batch size"]);
    says(model.fit((&x, &y), Fit::epochs(1).validation_split(1.5)), &["1.5"]);
    let empty = Array::zeros([0, 25]).unwrap();
    says(model.fit((&empty, &Array::zeros([0, 3]).unwrap()), Fit::epochs(1)), &["no row"]);
    assert!(model.set_weights(&[]).unwrap_err().to_string().contains("4"));
    assert!(model.predict(&narrow).is_err());
    let unknown =
        mlp(&[8], Relu, 3, Softmax).compile(Sgd::default(), MeanSquaredError, ["acuracy"]);
    assert!(unknown.unwrap_err().to_string().contains("acuracy"));
}

#[test]
fn a_diverging_fit_does_not_panic() {
    let mut model = mlp(&[8], Linear, 3, Linear)
        .compile(Sgd::new(1e20), MeanSquaredError::new(), ["accuracy"])
        .unwrap();
    let (x, y) = (wave(&[64, 25], 0.3, 1.0), one_hot(64, 3));
    let history = model.fit((&x, &y), Fit::epochs(3).verbose(0)).unwrap();
    assert!(!history.last("loss").unwrap().is_finite());
}
