//! The layers with given numbers in place of random ones against the real Keras.

use super::affine::Resampling;
use super::random_brightness::brighten;
use super::random_contrast::{means, stretch};
use super::random_flip::flip;
use super::random_rotation::rotation;
use super::random_translation::translation;
use super::random_zoom::zoom;
use super::*;
use serde_json::Value;

fn golden() -> Value {
    let text = include_str!("../../../tests/golden/keras-augmentation.json");
    serde_json::from_str(text).unwrap()
}

fn floats(v: &Value) -> Vec<f32> {
    v.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

fn resampling(case: &Value) -> Resampling {
    let fill_mode = match case["fill"].as_str().unwrap() {
        "constant" => FillMode::Constant,
        "reflect" => FillMode::Reflect,
        "wrap" => FillMode::Wrap,
        "nearest" => FillMode::Nearest,
        other => panic!("{other}"),
    };
    let interpolation = match case["interpolation"].as_str().unwrap() {
        "bilinear" => Interpolation::Bilinear,
        "nearest" => Interpolation::Nearest,
        other => panic!("{other}"),
    };
    Resampling { fill_mode, interpolation, fill_value: 0.7 }
}

/// One picture by the numbers of its case.
fn transformed(case: &Value, shape: Shape, numbers: &[f32], x: &[f32]) -> Vec<f32> {
    let mut y = vec![f32::NAN; x.len()];
    let affine = |matrix, y: &mut [f32]| resampling(case).apply(shape, &matrix, x, y);
    let flipped = |mode, y: &mut [f32]| match numbers[0] == 1.0 {
        true => flip(mode, shape, x, y),
        false => y.copy_from_slice(x),
    };
    match case["layer"].as_str().unwrap() {
        "rotation" => affine(rotation(shape, numbers[0]), &mut y),
        "translation" => affine(translation(numbers[0], numbers[1]), &mut y),
        "zoom" => affine(zoom(shape, numbers[0], numbers[1]), &mut y),
        "horizontal" => flipped(FlipMode::Horizontal, &mut y),
        "vertical" => flipped(FlipMode::Vertical, &mut y),
        "horizontal_and_vertical" => flipped(FlipMode::HorizontalAndVertical, &mut y),
        "brightness" => brighten(numbers[0], (-0.9, 0.8), x, &mut y),
        "contrast" => {
            let mut mean = vec![0.0; shape.channels];
            means(shape, x, &mut mean);
            stretch(numbers[0], &mean, (-0.9, 0.8), x, &mut y);
        }
        other => panic!("{other}"),
    }
    y
}

/// 2e-5 absolute: a place some 30 pixels away has a rounding error of 2e-6 in f32, and neighbours
/// differ by up to 2.
#[test]
fn every_transform_is_keras() {
    let golden = golden();
    let cases = golden["cases"].as_array().unwrap();
    for case in cases {
        let [height, width, channels] = floats(&case["shape"])[..] else { panic!("{case}") };
        let (height, width) = (height as usize, width as usize);
        let shape = Shape { height, width, channels: channels as usize };
        let x: Vec<f32> = (1..=2 * shape.len()).map(|i| (0.37 * i as f64).sin() as f32).collect();
        let want = floats(&case["y"]);
        for (n, numbers) in case["numbers"].as_array().unwrap().iter().enumerate() {
            let picture = n * shape.len()..(n + 1) * shape.len();
            let got = transformed(case, shape, &floats(numbers), &x[picture.clone()]);
            for (i, (got, want)) in got.iter().zip(&want[picture]).enumerate() {
                let what = format!("{} {} {}", case["layer"], case["fill"], case["interpolation"]);
                let close = (got - want).abs() <= 2e-5;
                assert!(close, "{what} {shape:?} {numbers} element {i}: {got}, Keras {want}");
            }
        }
    }
    assert_eq!(cases.len(), 159);
}

#[test]
fn numbers_are_drawn_between_keras_ends() {
    for case in golden()["ranges"].as_array().unwrap() {
        let factor = match &case["factor"] {
            Value::Number(n) => Factor::from(n.as_f64().unwrap()),
            pair => Factor::from((pair[0].as_f64().unwrap(), pair[1].as_f64().unwrap())),
        };
        let range = match case["layer"].as_str().unwrap() {
            "contrast" => RandomContrast::new(factor).multiples(),
            _ => factor.range("the factor", -1.0..=1.0),
        };
        let range = range.unwrap();
        for (got, want) in [range.lower, range.upper].into_iter().zip(floats(&case["ends"])) {
            assert!((got - f64::from(want)).abs() < 1e-6, "{case}: {range:?}");
        }
    }
}
