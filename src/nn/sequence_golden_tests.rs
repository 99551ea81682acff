//! Layers for sequences against the real Keras, as golden_tests.rs does with the others.

use super::golden_tests::check_case;
use super::prelude::*;
use super::{MergeMode, Recurrent};
use serde_json::Value;

struct Golden {
    cases: Value,
    checked: Vec<String>,
}

impl Golden {
    fn check(&mut self, name: &str, layer: impl Layer) {
        self.checked.push(name.to_string());
        check_case(&self.cases[name], name, &layer);
    }
}

/// What the three have in common, on each of them.
macro_rules! recurrent {
    ($golden:ident, $kind:ident, $word:literal, $hard:expr, $silu:expr, $penalized:expr) => {{
        let new = $kind::new;
        for (sequences, s) in [(false, "False"), (true, "True")] {
            for (backwards, b) in [(false, "False"), (true, "True")] {
                let layer = new(4).return_sequences(sequences).go_backwards(backwards);
                $golden.check(&format!("{} {s} {b}", $word), layer);
            }
        }
        $golden.check(concat!($word, " long"), new(19));
        $golden.check(concat!($word, " one step"), new(4).return_sequences(true));
        $golden.check(concat!($word, " one row"), new(4));
        $golden.check(concat!($word, " no bias"), new(4).use_bias(false));
        $golden.check(concat!($word, " relu"), $hard(new(4).activation(Relu)));
        let gelu = new(4).activation(Gelu).return_sequences(true);
        $golden.check(concat!($word, " gelu"), $silu(gelu));
        let layer = new(4)
            .kernel_regularizer(Regularizer::l2(0.1))
            .recurrent_regularizer(Regularizer::l2(0.2))
            .bias_regularizer(Regularizer::l2(0.3));
        $golden.check(concat!($word, " penalties"), $penalized(layer));
        for (merge, m) in MERGES {
            for (sequences, s) in [(false, "False"), (true, "True")] {
                let layer = Recurrent::from(new(4).return_sequences(sequences));
                let name = format!("Bidirectional {} {m} {s}", $word);
                $golden.check(&name, Bidirectional::new(layer).merge_mode(merge));
            }
        }
    }};
}

const MERGES: [(MergeMode, &str); 4] = [
    (MergeMode::Concat, "concat"),
    (MergeMode::Sum, "sum"),
    (MergeMode::Mul, "mul"),
    (MergeMode::Ave, "ave"),
];

#[test]
fn every_layer_for_sequences_is_keras() {
    let text = include_str!("../../tests/golden/keras-sequences.json");
    let mut all: Value = serde_json::from_str(text).unwrap();
    let mut golden = Golden { cases: all["cases"].take(), checked: Vec::new() };
    let activity = Regularizer::l1_l2(0.1, 0.2);
    recurrent!(
        golden,
        LSTM,
        "LSTM",
        |l: LSTM| l.recurrent_activation(HardSigmoid),
        |l: LSTM| l.recurrent_activation(Silu),
        |l: LSTM| l.activity_regularizer(activity)
    );
    recurrent!(
        golden,
        GRU,
        "GRU",
        |l: GRU| l.recurrent_activation(HardSigmoid),
        |l: GRU| l.recurrent_activation(Silu),
        |l: GRU| l.activity_regularizer(activity)
    );
    recurrent!(golden, SimpleRNN, "SimpleRNN", |l| l, |l| l, |l| l);
    sequences(&mut golden);
    pictures(&mut golden);
    golden.check("Dense steps", Dense::new(4).activation(Tanh));
    let penalty = Regularizer::l2(0.1);
    let dense = Dense::new(4).activation(Gelu).kernel_regularizer(penalty);
    golden.check("Dense pictures", dense);
    golden.check("Dense softmax", Dense::new(4).activation(Softmax));
    let names = golden.cases.as_object().unwrap().keys();
    let missed: Vec<_> = names.filter(|n| !golden.checked.contains(n)).collect();
    assert!(missed.is_empty(), "not checked: {missed:?}");
}

fn sequences(golden: &mut Golden) {
    let penalty = Regularizer::l2(0.1);
    let paddings =
        [(Padding::Valid, "valid"), (Padding::Same, "same"), (Padding::Causal, "causal")];
    for (padding, word) in paddings {
        for size in [1, 2, 3] {
            for (strides, dilation) in [(1, 1), (2, 1), (1, 2)] {
                let layer = Conv1D::new(4, size).strides(strides).dilation_rate(dilation);
                let name = format!("Conv1D {word} {size} {strides} {dilation}");
                golden.check(&name, layer.padding(padding).activation(Tanh));
            }
        }
    }
    let layer = Conv1D::new(9, 3).padding(Padding::Causal).activation(Gelu).use_bias(false);
    golden.check("Conv1D gelu", layer.kernel_regularizer(penalty));
    for (padding, word) in &paddings[..2] {
        golden.check(&format!("Max1D {word} 2 None"), MaxPooling1D::new(2).padding(*padding));
        golden
            .check(&format!("Average1D {word} 2 None"), AveragePooling1D::new(2).padding(*padding));
        for strides in [1, 2] {
            let name = |kind: &str| format!("{kind}1D {word} 3 {strides}");
            let (max, average) = (MaxPooling1D::new(3), AveragePooling1D::new(3));
            golden.check(&name("Max"), max.strides(strides).padding(*padding));
            golden.check(&name("Average"), average.strides(strides).padding(*padding));
        }
    }
    golden.check("GlobalMax1D False", GlobalMaxPooling1D::new());
    golden.check("GlobalMax1D True", GlobalMaxPooling1D::new().keepdims(true));
    golden.check("GlobalAverage1D False", GlobalAveragePooling1D::new());
    golden.check("GlobalAverage1D True", GlobalAveragePooling1D::new().keepdims(true));
    golden.check("Embedding", Embedding::new(6, 4));
    let layer = Embedding::new(6, 4).embeddings_regularizer(penalty);
    golden.check("Embedding penalties", layer);
    let new = LayerNormalization::new;
    golden.check("LayerNormalization", new());
    golden.check("LayerNormalization flat", new().epsilon(0.01).beta_regularizer(penalty));
    golden.check("LayerNormalization bare", new().center(false).scale(false));
    golden.check("LayerNormalization beta", new().scale(false));
    golden.check("PReLU", PReLU::new());
    let layer = PReLU::new().shared_axes([1, 2]).alpha_regularizer(penalty);
    golden.check("PReLU shared", layer);
    golden.check("PReLU rows", PReLU::new().shared_axes([2]));
    golden.check("Permute", Permute::new([3, 1, 2]));
    golden.check("RepeatVector", RepeatVector::new(4));
    golden.check("UpSampling1D", UpSampling1D::new(3));
    golden.check("UpSampling2D", UpSampling2D::new((2, 3)));
    golden.check("ZeroPadding1D", ZeroPadding1D::new((1, 2)));
    golden.check("ZeroPadding2D", ZeroPadding2D::new(((1, 2), (0, 3))));
    golden.check("Cropping1D", Cropping1D::new((1, 2)));
    golden.check("Cropping2D", Cropping2D::new(((1, 2), (0, 1))));
    let layer = Conv2D::new(3, 2).activation(Gelu);
    golden.check("TimeDistributed", TimeDistributed::new(layer));
    golden.check("TimeDistributed LSTM", TimeDistributed::new(LSTM::new(3)));
}

fn pictures(golden: &mut Golden) {
    let penalty = Regularizer::l2(0.1);
    for (padding, word) in [(Padding::Valid, "valid"), (Padding::Same, "same")] {
        for size in [(3, 3), (2, 2), (1, 3)] {
            for (strides, dilation) in [(1, 1), (2, 1), (1, 2)] {
                let name = |kind: &str| format!("{kind} {word} {size:?} {strides} {dilation}");
                let layer = DepthwiseConv2D::new(size).strides(strides).dilation_rate(dilation);
                golden.check(&name("Depthwise"), layer.padding(padding).activation(Tanh));
                let layer = SeparableConv2D::new(4, size).strides(strides).dilation_rate(dilation);
                golden.check(&name("Separable"), layer.padding(padding).activation(Tanh));
            }
        }
        for size in [(3, 3), (2, 2), (1, 4)] {
            let layer = || Conv2DTranspose::new(3, size).padding(padding).activation(Tanh);
            golden.check(&format!("Transpose {word} {size:?} 1"), layer());
            golden.check(&format!("Transpose {word} {size:?} 2"), layer().strides(2));
            golden.check(&format!("Transpose {word} {size:?} (3, 2)"), layer().strides((3, 2)));
        }
    }
    let layer = DepthwiseConv2D::new(2).depth_multiplier(3).activation(Gelu);
    golden.check("Depthwise many", layer.depthwise_regularizer(penalty));
    let layer = SeparableConv2D::new(3, 2).depth_multiplier(2).activation(Gelu).use_bias(false);
    golden.check("Separable many", layer.pointwise_regularizer(penalty));
    let layer = Conv2DTranspose::new(9, 3).strides(2).padding(Padding::Same).activation(Gelu);
    golden.check("Transpose gelu", layer.use_bias(false).kernel_regularizer(penalty));
    golden.check("Attention", MultiHeadAttention::new(2, 3));
    golden.check("Attention values", MultiHeadAttention::new(3, 2).value_dim(5));
    let layer = MultiHeadAttention::new(1, 4).use_bias(false);
    golden.check("Attention bare", layer.kernel_regularizer(penalty));
    golden.check("Attention long", MultiHeadAttention::new(2, 9));
}
