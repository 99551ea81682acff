//! Convolutional networks against the real Keras, step by step; parameter counts of the reports'
//! networks; the same bits on one and two threads.

use super::parity_tests::{one_hot, set_waves, wave};
use crate::prelude::*;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../tests/golden/keras-cnns.json")).unwrap()
}

/// Follows Keras' loss for 50 steps within 1e-3 relative (rounding differs, and training makes
/// differences grow), and ends with nearly the same weights and evaluation.
fn follows(name: &str, net: Sequential, optimizer: impl Into<Optimizer>, classes: usize) {
    follows_golden(&golden()["cases"][name], name, net, optimizer, classes);
}

pub(super) fn follows_golden(
    golden: &Value,
    name: &str,
    net: Sequential,
    optimizer: impl Into<Optimizer>,
    classes: usize,
) {
    let mut model = net.compile(optimizer, CategoricalCrossentropy::new(), ()).unwrap();
    set_waves(&mut model);
    let mut shape = vec![64];
    shape.extend(net.input_shape());
    let (mut x, y) = (wave(&shape, 0.37, 1.0), one_hot(64, classes));
    if let Some(count) = golden["count"].as_u64() {
        let words = x.data_mut().iter_mut().zip(0u64..);
        words.for_each(|(word, i)| *word = ((7 * i + i / 3) % count) as f32);
    }
    let losses = golden["losses"].as_array().unwrap();
    assert_eq!(losses.len(), 50);
    for (step, want) in losses.iter().enumerate() {
        let at: Vec<usize> = (step * 16 % 64..step * 16 % 64 + 16).collect();
        let (x, y) = (x.take(&at).unwrap(), y.take(&at).unwrap());
        let fit = Fit::epochs(1).batch_size(16).shuffle(false).verbose(0);
        let loss = model.fit((&x, &y), fit).unwrap().last("loss").unwrap();
        let want = want.as_f64().unwrap();
        assert!((loss - want).abs() <= 1e-3 * want, "{name} step {step}: {loss}, Keras {want}");
    }
    for (i, w) in model.weights().unwrap().iter().enumerate() {
        let sum: f64 = w.data().iter().map(|v| v.abs() as f64).sum();
        let want = golden["weights"][i].as_f64().unwrap();
        let allowed = 2e-3 * want + 1e-4;
        assert!((sum - want).abs() <= allowed, "{name} weight {i}: {sum}, Keras {want}");
    }
    let loss = model.evaluate((&x, &y)).unwrap().get("loss").unwrap();
    let want = golden["evaluated"].as_f64().unwrap();
    assert!((loss - want).abs() <= 2e-3 * want, "{name}: evaluated {loss}, Keras {want}");
}

fn conv(filters: usize, size: usize, padding: Padding) -> Conv2D {
    Conv2D::new(filters, size).padding(padding).activation(Relu)
}

#[test]
fn networks_of_the_reports_follow_keras() {
    let same = |filters| conv(filters, 3, Padding::Same);
    let net = Sequential::new([28, 28, 1])
        .add(same(8))
        .add(MaxPooling2D::new(2))
        .add(Dropout::new(0.0))
        .add(same(16))
        .add(MaxPooling2D::new(2))
        .add(Flatten::new())
        .add(Dense::new(200).activation(Relu))
        .add(Dense::new(10).activation(Softmax));
    follows("digits_cnn", net, Adam::new(0.0003), 10);
    let valid = |filters| conv(filters, 3, Padding::Valid);
    let net = Sequential::new([28, 28, 1])
        .add(valid(4))
        .add(valid(8))
        .add(MaxPooling2D::new(2))
        .add(Flatten::new())
        .add(Dense::new(16).activation(Relu))
        .add(Dense::new(2).activation(Softmax));
    follows("two_or_seven_cnn", net, RmsProp::new(0.001), 2);
    let net = Sequential::new([784])
        .add(Dense::new(128).activation(Relu))
        .add(Dense::new(256).activation(Relu))
        .add(Dense::new(10).activation(Softmax));
    follows("digits_mlp", net, RmsProp::new(0.001), 10);
}

#[test]
fn moving_averages_and_penalties_follow_keras() {
    let head = Dense::new(3).activation(Softmax).activity_regularizer(Regularizer::l1(0.01));
    let second = Conv2D::new(5, 2).dilation_rate(2).activity_regularizer(Regularizer::l2(0.01));
    let net = Sequential::new([12, 12, 2])
        .add(Rescaling::new(2.0).offset(0.1))
        .add(Conv2D::new(6, 3).strides(2).use_bias(false))
        .add(BatchNormalization::new().momentum(0.9))
        .add(Relu)
        .add(second)
        .add(BatchNormalization::new().momentum(0.8).center(false))
        .add(GlobalAveragePooling2D::new())
        .add(head);
    let optimizer = Adam::new(0.003).weight_decay(0.1).clipnorm(0.5);
    follows("normalized_cnn", net, optimizer, 3);
}

#[test]
fn the_reports_parameter_counts() {
    let counts = |net: &Sequential| -> Vec<usize> {
        let network = net.build().unwrap();
        network.layers().iter().map(|l| l.weights.len()).filter(|n| *n > 0).collect()
    };
    let small = |blocks: usize| {
        let block = |net: Sequential| net.add(conv(2, 2, Padding::Same)).add(MaxPooling2D::new(2));
        (0..blocks).fold(Sequential::new([28, 28, 1]), |net, _| block(net)).add(Flatten::new())
    };
    let head = |net: Sequential| net.add(Dense::new(200)).add(Dense::new(10).activation(Softmax));
    assert_eq!(counts(&head(small(3))), [10, 18, 18, 3800, 2010]);
    assert_eq!(counts(&head(small(2))), [10, 18, 19_800, 2010]);
    let same = |filters| conv(filters, 3, Padding::Same);
    let net = Sequential::new([28, 28, 1]).add(same(8)).add(MaxPooling2D::new(2)).add(same(16));
    assert_eq!(counts(&head(net.clone().add(Flatten::new()))), [80, 1168, 627_400, 2010]);
    let best = net
        .add(MaxPooling2D::new(2))
        .add(Dropout::new(0.2))
        .add(Flatten::new())
        .add(Dense::new(200).activation(Relu))
        .add(Dropout::new(0.5))
        .add(Dense::new(10).activation(Softmax));
    assert_eq!(counts(&best), [80, 1168, 157_000, 2010]);
    assert_eq!(best.count_params().unwrap(), 160_258);
    let two = Sequential::new([28, 28, 1])
        .add(conv(4, 3, Padding::Valid))
        .add(conv(8, 3, Padding::Valid))
        .add(MaxPooling2D::new(2))
        .add(Flatten::new())
        .add(Dense::new(16).activation(Relu))
        .add(Dense::new(2).activation(Softmax));
    assert_eq!(counts(&two), [40, 296, 18_448, 34]);
}

#[test]
fn what_no_optimizer_changes_is_counted_apart() {
    let net = Sequential::new([8, 8, 1])
        .add(Conv2D::new(4, 3))
        .add(BatchNormalization::new())
        .add(Flatten::new())
        .add(Dense::new(2).activation(Softmax));
    let mut model = net.compile(Adam::default(), CategoricalCrossentropy::new(), ()).unwrap();
    let text = model.summary().to_string();
    let lines = [
        "Total params: 346 (1.35 KB)",
        "Trainable params: 338 (1.32 KB)",
        "Non-trainable params: 8 (32.00 B)",
        "batch_normalization",
    ];
    assert!(lines.iter().all(|l| text.contains(l)), "{text}");
    let names = model.weight_names();
    let own = ["gamma", "beta", "moving_mean", "moving_variance"];
    assert_eq!(names[2..6], own.map(|n| format!("batch_normalization/{n}")));
    let (x, y) = (wave(&[8, 8, 8, 1], 0.3, 1.0), one_hot(8, 2));
    model.fit((&x, &y), Fit::epochs(1).verbose(0)).unwrap();
    // Two slots and two numbers for each of 338 weights; none for the moving averages.
    assert!(model.summary().to_string().contains("Optimizer params: 678"));
}

/// Large enough for two lanes.
fn picture_fit(threads: usize) -> (Vec<f32>, History) {
    let net = Sequential::new([14, 14, 1])
        .add(GaussianNoise::new(0.1))
        .add(conv(8, 3, Padding::Same).activity_regularizer(Regularizer::l2(1e-3)))
        .add(MaxPooling2D::new(2))
        .add(Dropout::new(0.2))
        .add(conv(16, 3, Padding::Valid))
        .add(Flatten::new())
        .add(Dense::new(4).activation(Softmax));
    let mut model =
        net.compile(Adam::new(0.003), CategoricalCrossentropy::new(), ["accuracy"]).unwrap();
    let (x, y) = (wave(&[150, 14, 14, 1], 0.37, 1.0), one_hot(150, 4));
    let fit = Fit::epochs(2).batch_size(64).validation_split(0.2).threads(threads).verbose(0);
    let history = model.fit((&x, &y), fit).unwrap();
    (model.flat_weights().to_vec(), history)
}

#[test]
fn the_same_seed_gives_the_same_bits_on_one_and_two_threads() {
    let one = picture_fit(1);
    for _ in 0..3 {
        assert_eq!(one, picture_fit(2));
    }
}
