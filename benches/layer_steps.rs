//! Milliseconds of a training step of a small network around each layer, printed as
//! `NAME <x> ms/step`, for `benches/peers/layer_steps.py`, which measures Keras in turn with it.
//!
//! `cargo bench --bench layer_steps -- [NAME …]`

use dfdx_lab::prelude::*;
use std::time::Instant;

const BATCH: usize = 32;
const STEPS: usize = 20;
const CLASSES: usize = 4;
/// The number of words of networks that take sentences.
const WORDS: usize = 2000;

/// The kind of input.
#[derive(Clone, Copy)]
enum Data {
    Steps,
    Pictures,
    Words,
}

impl Data {
    fn input(self) -> Vec<usize> {
        match self {
            Data::Steps => vec![64, 32],
            Data::Pictures => vec![28, 28, 8],
            Data::Words => vec![64],
        }
    }

    fn x(self) -> Result<Array> {
        let shape = [vec![BATCH * STEPS], self.input()].concat();
        Ok(match self {
            Data::Words => Array::random_uniform(shape, 1)?.map(|v| (v * WORDS as f32).floor()),
            _ => Array::random_normal(shape, 1)?,
        })
    }
}

type Build = fn(Sequential) -> Sequential;

/// The layers, each with the layers between it and the last `Dense`.
fn cases() -> Vec<(&'static str, Data, Build)> {
    use Data::*;
    vec![
        ("Dense", Steps, |n| {
            n.add(Dense::new(64).activation(Relu)).add(GlobalAveragePooling1D::new())
        }),
        ("Conv1D", Steps, |n| {
            n.add(Conv1D::new(64, 3).activation(Relu)).add(GlobalAveragePooling1D::new())
        }),
        ("MaxPooling1D", Steps, |n| {
            n.add(Dense::new(32)).add(MaxPooling1D::new(2)).add(Flatten::new())
        }),
        ("AveragePooling1D", Steps, |n| {
            n.add(Dense::new(32)).add(AveragePooling1D::new(2)).add(Flatten::new())
        }),
        ("GlobalMaxPooling1D", Steps, |n| n.add(Dense::new(32)).add(GlobalMaxPooling1D::new())),
        ("GlobalAveragePooling1D", Steps, |n| {
            n.add(Dense::new(32)).add(GlobalAveragePooling1D::new())
        }),
        ("LayerNormalization", Steps, |n| {
            n.add(Dense::new(32)).add(LayerNormalization::new()).add(Flatten::new())
        }),
        ("PReLU", Steps, |n| n.add(Dense::new(32)).add(PReLU::new()).add(Flatten::new())),
        ("SpatialDropout1D", Steps, |n| {
            n.add(Dense::new(32)).add(SpatialDropout1D::new(0.2)).add(Flatten::new())
        }),
        ("SimpleRNN", Steps, |n| n.add(SimpleRNN::new(64))),
        ("GRU", Steps, |n| n.add(GRU::new(64))),
        ("LSTM", Steps, |n| n.add(LSTM::new(64))),
        ("LSTM_sequences", Steps, |n| {
            n.add(LSTM::new(32).return_sequences(true)).add(LSTM::new(32))
        }),
        ("Bidirectional", Steps, |n| n.add(Bidirectional::new(LSTM::new(32)))),
        ("TimeDistributed", Steps, |n| {
            n.add(TimeDistributed::new(Dense::new(32).activation(Relu))).add(Flatten::new())
        }),
        ("MultiHeadAttention", Steps, |n| {
            n.add(MultiHeadAttention::new(4, 16)).add(GlobalAveragePooling1D::new())
        }),
        ("Embedding", Words, |n| {
            n.add(Embedding::new(WORDS, 32)).add(GlobalAveragePooling1D::new())
        }),
        ("Masked_LSTM", Words, |n| {
            n.add(Embedding::new(WORDS, 32).mask_zero(true)).add(LSTM::new(64))
        }),
        ("DepthwiseConv2D", Pictures, |n| {
            n.add(DepthwiseConv2D::new(3)).add(GlobalAveragePooling2D::new())
        }),
        ("SeparableConv2D", Pictures, |n| {
            n.add(SeparableConv2D::new(16, 3)).add(GlobalAveragePooling2D::new())
        }),
        ("Conv2DTranspose", Pictures, |n| {
            n.add(Conv2DTranspose::new(8, 3).strides(2).padding(Padding::Same))
                .add(GlobalAveragePooling2D::new())
        }),
        ("UpSampling2D", Pictures, |n| {
            n.add(Conv2D::new(8, 1)).add(UpSampling2D::new(2)).add(GlobalAveragePooling2D::new())
        }),
        ("ZeroPadding2D", Pictures, |n| {
            n.add(Conv2D::new(8, 1)).add(ZeroPadding2D::new(2)).add(GlobalAveragePooling2D::new())
        }),
        ("SpatialDropout2D", Pictures, |n| {
            n.add(Conv2D::new(8, 1))
                .add(SpatialDropout2D::new(0.2))
                .add(GlobalAveragePooling2D::new())
        }),
    ]
}

fn main() -> Result<()> {
    // Cargo itself adds --bench.
    let only: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    for (name, data, build) in cases() {
        if !only.is_empty() && !only.iter().any(|o| o == name) {
            continue;
        }
        let net = build(Sequential::new(data.input()));
        let net = net.add(Dense::new(CLASSES).activation(Softmax));
        let mut model = net.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])?;
        let x = data.x()?;
        let classes = Array::random_uniform([x.len(), 1], 2)?.map(|v| (v * CLASSES as f32).floor());
        let fit = Fit::epochs(1).batch_size(BATCH).verbose(0);
        model.fit((&x, &classes), fit.clone())?;
        let mut times = Vec::new();
        for _ in 0..5 {
            let start = Instant::now();
            model.fit((&x, &classes), fit.clone())?;
            times.push(start.elapsed().as_secs_f64() * 1e3 / STEPS as f64);
        }
        times.sort_by(f64::total_cmp);
        println!("{name} {:.4} ms/step (min {:.4} max {:.4})", times[2], times[0], times[4]);
    }
    Ok(())
}
