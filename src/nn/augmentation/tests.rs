//! Properties that all augmentation layers have.

use super::*;
use crate::nn::{Backward, Forward, Layer, Op};
use crate::prelude::{Array, Dense, Dropout, Fit, Flatten, Model, Sequential};

const SHAPE: [usize; 3] = [5, 4, 2];

fn layers() -> Vec<Box<dyn Layer>> {
    let mut layers: Vec<Box<dyn Layer>> = vec![
        Box::new(RandomFlip::new()),
        Box::new(RandomFlip::new().mode(FlipMode::Horizontal)),
        Box::new(RandomFlip::new().mode(FlipMode::Vertical)),
        Box::new(RandomBrightness::new(0.3).value_range(-0.7, 0.9)),
        Box::new(RandomContrast::new((0.9, 0.5)).value_range(-0.7, 0.9)),
    ];
    for fill in [FillMode::Constant, FillMode::Reflect, FillMode::Wrap, FillMode::Nearest] {
        for interpolation in [Interpolation::Nearest, Interpolation::Bilinear] {
            let rotation = RandomRotation::new(0.5).fill_mode(fill).fill_value(0.3);
            layers.push(Box::new(rotation.interpolation(interpolation)));
            let shift = RandomTranslation::new(1.0, 0.9).fill_mode(fill).fill_value(0.3);
            layers.push(Box::new(shift.interpolation(interpolation)));
            let zoom = RandomZoom::new(0.9).width_factor((-0.5, 1.0)).fill_mode(fill);
            layers.push(Box::new(zoom.interpolation(interpolation)));
        }
    }
    layers
}

fn wave(n: usize, frequency: f64) -> Vec<f32> {
    (1..=n).map(|i| (frequency * i as f64).sin() as f32).collect()
}

fn forward(op: &dyn Op, training: bool, seed: u64, x: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let rows = x.len() / op.output().iter().product::<usize>();
    let (mut y, mut scratch) = (vec![f32::NAN; x.len()], vec![f32::NAN; op.scratch_for(rows)]);
    let pass = (&mut y[..], &mut scratch[..]);
    op.forward(Forward {
        rows,
        training,
        seed,
        x,
        y: pass.0,
        weights: &[],
        scratch: pass.1,
        mask: None,
    });
    (y, scratch)
}

#[test]
fn predicting_changes_nothing() {
    let x = wave(3 * 40, 0.37);
    for layer in layers() {
        let op = layer.build(&SHAPE).unwrap();
        assert_eq!(op.output(), SHAPE);
        assert!(op.weights().is_empty());
        assert_eq!(forward(&*op, false, 5, &x).0, x, "{layer:?}");
    }
}

/// Every picture of every step is changed in its own way, and the same way again from the same
/// seed.
#[test]
fn every_picture_has_its_own_numbers() {
    let rows = 64;
    let one = wave(40, 0.37);
    let x = one.repeat(rows);
    for layer in layers() {
        let op = layer.build(&SHAPE).unwrap();
        let (y, _) = forward(&*op, true, 7, &x);
        assert_eq!(forward(&*op, true, 7, &x).0, y, "{layer:?}");
        assert_ne!(forward(&*op, true, 8, &x).0, y, "{layer:?}");
        let bits = |y: &[f32]| y.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let different: std::collections::HashSet<_> = y.chunks(40).map(bits).collect();
        let least = if format!("{layer:?}").contains("Flip") { 2 } else { 5 };
        assert!(different.len() >= least, "{layer:?}: {} of {rows}", different.len());
    }
}

/// The gradient against central differences, which are exact up to rounding where the layer is
/// linear in the picture: 1e-3 is far above the rounding of a difference over 2 · 2^-6. Only
/// clipping bends, so that few elements may differ there.
#[test]
fn gradients_are_finite_differences() {
    let (rows, h) = (3, 1.0 / 64.0);
    let x = wave(rows * 40, 0.37);
    for layer in layers() {
        let op = layer.build(&SHAPE).unwrap();
        let (y, mut scratch) = forward(&*op, true, 3, &x);
        let dy = wave(x.len(), 0.53);
        let (mut upstream, mut dx) = (dy.clone(), vec![f32::NAN; x.len()]);
        op.backward(Backward {
            rows,
            x: &x,
            y: &y,
            dy: &mut upstream,
            before_activation: false,
            factors: false,
            dx: Some(&mut dx),
            weights: &[],
            gradients: &mut [],
            scratch: &mut scratch,
            mask: None,
        });
        let mut bent = 0;
        for i in 0..x.len() {
            let at = |h: f32| -> f64 {
                let mut moved = x.clone();
                moved[i] += h;
                let y = forward(&*op, true, 3, &moved).0;
                y.iter().zip(&dy).map(|(y, dy)| f64::from(*y) * f64::from(*dy)).sum()
            };
            let difference = (at(h) - at(-h)) / (2.0 * f64::from(h));
            bent += usize::from((difference - f64::from(dx[i])).abs() > 1e-3);
        }
        let clips = format!("{layer:?}").contains("range");
        assert!(bent <= if clips { 8 } else { 0 }, "{layer:?}: {bent} elements differ");
    }
}

/// Means over 20000 pictures: uniform numbers from a to b have a deviation of (b - a) / √12, so
/// four deviations of their mean are (b - a) · .0082.
#[test]
fn numbers_are_uniform_between_their_ends() {
    let x = [0.25f32, 0.75].repeat(20_000);
    let numbers = |layer: &dyn Layer| -> Vec<f64> {
        let op = layer.build(&[1, 2, 1]).unwrap();
        let (_, scratch) = forward(&*op, true, 1, &x);
        scratch.chunks(op.scratch()).map(|kept| f64::from(kept[0])).collect()
    };
    let turns = RandomRotation::new((-0.05, 0.2)).build(&[1, 2, 1]).unwrap();
    let (_, matrices) = forward(&*turns, true, 1, &x);
    let degrees = matrices.chunks(6).map(|m| f64::from(m[3].atan2(m[0]).to_degrees())).collect();
    let shift = RandomTranslation::new(0.2, (-0.5, 0.5)).build(&[1, 2, 1]).unwrap();
    let (_, matrices) = forward(&*shift, true, 1, &x);
    let right: Vec<f64> = matrices.chunks(6).map(|m| -f64::from(m[2])).collect();
    let down: Vec<f64> = matrices.chunks(6).map(|m| -f64::from(m[5])).collect();
    // Height and width are drawn apart: four deviations of a correlation are 4 / √20000.
    let product = right.iter().zip(&down).map(|(a, b)| a * b).sum::<f64>() / 20_000.0;
    assert!(product.abs() < 0.03 * (1.0 / 12f64.sqrt() * 2.0) * 0.4 / 12f64.sqrt(), "{product}");
    for (name, numbers, low, high) in [
        ("flip", numbers(&RandomFlip::new()), 0.0, 1.0),
        ("rotation", degrees, -18.0, 72.0),
        ("right", right, -1.0, 1.0),
        ("down", down, -0.2, 0.2),
        ("zoom", numbers(&RandomZoom::new(0.4)), 0.6, 1.4),
        ("brightness", numbers(&RandomBrightness::new(0.2)), -51.0, 51.0),
        ("contrast", numbers(&RandomContrast::new((0.2, 0.6))), 0.8, 1.6),
        ("contrast of one number", numbers(&RandomContrast::new(0.2)), 1.0, 1.2),
    ] {
        let n = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / n;
        // Flips are 0 or 1 and spread √3 times as far.
        let allowed = (high - low) * if name == "flip" { 0.0142 } else { 0.0082 };
        assert!((mean - (low + high) / 2.0).abs() < allowed, "{name}: {mean}");
        let least = numbers.iter().copied().fold(f64::MAX, f64::min);
        let most = numbers.iter().copied().fold(f64::MIN, f64::max);
        let air = (high - low) * 0.002;
        assert!(least >= low - 1e-4 && least < low + air, "{name}: {least}");
        assert!(most <= high + 1e-4 && most > high - air, "{name}: {most}");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let refused: Vec<(Box<dyn Layer>, &str)> = vec![
        (Box::new(RandomRotation::new(1.5)), "RandomRotation: the factor is 1.5"),
        (Box::new(RandomRotation::new((f64::NAN, 0.1))), "RandomRotation: the factor is NaN"),
        (Box::new(RandomTranslation::new(0.1, -1.1)), "the width factor is -1.1"),
        (Box::new(RandomZoom::new((-1.0, 0.1))), "above -1"),
        (Box::new(RandomZoom::new(0.1).width_factor(-1.0)), "the width factor is -1"),
        (Box::new(RandomContrast::new(-0.1)), "from 0 to 1"),
        (Box::new(RandomBrightness::new(2.0)), "from -1 to 1"),
        (Box::new(RandomBrightness::new(0.2).value_range(1.0, 0.0)), "the value range is (1, 0)"),
        (Box::new(RandomContrast::new(0.2).value_range(0.0, f32::NAN)), "the value range"),
        (Box::new(RandomZoom::new(0.1).fill_value(f32::NAN)), "the fill value is NaN"),
    ];
    for (layer, words) in refused {
        let error = layer.build(&SHAPE).err().unwrap().to_string();
        assert!(error.contains(words), "{error}");
    }
    assert!(RandomZoom::new(1.0).build(&SHAPE).is_ok());
    for layer in layers() {
        for shape in [&[40][..], &[5, 8], &[5, 0, 2], &[]] {
            let error = layer.build(shape).err().unwrap().to_string();
            assert!(error.contains("(height, width, channels)"), "{error}");
        }
    }
    for layer in [RandomZoom::new(1.0).fill_mode(FillMode::Wrap), RandomZoom::new(-0.99)] {
        let op = layer.build(&[1, 1, 1]).unwrap();
        assert!(forward(&*op, true, 1, &[0.5; 9]).0.iter().all(|v| *v == 0.5));
    }
}

fn model() -> Model {
    Sequential::new([12, 12, 1])
        .add(RandomFlip::new().mode(FlipMode::Horizontal))
        .add(RandomRotation::new(0.1))
        .add(RandomTranslation::new(0.1, 0.1))
        .add(RandomZoom::new(0.2))
        .add(RandomContrast::new(0.2).value_range(0.0, 1.0))
        .add(RandomBrightness::new(0.2).value_range(0.0, 1.0))
        .add(Flatten::new())
        .add(Dense::new(300))
        .add(Dropout::new(0.1))
        .add(Dense::new(3))
        .compile("sgd", "mse", ())
        .unwrap()
}

#[test]
fn the_same_bits_on_one_and_two_threads() {
    let x: Vec<f32> = wave(96 * 144, 0.37).iter().map(|v| v * v).collect();
    let x = Array::new([96, 12, 12, 1], x).unwrap();
    let y = Array::new([96, 3], wave(288, 0.7)).unwrap();
    let run = |threads: usize| {
        let mut model = model();
        let fit = Fit::epochs(2).batch_size(48).threads(threads).verbose(0);
        model.fit((&x, &y), fit).unwrap();
        model.flat_weights().to_vec()
    };
    let one = run(1);
    assert!(one.iter().all(|w| w.is_finite()));
    assert_eq!(one, run(2));
}

#[test]
fn the_summary_has_keras_names_and_no_weights() {
    let text = model().summary().to_string();
    for words in ["random_flip (RandomFlip)", "random_zoom (RandomZoom)", "(None, 12, 12, 1)"] {
        assert!(text.contains(words), "{text}");
    }
    let names = model().weight_names();
    assert_eq!(names, ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]);
}

/// A new pixel is a mean of old ones and the fill value: among them, to the last bit. Four shares of
/// 0.7 added up to 0.70000005.
#[test]
fn resampled_pixels_stay_among_those_they_are_made_of() {
    let [height, width, channels] = [9, 11, 1];
    let shape = Shape { height, width, channels };
    for (low, high) in [(0.7f32, 0.7f32), (0.1, 0.1), (254.9, 255.0), (-3.0, 0.3)] {
        let pixel = |i: usize| if i.is_multiple_of(3) { low } else { high };
        let x: Vec<f32> = (0..height * width).map(pixel).collect();
        for fill_mode in [FillMode::Constant, FillMode::Reflect, FillMode::Wrap, FillMode::Nearest]
        {
            let resampling =
                affine::Resampling { fill_mode, fill_value: low, ..Default::default() };
            for step in 0..200 {
                let angle = 0.031 * step as f32;
                let (sin, cos) = angle.sin_cos();
                let mut y = vec![f32::NAN; x.len()];
                let matrix = [cos, -sin, 0.37 * angle, sin, cos, -0.21 * angle];
                resampling.apply(shape, &matrix, &x, &mut y);
                let beyond = y.iter().find(|v| !(low..=high).contains(*v));
                assert_eq!(beyond, None, "{low} to {high}, {fill_mode:?}, step {step}");
            }
        }
    }
    let mut y = vec![0.0; 99];
    affine::Resampling::default().apply(
        shape,
        &[1.0, 0.0, 0.5, 0.0, 1.0, 0.5],
        &[f32::NAN; 99],
        &mut y,
    );
    assert!(y.iter().all(|v| v.is_nan()), "a value that is no number is not hidden");
}
