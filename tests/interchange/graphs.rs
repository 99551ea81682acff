//! Graphs with branches, merges, several inputs and several outputs, as Keras and onnxruntime compute
//! them.

use dfdx_lab::prelude::*;
use serde_json::{Value, json};
use std::path::Path;

/// Functional models: one with a skip, branches side by side and a weight for each channel, one
/// with every merge, and one with two inputs and two outputs.
pub fn models(folder: &Path) -> Vec<Value> {
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
pub fn written(
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
