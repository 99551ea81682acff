//! Activation functions by Keras' definitions (Keras 3.15, `activations/activations.py`).

use crate::error::{Error, Result};
use crate::kernels::{exp, sigmoid, softplus, tanh, vectorized};
use std::fmt;

/// An activation function. Names and defaults are Keras'.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let layer = Dense::new(8).activation(Relu);
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Default)]
#[non_exhaustive]
pub enum Activation {
    /// `x`
    #[default]
    Linear,
    /// `max(x, 0)`
    Relu,
    /// `x`, or `0.2 x` below 0
    LeakyRelu,
    /// `x`, or `slope x` below 0
    LeakyReluSlope(f32),
    /// `x`, or `e^x - 1` below 0
    Elu,
    /// `1.0507 x`, or `1.0507 · 1.6733 (e^x - 1)` below 0 (Klambauer et al., 2017)
    Selu,
    /// `x Φ(x)`, with the exact normal distribution function (Hendrycks and Gimpel, 2016)
    Gelu,
    /// `1 / (1 + e^-x)`
    Sigmoid,
    /// `x / 6 + 1/2`, clipped to 0 and 1
    HardSigmoid,
    /// The hyperbolic tangent
    Tanh,
    /// `e^x` divided by its sum over the last axis
    Softmax,
    /// `ln(1 + e^x)`
    Softplus,
    /// `x / (1 + |x|)`
    Softsign,
    /// `x / (1 + e^-x)`, also called swish
    Silu,
    /// `e^x`
    Exponential,
}

/// What a layer's `activation` takes: an [`Activation`].
#[diagnostic::on_unimplemented(
    message = "an activation is written without quotes, as in `.activation(Relu)`",
    label = "not an activation; Relu, Sigmoid, Tanh, Softmax, … are"
)]
pub trait IntoActivation {
    /// The activation.
    fn into_activation(self) -> Activation;
}

impl IntoActivation for Activation {
    fn into_activation(self) -> Activation {
        self
    }
}

const SELU_SCALE: f32 = 1.050_701;
const SELU_ALPHA: f32 = 1.673_263_2;

impl Activation {
    /// # Errors
    /// If its slope is no finite number.
    pub(super) fn check(self) -> Result<()> {
        match self {
            Activation::LeakyReluSlope(slope) if !slope.is_finite() => {
                Err(Error::argument("the slope of the leaky_relu", slope, "a finite number"))
            }
            _ => Ok(()),
        }
    }

    /// Keras' name.
    pub fn name(self) -> &'static str {
        match self {
            Activation::Linear => "linear",
            Activation::Relu => "relu",
            Activation::LeakyRelu | Activation::LeakyReluSlope(_) => "leaky_relu",
            Activation::Elu => "elu",
            Activation::Selu => "selu",
            Activation::Gelu => "gelu",
            Activation::Sigmoid => "sigmoid",
            Activation::HardSigmoid => "hard_sigmoid",
            Activation::Tanh => "tanh",
            Activation::Softmax => "softmax",
            Activation::Softplus => "softplus",
            Activation::Softsign => "softsign",
            Activation::Silu => "silu",
            Activation::Exponential => "exponential",
        }
    }

    /// Whether the derivative cannot be computed from the result alone.
    pub fn needs_input(self) -> bool {
        matches!(self, Activation::Gelu | Activation::Silu)
    }

    /// Replaces each element (for softmax each row of `width`) by its activation.
    pub(crate) fn apply(self, z: &mut [f32], width: usize) {
        use Activation::*;
        match self {
            Linear => {}
            Relu => map(z, |x| if x < 0.0 { 0.0 } else { x }),
            LeakyRelu => leaky(z, 0.2),
            LeakyReluSlope(slope) => leaky(z, slope),
            Elu => map(z, |x| if x < 0.0 { expm1(x) } else { x }),
            Selu => map(z, |x| SELU_SCALE * if x < 0.0 { SELU_ALPHA * expm1(x) } else { x }),
            Gelu => map(z, |x| x * normal_cdf(x)),
            Sigmoid => map(z, sigmoid),
            HardSigmoid => map(z, |x| (x / 6.0 + 0.5).clamp(0.0, 1.0)),
            Tanh => map(z, tanh),
            Softmax => softmax(z, width),
            Softplus => map(z, softplus),
            Softsign => map(z, |x| x / (1.0 + x.abs())),
            Silu => map(z, |x| x * sigmoid(x)),
            Exponential => map(z, exp),
        }
    }

    /// Turns the gradient with respect to the result `y` into that with respect to the input `z`.
    ///
    /// `z` is only read where [`needs_input`](Self::needs_input) says so, and may be empty otherwise.
    pub fn backward(self, y: &[f32], z: &[f32], dy: &mut [f32], width: usize) {
        use Activation::*;
        match self {
            Linear => {}
            Relu => chain(dy, y, |y| if y > 0.0 { 1.0 } else { 0.0 }),
            LeakyRelu => chain(dy, y, |y| if y < 0.0 { 0.2 } else { 1.0 }),
            LeakyReluSlope(slope) => chain(dy, y, |y| if y < 0.0 { slope } else { 1.0 }),
            Elu => chain(dy, y, |y| if y < 0.0 { y + 1.0 } else { 1.0 }),
            Selu => {
                chain(dy, y, |y| if y < 0.0 { y + SELU_SCALE * SELU_ALPHA } else { SELU_SCALE })
            }
            Gelu => chain(dy, z, |x| {
                normal_cdf(x)
                    + x * exp(-0.5 * x * x)
                        * (0.5 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2)
            }),
            Sigmoid => chain(dy, y, |y| y * (1.0 - y)),
            HardSigmoid => chain(dy, y, |y| if y > 0.0 && y < 1.0 { 1.0 / 6.0 } else { 0.0 }),
            Tanh => chain(dy, y, |y| 1.0 - y * y),
            Softmax => softmax_backward(y, dy, width),
            Softplus => chain(dy, y, |y| 1.0 - exp(-y)),
            Softsign => chain(dy, y, |y| (1.0 - y.abs()) * (1.0 - y.abs())),
            Silu => chain(dy, z, |x| {
                let s = sigmoid(x);
                s * (1.0 + x * (1.0 - s))
            }),
            Exponential => chain(dy, y, |y| y),
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Activation::LeakyReluSlope(slope) => write!(f, "leaky_relu({slope})"),
            a => f.write_str(a.name()),
        }
    }
}

#[inline(always)]
fn map(z: &mut [f32], f: impl Fn(f32) -> f32) {
    vectorized(|| {
        for v in z.iter_mut() {
            *v = f(*v);
        }
    });
}

fn leaky(z: &mut [f32], slope: f32) {
    map(z, |x| if x < 0.0 { slope * x } else { x });
}

#[inline(always)]
fn chain(dy: &mut [f32], at: &[f32], derivative: impl Fn(f32) -> f32) {
    vectorized(|| {
        for (d, v) in dy.iter_mut().zip(at) {
            *d *= derivative(*v);
        }
    });
}

/// `e^x - 1` for negative x, by its series where the subtraction would lose digits.
#[inline(always)]
fn expm1(x: f32) -> f32 {
    let series = x * (1.0 + x * (0.5 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0)))));
    if x > -0.1 { series } else { exp(x) - 1.0 }
}

/// The normal distribution function, by an approximation of erfc without branches; its error is
/// below 2e-7.
#[inline(always)]
fn normal_cdf(x: f32) -> f32 {
    // erfc(a) = t exp(-a² + P(t)), t = 2 / (2 + a): Numerical Recipes, 3rd edition, 6.2.2.
    let a = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * a);
    let p = 0.170_872_77;
    let p = p * t - 0.822_152_23;
    let p = p * t + 1.488_515_9;
    let p = p * t - 1.135_204;
    let p = p * t + 0.278_868_07;
    let p = p * t - 0.186_288_06;
    let p = p * t + 0.096_784_18;
    let p = p * t + 0.374_091_96;
    let p = p * t + 1.000_023_7;
    let p = p * t - 1.265_512_2;
    let half_erfc = 0.5 * t * exp(p - a * a);
    if x < 0.0 { half_erfc } else { 1.0 - half_erfc }
}

fn softmax(z: &mut [f32], width: usize) {
    vectorized(|| {
        for row in z.chunks_exact_mut(width) {
            let top = row.iter().fold(f32::NEG_INFINITY, |m, v| if *v > m { *v } else { m });
            for v in row.iter_mut() {
                *v = exp(*v - top);
            }
            let total: f32 = row.iter().sum();
            let scale = 1.0 / total;
            for v in row.iter_mut() {
                *v *= scale;
            }
        }
    });
}

fn softmax_backward(y: &[f32], dy: &mut [f32], width: usize) {
    for (y, dy) in y.chunks_exact(width).zip(dy.chunks_exact_mut(width)) {
        let dot: f32 = y.iter().zip(dy.iter()).map(|(y, d)| y * d).sum();
        for (d, y) in dy.iter_mut().zip(y) {
            *d = y * (*d - dot);
        }
    }
}

/// All activations, for reading configurations and for tests.
pub(crate) const ALL: [Activation; 15] = {
    use Activation::*;
    [
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
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Central differences in f32 with a step of 1e-2 have an error near 1e-4 for these functions.
    #[test]
    fn gradients_agree_with_finite_differences() {
        let x = [-2.7f32, -1.3, -0.45, -0.05, 0.07, 0.4, 0.9, 2.2];
        let upstream = [0.3f32, -0.7, 1.1, 0.5, -0.2, 0.8, -1.4, 0.6];
        for activation in ALL {
            let value = |x: &[f32]| {
                let mut y = x.to_vec();
                activation.apply(&mut y, 4);
                y.iter().zip(&upstream).map(|(y, u)| (y * u) as f64).sum::<f64>()
            };
            let mut y = x.to_vec();
            activation.apply(&mut y, 4);
            let mut dy = upstream.to_vec();
            activation.backward(&y, &x, &mut dy, 4);
            for i in 0..x.len() {
                let (mut up, mut down) = (x, x);
                up[i] += 1e-2;
                down[i] -= 1e-2;
                let slope = (value(&up) - value(&down)) / 2e-2;
                let difference = (slope - dy[i] as f64).abs();
                assert!(difference < 1e-3, "{activation} at {}: {slope} {}", x[i], dy[i]);
            }
        }
    }

    #[test]
    fn softmax_of_huge_sums_is_finite() {
        let mut z = [1e30, -1e30, 0.0, 88.0, 89.0, 90.0];
        Activation::Softmax.apply(&mut z, 3);
        assert_eq!(&z[..3], [1.0, 0.0, 0.0]);
        assert!((z[3..].iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
