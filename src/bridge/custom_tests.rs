//! Gradients of dfdx's operations in custom layers, compared with finite differences.

use super::tensors::*;
use super::{CustomLayer, LayerWeights, TapedRows};
use crate::nn::{Backward as Pass, Forward, Initializer, Layer};

const ROWS: usize = 3;
const UNITS: usize = 4;

/// Code with an operation on the input and on the weight, in separate terms, so that neither hides
/// the other.
type Code = fn(TapedRows, &LayerWeights) -> TapedRows;

/// The weight in every row.
fn rows(weights: &LayerWeights) -> TapedRows {
    weights.in_rows(0, ROWS)
}

/// Repeats a row's single number in every column.
fn across<T: Tape<f32, Cpu>>(
    one: Tensor<(usize,), f32, Cpu, T>,
) -> Tensor<(usize, usize), f32, Cpu, T> {
    one.broadcast_like::<_, Axis<1>>(&(ROWS, UNITS))
}

macro_rules! unary {
    ($($name:literal: |$t:ident| $body:expr),+ $(,)?) => {
        vec![$(($name, (|x, w| {
            let input = { let $t = x; $body };
            let weight = { let $t = rows(w); $body };
            input + weight
        }) as Code)),+]
    };
}

fn operations() -> Vec<(&'static str, Code)> {
    let mut all = unary![
        "abs": |t| t.abs(),
        "clamp": |t| t.clamp(-10.0, 10.0),
        "cos": |t| t.cos(),
        "exp": |t| t.exp(),
        "fast_gelu": |t| t.fast_gelu(),
        "ln": |t| (t.square() + 1.0).ln(),
        "log_softmax": |t| t.log_softmax::<Axis<1>>(),
        "nans_to": |t| t.nans_to(0.0),
        "negate": |t| t.negate(),
        "normalize": |t| t.normalize::<Axis<1>>(1e-3),
        "powf": |t| (t.square() + 1.0).powf(1.5),
        "powi": |t| t.powi(3),
        "recip": |t| (t.square() + 1.0).recip(),
        "relu": |t| t.relu(),
        "sigmoid": |t| t.sigmoid(),
        "sin": |t| t.sin(),
        "softmax": |t| t.softmax::<Axis<1>>(),
        "sqrt": |t| (t.square() + 1.0).sqrt(),
        "square": |t| t.square(),
        "tanh": |t| t.tanh(),
        "scalar arithmetic": |t| (t * 2.0 - 0.5) / 3.0 + 1.0,
        "sum": |t| across(t.sum::<_, Axis<1>>()),
        "mean": |t| across(t.mean::<_, Axis<1>>()),
        "max": |t| across(t.max::<_, Axis<1>>()),
        "min": |t| across(t.min::<_, Axis<1>>()),
        "logsumexp": |t| across(t.logsumexp::<_, Axis<1>>()),
        "stddev": |t| across(t.stddev::<_, Axis<1>>(1e-3)),
        "var": |t| across(t.var::<_, Axis<1>>()),
        "used twice": |t| t.with_empty_tape().exp() * t,
    ];
    let binary: Vec<(&'static str, Code)> = vec![
        ("input + weight", |x, w| x + rows(w)),
        ("weight - input", |x, w| rows(w) - x),
        ("input * weight", |x, w| x * rows(w)),
        ("weight * weight", |x, w| x + rows(w) * rows(w)),
        ("weight / input", |x, w| rows(w) / (x.square() + 1.0)),
        ("maximum", |x, w| x.maximum(rows(w))),
        ("minimum", |x, w| rows(w).minimum(x)),
        ("transformed weight", |x, w| x * rows(w).exp()),
        ("by name", |x, w| x * w.named("w").exp().broadcast_like::<_, Axis<0>>(&(ROWS, UNITS))),
        ("huber error", |x, w| x.huber_error(rows(w), 0.7)),
        ("matmul", |x, w| {
            let square = w.at(0).broadcast_like::<_, Axis<0>>(&(UNITS, UNITS));
            x.matmul(square)
        }),
    ];
    all.extend(binary);
    all
}

// Central differences of f32 sums of about 12 numbers around 1: with steps of 1e-2 their error is
// below 2e-3 of the largest gradients, which are around 10.
#[test]
fn every_operation_has_its_gradient_in_a_custom_layer() {
    let mut wrong = Vec::new();
    for (name, code) in operations() {
        let layer = CustomLayer::new("Probe", UNITS, code).weight("w", UNITS, Initializer::Ones);
        // Unchecked, because the check uses two rows and the code here a fixed number.
        let op = layer.build_unchecked(&[UNITS]);
        let number = |i: usize| (i as f32 * 1.3 + 0.4).sin() * 1.2;
        let x: Vec<f32> = (0..ROWS * UNITS).map(number).collect();
        let w: Vec<f32> = (0..UNITS).map(|i| number(i + 40)).collect();
        let factor: Vec<f32> = (0..ROWS * UNITS).map(|i| number(i + 90)).collect();
        let value = |x: &[f32], w: &[f32]| -> f64 {
            let mut y = vec![0.0; ROWS * UNITS];
            let pass = Forward {
                rows: ROWS,
                training: true,
                seed: 0,
                x,
                y: &mut y,
                weights: w,
                scratch: &mut [],
                mask: None,
            };
            op.forward(pass);
            y.iter().zip(&factor).map(|(y, f)| f64::from(y * f)).sum()
        };
        let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; w.len()]);
        op.backward(Pass {
            mask: None,
            rows: ROWS,
            x: &x,
            y: &[],
            dy: &mut factor.clone(),
            before_activation: false,
            factors: false,
            dx: Some(&mut dx),
            weights: &w,
            gradients: &mut dw,
            scratch: &mut [],
        });
        let step = 1e-2;
        let mut check =
            |what: &str, at: &[f32], gradient: &[f32], value: &dyn Fn(&[f32]) -> f64| {
                for i in 0..at.len() {
                    let moved = |by: f32| {
                        let mut moved = at.to_vec();
                        moved[i] += by;
                        value(&moved)
                    };
                    let expected = (moved(step) - moved(-step)) / (2.0 * f64::from(step));
                    let difference = (f64::from(gradient[i]) - expected).abs();
                    if difference > 4e-3 * (1.0 + expected.abs()) {
                        let got = gradient[i];
                        wrong.push(format!("{name}, by {what} {i}: {got} instead of {expected}"));
                    }
                }
            };
        check("input", &x, &dx, &|x| value(x, &w));
        check("weight", &w, &dw, &|w| value(&x, w));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

// The documentation of `CustomLayer` warns of it; remove the warning when dfdx fixes it.
#[test]
fn the_derivative_of_dfdx_accurate_gelu_is_still_wrong() {
    let x: Tensor<Rank1<1>, f32, Cpu> = Cpu::default().tensor([0.5]);
    let slope = x.leaky_trace().accurate_gelu().sum::<Rank0, _>().backward().get(&x).array()[0];
    // The right derivative is Φ(x) + x φ(x) = .6915 + .5 · .3521; dfdx has √2 before the second
    // term.
    assert!((slope - (0.69146 + 0.17603 * 2f32.sqrt())).abs() < 1e-3, "{slope}");
}

#[test]
fn a_gradient_that_is_not_the_output_s_slope_is_found() {
    let layer =
        |code: Code| CustomLayer::new("Probe", UNITS, code).weight("w", UNITS, Initializer::Ones);
    let found = |code: Code| {
        let layer = layer(code);
        let op = layer.build_unchecked(&[UNITS]);
        super::probe::Probe::anywhere(&*op, UNITS).wrong_gradient().map(|(name, ..)| name)
    };
    assert_eq!(
        found(|x, w| {
            let n = x.shape().0;
            x.tanh() * w.in_rows(0, n).exp()
        }),
        None
    );
    // A kink at 0 is not an error.
    assert_eq!(
        found(|x, w| {
            let n = x.shape().0;
            x.relu() * w.in_rows(0, n).abs()
        }),
        None
    );
    let inputs = Some("the inputs".to_string());
    assert_eq!(
        found(|x, w| {
            let n = x.shape().0;
            x.accurate_gelu() + w.in_rows(0, n)
        }),
        inputs
    );
    let weight = Some("the weight 'w'".to_string());
    let untracked = |x: TapedRows, w: &LayerWeights| {
        let n = x.shape().0;
        let (copied, _) = w.at(0).split_tape();
        x * copied.exp().broadcast_like::<_, Axis<0>>(&(n, UNITS))
    };
    assert_eq!(found(untracked), weight);
    let broadcast = |x: TapedRows, w: &LayerWeights| {
        let n = x.shape().0;
        x + w.at(0).broadcast_like::<_, Axis<0>>(&(n, UNITS)).log_softmax::<Axis<1>>()
    };
    assert_eq!(found(broadcast), weight);
    // dfdx panics at the gradient of a tensor times itself.
    let squared = |x: TapedRows, w: &LayerWeights| {
        let n = x.shape().0;
        let all = || w.at(0).broadcast_like::<_, Axis<0>>(&(n, UNITS));
        x + all() * all()
    };
    let error = layer(squared).build(&[UNITS]).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("w.square()"), "{error}");
}

#[test]
fn a_weight_that_is_not_there_is_an_error_of_the_build() {
    let layer = CustomLayer::new("Wrong", 2, |x, w| {
        let shape = *x.shape();
        x * w.named("scale").broadcast_like::<_, Axis<0>>(&shape)
    });
    let error = layer.build(&[2]).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("there is no weight 'scale'"), "{error}");
}
