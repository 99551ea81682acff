//! Masked steps, and a distribution at each step: against the real Keras, against finite
//! differences, and through files.

use super::graph_tests::numbers;
use super::parity_tests::{set_waves, wave};
use crate::nn::Layer;
use crate::nn::golden_tests::{check_case, words};
use crate::prelude::*;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../tests/golden/keras-masks.json")).unwrap()
}

#[test]
fn every_layer_that_heeds_masks_is_keras() {
    let golden = golden();
    let mut checked = Vec::new();
    let mut check = |name: &str, layer: &dyn Layer| {
        check_case(&golden["cases"][name], name, layer);
        checked.push(name.to_string());
    };
    macro_rules! recurrent {
        ($kind:ident, $word:literal) => {
            for (sequences, s) in [(false, "False"), (true, "True")] {
                let new = || $kind::new(4).return_sequences(sequences);
                check(&format!("{} {s} False", $word), &new());
                check(&format!("{} {s} True", $word), &new().go_backwards(true));
                check(&format!("Bidirectional {} {s}", $word), &Bidirectional::new(new()));
            }
            let zero = $kind::new(4).return_sequences(true).zero_output_for_mask(true);
            check(concat!($word, " zero"), &zero);
        };
    }
    recurrent!(LSTM, "LSTM");
    recurrent!(GRU, "GRU");
    recurrent!(SimpleRNN, "SimpleRNN");
    check("GlobalAverage1D", &GlobalAveragePooling1D::new());
    check("GlobalMax1D", &GlobalMaxPooling1D::new());
    let attention = || MultiHeadAttention::new(2, 3);
    check("Attention", &attention());
    check("Attention causal", &attention().use_causal_mask(true));
    check("Attention causal, no mask", &attention().use_causal_mask(true));
    let names = golden["cases"].as_object().unwrap().keys();
    let missed: Vec<_> = names.filter(|n| !checked.contains(n)).collect();
    assert!(missed.is_empty(), "not checked: {missed:?}");
}

/// The formulas of make_keras_masks.py.
struct Samples {
    steps: Array,
    gaps: Array,
    lines: Array,
    tags: Array,
    one_hot: Array,
    bits: Array,
    first: Array,
}

const ROWS: usize = 16;

fn samples() -> Samples {
    let array = |shape: &[usize], values: Vec<f32>| Array::new(shape, values).unwrap();
    let steps = wave(&[ROWS, 6, 3], 0.37, 1.0);
    let holes = words(ROWS * 6, 4);
    let gap = |(i, v): (usize, &f32)| if holes[i / 3] == 0.0 { -1.0 } else { *v };
    let gaps = array(&[ROWS, 6, 3], steps.data().iter().enumerate().map(gap).collect());
    let tags = words(ROWS * 6, 3);
    let one_hot = tags.iter().flat_map(|t| [0.0, 1.0, 2.0].map(|c| f32::from(u8::from(c == *t))));
    let kept = |(i, v): (usize, f32)| if i % 6 <= (3 * (i / 6)) % 6 { v + 1.0 } else { 0.0 };
    let lines = words(ROWS * 6, 8).into_iter().enumerate().map(kept).collect();
    Samples {
        gaps,
        lines: array(&[ROWS, 6], lines),
        one_hot: array(&[ROWS, 6, 3], one_hot.collect()),
        bits: array(&[ROWS, 6, 1], words(ROWS * 6, 2)),
        first: array(&[ROWS, 1], tags.iter().copied().step_by(6).collect()),
        tags: array(&[ROWS, 6], tags),
        steps,
    }
}

/// A network of make_keras_masks.py, and what it is fitted on.
fn network(name: &str) -> (Model, Array, Array) {
    let of = samples();
    let sgd = || Sgd::new(0.1).momentum(0.9);
    let sparse = "sparse_categorical_crossentropy";
    let soft = || Dense::new(3).activation(Softmax);
    let words = || Sequential::new([6]).add(Embedding::new(9, 4).mask_zero(true));
    let model = match name {
        "tags" => Sequential::new([6, 3])
            .add(GRU::new(4).return_sequences(true))
            .add(soft())
            .compile(sgd(), sparse, ["accuracy"]),
        "tags one-hot" => Sequential::new([6, 3])
            .add(Conv1D::new(4, 3).padding(Padding::Causal).activation(Tanh))
            .add(soft())
            .compile(sgd(), "categorical_crossentropy", ["accuracy", "categorical_crossentropy"]),
        "tags from logits" => Sequential::new([6, 3]).add(Dense::new(3)).compile(
            sgd(),
            SparseCategoricalCrossentropy::new().from_logits(true),
            ["accuracy"],
        ),
        "masked tags" => words().add(LSTM::new(4).return_sequences(true)).add(soft()).compile(
            sgd(),
            sparse,
            ["accuracy", sparse],
        ),
        "masked bits" => Sequential::new([6, 3])
            .add(Masking::new().mask_value(-1.0))
            .add(Bidirectional::new(GRU::new(3).return_sequences(true)))
            .add(TimeDistributed::new(Dense::new(1).activation(Sigmoid)))
            .compile(sgd(), "binary_crossentropy", ["binary_accuracy", "mae"]),
        "sentences" => words().add(Bidirectional::new(LSTM::new(4))).add(soft()).compile(
            sgd(),
            sparse,
            ["accuracy"],
        ),
        "merged" => {
            let x = Input::new([6]);
            let a = x.then(Embedding::new(9, 4).mask_zero(true));
            let b = a.then(LSTM::new(4).return_sequences(true));
            let narrow = a.then(Dense::new(2).activation(Tanh));
            let c = Concatenate::new().apply([&Add::new().apply([&a, &b]), &narrow]);
            let out = c.then(GlobalAveragePooling1D::new()).then(soft());
            Functional::new(&x, &out).compile(sgd(), sparse, ["accuracy"])
        }
        _ => words().add(Conv1D::new(4, 2)).add(LSTM::new(3)).add(soft()).compile(
            sgd(),
            sparse,
            ["accuracy"],
        ),
    };
    let (x, y) = match name {
        "tags" | "tags from logits" => (of.steps, of.tags),
        "tags one-hot" => (of.steps, of.one_hot),
        "masked tags" => (of.lines, of.tags),
        "masked bits" => (of.gaps, of.bits),
        _ => (of.lines, of.first),
    };
    let mut model = model.unwrap();
    set_waves(&mut model);
    (model, x, y)
}

/// Losses of twenty steps, then loss and metrics of all samples, predictions and weights: within
/// 1e-4 and 1e-3 of the value, since rounding differs and momentum makes differences grow.
#[test]
fn networks_follow_keras() {
    let golden = golden();
    for (name, golden) in golden["networks"].as_object().unwrap() {
        let (mut model, x, y) = network(name);
        let near = |got: f32, want: f64, what: &str| {
            let off = (f64::from(got) - want).abs();
            assert!(off <= 1e-4 + 1e-3 * want.abs(), "{name} {what}: {got}, Keras {want}");
        };
        for (step, want) in numbers(&golden["losses"]).into_iter().enumerate() {
            let at = step * 8 % ROWS;
            let (x, y) = (x.slice(at..at + 8).unwrap(), y.slice(at..at + 8).unwrap());
            let fit = Fit::epochs(1).batch_size(8).shuffle(false).verbose(0);
            let loss = model.fit((&x, &y), fit).unwrap().last("loss").unwrap();
            near(loss as f32, want, &format!("step {step}"));
        }
        let scores = model.evaluate((&x, &y)).unwrap();
        let wanted = numbers(&golden["evaluated"]);
        assert_eq!(scores.iter().count(), wanted.len(), "{name}");
        scores.iter().zip(wanted).for_each(|((what, got), want)| near(got as f32, want, what));
        let predicted = model.predict(&x.head(4)).unwrap();
        let wanted = numbers(&golden["predicted"]);
        predicted.data().iter().zip(wanted).for_each(|(got, want)| near(*got, want, "output"));
        for (i, weight) in model.weights().unwrap().iter().enumerate() {
            let wanted = numbers(&golden["after"][i]);
            assert_eq!(weight.data().len(), wanted.len());
            weight.data().iter().zip(wanted).for_each(|(got, want)| near(*got, want, "weight"));
        }
    }
}

/// Through our own file and Keras': the same predictions to the bit.
#[test]
fn masks_and_places_survive_files() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["tags", "masked tags", "masked bits", "merged"] {
        let (model, x, y) = network(name);
        let (own, keras) = (folder.path().join("m.dfdx"), folder.path().join("m.keras"));
        model.save(&own).unwrap();
        let read = Model::load(&own).unwrap();
        assert_eq!(read.predict(&x).unwrap(), model.predict(&x).unwrap(), "{name}");
        assert_eq!(read.evaluate((&x, &y)).unwrap(), model.evaluate((&x, &y)).unwrap(), "{name}");
        model.save_keras(&keras).unwrap();
        let read = Model::load_keras(&keras).unwrap();
        assert_eq!(read.predict(&x).unwrap(), model.predict(&x).unwrap(), "{name}");
        assert_eq!(read.evaluate((&x, &y)).unwrap(), model.evaluate((&x, &y)).unwrap(), "{name}");
        // What the graph computes is tested by tests/interchange.rs.
        model.save_onnx(folder.path().join("m.onnx")).unwrap();
    }
    let causal = Sequential::new([5, 4])
        .add(MultiHeadAttention::new(2, 3).use_causal_mask(true))
        .add(Flatten::new())
        .add(Dense::new(1));
    let model = causal.compile("sgd", "mse", ()).unwrap();
    let x = wave(&[2, 5, 4], 0.37, 1.0);
    let path = folder.path().join("causal.keras");
    model.save_keras(&path).unwrap();
    let read = Model::load_keras(&path).unwrap();
    assert_eq!(read.predict(&x).unwrap(), model.predict(&x).unwrap());
    model.save_onnx(folder.path().join("causal.onnx")).unwrap();
}

/// A gradient by the input is that of finite differences, masks included; on the tape, too.
#[test]
fn gradients_through_masks_are_right() {
    let net = Sequential::new([5, 2])
        .add(Masking::new())
        .add(LSTM::new(3).return_sequences(true))
        .add(MultiHeadAttention::new(1, 2))
        .add(GlobalAveragePooling1D::new())
        .add(Dense::new(1));
    let mut model = net.compile("sgd", "mse", ()).unwrap();
    set_waves(&mut model);
    let mut x = wave(&[1, 5, 2], 0.37, 1.0);
    x.data_mut()[4..8].fill(0.0);
    let slopes = model.gradient_of_input(&x, 0).unwrap();
    for i in 0..10 {
        let at = |by: f32| {
            let mut x = x.clone();
            x.data_mut()[i] += by;
            f64::from(model.predict(&x).unwrap().data()[0])
        };
        let masked = (4..8).contains(&i);
        let slope = if masked { 0.0 } else { (at(5e-3) - at(-5e-3)) / 1e-2 };
        let got = f64::from(slopes.data()[i]);
        // Rounding of f32 outputs near 0.1, over a difference of 0.01.
        assert!((got - slope).abs() < 2e-4, "place {i}: {got}, by differences {slope}");
    }
}

/// Products, and largest and smallest values, leave masked steps out: one input's, the other's, both,
/// and that of one whose values stand for several.
#[test]
fn gradients_of_masked_merges_are_right() {
    let input = Input::new([5, 2]);
    let left = input.then(Masking::new()).then(Dense::new(2));
    let right = input.then(Masking::new().mask_value(0.5)).then(Dense::new(2));
    let narrow = right.then(Dense::new(1));
    let plain = input.then(Dense::new(2));
    let parts = [
        Multiply::new().apply([&left, &right]),
        Maximum::new().apply([&left, &right, &plain]),
        Minimum::new().apply([&right, &left]),
        Multiply::new().apply([&left, &narrow]),
        Maximum::new().apply([&narrow, &plain]),
    ];
    let flat: Vec<_> = parts.iter().map(|part| part.then(Flatten::new())).collect();
    let out = Concatenate::new().apply(&flat).then(Dense::new(1));
    let mut model = Functional::new(&input, &out).compile("sgd", "mse", ()).unwrap();
    set_waves(&mut model);
    let mut x = wave(&[1, 5, 2], 0.37, 1.0);
    // Masked by one, by the other, and by both where a step is none of either's: not at all.
    x.data_mut()[2..4].fill(0.0);
    x.data_mut()[6..8].fill(0.5);
    let slopes = model.gradient_of_input(&x, 0).unwrap();
    let masked = [2, 3, 6, 7];
    for i in (0..10).filter(|i| !masked.contains(i)) {
        let at = |by: f32| {
            let mut x = x.clone();
            x.data_mut()[i] += by;
            f64::from(model.predict(&x).unwrap().data()[0])
        };
        let slope = (at(5e-3) - at(-5e-3)) / 1e-2;
        let got = f64::from(slopes.data()[i]);
        // As above.
        assert!((got - slope).abs() < 2e-4, "place {i}: {got}, by differences {slope}");
    }
    // Where all are masked: the product is 0, the others are the first input's.
    let both = input.then(Masking::new());
    let twice = [&both, &both];
    let (a, b) = (Multiply::new().apply(twice), Maximum::new().apply(twice));
    let out = Concatenate::new().apply([&a.then(Flatten::new()), &b.then(Flatten::new())]);
    let model = Functional::new(&input, &out).compile("sgd", "mse", ()).unwrap();
    assert_eq!(model.predict(&x).unwrap().data()[2..4], [0.0, 0.0]);
    assert_eq!(model.predict(&x).unwrap().data()[6..8], [0.25, 0.25]);
}

#[test]
fn what_masks_and_places_cannot_do_is_explained() {
    let (mut model, x, y) = network("tags");
    let fit = || Fit::epochs(1).verbose(0);
    let wrong = Array::zeros([ROWS, 5]).unwrap();
    let text = model.fit((&x, &wrong), fit()).unwrap_err().to_string();
    assert!(text.contains("6, the number of the class at each place"), "{text}");
    let mut outside = y.clone();
    outside.data_mut()[8] = 3.0;
    let text = model.fit((&x, &outside), fit()).unwrap_err().to_string();
    assert!(text.contains("sample 1") && text.contains("row 2"), "{text}");
    let text = model.predict_classes(&x).unwrap_err().to_string();
    assert!(text.contains("[6, 3]") && text.contains("argmax_axis(2)"), "{text}");
    assert_eq!(model.predict(&x).unwrap().argmax_axis(2).unwrap().len(), ROWS * 6);
    let normal = Sequential::new([6])
        .add(Embedding::new(9, 4).mask_zero(true))
        .add(BatchNormalization::new());
    let text = normal.build().unwrap_err().to_string();
    assert!(text.contains("'batch_normalization'") && text.contains("masked"), "{text}");
    let input = Input::new([6]);
    let words = input.then(Embedding::new(9, 4).mask_zero(true));
    let both = Concatenate::new().axis(1).apply([&words, &words]);
    assert!(Functional::new(&input, &both).build().unwrap_err().to_string().contains("masked"));
    let (a, b) = (words.then(Dense::new(2)), words.then(LSTM::new(2)));
    let several = Functional::new(&input, [&a, &b]).compile("sgd", "mse", ());
    assert!(several.unwrap_err().to_string().contains("the only output"));
    let pictures = Sequential::new([2, 3]).add(Embedding::new(9, 4).mask_zero(true));
    assert!(pictures.build().unwrap_err().to_string().contains("mask_zero"));
    // Nothing counts: no loss, no step, no NaN.
    let (mut model, x, y) = network("masked tags");
    let nothing = x.map(|_| 0.0);
    let before = model.flat_weights().to_vec();
    let history = model.fit((&nothing, &y), fit()).unwrap();
    assert_eq!(history.last("loss"), Some(0.0));
    assert_eq!(model.flat_weights(), before);
}

/// Two outputs, one of them with a distribution at each step: the sum of what each gives alone.
#[test]
fn places_of_one_output_among_several() {
    let input = Input::new([6, 3]);
    let steps = Dense::new(3).activation(Softmax).apply(&input).name("steps");
    let all = Flatten::new().apply(&input).then(Dense::new(1)).name("all");
    let of = samples();
    let compile = |loss: &'static str| {
        let losses = [("steps", loss), ("all", "mse")];
        let graph = Functional::new(&input, [&steps, &all]);
        let mut model = graph.compile("sgd", losses, [("steps", "accuracy")]).unwrap();
        set_waves(&mut model);
        model
    };
    let alone = Functional::new(&input, &steps);
    let mut alone = alone.compile("sgd", "categorical_crossentropy", ["accuracy"]).unwrap();
    let both = compile("categorical_crossentropy");
    alone.set_weights(&both.weights().unwrap()[..2]).unwrap();
    let numbers = Array::beside([&of.tags, &of.first]).unwrap();
    let sparse =
        compile("sparse_categorical_crossentropy").evaluate((&of.steps, &numbers)).unwrap();
    let y = Array::beside([&of.one_hot, &of.first]).unwrap();
    let both = both.evaluate((&of.steps, &y)).unwrap();
    let alone = alone.evaluate((&of.steps, &of.one_hot)).unwrap();
    assert!((both["steps_loss"] - alone["loss"]).abs() < 1e-6, "{both} {alone}");
    assert!((both["loss"] - both["steps_loss"] - both["all_loss"]).abs() < 1e-5, "{both}");
    assert_eq!(both["steps_accuracy"], alone["accuracy"]);
    assert!((sparse["steps_loss"] - both["steps_loss"]).abs() < 1e-5);
    assert_eq!(sparse["steps_accuracy"], alone["accuracy"]);
}
