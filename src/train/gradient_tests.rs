//! Gradients of every layer x activation x regularizer x loss against finite differences of the
//! logged loss, through the fit loop itself.

use super::parity_tests::wave;
use crate::loss::Loss;
use crate::nn::{ACTIVATIONS, Activation};
use crate::prelude::*;

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

/// Every layer and whether it takes penalties, after pictures of 4 x 3 x 2; those without an activation of their own are followed
/// by an activation layer.
fn layers() -> Vec<(&'static str, bool, Build)> {
    vec![
        ("Dense", true, |net, a, p| {
            let layer = Dense::new(4).activation(a).activity_regularizer(p.activity);
            net.add(Flatten::new()).add(layer.kernel_regularizer(p.kernel).bias_regularizer(p.bias))
        }),
        ("Conv2D valid", true, |net, a, p| net.add(conv(Conv2D::new(3, 2), a, p))),
        ("Conv2D same strides", true, |net, a, p| {
            net.add(conv(Conv2D::new(3, (3, 2)).padding(Padding::Same).strides(2), a, p))
        }),
        ("Conv2D same dilation", true, |net, a, p| {
            net.add(conv(Conv2D::new(2, 2).padding(Padding::Same).dilation_rate(2), a, p))
        }),
        ("MaxPooling2D", false, |net, a, _| net.add(MaxPooling2D::new(2)).add(a)),
        ("MaxPooling2D overlapping", false, |net, a, _| {
            net.add(MaxPooling2D::new(3).strides(2).padding(Padding::Same)).add(a)
        }),
        ("AveragePooling2D", false, |net, a, _| {
            net.add(AveragePooling2D::new(2).strides((2, 1)).padding(Padding::Same)).add(a)
        }),
        ("GlobalAveragePooling2D", false, |net, a, _| {
            net.add(GlobalAveragePooling2D::new()).add(a)
        }),
        ("GlobalMaxPooling2D", false, |net, a, _| net.add(GlobalMaxPooling2D::new()).add(a)),
        ("Flatten", false, |net, a, _| net.add(Flatten::new()).add(a)),
        ("Reshape", false, |net, a, _| net.add(Reshape::new([2, -1])).add(a)),
        ("Dropout", false, |net, a, _| net.add(Dropout::new(0.4)).add(a)),
        ("BatchNormalization", true, |net, a, p| {
            let layer = BatchNormalization::new();
            net.add(layer.gamma_regularizer(p.kernel).beta_regularizer(p.bias)).add(a)
        }),
        ("Rescaling", false, |net, a, _| net.add(Rescaling::new(0.8).offset(0.1)).add(a)),
        ("UnitNormalization", false, |net, a, _| {
            net.add(Rescaling::new(0.5).offset(2.0)).add(UnitNormalization::new()).add(a)
        }),
        ("RMSNormalization", false, |net, a, _| net.add(RMSNormalization::new()).add(a)),
        ("GaussianNoise", false, |net, a, _| net.add(GaussianNoise::new(0.2)).add(a)),
        ("RandomFlip", false, |net, a, _| net.add(RandomFlip::new()).add(a)),
        ("RandomRotation", false, |net, a, _| net.add(RandomRotation::new(0.3)).add(a)),
        ("RandomTranslation", false, |net, a, _| {
            net.add(RandomTranslation::new(0.4, 0.6).fill_mode(FillMode::Constant)).add(a)
        }),
        ("RandomZoom", false, |net, a, _| {
            net.add(RandomZoom::new(0.5).fill_mode(FillMode::Wrap)).add(a)
        }),
        ("RandomContrast", false, |net, a, _| {
            net.add(RandomContrast::new((0.5, 0.5)).value_range(-0.8, 0.9)).add(a)
        }),
        ("RandomBrightness", false, |net, a, _| {
            net.add(RandomBrightness::new(0.3).value_range(-0.8, 0.9)).add(a)
        }),
        ("CustomLayer", false, |net, a, _| {
            use crate::dfdx::prelude::{Axis, BroadcastTo, HasShape};
            let layer = CustomLayer::new("ScaledSquare", 24, |x, w| {
                let shape = *x.shape();
                x.square() * w.at(0).exp().broadcast_like::<_, Axis<0>>(&shape)
            });
            net.add(layer.weight("scale", 24, Initializer::Ones)).add(a)
        }),
    ]
}

const ROWS: usize = 4;

/// Each loss by Keras' name with the activations that may end a network trained by it, and its
/// targets.
fn losses() -> Vec<(Loss, Vec<Activation>, Array)> {
    let spread = |f: fn(f32) -> f32| {
        let mut y = wave(&[ROWS, 3], 1.7, 1.0);
        y.data_mut().iter_mut().for_each(|v| *v = f(*v));
        y
    };
    let real = spread(|v| v + v.signum());
    let positive = spread(|v| v.abs() + 0.1);
    let binary = spread(|v| f32::from(v > 0.0));
    let signs = spread(f32::signum);
    let mut one_hot = Array::zeros([ROWS, 3]).unwrap();
    (0..ROWS).for_each(|i| one_hot.data_mut()[i * 3 + (i * 2) % 3] = 1.0);
    let numbers = Array::new([ROWS, 1], (0..ROWS).map(|i| (i * 2 % 3) as f32).collect()).unwrap();
    let probabilities = spread(|v| v.abs() / 3.0 + 0.01);
    let named: [(&str, &[Activation], &Array); 17] = [
        ("binary_crossentropy", &[Sigmoid, Softmax], &binary),
        ("binary_focal_crossentropy", &[Sigmoid], &binary),
        ("categorical_crossentropy", &[Softmax, Sigmoid], &one_hot),
        ("categorical_focal_crossentropy", &[Softmax], &one_hot),
        ("sparse_categorical_crossentropy", &[Softmax], &numbers),
        ("kl_divergence", &[Softmax], &probabilities),
        ("poisson", &[Softplus], &positive),
        ("categorical_hinge", &[Linear], &one_hot),
        ("hinge", &[Tanh], &signs),
        ("squared_hinge", &[Tanh], &signs),
        ("cosine_similarity", &[Linear], &real),
        ("huber", &[Linear], &real),
        ("log_cosh", &[Linear], &real),
        ("mean_absolute_error", &[Linear], &real),
        ("mean_absolute_percentage_error", &[Linear], &real),
        ("mean_squared_error", &[Linear, Tanh], &real),
        ("mean_squared_logarithmic_error", &[Sigmoid], &positive),
    ];
    let mut all: Vec<_> = named
        .into_iter()
        .map(|(name, ends, y)| (Loss::named(name).unwrap(), ends.to_vec(), y.clone()))
        .collect();
    let smoothed = CategoricalCrossentropy::new().label_smoothing(0.1);
    all.push((smoothed.into(), vec![Softmax], one_hot));
    all
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

/// Checks the derivative along one direction within each trainable weight array. A loss L in f32
/// has a rounding error of 1e-7 L, a difference over 2h one of 1e-7 L / h: 2e-3 L is far above that
/// for the larger steps. A bend of relu or a maximum within h spoils a difference, so that a
/// smaller step is tried then; a wrong gradient fails with all of them.
pub(super) fn check(model: &Model, data: (&Array, &Array), what: &str) {
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
        let allowed = 2e-3 * loss.abs().max(1.0) + 1e-2 * slope.abs();
        let steps = [1e-2, 2e-3, 5e-4];
        let right = steps.iter().any(|h| (difference(*h) - slope).abs() <= allowed);
        assert!(right, "{what}, {name}: {slope}, differences {:?}", steps.map(difference));
    }
}

#[test]
fn every_layer_activation_regularizer_and_loss() {
    let x = wave(&[ROWS, 5], 0.37, 1.0);
    let losses = losses();
    let penalties = penalties();
    for (name, penalized, layer) in layers() {
        for activation in ACTIVATIONS {
            for penalty in if penalized { &penalties[..] } else { &penalties[..1] } {
                for (loss, ends, y) in &losses {
                    for end in ends {
                        // The dense layer before shows whether the input's gradient is right.
                        let net = Sequential::new([5]).add(Dense::new(24).activation(Tanh));
                        let net = layer(net.add(Reshape::new([4, 3, 2])), activation, *penalty);
                        let net = net.add(Flatten::new()).add(Dense::new(3).activation(*end));
                        let model = net.compile(Sgd::new(1.0), loss.clone(), ()).unwrap();
                        let what = format!("{name} {activation} {penalty:?} {loss} {end}");
                        check(&model, (&x, y), &what);
                    }
                }
            }
        }
    }
}
