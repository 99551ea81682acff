//! Losses against Keras' values and gradients, and against finite differences.

use super::*;
use serde_json::Value;

pub fn fixture() -> Value {
    let text = include_str!("../../tests/golden/keras-3.15.1.json");
    serde_json::from_str(text).unwrap()
}

/// The golden numbers of make_keras_rules.py.
pub fn rules() -> Value {
    let text = include_str!("../../tests/golden/keras-rules.json");
    serde_json::from_str(text).unwrap()
}

pub fn floats(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

/// Compares with Keras' mean and weighted mean, within 1e-5 relative, because both sum a few f32
/// terms in another order.
pub fn matches_keras(loss: &dyn LossFunction, name: &str) {
    let golden = fixture();
    let rows = |key: &str| -> Vec<Vec<f32>> {
        golden[key].as_array().unwrap().iter().map(floats).collect()
    };
    let (truth, predictions) = (rows("y_true"), rows("y_pred"));
    let weights = floats(&golden["sample_weight"]);
    let (mut mean, mut weighted) = (0.0, 0.0);
    for ((t, p), w) in truth.iter().zip(&predictions).zip(&weights) {
        let value = loss.sample(t, p, &mut vec![0.0; p.len()]) / truth.len() as f32;
        mean += value;
        weighted += value * w;
    }
    let want = &golden["losses"][name];
    for (got, key) in [(mean, "mean"), (weighted, "weighted_sum_over_batch_size")] {
        let want = want[key].as_f64().unwrap() as f32;
        assert!((got - want).abs() <= 1e-5 * want.abs(), "{name} {key}: {got}, Keras {want}");
    }
}

/// Compares with central differences, which with a step of 1e-3 in f32 are good to about 1e-3 of
/// the loss.
pub fn gradient_is_right(loss: &dyn LossFunction, truth: &[f32], prediction: &[f32]) {
    let mut gradient = vec![f32::NAN; prediction.len()];
    loss.sample(truth, prediction, &mut gradient);
    for i in 0..prediction.len() {
        let value = |step: f32| {
            let mut p = prediction.to_vec();
            p[i] += step;
            loss.sample(truth, &p, &mut vec![0.0; p.len()]) as f64
        };
        let slope = (value(1e-3) - value(-1e-3)) / 2e-3;
        let difference = (slope - gradient[i] as f64).abs();
        assert!(difference < 4e-3 * slope.abs().max(1.0), "{i}: {slope} {}", gradient[i]);
    }
}

/// Checks that the fused gradient is the plain one passed through the activation.
pub fn fusion_is_consistent(loss: &dyn LossFunction, truth: &[f32], logits: &[f32]) {
    let activation = loss.fuses_with().unwrap();
    let mut p = logits.to_vec();
    activation.apply(&mut p, logits.len());
    let (mut plain, mut fused) = (vec![0.0; p.len()], vec![0.0; p.len()]);
    let a = loss.sample(truth, &p, &mut plain);
    activation.backward(&p, logits, &mut plain, p.len());
    let b = loss.sample_fused(truth, &p, &mut fused);
    assert!((a - b).abs() < 1e-5 * a.abs().max(1.0));
    for (x, y) in plain.iter().zip(&fused) {
        assert!((x - y).abs() < 1e-5, "{plain:?} {fused:?}");
    }
}

/// Compares the values and gradients of single samples with Keras', within 1e-5 relative (1e-6
/// absolute near 0) of the value and of the row's largest derivative: f32 sums in another order.
/// Where Keras has NaN, this library must still have a number.
pub fn follows_keras(loss: &dyn LossFunction, name: &str) {
    follows(loss, name, |_, p, t, g| loss.sample(t, p, g));
}

/// Like [`follows_keras`], from the inputs of the activation that the loss fuses with.
pub fn follows_keras_fused(loss: &dyn LossFunction, name: &str) {
    let activation = loss.fuses_with().unwrap();
    follows(loss, name, |n, p, t, g| {
        activation.apply(p, n);
        loss.sample_fused(t, p, g)
    });
}

fn follows(
    loss: &dyn LossFunction,
    name: &str,
    sample: impl Fn(usize, &mut [f32], &[f32], &mut [f32]) -> f32,
) {
    loss.check_settings().unwrap();
    let golden = rules();
    let cases = golden["losses"][name].as_array().unwrap();
    let numbers = |v: &Value| -> Vec<f32> {
        let maybe = |v: &Value| v.as_f64().map_or(f32::NAN, |v| v as f32);
        v.as_array().unwrap().iter().map(maybe).collect()
    };
    let close = |got: f32, want: f32, size: f32| {
        if want.is_nan() { got.is_finite() } else { (got - want).abs() <= 1e-5 * size + 1e-6 }
    };
    for case in cases {
        let rows = |key: &str| case[key].as_array().unwrap().iter().map(numbers);
        let wanted = numbers(&case["values"]).into_iter().zip(rows("gradients"));
        for ((truth, mut p), (value, slopes)) in rows("truth").zip(rows("prediction")).zip(wanted) {
            let mut gradient = vec![0.0; p.len()];
            let got = sample(p.len(), &mut p, &truth, &mut gradient);
            let row = format!("{name} of {truth:?} {p:?}");
            assert!(close(got, value, value.abs()), "{row}: {got}, Keras {value}");
            let size = slopes.iter().fold(0.0f32, |m, g| m.max(g.abs()));
            let all = gradient.iter().zip(&slopes).all(|(g, s)| close(*g, *s, size));
            assert!(all, "{row}: {gradient:?}, Keras {slopes:?}");
        }
    }
}

#[test]
fn names_are_those_of_keras() {
    for known in ALL {
        let loss = (known.make)();
        loss.check().unwrap();
        assert_eq!(Loss::named(loss.0.name()).unwrap().to_string(), loss.to_string());
    }
    for (name, long) in [
        ("mse", "mean_squared_error"),
        ("MAE", "mean_absolute_error"),
        ("KLDivergence", "kl_divergence"),
        ("logcosh", "log_cosh"),
        ("bce", "binary_crossentropy"),
    ] {
        assert_eq!(name.into_loss().unwrap().to_string(), long);
    }
    let error = "cross".into_loss().unwrap_err().to_string();
    assert!(error.contains("'cross'") && error.contains("huber"), "{error}");
}

/// Class numbers and one-hot targets train a model to the same bits, and Keras' names are
/// equivalent to the objects.
#[test]
fn class_numbers_train_as_one_hot_targets_do() {
    use crate::prelude::*;
    let classes: Vec<f32> = (0..48).map(|i| ((7 * i + i / 3) % 3) as f32).collect();
    let mut hot = Array::zeros([48, 3]).unwrap();
    let rows = hot.data_mut().chunks_exact_mut(3);
    classes.iter().zip(rows).for_each(|(class, row)| row[*class as usize] = 1.0);
    let numbers = Array::new([48, 1], classes).unwrap();
    let x = (0..48 * 5).map(|i| (0.37 * i as f32).sin()).collect();
    let x = Array::new([48, 5], x).unwrap();
    let net = Sequential::new([5]).add(Dense::new(3).activation(Softmax));
    let fit = |mut model: Model, y: &Array| {
        let fit = Fit::epochs(3).batch_size(16).verbose(0);
        let history = model.fit((&x, y), fit).unwrap();
        let scores = ["loss", "accuracy", "f1_score"].map(|name| history.last(name).unwrap());
        (model.flat_weights().to_vec(), scores, model.evaluate((&x, y)).unwrap())
    };
    let metrics = || (Accuracy::new(), F1Score::macro_average());
    let sparse = net.compile("adam", "sparse_categorical_crossentropy", metrics()).unwrap();
    let dense = net.compile(Adam::new(0.001), CategoricalCrossentropy::new(), metrics()).unwrap();
    let named = net.compile("Adam", "categorical_crossentropy", ["accuracy", "f1_score"]).unwrap();
    let a = fit(sparse.clone(), &numbers);
    let b = fit(dense, &hot);
    assert_eq!(a, b);
    assert_eq!(b, fit(named, &hot));
    assert!(a.1[1] > 0.0);
    let mut sparse = sparse;
    let beyond = Array::new([48, 1], vec![3.0; 48]).unwrap();
    let error = sparse.fit((&x, &beyond), Fit::epochs(1)).unwrap_err().to_string();
    assert!(error.contains("row 0 is 3") && error.contains("0 to 2"), "{error}");
    let error = net.compile(Sgd::new(-1.0), "mse", ()).unwrap_err().to_string();
    assert!(error.contains("SGD: learning rate is -1"), "{error}");
    let error = net.compile("sgd", Huber::new().delta(-1.0), ()).unwrap_err().to_string();
    assert!(error.contains("delta"), "{error}");
    let mut model = net.compile("sgd", "mse", [RootMeanSquaredError::new()]).unwrap();
    assert!(model.fit((&x, &numbers), Fit::epochs(1)).is_err());
}
