//! Keras, onnxruntime and this library on the same models.
//!
//! `side.py make` lets Keras save 150 models of random layers, and one for each optimiser. Here
//! they are read, predict, and are written again; `side.py check` lets Keras and onnxruntime read
//! the result. `DFDX_LAB_TEST_PYTHON` names a Python with Keras 3 and onnxruntime, such as the one
//! that `cargo lab test` sets up.

#[path = "interchange/graphs.rs"]
mod graphs;
#[path = "interchange/preparation.rs"]
mod preparation;
#[path = "interchange/sequences.rs"]
mod sequences;

use dfdx_lab::io::npz::load_npz;
use dfdx_lab::prelude::*;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const MODELS: usize = 150;
/// Keras' models with frozen layers, constraints and a loss of logits.
const KEPT: [&str; 6] =
    ["frozen", "inside", "constrained", "logits", "held_pictures", "held_sequences"];
/// For sums in another order, in single precision, of outputs below 20.
const TOLERANCE: f32 = 1e-5;

fn side(python: &Path, task: &str, folder: &Path) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interchange/side.py");
    let mut command = Command::new(python);
    command.args([script, task]).arg(folder).arg(MODELS.to_string());
    let done = command.output().unwrap();
    assert!(done.status.success(), "{task}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn differs(ours: &Array, theirs: &Array) -> Option<f32> {
    assert_eq!(ours.shape(), theirs.shape());
    let pairs = ours.data().iter().zip(theirs.data());
    let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    (worst.is_nan() || worst > TOLERANCE).then_some(worst)
}

#[test]
fn models_go_to_keras_and_back_and_to_onnx() {
    let Some(python) = std::env::var_os("DFDX_LAB_TEST_PYTHON").map(PathBuf::from) else {
        println!("skipped: DFDX_LAB_TEST_PYTHON names no Python with Keras 3 and onnxruntime");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    side(&python, "make", folder);
    let made = std::fs::read_to_string(folder.join("made.json")).unwrap();
    let made: Value = serde_json::from_str(&made).unwrap();
    let arrays = load_npz(folder.join("made.npz")).unwrap();
    let array = |name: &str| arrays.array(name).unwrap();
    let mut problems = Vec::new();
    for i in 0..MODELS {
        let name = made["models"][i]["file"].as_str().unwrap();
        let model = Model::load_keras(folder.join(name)).unwrap();
        let y = model.predict(&array(&format!("x_{i}"))).unwrap();
        if let Some(worst) = differs(&y, &array(&format!("y_{i}"))) {
            problems.push(format!("{name}: {worst} apart, {}", made["models"][i]["layers"]));
        }
        model.save_keras(folder.join(format!("back_{i}.keras"))).unwrap();
        model.save_onnx(folder.join(format!("back_{i}.onnx"))).unwrap();
    }
    let (x, y) = (array("x"), array("y"));
    for i in 0..made["optimizers"].as_u64().unwrap() {
        let mut model = Model::load_keras(folder.join(format!("optimizer_{i}.keras"))).unwrap();
        let fit = Fit::epochs(2).batch_size(8).shuffle(false).verbose(0);
        model.fit((&x, &y), fit).unwrap();
        for (weights, name) in model.weights().unwrap().iter().zip(["kernel", "bias"]) {
            if let Some(worst) = differs(weights, &array(&format!("{name}_{i}"))) {
                problems.push(format!("optimizer {i}, {model:?}: {name} {worst} apart"));
            }
        }
        model.save_keras(folder.join(format!("trained_{i}.keras"))).unwrap();
        model.save_weights(folder.join(format!("trained_{i}.weights.h5"))).unwrap();
        model.save_weights(folder.join(format!("trained_{i}.npz"))).unwrap();
    }
    let prepared = json!(preparation::models(folder));
    std::fs::write(folder.join("prepared.json"), prepared.to_string()).unwrap();
    let mut all = graphs::models(folder);
    all.extend(sequences::models(folder));
    std::fs::write(folder.join("graphs.json"), json!(all).to_string()).unwrap();
    for name in KEPT {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/keras_files");
        let source = golden.join(format!("{name}.keras"));
        let model = Model::load_keras(&source).unwrap();
        model.save_keras(folder.join(format!("kept_{name}_back.keras"))).unwrap();
        std::fs::copy(source, folder.join(format!("kept_{name}.keras"))).unwrap();
    }
    let told: Vec<String> = serde_json::from_str(&side(&python, "check", folder)).unwrap();
    problems.extend(told);
    assert!(problems.is_empty(), "{} differences:\n{}", problems.len(), problems.join("\n"));
}

/// The Python code of notebook 08b, on files like those of notebook 08, prints what the page says.
#[test]
fn the_notebooks_python_prints_what_it_says() {
    let Some(python) = std::env::var_os("DFDX_LAB_TEST_PYTHON").map(PathBuf::from) else {
        println!("skipped: DFDX_LAB_TEST_PYTHON names no Python with Keras 3 and onnxruntime");
        return;
    };
    let notebook = concat!(env!("CARGO_MANIFEST_DIR"), "/notebooks/08b-load-elsewhere.ipynb");
    let notebook: Value =
        serde_json::from_str(&std::fs::read_to_string(notebook).unwrap()).unwrap();
    let last = notebook["cells"].as_array().unwrap().last().unwrap()["source"].clone();
    let page: String = last.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let (_, page) = page.split_once("```python\n").unwrap();
    let (script, page) = page.split_once("```\n").unwrap();
    let wanted = page.trim().trim_matches('`').trim();
    let mice = datasets::sleep_stages_quick().unwrap();
    let data = mice.train_data(frequencies(1..=25)).unwrap();
    let mut model = Sequential::new([25])
        .add(Dense::new(8).activation(Relu))
        .add(Dense::new(3).activation(Softmax))
        .compile(Adam::new(0.01), CategoricalCrossentropy::new(), ["accuracy"])
        .unwrap()
        .seed(7);
    let fit = Fit::epochs(10).batch_size(32).validation_split(0.2).verbose(0);
    model.fit(&data, fit.prepare(Pipeline::new().standard_scaler())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for end in ["dfdx", "onnx", "keras"] {
        model.save(folder.path().join(format!("saved/sleep.{end}"))).unwrap();
    }
    let mut command = Command::new(python);
    // The backend that is installed for these tests.
    command.env("KERAS_BACKEND", "numpy").args(["-c", script]).current_dir(folder.path());
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(String::from_utf8(done.stdout).unwrap().trim(), wanted);
}
