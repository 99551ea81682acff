//! Keras, onnxruntime and this library on the same models.
//!
//! `side.py make` lets Keras save 150 models of random layers, and one for each optimiser. Here
//! they are read, predict, and are written again; `side.py check` lets Keras and onnxruntime read
//! the result. `DFDX_LAB_TEST_PYTHON` names a Python with Keras 3 and onnxruntime, such as the one
//! that `cargo lab test` sets up.

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
    let mut prepared: Vec<Value> = pipelines().into_iter().map(|p| prepared(p, folder)).collect();
    prepared.push(in_units(folder));
    prepared.extend(pictures(folder));
    prepared.extend(tables(folder));
    std::fs::write(folder.join("prepared.json"), json!(prepared).to_string()).unwrap();
    let mut all = graphs(folder);
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

/// Functional models: one with a skip, branches side by side and a weight for each channel, one
/// with every merge, and one with two inputs and two outputs.
fn graphs(folder: &Path) -> Vec<Value> {
    let picture = Input::new([6, 6, 2]).name("picture");
    let same = |filters, size| Conv2D::new(filters, size).padding(Padding::Same);
    let a = same(4, 3).activation(Relu).apply(&picture);
    let b = BatchNormalization::new().apply(&same(4, 3).apply(&a));
    let sum = Add::new().apply([&a, &b]).then(Relu);
    let all = Concatenate::new().apply([&sum, &same(3, 1).apply(&picture)]);
    let gate = all.then(GlobalAveragePooling2D::new()).then(Dense::new(7).activation(Sigmoid));
    let gated = Multiply::new().apply([&all, &gate.then(Reshape::new([1, 1, 7]))]);
    let rows = Concatenate::new().axis(1).apply([&gated, &all]).then(MaxPooling2D::new(2));
    let out = rows.then(Flatten::new()).then(Dense::new(3).activation(Softmax)).name("kind");
    let pictures = Functional::new(&picture, &out).compile("adam", "mse", ["mae"]).unwrap();

    let x = Input::new([5]);
    let (a, b) = (Dense::new(4).activation(Tanh).apply(&x), Dense::new(4).apply(&x));
    let c = Subtract::new().apply([&a, &b]);
    let high = Maximum::new().apply([&a, &b, &c]);
    let low = Minimum::new().apply([&a, &c]);
    let parts =
        [&high, &low, &Average::new().apply([&a, &b, &c]), &Multiply::new().apply([&a, &b, &c])];
    let out = Concatenate::new().apply(parts).then(Dense::new(2));
    let merges = Functional::new(&x, &out).compile("sgd", "mse", ()).unwrap();

    let table = Input::new([3]).name("table");
    let seen = picture.then(Conv2D::new(2, 3)).then(GlobalMaxPooling2D::new());
    let both = Concatenate::new().apply([&seen, &table]);
    let kind = both.then(Dense::new(3).activation(Softmax)).name("kind");
    let price = Concatenate::new().apply([&kind, &table]).then(Dense::new(1)).name("price");
    let losses = [("price", "mse", 1.0), ("kind", "categorical_crossentropy", 0.5)];
    let metrics = [("price", "mae"), ("kind", "accuracy")];
    let net = Functional::new([&picture, &table], [&price, &kind]);
    let several = net.compile("rmsprop", losses, metrics).unwrap();

    let wave = |i: usize| (0.37 * (i + 1) as f32).sin();
    vec![
        written(folder, "graph_pictures", &pictures, &[&[6, 6, 2]], &wave),
        written(folder, "graph_merges", &merges, &[&[5]], &wave),
        written(folder, "graph_several", &several, &[&[6, 6, 2], &[3]], &wave),
    ]
}

/// Writes a model for both programs, with its predictions for four samples of these values.
fn written(
    folder: &Path,
    name: &str,
    model: &Model,
    inputs: &[&[usize]],
    value: &dyn Fn(usize) -> f32,
) -> Value {
    let width: usize = inputs.iter().map(|shape| shape.iter().product::<usize>()).sum();
    let rows = Array::new([4, width], (0..4 * width).map(value).collect()).unwrap();
    let x = match inputs {
        [one] => rows.clone().reshape([&[4], *one].concat()).unwrap(),
        _ => rows.clone(),
    };
    model.save_keras(folder.join(format!("{name}.keras"))).unwrap();
    model.save_onnx(folder.join(format!("{name}.onnx"))).unwrap();
    let y = model.predict(&x).unwrap();
    json!({"name": name, "inputs": inputs, "rows": rows.data(), "outputs": y.data()})
}

fn pipelines() -> Vec<(&'static str, Pipeline)> {
    vec![
        ("plain", Pipeline::new()),
        ("standard", Pipeline::new().standard_scaler()),
        ("ranges", Pipeline::new().min_max_scaler().smote()),
        ("robust", Pipeline::new().robust_scaler()),
        ("chosen", Pipeline::new().select_k_best(3).standard_scaler()),
        ("turned", Pipeline::new().standard_scaler().pca(Pca::new(2).whiten(true))),
    ]
}

/// A model fitted on prepared rows, as a graph that takes raw ones: large columns with small
/// differences among them.
fn prepared((name, pipeline): (&str, Pipeline), folder: &Path) -> Value {
    let rows = 30;
    let value = |i: usize| {
        let (row, column) = (i / 5, i % 5);
        let wave = ((i * i) as f32 * 0.37).sin() + (row % 3) as f32;
        [wave, 40.0 * wave - 3.0, 4096.0 + wave, 0.01 * wave, -wave][column]
    };
    let x = Array::new([rows, 5], (0..rows * 5).map(value).collect()).unwrap();
    let labels = (0..rows).map(|row| row % 3).collect();
    let data = Dataset::new(x.clone(), labels, ["one", "two", "three"]).unwrap();
    let inputs = pipeline.fit_transform(&data).unwrap().1.x().row_len();
    let net = Sequential::new([inputs])
        .add(Dense::new(6).activation(Tanh))
        .add(Dense::new(3).activation(Softmax));
    let mut model = net.compile(Adam::new(0.01), CategoricalCrossentropy::new(), ()).unwrap();
    let fit = Fit::epochs(3).batch_size(8).verbose(0);
    let fit = if name == "plain" { fit } else { fit.prepare(pipeline) };
    model.fit(&data, fit).unwrap();
    let file = format!("{name}.onnx");
    model.save_onnx(folder.join(&file)).unwrap();
    let outputs = model.predict(&data).unwrap();
    json!({
        "file": file,
        "rows": listed(&x),
        "outputs": listed(&outputs),
        "columns": data.columns(),
        "classes": data.classes(),
    })
}

/// Pictures whose features are histograms of oriented gradients: pictures of whole numbers, with
/// many gradients exactly between two orientations, of fractions, and in colour.
fn pictures(folder: &Path) -> Vec<Value> {
    let plain = Hog::new().orientations(8).pixels_per_cell(4, 4).cells_per_block(2, 2);
    let lowe = Hog::new().pixels_per_cell(5, 4).cells_per_block(1, 2).block_norm(BlockNorm::L2);
    let sums = Hog::new().pixels_per_cell(4, 4).cells_per_block(1, 1).block_norm(BlockNorm::L1);
    let roots = plain.block_norm(BlockNorm::L1Sqrt).transform_sqrt(true);
    let colour = Hog::new().orientations(7).pixels_per_cell(3, 6).multichannel(true);
    let wave = |i: usize| ((i * i) as f32 * 0.013).sin() + (i as f32 * 0.7).cos();
    let byte = |i: usize| (128.0 + 60.0 * wave(i)).round();
    let step = |i: usize| [0.0, 1.0, 2.0, 0.0, 3.0][(i / 3 + i * i) % 5];
    let share = |i: usize| byte(i) / 255.0;
    type Case<'a> = (&'a str, Hog, &'a [usize], &'a dyn Fn(usize) -> f32);
    let cases: Vec<Case> = vec![
        ("hog_bytes", plain, &[14, 18], &byte),
        ("hog_steps", plain, &[14, 18, 1], &step),
        ("hog_shares", lowe, &[15, 16, 1], &share),
        ("hog_one", sums.orientations(1), &[9, 8], &share),
        ("hog_thin", sums, &[4, 9], &byte),
        ("hog_roots", roots, &[12, 12], &byte),
        ("hog_roots_of_shares", roots, &[12, 12], &share),
        ("hog_colours", colour, &[12, 19, 3], &byte),
        ("hog_colours_of_shares", colour.transform_sqrt(true), &[12, 19, 3], &share),
    ];
    let model = |(name, hog, shape, pixel): (&str, Hog, &[usize], &dyn Fn(usize) -> f32)| {
        let (rows, pixels) = (12, shape.iter().product::<usize>());
        let x = Array::new([rows, pixels], (0..rows * pixels).map(pixel).collect()).unwrap();
        let labels = (0..rows).map(|row| row % 2).collect();
        let x = x.reshape([&[rows], shape].concat()).unwrap();
        let data = Dataset::new(x.clone(), labels, ["one", "two"]).unwrap();
        let steps = Pipeline::new().hog(hog).standard_scaler();
        let inputs = steps.fit_transform(&data).unwrap().1.x().row_len();
        let net = Sequential::new([inputs]).add(Dense::new(4).activation(Tanh)).add(Dense::new(2));
        let mut model = net.compile(Adam::new(0.01), "mse", ()).unwrap();
        model.fit(&data, Fit::epochs(2).prepare(steps).verbose(0)).unwrap();
        let file = format!("{name}.onnx");
        // The shape of the pictures is in the file as well.
        model.save(folder.join("hog.dfdx")).unwrap();
        let model = Model::load(folder.join("hog.dfdx")).unwrap();
        model.save_onnx(folder.join(&file)).unwrap();
        let outputs = model.predict(&data).unwrap();
        json!({
            "file": file,
            "rows": listed(&x),
            "shape": shape,
            "outputs": listed(&outputs),
            "columns": data.columns(),
            "classes": data.classes(),
        })
    };
    cases.into_iter().map(model).collect()
}

/// Tables of numbers and text with missing cells, like lists of passengers.
fn tables(folder: &Path) -> Vec<Value> {
    let n = 40;
    let wave = |i: usize, k: f64| (i as f64 * k).sin();
    let age: Vec<Option<f64>> =
        (0..n).map(|i| (i % 7 > 0).then(|| 30.0 + 25.0 * wave(i, 0.7))).collect();
    let fare: Vec<f64> = (0..n).map(|i| (3.0 * wave(i, 0.31)).exp() * 10.0).collect();
    let change: Vec<f64> = (0..n).map(|i| 4.0 * wave(i, 1.3).powi(3) - 1.0).collect();
    let class: Vec<i64> = (0..n).map(|i| (i * i % 3 + 1) as i64).collect();
    let sex: Vec<&str> = (0..n).map(|i| if i % 3 == 0 { "male" } else { "female" }).collect();
    let port: Vec<Option<&str>> =
        (0..n).map(|i| [Some("S"), Some("C"), None, Some("Q")][i % 4]).collect();
    // Some columns have the names of nodes in the graph.
    let frame = dfdx_lab::polars::df!(
        "age" => age, "output" => fare, "step_1_fill" => change, "class" => class, "sex" => sex, "port" => port,
        "alive" => (0..n).map(|i| if i % 5 < 2 { "no" } else { "yes" }).collect::<Vec<_>>()
    );
    let table = Table::from_dataframe(frame.unwrap()).unwrap();
    let numbers = table.drop(["sex", "port"]).unwrap();
    let fill = Pipeline::new().impute(Fill::Median);
    let most = Pipeline::new().impute(Fill::MostFrequent);
    let cases = [
        ("table_numbers", &numbers, fill.clone().log1p().on(["output"]).standard_scaler()),
        ("table_powers", &numbers, fill.clone().power_transformer().select_k_best(3)),
        ("table_classes", &numbers, fill.clone().one_hot().on(["class"]).min_max_scaler()),
        (
            "table_order",
            &numbers,
            fill.clone().ordinal().on(["class"]).robust_scaler().on(["output"]),
        ),
        (
            "table_some",
            &numbers,
            fill.clone().pca(2).on(["output", "step_1_fill"]).standard_scaler(),
        ),
        ("table_texts", &table, fill.clone().one_hot().standard_scaler()),
        ("table_filled", &table, most.clone().ordinal().power_transformer().on(["output", "age"])),
        ("table_missing", &table, fill.clone().one_hot().handle_unknown("ignore").pca(4)),
    ];
    let model = |(name, table, steps): (&str, &Table, Pipeline)| {
        let data = Dataset::from_table_all(table, "alive").unwrap();
        let inputs = steps.fit_transform(&data).unwrap().1.x().row_len();
        let net = Sequential::new([inputs]).add(Dense::new(4).activation(Tanh)).add(Dense::new(2));
        let mut model = net.compile(Adam::new(0.01), "mse", ()).unwrap();
        model.fit(&data, Fit::epochs(2).prepare(steps).verbose(0)).unwrap();
        let file = format!("{name}.onnx");
        model.save(folder.join("table.dfdx")).unwrap();
        let model = Model::load(folder.join("table.dfdx")).unwrap();
        model.save_onnx(folder.join(&file)).unwrap();
        let outputs = model.predict(&data).unwrap();
        let mut told = json!({
            "file": file,
            "outputs": listed(&outputs),
            "columns": data.columns(),
            "classes": data.classes(),
        });
        if !data.columns().iter().any(|name| name == "sex") {
            told["rows"] = json!(listed(data.x()));
            return told;
        }
        for name in data.columns() {
            told["cells"][name] = match name.as_str() {
                "sex" | "port" => table
                    .optional_strings(name)
                    .unwrap()
                    .into_iter()
                    .map(Option::unwrap_or_default)
                    .collect(),
                _ => json!(table.optional_f64(name).unwrap()),
            };
        }
        told
    };
    cases.into_iter().map(model).collect()
}

fn listed(a: &Array) -> Vec<Vec<f32>> {
    (0..a.rows()).map(|row| a.row(row).to_vec()).collect()
}

/// A regression whose targets were scaled: both programs predict in the targets' own units. The
/// predictions are below 20, so that the same tolerance holds.
fn in_units(folder: &Path) -> Value {
    let wave = |k: f64| (0..40).map(|i| (f64::from(i) * k).sin()).collect::<Vec<_>>();
    let (a, b) = (wave(0.31), wave(0.47));
    let warm: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 12.0 + 3.0 * a - 2.0 * b).collect();
    let wet: Vec<f64> = a.iter().map(|a| 0.3 - 0.05 * a).collect();
    let frame = dfdx_lab::polars::df!("a" => a, "b" => b, "warm" => warm, "wet" => wet).unwrap();
    let table = Table::from_dataframe(frame).unwrap();
    let data = Dataset::regression(&table, ["warm", "wet"], ["a", "b"]).unwrap();
    let net = Sequential::new([2]).add(Dense::new(6).activation(Tanh)).add(Dense::new(2));
    let mut model = net.compile(Adam::new(0.05), "mse", ["mae"]).unwrap();
    let steps = Pipeline::new().robust_scaler().scale_targets();
    model.fit(&data, Fit::epochs(30).batch_size(8).verbose(0).prepare(steps)).unwrap();
    model.save_onnx(folder.join("units.onnx")).unwrap();
    model.save_keras(folder.join("units.keras")).unwrap();
    let outputs = model.predict(&data).unwrap();
    let ready = model.prepare(&data).unwrap();
    // Read back here, it predicts the same from prepared rows.
    let again = Model::load_keras(folder.join("units.keras")).unwrap();
    assert!(differs(&again.predict(ready.x()).unwrap(), &outputs).is_none());
    json!({
        "file": "units.onnx",
        "rows": listed(data.x()),
        "outputs": listed(&outputs),
        "columns": data.columns(),
        "classes": data.classes(),
        "keras": "units.keras",
        "prepared": listed(ready.x()),
    })
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
