//! Models behind pipelines, whose preparation is a part of the ONNX graph.

use super::differs;
use dfdx_lab::prelude::*;
use serde_json::{Value, json};
use std::path::Path;

pub fn models(folder: &Path) -> Vec<Value> {
    let mut told: Vec<Value> = pipelines().into_iter().map(|p| prepared(p, folder)).collect();
    told.push(in_units(folder));
    told.extend(pictures(folder));
    told.extend(tables(folder));
    told
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
        let file = format!("{name}.onnx");
        let outputs = outputs(folder, &file, &data, steps);
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

/// Fits a small model behind these steps, writes it for onnxruntime, and gives its outputs. It is saved
/// and loaded first: what ONNX needs, such as the shape of pictures, is in the file as well.
fn outputs(folder: &Path, file: &str, data: &Dataset, steps: Pipeline) -> Array {
    let inputs = steps.fit_transform(data).unwrap().1.x().row_len();
    let net = Sequential::new([inputs]).add(Dense::new(4).activation(Tanh)).add(Dense::new(2));
    let mut model = net.compile(Adam::new(0.01), "mse", ()).unwrap();
    model.fit(data, Fit::epochs(2).prepare(steps).verbose(0)).unwrap();
    let saved = folder.join("prepared.dfdx");
    model.save(&saved).unwrap();
    let model = Model::load(saved).unwrap();
    model.save_onnx(folder.join(file)).unwrap();
    model.predict(data).unwrap()
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
        let file = format!("{name}.onnx");
        let outputs = outputs(folder, &file, &data, steps);
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
