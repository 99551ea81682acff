//! Moving averages of the weights, accumulated gradients and a scaled loss, against the real Keras;
//! and that their state goes through every file.

use crate::optim::{LearningRate, Optimizer};
use crate::prelude::*;
use crate::train::parity_tests::{one_hot, wave};
use serde_json::Value;

fn golden() -> Value {
    let text = include_str!("../../tests/golden/keras-optimizer-options.json");
    serde_json::from_str(text).unwrap()
}

/// The model of make_keras_fit.py.
fn start(optimizer: Optimizer) -> Model {
    let net = Sequential::new([25])
        .add(Dense::new(8).activation(Relu))
        .add(Dense::new(3).activation(Softmax));
    let mut model = net.compile(optimizer, CategoricalCrossentropy::new(), ["accuracy"]).unwrap();
    let weights = model.weights().unwrap();
    let wave = |(n, w): (usize, &Array)| {
        let fan = if w.shape().len() == 2 { w.shape()[0] } else { 4 };
        wave(w.shape(), 0.7 + 0.1 * n as f64, 1.0 / (fan as f64).sqrt())
    };
    let weights: Vec<Array> = weights.iter().enumerate().map(wave).collect();
    model.set_weights(&weights).unwrap();
    model
}

fn fit(model: &mut Model, epochs: usize) {
    let fit = Fit::epochs(epochs).batch_size(8).shuffle(false).verbose(0);
    let (x, y) = (wave(&[64, 25], 0.37, 1.0), one_hot(64, 3));
    model.fit((&x, &y), fit).unwrap();
}

fn cases() -> Vec<(&'static str, Optimizer)> {
    let decaying: LearningRate = ExponentialDecay::new(0.1, 4, 0.5).into();
    vec![
        ("ema", RmsProp::new(0.01).ema_momentum(0.9).into()),
        (
            "ema_overwrite",
            Sgd::new(0.1).momentum(0.5).ema_momentum(0.5).ema_overwrite_frequency(3).into(),
        ),
        (
            "accumulation",
            Adam::new(0.01).gradient_accumulation_steps(3).weight_decay(0.1).clipvalue(0.05).into(),
        ),
        (
            "accumulation_ema",
            Nadam::new(0.01)
                .gradient_accumulation_steps(2)
                .ema_momentum(0.8)
                .ema_overwrite_frequency(2)
                .into(),
        ),
        ("accumulation_schedule", Sgd::new(decaying).gradient_accumulation_steps(4).into()),
        ("loss_scale", Adam::new(0.01).loss_scale_factor(1024.0).global_clipnorm(0.5).into()),
    ]
}

/// Within 2e-5: 16 batches of sums in f32, taken in another order.
#[test]
fn fits_end_with_the_weights_of_keras() {
    let golden = golden();
    for (name, optimizer) in cases() {
        let mut model = start(optimizer);
        fit(&mut model, 2);
        for (got, want) in
            model.weights().unwrap().iter().zip(golden["fits"][name]["weights"].as_array().unwrap())
        {
            for (got, want) in got.data().iter().zip(want.as_array().unwrap()) {
                let difference = (f64::from(*got) - want.as_f64().unwrap()).abs();
                assert!(difference < 2e-5, "{name}: {got} {want}");
            }
        }
    }
}

#[test]
fn settings_are_read_as_keras_writes_them() {
    let golden = golden();
    for (name, optimizer) in cases() {
        let ours = optimizer.to_config().to_value();
        for key in [
            "use_ema",
            "ema_momentum",
            "ema_overwrite_frequency",
            "loss_scale_factor",
            "gradient_accumulation_steps",
        ] {
            let (a, b) = (&ours["config"][key], &golden["fits"][name]["config"][key]);
            let same = match (a.as_f64(), b.as_f64()) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-6,
                _ => a == b,
            };
            assert!(same, "{name}: {key} is {a}, and Keras has {b}");
        }
        let again = Optimizer::from_config(&optimizer.to_config()).unwrap();
        assert_eq!(format!("{again:?}"), format!("{optimizer:?}"));
    }
}

#[test]
fn a_saved_model_goes_on_with_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    for (name, optimizer) in cases() {
        // Eight batches and eight more; an accumulation of three is in the middle between them.
        let mut model = start(optimizer);
        fit(&mut model, 1);
        for file in ["m.dfdx", "m.keras"] {
            let path = folder.path().join(file);
            let mut again = match file {
                "m.dfdx" => {
                    model.save(&path).unwrap();
                    Model::load(&path).unwrap()
                }
                _ => {
                    model.save_keras(&path).unwrap();
                    Model::load_keras(&path).unwrap()
                }
            };
            let mut whole = model.clone();
            fit(&mut whole, 1);
            fit(&mut again, 1);
            assert_eq!(again.flat_weights(), whole.flat_weights(), "{name}, {file}");
        }
    }
}

#[test]
fn settings_outside_their_range_are_refused() {
    let says = |optimizer: Optimizer, words: &str| {
        let text = optimizer.check().unwrap_err().to_string();
        assert!(text.contains(words), "{text}");
    };
    says(Adam::default().ema_momentum(1.5).into(), "ema_momentum");
    says(Adam::default().ema_overwrite_frequency(0).into(), "ema_overwrite_frequency");
    says(Adam::default().loss_scale_factor(0.0).into(), "loss_scale_factor");
    says(Adam::default().gradient_accumulation_steps(1).into(), "gradient_accumulation_steps");
}
