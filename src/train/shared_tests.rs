//! Shared layers, attention of one sequence to another and dot products: against the real Keras,
//! against finite differences, and through files.

use super::graph_tests::numbers;
use super::keras::tests::{arrays, golden as file, same};
use super::parity_tests::{one_hot, set_waves, wave};
use crate::nn::Network;
use crate::prelude::*;
use serde_json::Value;

/// Made by tests/golden/make_keras_shared.py, which has the same graphs.
fn golden(name: &str) -> Value {
    let text = include_str!("../../tests/golden/keras-shared.json");
    serde_json::from_str::<Value>(text).unwrap()["cases"][name].clone()
}

fn siamese() -> Functional {
    let (a, b) = (Input::new([5]), Input::new([5]));
    let hidden = Dense::new(6).activation(Tanh).shared();
    let normal = BatchNormalization::new().momentum(0.8).shared();
    let last = Dense::new(3).shared();
    let [left, right] = [&a, &b].map(|x| last.apply(&normal.apply(&hidden.apply(x))));
    let gap = Subtract::new().apply([&left, &right]);
    let near = Dot::new(1).normalize(true).apply([&left, &right]);
    let all = Concatenate::new().apply([&gap, &near, &left]);
    Functional::new([&a, &b], all.then(Dense::new(3).activation(Softmax)))
}

fn again() -> Functional {
    let x = Input::new([6]);
    let same = Dense::new(6).activation(Tanh).name("same").shared();
    let other = Dense::new(6).apply(&x);
    let once = same.apply(&x);
    let twice = same.apply(&once);
    let third = same.apply(&other);
    let sum = Add::new().apply([&twice, &third, &once]);
    Functional::new(&x, sum.then(Dense::new(3).activation(Softmax)))
}

fn cross() -> Functional {
    let (a, b) = (Input::new([5, 4]), Input::new([7, 3]));
    let masked = |x: &Node| Masking::new().apply(x);
    let seen = MultiHeadAttention::new(2, 3).value_dim(2).attend(&masked(&a), &masked(&b));
    let key = Dense::new(5).apply(&masked(&b));
    let sought = MultiHeadAttention::new(1, 4).attend_by_key(&seen, &masked(&b), &key);
    let back = MultiHeadAttention::new(2, 2).use_bias(false).use_causal_mask(true);
    let back = back.attend(&masked(&b), &masked(&a));
    let pooled = [&sought, &back].map(|x| x.then(GlobalAveragePooling1D::new()));
    let pooled = Concatenate::new().apply(&pooled);
    Functional::new([&a, &b], pooled.then(Dense::new(3).activation(Softmax)))
}

fn dots() -> Functional {
    let (a, b, c) = (Input::new([4, 3]), Input::new([5, 3]), Input::new([4]));
    let scores = Dot::new(2).apply([&a, &b]);
    let found = Dot::new([2, 1]).normalize(true).apply([&scores, &b]);
    let turned = Dot::new([1, 1]).apply([&a, &c]);
    let steps = Dot::new([1, 1]).normalize(true).apply([&c, &found]);
    let flat = found.then(Dense::new(2)).then(Flatten::new());
    let all = Concatenate::new().apply([&flat, &turned, &steps]);
    Functional::new([&a, &b, &c], all.then(Dense::new(3).activation(Softmax)))
}

/// A name, and what builds the model.
type Case = (&'static str, fn() -> Functional);

const ALL: [Case; 4] = [("siamese", siamese), ("again", again), ("cross", cross), ("dots", dots)];

fn compiled(build: fn() -> Functional) -> Model {
    let optimizer = Sgd::new(0.1).momentum(0.9);
    let mut model = build().compile(optimizer, CategoricalCrossentropy::new(), ()).unwrap();
    set_waves(&mut model);
    model
}

fn samples(network: &Network, rows: usize) -> (Array, Array) {
    let width: usize = network.input().iter().product();
    let mut x = wave(&[rows, width], 0.37, 1.0);
    if network.layers().iter().any(|layer| layer.class_name == "Masking") {
        for (input, spec) in network.inputs().iter().enumerate() {
            let [steps, features] = spec.shape[..] else { continue };
            let start = network.input_range(input).start;
            for row in 0..rows {
                for step in (0..steps).filter(|step| (row + 2 * step) % 5 == 0) {
                    let at = row * width + start + step * features;
                    x.data_mut()[at..at + features].fill(0.0);
                }
            }
        }
    }
    (x, one_hot(rows, 3))
}

/// Names, the order of the weights, the summary and the configuration's calls are Keras' to the
/// letter; predictions agree within 1e-5, losses of 20 steps within 1e-3 of their value, weights
/// after plain gradient descent within 2e-4 (rounding differs, and momentum makes differences grow).
#[test]
fn graphs_with_shared_parts_follow_keras() {
    for (name, build) in ALL {
        let golden = golden(name);
        let mut model = compiled(build);
        // The parts of an attention have names of their own here.
        let own = |name: &str| {
            let name = name.replace("attention_output/", "output_");
            ["query", "key", "value"]
                .iter()
                .fold(name, |name, part| name.replace(&format!("/{part}/"), &format!("/{part}_")))
        };
        let weights = golden["weights"].as_array().unwrap().iter();
        let weights: Vec<String> = weights.map(|w| own(w.as_str().unwrap())).collect();
        assert_eq!(model.weight_names(), weights, "{name}");
        let text = golden["summary"].as_str().unwrap();
        let text = text.lines().map(str::trim_end).filter(|l| !l.is_empty());
        // Keras lists the operations that make masks as well.
        if name != "cross" {
            assert_eq!(model.summary().to_string(), text.collect::<Vec<_>>().join("\n"), "{name}");
        }
        let ours = build().to_config().unwrap();
        let ours = Value::Object(ours.settings().clone());
        let theirs = &golden["config"];
        for key in ["input_layers", "output_layers"] {
            assert_eq!(ours[key], theirs[key], "{name}: {key}");
        }
        let listed = |config: &Value| config["layers"].as_array().unwrap().clone();
        let theirs_alone = listed(theirs);
        let layers = theirs_alone.iter().filter(|b| b["module"] == "keras.layers");
        assert_eq!(layers.clone().count(), listed(&ours).len(), "{name}");
        for (a, b) in listed(&ours).iter().zip(layers) {
            let calls = |layer: &Value| -> Vec<Value> {
                let calls = layer["inbound_nodes"].as_array().unwrap();
                calls.iter().map(|call| call["args"].clone()).collect()
            };
            assert_eq!(a["name"], b["name"], "{name}");
            assert_eq!(calls(a), calls(b), "{name}, {}", b["name"]);
        }
        if name != "cross" {
            let config = serde_json::json!({"class_name": "Functional", "config": theirs});
            let config = crate::config::Config::from_value(&config).unwrap();
            let read = Functional::from_config(&config).unwrap();
            assert_eq!(read.summary().unwrap(), build().summary().unwrap(), "{name}");
        }

        let (x, y) = samples(&model.network, 32);
        let predicted = model.predict(&x.head(4)).unwrap();
        for (got, want) in predicted.data().iter().zip(numbers(&golden["predicted"])) {
            assert!((f64::from(*got) - want).abs() < 1e-5, "{name}: {got}, Keras {want}");
        }
        for (step, want) in numbers(&golden["losses"]).into_iter().enumerate() {
            let at = step * 8 % 32..step * 8 % 32 + 8;
            let (x, y) = (x.slice(at.clone()).unwrap(), y.slice(at).unwrap());
            let fit = Fit::epochs(1).batch_size(8).shuffle(false).verbose(0);
            let loss = model.fit((&x, &y), fit).unwrap().last("loss").unwrap();
            assert!((loss - want).abs() <= 1e-3 * want, "{name} step {step}: {loss}, Keras {want}");
        }
        for (i, w) in model.weights().unwrap().iter().enumerate() {
            for (got, want) in w.data().iter().zip(numbers(&golden["after"][i])) {
                let off = (f64::from(*got) - want).abs();
                assert!(off <= 2e-4, "{name} {}: {got}, Keras {want}", weights[i]);
            }
        }
        let loss = model.evaluate((&x, &y)).unwrap().get("loss").unwrap();
        let want = golden["evaluated"].as_f64().unwrap();
        assert!((loss - want).abs() <= 1e-3 * want, "{name}: evaluated {loss}, Keras {want}");
    }
}

/// Slopes by weights, from one step of plain gradient descent, and by inputs, from the tape, against
/// finite differences; those of the step make an error of about 1e-3 in single precision.
#[test]
fn gradients_of_shared_parts_are_slopes() {
    let close = |name: &str, slope: f64, want: f64| {
        assert!((slope - want).abs() < 4e-3 + 2e-2 * want.abs(), "{name}: {slope}, {want}");
    };
    for (name, build) in ALL {
        let mut model = compiled(build);
        model.optimizer = Sgd::new(1.0).into();
        let (x, y) = samples(&model.network, 4);
        let start = model.flat_weights().to_vec();
        let moving = model.network.moving().to_vec();
        let fit = Fit::epochs(1).batch_size(4).shuffle(false).verbose(0);
        let mut step = |weights: &[f32]| {
            model.set_flat_weights(weights).unwrap();
            let loss = model.fit((&x, &y), &fit).unwrap().last("loss").unwrap();
            (loss, model.flat_weights().to_vec())
        };
        let (_, after) = step(&start);
        for i in (0..start.len()).step_by(start.len().div_ceil(40)) {
            if moving.iter().any(|range| range.contains(&i)) {
                continue;
            }
            let mut at = |by: f32| {
                let mut weights = start.clone();
                weights[i] += by;
                step(&weights).0
            };
            let want = (at(1e-2) - at(-1e-2)) / 2e-2;
            close(name, f64::from(start[i] - after[i]), want);
        }
        model.set_flat_weights(&start).unwrap();
        let one = x.slice(1..2).unwrap();
        let slopes = model.gradient_of_input(&one, 2).unwrap();
        for i in (0..one.row_len()).filter(|i| one.data()[*i] != 0.0).step_by(3) {
            let at = |by: f32| {
                let mut x = one.clone();
                x.data_mut()[i] += by;
                f64::from(model.predict(&x).unwrap().data()[2])
            };
            close(name, slopes.data()[i].into(), (at(1e-2) - at(-1e-2)) / 2e-2);
        }
    }
}

/// Every graph through every file: the same bits come back, and training goes on to the same bits.
#[test]
fn shared_parts_come_back_from_every_file() {
    let folder = tempfile::tempdir().unwrap();
    for (name, build) in ALL {
        let mut model = compiled(build);
        let (x, y) = samples(&model.network, 16);
        let fit = Fit::epochs(1).batch_size(8).verbose(0);
        model.fit((&x, &y), &fit).unwrap();
        let path = |end: &str| folder.path().join(format!("{name}.{end}"));
        for end in ["dfdx", "keras", "onnx"] {
            model.save(path(end)).unwrap();
        }
        model.save_weights(path("weights.h5")).unwrap();
        let mut going_on = model.clone();
        going_on.fit((&x, &y), &fit).unwrap();
        for end in ["dfdx", "keras"] {
            let mut read = match end {
                "dfdx" => Model::load(path(end)).unwrap(),
                _ => Model::load_keras(path(end)).unwrap(),
            };
            assert_eq!(read.flat_weights(), model.flat_weights(), "{name}.{end}");
            assert_eq!(read.summary().to_string(), model.summary().to_string(), "{name}.{end}");
            read.fit((&x, &y), &fit).unwrap();
            assert_eq!(read.flat_weights(), going_on.flat_weights(), "{name}.{end}");
        }
        let mut fresh = build().compile("sgd", "mse", ()).unwrap().seed(9);
        fresh.load_weights(path("weights.h5")).unwrap();
        assert_eq!(fresh.flat_weights(), model.flat_weights(), "{name}");
    }
}

/// Keras' own files of a siamese model, whose shared part is a model with a shared layer in it: the
/// same predictions, and after two more steps still (1e-4, sums in another order).
#[test]
fn keras_siamese_model_is_read_and_trained_on() {
    let numbers = arrays("shared.npz");
    let x = Array::beside([&numbers("left"), &numbers("right")]).unwrap();
    let y = numbers("targets");
    for name in ["shared.keras", "shared.h5"] {
        let mut model = Model::load_keras(file(name)).unwrap();
        same(&model.predict(&x).unwrap(), &numbers("y"), name);
        let steps = Fit::epochs(2).batch_size(6).shuffle(false);
        model.fit((&x, &y), steps.verbose(0)).unwrap();
        for (ours, theirs) in model.predict(&x).unwrap().data().iter().zip(numbers("later").data())
        {
            assert!((ours - theirs).abs() < 1e-4, "{name}: {ours}, Keras {theirs}");
        }
        let count = |part: &str| model.weight_names().iter().filter(|n| n.contains(part)).count();
        assert_eq!(count("same/kernel"), 1, "{:?}", model.weight_names());
    }
}

/// A shared stack is one set of weights, frozen at once, the same on two threads as on one.
#[test]
fn a_shared_stack_is_one_part() {
    let fitted = |threads: usize| {
        let eye = Sequential::new([12, 12, 2])
            .add(Conv2D::new(16, 3).activation(Relu))
            .add(GlobalAveragePooling2D::new())
            .add(Dense::new(8).name("code"))
            .shared();
        let (a, b) = (Input::new([12, 12, 2]), Input::new([12, 12, 2]));
        let gap = Subtract::new().apply([&eye.apply(&a), &eye.apply(&b)]);
        let net = Functional::new([&a, &b], gap.then(Dense::new(3).activation(Softmax)));
        let mut model = net.compile("adam", "categorical_crossentropy", ()).unwrap();
        let x = wave(&[48, 576], 0.37, 1.0);
        let fit = Fit::epochs(2).batch_size(24).threads(threads).verbose(0);
        model.fit((&x, &one_hot(48, 3)), &fit).unwrap();
        (model, x, fit)
    };
    let (mut model, x, fit) = fitted(2);
    assert_eq!(fitted(1).0.flat_weights(), model.flat_weights());
    assert_eq!(model.output_of("code", &x).unwrap().shape(), [48, 8]);
    let before = model.weights().unwrap();
    model.freeze(["conv2d", "code"]).unwrap();
    assert_eq!(model.frozen_layers(), ["conv2d", "code"]);
    model.fit((&x, &one_hot(48, 3)), &fit).unwrap();
    let after = model.weights().unwrap();
    assert_eq!(before[..4], after[..4]);
    assert_ne!(before[4], after[4]);
    model.unfreeze(..).unwrap();
    assert!(model.frozen_layers().is_empty());
}

#[test]
fn what_cannot_be_shared_is_said() {
    let says = |net: Functional, parts: &[&str]| {
        let error = net.compile("sgd", "mse", ()).unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{parts:?}: {error}");
    };
    let (a, b) = (Input::new([4]), Input::new([5]));
    let same = Dense::new(3).shared();
    let (left, right) = (same.apply(&a), same.apply(&b));
    let both = Add::new().apply([&left, &right]);
    says(Functional::new([&a, &b], &both), &["'dense'", "[5]", "one set of weights", "[4]"]);
    let twice = same.apply(&Dense::new(4).apply(&b));
    let outputs = Functional::new([&a, &b], [&left, &twice]);
    says(outputs, &["two of the layer 'dense'", "then(Linear)"]);
    let dot = |axes: [isize; 2]| Dot::new(axes).apply([&a, &b]);
    says(Functional::new([&a, &b], dot([1, 1])), &["'dot'", "[5]", "as long as the first, 4"]);
    says(Functional::new([&a, &b], dot([0, 1])), &["Dot: the axis", "0", "from 1 to 1"]);
    let (query, value) = (Input::new([5, 4]), Input::new([7, 3]));
    let key = Input::new([6, 3]);
    let seen = MultiHeadAttention::new(2, 3).attend_by_key(&query, &value, &key);
    let net = Functional::new([&query, &value, &key], &seen);
    says(net, &["'multi_head_attention'", "[6, 3]", "7 steps"]);
}
