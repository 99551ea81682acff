//! Gradients of every layer x activation x regularizer x loss against finite differences of the
//! logged loss, through the fit loop itself.

use super::parity_tests::wave;
use crate::loss::Loss;
use crate::nn::Activation;
use crate::prelude::*;

const ACTIVATIONS: [Activation; 15] = [
    Linear,
    Relu,
    LeakyRelu,
    LeakyReluSlope(0.3),
    Elu,
    Selu,
    Gelu,
    Sigmoid,
    HardSigmoid,
    Tanh,
    Softmax,
    Softplus,
    Softsign,
    Silu,
    Exponential,
];

/// Where a penalty stands.
#[derive(Clone, Copy, Debug)]
struct Penalties {
    kernel: Regularizer,
    bias: Regularizer,
    activity: Regularizer,
}

fn penalties() -> Vec<Penalties> {
    let none = Regularizer::default();
    let mut all = vec![Penalties { kernel: none, bias: none, activity: none }];
    for r in [Regularizer::l1(0.05), Regularizer::l2(0.05), Regularizer::l1_l2(0.03, 0.04)] {
        all.push(Penalties { kernel: r, bias: none, activity: none });
        all.push(Penalties { kernel: none, bias: r, activity: none });
        all.push(Penalties { kernel: none, bias: none, activity: r });
        all.push(Penalties { kernel: r, bias: r, activity: r });
    }
    all
}

type Build = fn(Sequential, Activation, Penalties) -> Sequential;

fn conv(layer: Conv2D, a: Activation, p: Penalties) -> Conv2D {
    let layer = layer.activation(a).activity_regularizer(p.activity);
    layer.kernel_regularizer(p.kernel).bias_regularizer(p.bias)
}

/// Every layer, after pictures of 4 x 3 x 2; those without an activation of their own are followed
/// by an activation layer.
fn layers() -> Vec<(&'static str, Build)> {
    vec![
        ("Dense", |net, a, p| {
            let layer = Dense::new(4).activation(a).activity_regularizer(p.activity);
            net.add(Flatten::new()).add(layer.kernel_regularizer(p.kernel).bias_regularizer(p.bias))
        }),
        ("Conv2D valid", |net, a, p| net.add(conv(Conv2D::new(3, 2), a, p))),
        ("Conv2D same strides", |net, a, p| {
            net.add(conv(Conv2D::new(3, (3, 2)).padding(Padding::Same).strides(2), a, p))
        }),
        ("Conv2D same dilation", |net, a, p| {
            net.add(conv(Conv2D::new(2, 2).padding(Padding::Same).dilation_rate(2), a, p))
        }),
        ("MaxPooling2D", |net, a, _| net.add(MaxPooling2D::new(2)).add(a)),
        ("MaxPooling2D overlapping", |net, a, _| {
            net.add(MaxPooling2D::new(3).strides(2).padding(Padding::Same)).add(a)
        }),
        ("AveragePooling2D", |net, a, _| {
            net.add(AveragePooling2D::new(2).strides((2, 1)).padding(Padding::Same)).add(a)
        }),
        ("GlobalAveragePooling2D", |net, a, _| net.add(GlobalAveragePooling2D::new()).add(a)),
        ("GlobalMaxPooling2D", |net, a, _| net.add(GlobalMaxPooling2D::new()).add(a)),
        ("Flatten", |net, a, _| net.add(Flatten::new()).add(a)),
        ("Reshape", |net, a, _| net.add(Reshape::new([2, -1])).add(a)),
        ("Dropout", |net, a, _| net.add(Dropout::new(0.4)).add(a)),
        ("BatchNormalization", |net, a, p| {
            let layer = BatchNormalization::new();
            net.add(layer.gamma_regularizer(p.kernel).beta_regularizer(p.bias)).add(a)
        }),
        ("Rescaling", |net, a, _| net.add(Rescaling::new(0.8).offset(0.1)).add(a)),
        ("GaussianNoise", |net, a, _| net.add(GaussianNoise::new(0.2)).add(a)),
        ("CustomLayer", |net, a, _| {
            use crate::dfdx::prelude::{Axis, BroadcastTo, HasShape};
            let layer = CustomLayer::new("ScaledSquare", 24, |x, w| {
                let shape = *x.shape();
                x.square() * w[0].clone().broadcast_like::<_, Axis<0>>(&shape)
            });
            net.add(layer.weight("scale", 24, Initializer::Ones)).add(a)
        }),
    ]
}

const ROWS: usize = 4;

/// Each loss with the activations that may end a network trained by it, and its targets.
fn losses() -> Vec<(Loss, Vec<Activation>, Array)> {
    let mut one_hot = Array::zeros([ROWS, 3]);
    (0..ROWS).for_each(|i| one_hot.data_mut()[i * 3 + (i * 2) % 3] = 1.0);
    let mut binary = wave(&[ROWS, 3], 2.3, 1.0);
    binary.data_mut().iter_mut().for_each(|v| *v = if *v > 0.0 { 1.0 } else { 0.0 });
    let cce = CategoricalCrossentropy::new();
    vec![
        (cce.into(), vec![Softmax, Sigmoid], one_hot.clone()),
        (cce.label_smoothing(0.1).into(), vec![Softmax], one_hot),
        (BinaryCrossentropy::new().into(), vec![Sigmoid, Softmax], binary),
        (MeanSquaredError::new().into(), vec![Linear, Tanh], wave(&[ROWS, 3], 1.7, 1.0)),
    ]
}

/// The logged loss of one step of gradient descent with rate 1 from these weights, and the weights
/// after it: the difference is the gradient.
fn step(fresh: &Model, weights: &[Array], data: (&Array, &Array)) -> (f64, Vec<Array>) {
    let mut model = fresh.clone();
    model.set_weights(weights).unwrap();
    let fit = Fit::epochs(1).batch_size(ROWS).shuffle(false).threads(1).verbose(0);
    let loss = model.fit(data, fit).unwrap().last("loss").unwrap();
    (loss, model.weights().unwrap())
}

/// Checks the derivative along one direction within each trainable weight array. Losses near 1 in
/// f32 have a rounding error of 1e-7, a difference over 2h one of 1e-7 / h: 2e-3 is far above that
/// for the larger steps. A bend of relu or a maximum within h spoils a difference, so that a
/// smaller step is tried then; a wrong gradient fails with all of them.
fn check(model: &Model, data: (&Array, &Array), what: &str) {
    let start: Vec<Array> = model
        .weights()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(n, w)| {
            // Small, so that no output is cut off at the ends of a probability.
            let mut own = wave(w.shape(), 0.9 + 0.3 * n as f64, 0.25);
            // Penalties bend at 0.
            own.data_mut().iter_mut().for_each(|v| *v += 0.03f32.copysign(*v));
            own
        })
        .collect();
    let (loss, after) = step(model, &start, data);
    assert!(loss.is_finite(), "{what}: {loss}");
    for (n, name) in model.weight_names().iter().enumerate() {
        if name.contains("moving") {
            continue;
        }
        let direction = wave(start[n].shape(), 1.3 + 0.1 * n as f64, 1.0);
        let norm = direction.data().iter().map(|d| d * d).sum::<f32>().sqrt();
        let changes = start[n].data().iter().zip(after[n].data()).zip(direction.data());
        let slope: f64 = changes.map(|((a, b), d)| ((a - b) * d / norm) as f64).sum();
        let difference = |h: f32| {
            let at = |h: f32| {
                let mut moved = start.clone();
                let values = moved[n].data_mut().iter_mut().zip(direction.data());
                values.for_each(|(v, d)| *v += h * d / norm);
                step(model, &moved, data).0
            };
            (at(h) - at(-h)) / (2.0 * h as f64)
        };
        let close = |d: &f64| (d - slope).abs() <= 2e-3 + 1e-2 * slope.abs();
        let tried: Vec<f64> = [1e-2, 2e-3, 5e-4].map(difference).to_vec();
        assert!(tried.iter().any(|d| close(d)), "{what}, {name}: {slope}, differences {tried:?}");
    }
}

#[test]
fn every_layer_activation_regularizer_and_loss() {
    let x = wave(&[ROWS, 5], 0.37, 1.0);
    for (name, layer) in layers() {
        for activation in ACTIVATIONS {
            for penalty in penalties() {
                for (loss, ends, y) in losses() {
                    for end in ends {
                        // The dense layer before shows whether the input's gradient is right.
                        let net = Sequential::new([5]).add(Dense::new(24).activation(Tanh));
                        let net = layer(net.add(Reshape::new([4, 3, 2])), activation, penalty);
                        let net = net.add(Flatten::new()).add(Dense::new(3).activation(end));
                        let model = net.compile(Sgd::new(1.0), loss.clone(), ()).unwrap();
                        let what = format!("{name} {activation} {penalty:?} {loss} {end}");
                        check(&model, (&x, &y), &what);
                    }
                }
            }
        }
    }
}
