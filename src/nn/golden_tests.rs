//! Each layer's output and gradients against the real Keras, from weights and inputs by formula.

use super::prelude::*;
use super::{Backward, Forward};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../tests/golden/keras-layers.json")).unwrap()
}

/// The formula of make_keras_layers.py.
fn wave(n: usize, frequency: f64, amplitude: f64) -> Vec<f32> {
    (1..=n).map(|i| (amplitude * (frequency * i as f64).sin()) as f32).collect()
}

fn floats(v: &Value) -> Vec<f32> {
    v.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

/// 1e-5 relative, and 2e-6 absolute near 0: sums of up to 60 products in f32 in another order.
/// Eight times as much of a layer normalization of few values, whose gradient is a small difference
/// of large numbers: Keras itself is 1.4e-5 away from the exact one; and three times as much of
/// transposed, depthwise and separable convolutions, whose bias' gradient sums up to 240 numbers.
fn close(got: &[f32], want: &Value, what: &str) {
    let want = floats(want);
    let units = match what.split(' ').next() {
        Some("LayerNormalization") => 8.0,
        Some("Transpose" | "Depthwise" | "Separable") => 3.0,
        _ => 1.0,
    };
    assert_eq!(got.len(), want.len(), "{what}");
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        let close = (got - want).abs() <= units * (1e-5 * want.abs() + 2e-6);
        assert!(close, "{what}, element {i}: {got}, Keras {want}");
    }
}

fn check(name: &str, layer: impl Layer, checked: &mut Vec<String>) {
    checked.push(name.to_string());
    check_case(&golden()["cases"][name], name, &layer);
}

/// Whole numbers below `count`, by the formula of make_keras_sequences.py.
pub(crate) fn words(n: usize, count: u64) -> Vec<f32> {
    (0..n as u64).map(|i| ((7 * i + i / 3) % count) as f32).collect()
}

pub(crate) fn check_case(golden: &Value, name: &str, layer: &dyn Layer) {
    let sizes = |v: &Value| -> Vec<usize> { floats(v).iter().map(|v| *v as usize).collect() };
    let (input, rows) = (sizes(&golden["input"]), golden["rows"].as_u64().unwrap() as usize);
    let op = layer.build(&input).unwrap();
    assert_eq!(op.output(), sizes(&golden["output"]), "{name}");
    let mut weights = Vec::new();
    for (n, spec) in op.weights().iter().enumerate() {
        let [fan @ .., _] = &spec.shape[..] else { panic!("{name}") };
        let fan = if fan.is_empty() { 4 } else { fan.iter().product() };
        let mut own = wave(spec.len(), 0.7 + 0.1 * n as f64, 1.0 / (fan as f64).sqrt());
        if spec.name.contains("variance") {
            own.iter_mut().for_each(|w| *w = w.abs() + 0.5);
        }
        weights.push(own);
    }
    let flat = weights.concat();
    let values = rows * input.iter().product::<usize>();
    let x = match golden["count"].as_u64() {
        Some(count) => words(values, count),
        None => wave(values, 0.37, 1.0),
    };
    let mask = golden["mask"].as_array().map(|_| floats(&golden["mask"]));
    let len = rows * op.output().iter().product::<usize>();
    let (mut y, mut scratch) = (vec![f32::NAN; len], vec![f32::NAN; op.scratch_for(rows)]);
    op.forward(Forward {
        rows,
        training: !name.contains("predicting"),
        seed: 0,
        x: &x,
        y: &mut y,
        weights: &flat,
        scratch: &mut scratch,
        mask: mask.as_deref(),
    });
    close(&y, &golden["y"], &format!("{name}: the output"));

    let activity = op.activity_regularizer();
    let mut penalty = activity.penalty(&y) / rows as f64;
    let mut dy = wave(len, 0.53, 1.0);
    activity.add_gradient(&y, &mut dy, 1.0 / rows as f32);
    let (mut dx, mut gradients) = (vec![f32::NAN; x.len()], vec![0.0; flat.len()]);
    op.backward(Backward {
        rows,
        x: &x,
        y: &y,
        dy: &mut dy,
        before_activation: false,
        factors: false,
        dx: Some(&mut dx),
        weights: &flat,
        gradients: &mut gradients,
        scratch: &mut scratch,
        mask: mask.as_deref(),
    });
    if golden["count"].is_u64() {
        assert!(dx.iter().all(|d| *d == 0.0), "{name}: whole numbers have no gradient");
    } else {
        close(&dx, &golden["dx"], &format!("{name}: the gradient by the input"));
    }
    let mut gradients = &mut gradients[..];
    let (mut trainable, mut frozen) = (0, 0);
    for (spec, own) in op.weights().iter().zip(&weights) {
        let (gradient, rest) = gradients.split_at_mut(own.len());
        gradients = rest;
        penalty += spec.regularizer.penalty(own);
        spec.regularizer.add_gradient(own, gradient, 1.0);
        let what = format!("{name}: {}", spec.name);
        if spec.trainable {
            close(gradient, &golden["gradients"][trainable], &what);
            trainable += 1;
        } else {
            let after: Vec<f32> = own.iter().zip(gradient).map(|(w, g)| w - *g).collect();
            close(&after, &golden["frozen"][frozen], &what);
            frozen += 1;
        }
    }
    assert_eq!(trainable, golden["gradients"].as_array().unwrap().len(), "{name}");
    assert_eq!(frozen, golden["frozen"].as_array().map_or(0, Vec::len), "{name}");
    let want = golden["penalty"].as_f64().unwrap();
    assert!((penalty - want).abs() <= 1e-5 * want, "{name}: {penalty}, Keras {want}");
}

#[test]
fn every_layer_is_keras() {
    let mut checked = Vec::new();
    let all = &mut checked;
    for (padding, word) in [(Padding::Valid, "valid"), (Padding::Same, "same")] {
        for kernel in [(3, 3), (2, 2), (1, 4)] {
            let conv = || Conv2D::new(3, kernel).padding(padding).activation(Tanh);
            let name = |rest: &str| format!("conv {word} {kernel:?} {rest}");
            check(&name("1 1"), conv(), all);
            check(&name("2 1"), conv().strides(2), all);
            check(&name("(1, 3) 1"), conv().strides((1, 3)), all);
            check(&name("1 2"), conv().dilation_rate(2), all);
            check(&name("1 (2, 1)"), conv().dilation_rate((2, 1)), all);
        }
        for size in [(2, 2), (3, 2)] {
            let max = || MaxPooling2D::new(size).padding(padding);
            let average = || AveragePooling2D::new(size).padding(padding);
            let name = |kind: &str, strides: &str| format!("{kind} {word} {size:?} {strides}");
            check(&name("Max", "None"), max(), all);
            check(&name("Max", "1"), max().strides(1), all);
            check(&name("Max", "(3, 2)"), max().strides((3, 2)), all);
            check(&name("Average", "None"), average(), all);
            check(&name("Average", "1"), average().strides(1), all);
            check(&name("Average", "(3, 2)"), average().strides((3, 2)), all);
        }
    }
    for filters in [4, 8, 16, 20] {
        let conv = Conv2D::new(filters, 3).padding(Padding::Same).activation(Relu);
        check(&format!("conv filters {filters}"), conv, all);
    }
    for activation in [Linear, Elu, Gelu, Silu, Softmax, Softplus] {
        check(&format!("conv {activation}"), Conv2D::new(3, 2).activation(activation), all);
    }
    check("conv no bias", Conv2D::new(3, 2).use_bias(false), all);
    let (kernel, activity) = (Regularizer::l1_l2(0.1, 0.2), Regularizer::l1_l2(0.3, 0.1));
    let conv = Conv2D::new(3, 2).activation(Tanh);
    check("conv penalties", conv.kernel_regularizer(kernel).activity_regularizer(activity), all);
    let dense = Dense::new(3).activation(Tanh);
    check("dense penalties", dense.kernel_regularizer(kernel).activity_regularizer(activity), all);
    check("global average", GlobalAveragePooling2D::new(), all);
    check("global average keepdims", GlobalAveragePooling2D::new().keepdims(true), all);
    check("global max", GlobalMaxPooling2D::new(), all);
    check("flatten", Flatten::new(), all);
    check("reshape", Reshape::new([3, -1]), all);
    check("rescaling", Rescaling::new(1.0 / 127.5).offset(-1.0), all);
    check("unit normalization", UnitNormalization::new(), all);
    check("rms normalization", RMSNormalization::new(), all);
    check("rms normalization flat", RMSNormalization::new().epsilon(0.01), all);
    for mode in ["training", "predicting"] {
        let normal = BatchNormalization::new;
        check(&format!("batch normalization {mode}"), normal(), all);
        let flat = normal().momentum(0.9).epsilon(0.01);
        check(&format!("batch normalization flat {mode}"), flat, all);
        let bare = normal().center(false).scale(false);
        check(&format!("batch normalization bare {mode}"), bare, all);
    }
    let golden = golden();
    let names: Vec<&String> = golden["cases"].as_object().unwrap().keys().collect();
    let missed: Vec<_> = names.iter().filter(|n| !checked.contains(n)).collect();
    assert!(missed.is_empty(), "not checked: {missed:?}");
}
