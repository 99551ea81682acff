//! Functional models in every kind of file, and models of several inputs and outputs.

use super::graph_tests::{ALL, compiled, golden, numbers, samples};
use super::keras::tests::{arrays, golden as file, same};
use super::parity_tests::{one_hot, set_waves, wave};
use crate::nn::Recipe;
use crate::prelude::*;
use serde_json::Value;

/// A graph of Keras', with models within it and names of its own: the same predictions, and after
/// two more steps still (1e-5, sums in another order).
#[test]
fn keras_graphs_are_read_and_trained_on() {
    let numbers = arrays("graph.npz");
    let (x, y) = (numbers("x"), numbers("targets"));
    for name in ["graph.keras", "graph.h5"] {
        let mut model = Model::load_keras(file(name)).unwrap();
        assert!(matches!(model.recipe(), Recipe::Functional(_)), "{name}");
        same(&model.predict(&x).unwrap(), &numbers("y"), name);
        let fit = Fit::epochs(2).batch_size(6).shuffle(false).verbose(0);
        model.fit((&x, &y), fit).unwrap();
        let off = model.predict(&x).unwrap();
        let mut pairs = off.data().iter().zip(numbers("later").data().to_vec());
        assert!(pairs.all(|(a, b)| (a - b).abs() < 1e-4), "{name}");
        let names = model.weight_names();
        for part in ["wide/kernel", "second/bias", "gate/kernel", "out/bias"] {
            assert!(names.iter().any(|n| n == part), "{name}: {names:?}");
        }
    }
    let net = Functional::load_keras(file("graph.keras")).unwrap();
    let mut model = net.compile("sgd", "mse", ()).unwrap();
    model.load_weights(file("graph.keras")).unwrap();
    same(&model.predict(&x).unwrap(), &numbers("y"), "layers and weights");
    let error = Sequential::load_keras(file("graph.keras")).unwrap_err().to_string();
    assert!(error.contains("branches") && error.contains("Functional::load_keras"), "{error}");
    // A chain stays one, and can be had as a graph with its names.
    let chain = Model::load_keras(file("chain.keras")).unwrap();
    assert!(matches!(chain.recipe(), Recipe::Sequential(_)));
    assert!(Functional::load_keras(file("chain.keras")).unwrap().build().unwrap().is_chain());
}

/// Every graph through every file: the same bits come back, and training goes on to the same bits.
#[test]
fn graphs_come_back_from_every_file() {
    let folder = tempfile::tempdir().unwrap();
    for (name, build) in ALL {
        let mut model = compiled(build);
        let (x, y) = samples(&model, 16);
        let fit = Fit::epochs(1).batch_size(8).verbose(0);
        model.fit((&x, &y), &fit).unwrap();
        let path = |end: &str| folder.path().join(format!("{name}.{end}"));
        model.save(path("dfdx")).unwrap();
        model.save_keras(path("keras")).unwrap();
        model.save_weights(path("weights.h5")).unwrap();
        model.save_weights(path("npz")).unwrap();
        model.save_onnx(path("onnx")).unwrap();
        let mut whole = Model::load(path("dfdx")).unwrap();
        assert_eq!(whole.summary(), model.summary(), "{name}");
        assert_eq!(whole.to_config().unwrap(), model.to_config().unwrap(), "{name}");
        let mut archive = Model::load_keras(path("keras")).unwrap();
        for (end, loaded) in [("dfdx", &mut whole), ("keras", &mut archive)] {
            assert_eq!(loaded.flat_weights(), model.flat_weights(), "{name}.{end}");
            let mut going_on = model.clone();
            loaded.fit((&x, &y), &fit).unwrap();
            going_on.fit((&x, &y), &fit).unwrap();
            assert_eq!(loaded.flat_weights(), going_on.flat_weights(), "{name}.{end}");
        }
        for end in ["weights.h5", "npz"] {
            let mut fresh = model.recipe().compile("sgd", "mse", ()).unwrap().seed(9);
            fresh.load_weights(path(end)).unwrap();
            assert_eq!(fresh.flat_weights(), model.flat_weights(), "{name}.{end}");
        }
    }
}

/// Keras' own configuration of each graph is what this library writes, but for what Keras says of
/// an array's making that has no effect here.
#[test]
fn configurations_are_keras_ones() {
    for (name, build) in ALL {
        let theirs = &golden(name)["config"];
        let ours = build().0.to_config().unwrap();
        let ours = Value::Object(ours.settings().clone());
        for key in ["input_layers", "output_layers"] {
            assert_eq!(ours[key], theirs[key], "{name}: {key}");
        }
        let (ours, theirs) =
            (ours["layers"].as_array().unwrap(), theirs["layers"].as_array().unwrap());
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (a, b) in ours.iter().zip(theirs) {
            for key in ["class_name", "name", "build_config"] {
                // Keras leaves out what an activation was built for.
                if !b[key].is_null() {
                    assert_eq!(a[key], b[key], "{name}, {}: {key}", b["name"]);
                }
            }
            let args = "/inbound_nodes/0/args";
            assert_eq!(a.pointer(args), b.pointer(args), "{name}, {}", b["name"]);
        }
        let config = crate::config::Config::from_value(&serde_json::json!({
            "class_name": "Functional", "config": golden(name)["config"],
        }));
        let again = Functional::from_config(&config.unwrap()).unwrap();
        assert_eq!(again.summary().unwrap(), build().0.summary().unwrap(), "{name}");
    }
}

fn several() -> Functional {
    let (picture, table) = (Input::new([6, 6, 1]).name("picture"), Input::new([4]).name("table"));
    let seen = Conv2D::new(3, 3).activation(Relu).apply(&picture);
    let seen = GlobalAveragePooling2D::new().apply(&seen);
    let both = Concatenate::new().apply([&seen, &table]);
    let hidden = Dense::new(6).activation(Tanh).apply(&both);
    let kind = Dense::new(3).activation(Softmax).apply(&hidden).name("kind");
    let beside = Concatenate::new().apply([&kind, &table]);
    let price = Dense::new(1).apply(&beside).name("price");
    Functional::new([&picture, &table], [&price, &kind])
}

const LOSSES: [(&str, &str, f64); 2] =
    [("price", "mse", 1.0), ("kind", "categorical_crossentropy", 0.5)];

fn several_data() -> (Array, Array) {
    let x = Array::beside([&wave(&[32, 6, 6, 1], 0.37, 1.0), &wave(&[32, 4], 0.53, 1.0)]).unwrap();
    let y = Array::beside([&wave(&[32, 1], 0.71, 1.0), &one_hot(32, 3)]).unwrap();
    (x, y)
}

/// Two inputs and two outputs, one of which goes on into the other: Keras' history to 1e-4 (sums in
/// another order over 12 steps), weights to 1e-4, predictions to 1e-5; the same from its file.
#[test]
fn several_inputs_and_outputs_follow_keras() {
    let golden = golden("several");
    let metrics = [("price", "mae"), ("kind", "accuracy")];
    let optimizer = Sgd::new(0.05).momentum(0.9);
    let mut model = several().compile(optimizer, LOSSES, metrics).unwrap();
    set_waves(&mut model);
    let (x, y) = several_data();
    let first = x.take(&[0, 1, 2, 3]).unwrap();
    let outputs = model.predict_outputs(&first).unwrap();
    assert_eq!(outputs[1].shape(), [4, 3]);
    for (got, want) in outputs.iter().zip(golden["predicted"].as_array().unwrap()) {
        for (a, b) in got.data().iter().zip(numbers(want)) {
            assert!((f64::from(*a) - b).abs() < 1e-5, "{a}, Keras {b}");
        }
    }
    let fit = Fit::epochs(4).batch_size(8).shuffle(false).validation_split(0.25).verbose(0);
    let history = model.fit((&x, &y), &fit).unwrap();
    let theirs = golden["history"].as_object().unwrap();
    for (name, want) in theirs {
        let got = history.get(name).unwrap_or_else(|| panic!("{name} in {history:?}"));
        for (a, b) in got.iter().zip(numbers(want)) {
            assert!((a - b).abs() < 1e-4, "{name}: {a}, Keras {b}");
        }
    }
    assert_eq!(
        model.logged_names(),
        ["loss", "price_loss", "kind_loss", "price_mae", "kind_accuracy"]
    );
    for (w, want) in model.weights().unwrap().iter().zip(golden["after"].as_array().unwrap()) {
        for (a, b) in w.data().iter().zip(numbers(want)) {
            assert!((f64::from(*a) - b).abs() < 1e-4, "{a}, Keras {b}");
        }
    }
    let scores = model.evaluate((&x, &y)).unwrap();
    for (name, want) in golden["evaluated"].as_object().unwrap() {
        let got = scores.get(name).unwrap();
        assert!((got - want.as_f64().unwrap()).abs() < 1e-4, "{name}: {got}, Keras {want}");
    }
    // From Keras' file, after the fit.
    let read = Model::load_keras(file("several.keras")).unwrap();
    assert_eq!(read.logged_names(), model.logged_names());
    for (a, b) in read.flat_weights().iter().zip(model.flat_weights()) {
        assert!((a - b).abs() < 1e-4, "{a}, Keras {b}");
    }
    // Through our own files.
    let folder = tempfile::tempdir().unwrap();
    let path = |end: &str| folder.path().join(format!("a.{end}"));
    model.save(path("dfdx")).unwrap();
    model.save_keras(path("keras")).unwrap();
    model.save_onnx(path("onnx")).unwrap();
    for loaded in [Model::load(path("dfdx")).unwrap(), Model::load_keras(path("keras")).unwrap()] {
        assert_eq!(loaded.evaluate((&x, &y)).unwrap(), scores);
        let mut going_on = model.clone();
        let mut loaded = loaded;
        let logged = loaded.fit((&x, &y), &fit).unwrap();
        assert_eq!(format!("{logged:?}"), format!("{:?}", going_on.fit((&x, &y), &fit).unwrap()));
    }
}

#[test]
fn losses_that_do_not_fit_the_outputs_are_refused() {
    let says = |loss: crate::Result<Model>, parts: &[&str]| {
        let error = loss.map(|_| ()).unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{parts:?}: {error}");
    };
    let net = several();
    says(net.compile("sgd", [("price", "mse")], ()), &["'kind'", "price, kind"]);
    says(net.compile("sgd", [("price", "mse"), ("cost", "mse")], ()), &["'cost'", "Node::name"]);
    says(net.compile("sgd", [("price", "mse"), ("price", "mae")], ()), &["two for 'price'"]);
    let heavy = [("price", "mse", -1.0), ("kind", "mse", 1.0)];
    says(net.compile("sgd", heavy, ()), &["'price'", "-1"]);
    says(net.compile("sgd", "mse", [("cost", "mae")]), &["'cost'", "price, kind"]);
    let stack = Sequential::new([4]).add(Dense::new(1));
    says(stack.compile("sgd", [("price", "mse")], ()), &["'price'", "dense"]);
    // One loss is one for each output.
    let mut model = net.compile("sgd", "mse", ["mae"]).unwrap();
    let names = ["loss", "price_loss", "kind_loss", "price_mae", "kind_mae"];
    assert_eq!(model.logged_names(), names);
    let (x, _) = several_data();
    let error =
        model.fit((&x, &one_hot(32, 3)), Fit::epochs(1).verbose(0)).unwrap_err().to_string();
    assert!(error.contains("price 1, kind 3") && error.contains("Array::beside"), "{error}");
    let table = wave(&[32, 4], 0.53, 1.0);
    let error = model.predict_classes(&x).unwrap_err().to_string();
    assert!(error.contains("is 2") && error.contains("predict_outputs"), "{error}");
    let fit = Fit::epochs(1).class_weight([(0, 2.0)]).verbose(0);
    let (_, targets) = several_data();
    assert!(model.fit((&x, &targets), fit).is_err());
    let error = model.predict(&table).unwrap_err().to_string();
    assert!(error.contains("picture") && error.contains("table"), "{error}");
    let narrow = Array::beside([&table, &wave(&[3, 1], 0.3, 1.0)]).unwrap_err().to_string();
    assert!(narrow.contains("32 rows"), "{narrow}");
    // Class numbers take one value, whatever the output has.
    let sparse = [("price", "mse"), ("kind", "sparse_categorical_crossentropy")];
    let mut model = net.compile("sgd", sparse, [("kind", "accuracy")]).unwrap();
    let kinds = Array::new([32, 1], (0..32).map(|i| (i % 3) as f32).collect()).unwrap();
    let y = Array::beside([&wave(&[32, 1], 0.71, 1.0), &kinds]).unwrap();
    model.fit((&x, &y), Fit::epochs(1).verbose(0)).unwrap();
}
