//! Against files that the real Keras wrote: tests/golden/make_keras_files.py. What Keras makes of
//! this library's files is tested by tests/interchange.rs.

use crate::array::Array;
use crate::io::npz::load_npz;
use crate::prelude::*;
use std::path::{Path, PathBuf};

pub(in crate::train) fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/keras_files").join(name)
}

pub(in crate::train) fn arrays(name: &str) -> impl Fn(&str) -> Array + use<> {
    let archive = load_npz(golden(name)).unwrap();
    move |array| archive.array(array).unwrap()
}

/// 1e-5: sums in another order, in single precision.
pub(in crate::train) fn same(ours: &Array, theirs: &Array, what: &str) {
    assert_eq!(ours.shape(), theirs.shape(), "{what}");
    for (a, b) in ours.data().iter().zip(theirs.data()) {
        assert!((a - b).abs() <= 1e-5, "{what}: {a} and {b}");
    }
}

fn refused(path: &Path, parts: &[&str]) {
    let text = Model::load_keras(path).unwrap_err().to_string();
    assert!(parts.iter().all(|p| text.contains(p)), "{}: {text}", path.display());
}

#[test]
fn models_of_keras_predict_what_they_did() {
    let files = [
        ("cnn.keras", "cnn.npz"),
        ("mlp.keras", "mlp.npz"),
        ("mlp.h5", "mlp.npz"),
        ("words.keras", "words.npz"),
        ("chain.keras", "chain.npz"),
        ("chain.h5", "chain.npz"),
        ("keras2.keras", "keras2.npz"),
        ("keras2.h5", "keras2.npz"),
        ("masked.keras", "masked.npz"),
        ("masked_steps.keras", "masked_steps.npz"),
        ("masked_shared.keras", "masked_shared.npz"),
        ("twins.keras", "twins.npz"),
    ];
    for (file, numbers) in files {
        let model = Model::load_keras(golden(file)).unwrap();
        let numbers = arrays(numbers);
        same(&model.predict(&numbers("x")).unwrap(), &numbers("y"), file);
    }
}

#[test]
fn what_a_model_was_compiled_with_is_read() {
    let cnn = Model::load_keras(golden("cnn.keras")).unwrap();
    assert_eq!(cnn.metric_names(), ["accuracy", "f1_score"]);
    assert_eq!(cnn.optimizer.to_string(), "RMSprop(0.003)");
    assert_eq!(cnn.state.steps, 2);
    assert!(cnn.state.slots.iter().all(|slot| slot.iter().any(|v| *v != 0.0)));
    for file in ["keras2.keras", "keras2.h5"] {
        let old = Model::load_keras(golden(file)).unwrap();
        assert_eq!(old.metric_names(), ["accuracy"], "{file}");
        assert_eq!((old.state.steps, old.optimizer.rule().name()), (2, "Adam"), "{file}");
        assert!(old.state.slots[0].iter().any(|v| *v != 0.0), "{file}");
    }
}

/// Two more steps from the saved state end where Keras' end. 1e-5 as above: the rate is .01.
#[test]
fn training_goes_on_where_it_was() {
    let numbers = arrays("mlp.npz");
    let (x, y) = (numbers("x"), numbers("targets"));
    for file in ["mlp.keras", "mlp.h5"] {
        let mut model = Model::load_keras(golden(file)).unwrap();
        assert_eq!(model.state.steps, 3, "{file}");
        let fit = Fit::epochs(2).batch_size(6).shuffle(false).verbose(0);
        model.fit((&x, &y), fit).unwrap();
        for (i, weights) in model.weights().unwrap().iter().enumerate() {
            same(weights, &numbers(&format!("later_{i}")), file);
        }
    }
}

#[test]
fn what_is_written_is_read_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.keras");
    for file in ["cnn.keras", "words.keras", "chain.keras", "mlp.keras", "keras2.h5"] {
        let model = Model::load_keras(golden(file)).unwrap();
        model.save_keras(&path).unwrap();
        let again = Model::load_keras(&path).unwrap();
        assert_eq!(again.flat_weights(), model.flat_weights(), "{file}");
        assert_eq!(again.state.steps, model.state.steps, "{file}");
        assert_eq!(again.state.slots, model.state.slots, "{file}");
        assert_eq!(again.learning_rate(), model.learning_rate(), "{file}");
        assert_eq!(format!("{again:?}"), format!("{model:?}"), "{file}");
        assert_eq!(again.metric_names(), model.metric_names(), "{file}");
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no part is left");
}

#[test]
fn a_rate_that_was_set_and_metrics_of_our_own_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.keras");
    let net = Sequential::new([4]).add(Dense::new(3).activation(Softmax));
    let metrics = (Accuracy::new(), Precision::macro_average());
    let mut model = net.compile(Adam::new(0.01), CategoricalCrossentropy::new(), metrics).unwrap();
    model = model.seed(5);
    model.set_learning_rate(0.003).unwrap();
    model.save_keras(&path).unwrap();
    let again = Model::load_keras(&path).unwrap();
    assert_eq!(again.metric_names(), model.metric_names());
    assert_eq!(again.learning_rate(), model.learning_rate());
    assert_eq!(again.seed_now(), 5);
    // Keras reads the names of classes that it has, and no others.
    let bytes = std::fs::read(&path).unwrap();
    let text = crate::io::keras_archive::unpack(&path, &bytes).unwrap().config;
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["compile_config"]["metrics"], serde_json::json!(["accuracy"]));
}

#[test]
fn weights_alone_are_read_from_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::load_keras(golden("mlp.keras")).unwrap();
    let fresh = || model.recipe().compile("sgd", "mse", ()).unwrap().seed(99);
    for file in ["mlp.keras", "mlp.h5", "mlp.weights.h5"] {
        let mut other = fresh();
        other.load_weights(golden(file)).unwrap();
        assert_eq!(other.flat_weights(), model.flat_weights(), "{file}");
    }
    for name in ["w.weights.h5", "w.npz", "w.safetensors"] {
        let path = folder.path().join(name);
        model.save_weights(&path).unwrap();
        let mut other = fresh();
        other.load_weights(&path).unwrap();
        assert_eq!(other.flat_weights(), model.flat_weights(), "{name}");
    }
    let old = Model::load_keras(golden("keras2.h5")).unwrap();
    let mut other = old.recipe().compile("sgd", "mse", ()).unwrap().seed(99);
    other.load_weights(golden("keras2-weights.h5")).unwrap();
    assert_eq!(other.flat_weights(), old.flat_weights());
    let text = model.save_weights(folder.path().join("w.h5")).unwrap_err().to_string();
    assert!(text.contains(".weights.h5"), "{text}");
    let text = model.save_keras(folder.path().join("w.h5")).unwrap_err().to_string();
    assert!(text.contains(".keras"), "{text}");
}

#[test]
fn weights_that_do_not_fit_are_named_and_change_nothing() {
    let net = |layers: &[usize]| {
        let net = Sequential::new([4]);
        let net = layers.iter().fold(net, |net, units| net.add(Dense::new(*units)));
        net.compile("sgd", "mse", ()).unwrap()
    };
    let refused = |layers: &[usize], file: &str, parts: &[&str]| {
        let mut model = net(layers);
        let before = model.flat_weights().to_vec();
        let text = model.load_weights(golden(file)).unwrap_err().to_string();
        assert!(parts.iter().all(|p| text.contains(p)), "{text}");
        assert_eq!(model.flat_weights(), before);
    };
    let shape = ["dense_1/kernel", "[5, 3]", "[5, 2]"];
    refused(&[5, 2], "mlp.weights.h5", &[&shape[..], &["layers/dense_1/vars/0"]].concat());
    refused(&[5, 2], "mlp.h5", &shape);
    refused(&[5, 2], "mlp.keras", &shape);
    refused(&[5], "mlp.weights.h5", &["dense_1"]);
    refused(&[5, 3, 2], "mlp.weights.h5", &["dense_2"]);
    refused(&[5], "mlp.h5", &["2", "4"]);
    refused(&[5, 3], "keras2-weights.h5", &["the number of layers", "is 3", "2"]);
}

#[test]
fn what_has_no_counterpart_is_named() {
    refused(&golden("lambda.keras"), &["'double'", "Lambda", "Python code"]);
    refused(&golden("unknown.keras"), &["'conv_lstm1d'", "'ConvLSTM1D'", "Dense"]);
    refused(&golden("uncompiled.keras"), &["not compiled", "Sequential::load_keras"]);
    refused(&golden("mlp.weights.h5"), &["weights alone", "load_weights"]);
    refused(&golden("mlp.npz"), &[".npz", "load_npz"]);
    refused(&golden("../npy/f4.npy"), &[".npy"]);
    let net = Sequential::load_keras(golden("uncompiled.keras")).unwrap();
    let mut model = net.compile("adam", "mse", ()).unwrap();
    let before = model.flat_weights().to_vec();
    model.load_weights(golden("uncompiled.keras")).unwrap();
    assert_ne!(model.flat_weights(), before);
}

/// A mask that a layer is told has to be that of its input: a model whose masks were given by hand
/// would predict something else here. (tests/golden/make_keras_masked_files.py)
#[test]
fn masks_of_ones_own_are_refused() {
    refused(&golden("mask_of_ones_own.keras"), &["'lstm", "mask", "'mine'"]);
    refused(&golden("mask_of_another_number.keras"), &["'lstm", "mask", "that of its input"]);
    // Each call of a shared layer has the mask of what it takes.
    for file in ["mask_of_ones_own_shared.keras", "mask_of_the_other_call.keras"] {
        refused(&golden(file), &["'lstm", "mask", "that of its input"]);
    }
    // What the file tells of masks is not taken for a layer.
    let model = Model::load_keras(golden("masked.keras")).unwrap();
    let names: Vec<&str> = model.network.layers().iter().map(|l| l.class_name.as_str()).collect();
    assert_eq!(names.iter().filter(|name| **name == "Concatenate").count(), 1, "{names:?}");
    let graph = Functional::load_keras(golden("masked_steps.keras")).unwrap();
    assert_eq!(graph.build().unwrap().layers().len(), 4);
}

#[test]
fn code_of_ones_own_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let own = CustomLayer::new("Twice", 4, |x, _| x * 2.0);
    let model = Sequential::new([4]).add(own).compile("sgd", "mse", ()).unwrap();
    let text = model.save_keras(folder.path().join("a.keras")).unwrap_err().to_string();
    assert!(text.contains("'Twice'") && text.contains("save_weights"), "{text}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

/// A file with a part of its archive replaced.
fn changed(config: impl Fn(&str) -> String, weights: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.keras");
    let bytes = std::fs::read(golden("mlp.keras")).unwrap();
    let archive = crate::io::keras_archive::unpack(&path, &bytes).unwrap();
    let weights = weights(archive.weights);
    crate::io::keras_archive::write(&path, &config(&archive.config), &weights).unwrap();
    std::fs::read(path).unwrap()
}

/// What a file claims is compared with what there is, before memory is taken.
#[test]
fn files_that_lie_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.keras");
    let says = |bytes: Vec<u8>, parts: &[&str]| {
        std::fs::write(&path, bytes).unwrap();
        refused(&path, parts);
    };
    let same = |text: &str| text.to_string();
    let huge = |text: &str| text.replace("\"units\": 5", "\"units\": 200000000");
    says(changed(huge, |w| w), &["dense_2/kernel", "[4, 200000000]"]);
    let beyond = |text: &str| text.replace("\"units\": 5", "\"units\": 9000000000000000000");
    says(changed(beyond, |w| w), &["'dense", "units", "9000000000000000000"]);
    let wide = |text: &str| text.replace("[null, 4]", "[null, 2000000000, 2000000000, 2000000000]");
    says(changed(wide, |w| w), &["2000000000"]);
    // As an activation `lambda x: x * 2` is written.
    let lambda = |text: &str| {
        text.replacen(
            "\"activation\": \"tanh\"",
            r#""activation": {"value": ["4wEAAA==", null]}"#,
            1,
        )
    };
    says(changed(lambda, |w| w), &["'dense", "activation", "a Python lambda"]);
    says(changed(same, |w| w[..w.len() / 2].to_vec()), &[]);
    says(changed(same, |_| b"not HDF5".to_vec()), &["HDF5"]);
    says(changed(|_| "{".into(), |w| w), &["JSON"]);
    says(changed(|_| "[".repeat(100_000), |w| w), &["JSON"]);
    let whole = std::fs::read(golden("mlp.keras")).unwrap();
    says(whole[..whole.len() - 30].to_vec(), &[]);
    // A member whose name leads out of the folder.
    let out = |bytes: Vec<u8>, name: &[u8]| {
        let mut bytes = bytes;
        let at = |bytes: &[u8]| bytes.windows(name.len()).position(|w| w == name);
        while let Some(at) = at(&bytes) {
            bytes[at..at + 3].copy_from_slice(b"../");
        }
        bytes
    };
    says(out(whole, b"metadata.json"), &["lead out"]);
}

/// A megabyte of zeros is a thousand bytes of deflate: a file may not claim more than it can hold.
#[test]
fn an_archive_that_claims_more_than_it_holds_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.keras");
    let mut bytes = std::fs::read(golden("mlp.keras")).unwrap();
    // The size of config.json, in its central record: 22 bytes before the name's length is told.
    let name = b"config.json";
    let record = bytes.windows(4).enumerate().filter(|(_, w)| *w == b"PK\x01\x02");
    let record = record.map(|(at, _)| at).find(|at| bytes[at + 46..].starts_with(name)).unwrap();
    bytes[record + 24..record + 28].copy_from_slice(&u32::MAX.wrapping_sub(1).to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    refused(&path, &["config.json"]);
}
