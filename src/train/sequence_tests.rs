//! Recurrent networks against the real Keras, step by step; gradients against finite differences
//! where Keras' own random numbers stand in the way; the same bits on one and two threads.

use super::cnn_parity_tests::follows_golden;
use super::gradient_tests::check;
use super::parity_tests::wave;
use crate::prelude::*;
use serde_json::Value;

fn golden() -> Value {
    let text = include_str!("../../tests/golden/keras-sequences.json");
    serde_json::from_str::<Value>(text).unwrap()["networks"].take()
}

#[test]
fn recurrent_networks_follow_keras() {
    let golden = golden();
    let end = || Dense::new(3).activation(Softmax);
    let net = Sequential::new([8, 5])
        .add(LSTM::new(7).return_sequences(true))
        .add(LSTM::new(6))
        .add(end());
    follows_golden(&golden["lstm"], "lstm", net, Adam::new(0.003), 3);
    let net = Sequential::new([8, 5])
        .add(Bidirectional::new(GRU::new(5).return_sequences(true)))
        .add(Bidirectional::new(GRU::new(4)).merge_mode(MergeMode::Sum))
        .add(end());
    follows_golden(&golden["gru"], "gru", net, RmsProp::new(0.001), 3);
    let net = Sequential::new([8, 5])
        .add(SimpleRNN::new(7).return_sequences(true))
        .add(Dense::new(4).activation(Tanh))
        .add(Flatten::new())
        .add(end());
    follows_golden(&golden["simple"], "simple", net, Sgd::new(0.05).momentum(0.9), 3);
}

#[test]
fn a_network_of_words_follows_keras() {
    let net = Sequential::new([9])
        .add(Embedding::new(12, 5))
        .add(Conv1D::new(6, 3).activation(Relu))
        .add(LayerNormalization::new())
        .add(PReLU::new())
        .add(MaxPooling1D::new(2))
        .add(GlobalAveragePooling1D::new())
        .add(Dense::new(3).activation(Softmax));
    follows_golden(&golden()["words"], "words", net, Adam::new(0.003), 3);
}

/// Each layer behind another one, which shows whether its gradient by the input is right. With
/// dropout the same seed drops the same values in each of the passes.
#[test]
fn gradients_agree_with_differences() {
    type Put = fn(Sequential) -> Sequential;
    let layers: Vec<(&str, Put)> = vec![
        ("LSTM", |net| net.add(LSTM::new(5))),
        ("LSTM dropout", |net| net.add(LSTM::new(5).dropout(0.3).recurrent_dropout(0.3))),
        ("GRU", |net| net.add(GRU::new(5).return_sequences(true))),
        ("GRU dropout", |net| {
            net.add(GRU::new(5).dropout(0.3).recurrent_dropout(0.3).return_sequences(true))
        }),
        ("SimpleRNN", |net| net.add(SimpleRNN::new(5).go_backwards(true))),
        ("SimpleRNN dropout", |net| {
            net.add(SimpleRNN::new(5).dropout(0.3).recurrent_dropout(0.3).activation(Gelu))
        }),
        ("Bidirectional", |net| {
            let layer = GRU::new(3).return_sequences(true).dropout(0.2);
            net.add(Bidirectional::new(layer).merge_mode(MergeMode::Mul))
        }),
        ("Dense", |net| net.add(Dense::new(4).activation(Gelu))),
        ("MultiHeadAttention", |net| net.add(MultiHeadAttention::new(2, 3).dropout(0.3))),
        ("DepthwiseConv2D", |net| {
            net.add(Reshape::new([2, 2, 3])).add(DepthwiseConv2D::new(2).activation(Gelu))
        }),
        ("SeparableConv2D", |net| {
            net.add(Reshape::new([2, 2, 3])).add(SeparableConv2D::new(2, 2).activation(Gelu))
        }),
        ("Conv2DTranspose", |net| {
            let layer = Conv2DTranspose::new(2, 3).strides(2).activation(Gelu);
            net.add(Reshape::new([2, 2, 3])).add(layer)
        }),
        ("Conv1D", |net| net.add(Conv1D::new(3, 2).activation(Gelu))),
        ("Conv1D causal", |net| {
            net.add(Conv1D::new(3, 3).padding(Padding::Causal).dilation_rate(2).activation(Tanh))
        }),
        ("MaxPooling1D", |net| net.add(MaxPooling1D::new(2))),
        ("AveragePooling1D", |net| net.add(AveragePooling1D::new(3).padding(Padding::Same))),
        ("GlobalMaxPooling1D", |net| net.add(GlobalMaxPooling1D::new())),
        ("GlobalAveragePooling1D", |net| net.add(GlobalAveragePooling1D::new())),
        ("LayerNormalization", |net| net.add(LayerNormalization::new())),
        ("PReLU", |net| net.add(PReLU::new().shared_axes([1]))),
        ("SpatialDropout1D", |net| net.add(SpatialDropout1D::new(0.4))),
        ("Permute", |net| net.add(Permute::new([2, 1]))),
        ("RepeatVector", |net| net.add(Flatten::new()).add(RepeatVector::new(3))),
        ("UpSampling1D", |net| net.add(UpSampling1D::new(2))),
        ("ZeroPadding1D", |net| net.add(ZeroPadding1D::new((2, 1)))),
        ("Cropping1D", |net| net.add(Cropping1D::new((0, 1)))),
        ("TimeDistributed", |net| net.add(TimeDistributed::new(Dense::new(2).activation(Tanh)))),
    ];
    let (x, y) = (wave(&[4, 5], 0.37, 1.0), wave(&[4, 2], 1.7, 1.0));
    for (name, layer) in layers {
        let net = Sequential::new([5]).add(Dense::new(12).activation(Tanh));
        let net = layer(net.add(Reshape::new([4, 3]))).add(Flatten::new()).add(Dense::new(2));
        let model = net.compile(Sgd::new(1.0), MeanSquaredError::new(), ()).unwrap();
        check(&model, (&x, &y), name);
    }
}

#[test]
fn a_fresh_forget_gate_remembers() {
    let network = Sequential::new([3, 2]).add(LSTM::new(4)).build().unwrap();
    let weights = network.initialize(1);
    let bias = &weights[weights.len() - 16..];
    assert_eq!(bias, [[0.0f32; 4], [1.0; 4], [0.0; 4], [0.0; 4]].concat());
    let kernels: Vec<f32> = weights[..weights.len() - 16].to_vec();
    assert!(kernels.iter().all(|w| *w != 0.0 && w.abs() <= 1.0));
    let plain = LSTM::new(4).unit_forget_bias(false);
    let network = Sequential::new([3, 2]).add(plain).build().unwrap();
    let weights = network.initialize(1);
    assert!(weights[weights.len() - 16..].iter().all(|w| *w == 0.0));
    // Both directions begin differently, and each remembers.
    let both = Sequential::new([3, 2]).add(Bidirectional::new(LSTM::new(4))).build().unwrap();
    let weights = both.initialize(1);
    let (forward, backward) = weights.split_at(weights.len() / 2);
    assert_ne!(forward, backward);
    assert_eq!(forward[forward.len() - 12], 1.0);
    assert_eq!(backward[backward.len() - 12], 1.0);
}

/// Large enough for two lanes, the last batch too small for the second one.
fn fitted(threads: usize) -> Vec<f32> {
    let net = Sequential::new([12, 8])
        .add(Bidirectional::new(LSTM::new(16).dropout(0.2).return_sequences(true)))
        .add(GRU::new(12).recurrent_dropout(0.2))
        .add(Dense::new(4).activation(Softmax));
    let mut model = net.compile("adam", "sparse_categorical_crossentropy", ["accuracy"]).unwrap();
    let classes = (0..65).map(|i| (i % 4) as f32).collect();
    let (x, y) = (wave(&[65, 12, 8], 0.37, 1.0), Array::new([65, 1], classes).unwrap());
    model.fit((&x, &y), Fit::epochs(2).batch_size(32).threads(threads).verbose(0)).unwrap();
    let predicted = model.predict(&x).unwrap();
    let dropout_is_off = model.predict(&x).unwrap();
    assert_eq!(predicted, dropout_is_off);
    model.flat_weights().to_vec()
}

#[test]
fn the_same_bits_on_one_and_two_threads() {
    assert_eq!(fitted(1), fitted(2));
}

#[test]
fn what_cannot_be_is_explained() {
    let says = |input: &[usize], layer: &dyn Fn(Sequential) -> Sequential, parts: &[&str]| {
        let text = layer(Sequential::new(input)).build().unwrap_err().to_string();
        assert!(parts.iter().all(|p| text.contains(p)), "{text}");
    };
    says(&[28, 28, 1], &|net| net.add(LSTM::new(4)), &["'lstm'", "[28, 28, 1]", "steps, features"]);
    says(&[28], &|net| net.add(GRU::new(4)), &["'gru'", "Reshape::new([-1, 1])"]);
    let stacked = |net: Sequential| net.add(LSTM::new(4)).add(LSTM::new(4));
    says(&[5, 2], &stacked, &["'lstm_1'", "[4]", "return_sequences(true)"]);
    says(&[5, 2], &|net| net.add(LSTM::new(0)), &["'lstm'", "units", "from 1"]);
    says(&[5, 2], &|net| net.add(LSTM::new(usize::MAX)), &["'lstm'", "units"]);
    says(&[5, 2], &|net| net.add(LSTM::new(1 << 30)), &["'lstm'", "most there can be"]);
    says(&[5, 2], &|net| net.add(SimpleRNN::new(4).dropout(1)), &["'simple_rnn'", "dropout", "1"]);
    let odd = |net: Sequential| net.add(GRU::new(4).recurrent_dropout(-0.1));
    says(&[5, 2], &odd, &["recurrent dropout", "-0.1"]);
    let both = |net: Sequential| net.add(Bidirectional::new(LSTM::new(4).go_backwards(true)));
    says(&[5, 2], &both, &["'bidirectional'", "go_backwards"]);
    // Rows of pictures without Flatten: the targets do not fit.
    let net = Sequential::new([28, 28]).add(Dense::new(3).activation(Softmax));
    let mut model = net.compile("adam", "categorical_crossentropy", ()).unwrap();
    let (x, y) = (wave(&[2, 28, 28], 0.1, 1.0), Array::zeros([2, 3]).unwrap());
    let text = model.fit((&x, &y), Fit::epochs(1).verbose(0)).unwrap_err().to_string();
    assert!(["[28, 3]", "Flatten", "28 places of 3"].iter().all(|p| text.contains(p)), "{text}");
}
