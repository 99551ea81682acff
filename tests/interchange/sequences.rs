//! Masked sequences, shared layers and attention of one sequence to another, as Keras and
//! onnxruntime compute them.

use super::graphs::written;
use dfdx_lab::prelude::*;
use serde_json::Value;
use std::path::Path;

/// Word numbers, of which some are 0, in the middle and at both ends.
fn word(i: usize) -> f32 {
    ((7 * i + i / 3) % 5 * (i % 4).min(1)) as f32
}

/// Steps of three features: some of them zeros, and one that is 0 in a single feature.
fn step(i: usize) -> f32 {
    let gone = (i / 3).is_multiple_of(4) || (i / 3) % 7 == 3;
    if gone || i == 8 { 0.0 } else { (0.37 * (i + 1) as f32).sin() }
}

pub fn models(folder: &Path) -> Vec<Value> {
    let mut told = Vec::new();
    let mut of = |name: String, net: Sequential, value: &dyn Fn(usize) -> f32| {
        let input = net.input_shape().to_vec();
        let model = net.compile("sgd", "mse", ()).unwrap();
        told.push(written(folder, &name, &model, &[&input], value));
    };
    let words = || Sequential::new([6]).add(Embedding::new(5, 4).mask_zero(true));
    let steps = || Sequential::new([6, 3]).add(Masking::new());
    macro_rules! recurrent {
        ($kind:ident, $word:literal) => {
            let many = || $kind::new(4).return_sequences(true);
            of(concat!("masked_", $word, "_last").into(), words().add($kind::new(4)), &word);
            of(concat!("masked_", $word, "_all").into(), steps().add(many()), &step);
            let back = many().go_backwards(true).zero_output_for_mask(true).use_bias(false);
            of(concat!("masked_", $word, "_back").into(), steps().add(back), &step);
            let both = Bidirectional::new(many()).merge_mode(MergeMode::Sum);
            let both = steps().add(both).add(Bidirectional::new($kind::new(2).activation(Elu)));
            of(concat!("masked_", $word, "_both").into(), both, &step);
            // Activations that ONNX' own recurrent operations lack, without a mask.
            let own = Sequential::new([6, 3]).add($kind::new(3).activation(Gelu));
            of(concat!("loop_", $word).into(), own.add(Dense::new(1)), &step);
        };
    }
    recurrent!(LSTM, "lstm");
    recurrent!(GRU, "gru");
    recurrent!(SimpleRNN, "simple_rnn");
    let gates = GRU::new(3).recurrent_activation(HardSigmoid).activation(Softmax);
    of("loop_gates".into(), Sequential::new([6, 3]).add(gates), &step);
    for (name, keepdims) in [("average", false), ("average_kept", true)] {
        let net = steps().add(Dense::new(4)).add(LayerNormalization::new());
        let net = net.add(GlobalAveragePooling1D::new().keepdims(keepdims));
        of(format!("masked_{name}"), net, &step);
    }
    let attention = || MultiHeadAttention::new(2, 3);
    of("masked_attention".into(), words().add(attention()).add(GRU::new(2)), &word);
    let causal = || attention().use_causal_mask(true);
    of("masked_attention_causal".into(), steps().add(causal()), &step);
    of("attention_causal".into(), Sequential::new([6, 3]).add(causal()), &step);
    let spread = TimeDistributed::new(Dense::new(2).activation(Tanh));
    of("masked_steps".into(), words().add(spread).add(LSTM::new(3)), &word);

    let x = Input::new([6, 3]);
    let left = x.then(Masking::new());
    let right = x.then(Masking::new().mask_value(0.5)).then(Dense::new(3));
    let sum = Add::new().apply([&left, &right]).then(LSTM::new(3));
    let model = Functional::new(&x, &sum).compile("sgd", "mse", ()).unwrap();
    told.push(written(folder, "masked_sum", &model, &[&[6, 3]], &step));

    // One is masked, the other, both, and none.
    let x = Input::new([6, 3]);
    let left = x.then(Masking::new()).then(Dense::new(3));
    let right = x.then(Masking::new().mask_value(0.5)).then(Dense::new(3));
    let (narrow, plain) = (right.then(Dense::new(1)), x.then(Dense::new(3)));
    let parts = [
        Multiply::new().apply([&left, &right]).then(LSTM::new(2)),
        Multiply::new().apply([&left, &left]).then(Flatten::new()),
        Multiply::new().apply([&left, &narrow, &plain]).then(Flatten::new()),
        Maximum::new().apply([&left, &right, &left]).then(GlobalAveragePooling1D::new()),
        Maximum::new().apply([&right, &plain]).then(Flatten::new()),
        Minimum::new().apply([&plain, &left]).then(Flatten::new()),
    ];
    let out = Concatenate::new().apply(&parts);
    let model = Functional::new(&x, &out).compile("sgd", "mse", ()).unwrap();
    let value = |i: usize| if (i / 3) % 5 == 2 { 0.5 } else { step(i) };
    told.push(written(folder, "masked_merges", &model, &[&[6, 3]], &value));

    let (a, b) = (Input::new([5]), Input::new([5]));
    let same = Sequential::new([5]).add(Dense::new(6).activation(Tanh)).add(Dense::new(3)).shared();
    let (left, right) = (same.apply(&a), same.apply(&b));
    let gap = Subtract::new().apply([&left, &right]);
    let near = Dot::new(1).normalize(true).apply([&left, &right]);
    let out = Concatenate::new().apply([&gap, &near]).then(Dense::new(2));
    let model = Functional::new([&a, &b], &out).compile("sgd", "mse", ()).unwrap();
    told.push(written(folder, "shared", &model, &[&[5], &[5]], &step));

    let (a, b) = (Input::new([4, 3]), Input::new([7, 3]));
    // A mask for each use: Keras' attention removes the masks of the sequences that it is given.
    let masked = |x: &Node| x.then(Masking::new());
    let seen = attention().value_dim(2).attend(&masked(&a), &masked(&b));
    let key = masked(&b).then(Dense::new(5));
    let sought = MultiHeadAttention::new(1, 4).attend_by_key(&seen, &masked(&b), &key);
    let back = attention().use_causal_mask(true).attend(&masked(&b), &masked(&a));
    let scores = Dot::new([2, 2]).apply([&sought, &back]);
    let turned = Dot::new([1, 1]).normalize(true).apply([&sought, &scores]);
    let out = Concatenate::new().apply([&turned.then(Flatten::new()), &back.then(Flatten::new())]);
    let model = Functional::new([&a, &b], &out).compile("sgd", "mse", ()).unwrap();
    told.push(written(folder, "cross", &model, &[&[4, 3], &[7, 3]], &step));
    told
}
