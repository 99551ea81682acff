//! Layer normalization.

use super::Initializer;
use super::layer::{Backward, Forward, Layer, Op, WeightSpec};
use super::masks::MaskFlow;
use super::settings::{WeightSettings, weight_settings, weighted_op};
use crate::config::{Config, Settings, configured, setters, wrong};
use crate::error::{Error, Result};
use crate::kernels::vectorized;
use serde_json::json;

/// `gamma (x - mean) / √(variance + epsilon) + beta` over the last axis of each sample, as Keras'
/// `LayerNormalization` (Ba et al., 2016). Mean and variance (ddof = 0) are computed over the
/// sample's values along the axis, in training and in prediction.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([12, 8]).add(LayerNormalization::new());
/// assert_eq!(net.count_params()?, 16);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LayerNormalization {
    epsilon: f32,
    center: bool,
    scale: bool,
    gamma: WeightSettings,
    beta: WeightSettings,
}

impl Default for LayerNormalization {
    fn default() -> Self {
        Self::new()
    }
}

impl LayerNormalization {
    /// With epsilon 0.001.
    pub fn new() -> Self {
        LayerNormalization {
            epsilon: 1e-3,
            center: true,
            scale: true,
            gamma: WeightSettings::new(Initializer::Ones),
            beta: WeightSettings::new(Initializer::Zeros),
        }
    }

    /// Added to the variance; 0.001 by default.
    pub fn epsilon(mut self, epsilon: impl Into<f64>) -> Self {
        self.epsilon = epsilon.into() as f32;
        self
    }
}

setters!(LayerNormalization {
    /// Whether there is a beta; true by default.
    center: bool;
    /// Whether there is a gamma; true by default.
    scale: bool;
});

weight_settings!(LayerNormalization:
    "gamma" starting "ones" at gamma = gamma_initializer, gamma_regularizer, gamma_constraint;
    "beta" starting "zeros" at beta = beta_initializer, beta_regularizer, beta_constraint
);

configured!(LayerNormalization as "keras.layers" "LayerNormalization",
    |from| {
        last_axis(from, "LayerNormalization")?;
        LayerNormalization::new()
    },
    epsilon = epsilon,
    center = center,
    scale = scale;
    weights beta = beta, gamma = gamma;
    fixed rms_scaling = false
);

/// Keras writes the axis as a number or as a list of one.
pub(super) fn last_axis(from: &Settings<'_>, class: &str) -> Result<()> {
    match from.json("axis") {
        Some(json) if *json != json!(-1) && *json != json!([-1]) => {
            let error = wrong(json, "-1, the last, the only one there is here");
            Err(crate::config::within(error, &format!("{class}: axis")))
        }
        _ => Ok(()),
    }
}

impl Layer for LayerNormalization {
    fn config(&self) -> Result<Config> {
        let mut config = Config::of(self);
        config.settings_mut().insert("axis".into(), json!(-1));
        Ok(config)
    }

    fn class_name(&self) -> &str {
        "LayerNormalization"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        if !(self.epsilon > 0.0 && self.epsilon.is_finite()) {
            let what = "LayerNormalization: the epsilon";
            return Err(Error::argument(what, self.epsilon, "a number above 0"));
        }
        let width = input.last().copied().filter(|n| *n > 0);
        let width =
            width.ok_or_else(|| Error::shape("LayerNormalization", input, "it needs values"))?;
        let mut weights = Vec::new();
        if self.scale {
            weights.push(self.gamma.spec("gamma", [width]));
        }
        if self.center {
            weights.push(self.beta.spec("beta", [width]));
        }
        Ok(Box::new(LayerNormalizationOp {
            epsilon: self.epsilon,
            scale: self.scale,
            center: self.center,
            width,
            output: input.to_vec(),
            weights,
        }))
    }
}

struct LayerNormalizationOp {
    epsilon: f32,
    scale: bool,
    center: bool,
    width: usize,
    output: Vec<usize>,
    weights: Vec<WeightSpec>,
}

/// Sums in lanes, so that a loop over them turns into vector code.
#[inline(always)]
pub(super) fn sum(values: impl Iterator<Item = f32>) -> f32 {
    let mut sums = [0.0f32; 8];
    values.enumerate().for_each(|(i, v)| sums[i % 8] += v);
    sums.iter().sum()
}

impl LayerNormalizationOp {
    fn gamma<'a>(&self, weights: &'a [f32]) -> Option<&'a [f32]> {
        self.scale.then(|| &weights[..self.width])
    }
}

impl Op for LayerNormalizationOp {
    weighted_op!();

    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Passes
    }

    fn numbers(&self) -> Vec<(&'static str, f32)> {
        vec![("epsilon", self.epsilon)]
    }

    /// The values before gamma, and 1 / √(variance + epsilon) of each row.
    fn scratch(&self) -> usize {
        let values: usize = self.output.iter().product();
        values + values / self.width
    }

    fn forward(&self, pass: Forward<'_>) {
        let n = self.width;
        let (normal, inverse) = pass.scratch.split_at_mut(pass.x.len());
        let gamma = self.gamma(pass.weights);
        let beta = self.center.then(|| &pass.weights[pass.weights.len() - n..]);
        let rows = normal.chunks_exact_mut(n).zip(inverse.iter_mut());
        let rows = rows.zip(pass.x.chunks_exact(n).zip(pass.y.chunks_exact_mut(n)));
        vectorized(|| {
            for ((normal, inverse), (x, y)) in rows {
                let mean = sum(x.iter().copied()) / n as f32;
                let variance = sum(x.iter().map(|x| (x - mean) * (x - mean))) / n as f32;
                *inverse = 1.0 / (variance + self.epsilon).sqrt();
                normal.iter_mut().zip(x).for_each(|(n, x)| *n = (x - mean) * *inverse);
                y.copy_from_slice(normal);
                if let Some(gamma) = gamma {
                    y.iter_mut().zip(gamma).for_each(|(y, g)| *y *= g);
                }
                if let Some(beta) = beta {
                    y.iter_mut().zip(beta).for_each(|(y, b)| *y += b);
                }
            }
        });
    }

    fn backward(&self, pass: Backward<'_>) {
        let n = self.width;
        let (normal, inverse) = pass.scratch.split_at(pass.x.len());
        let dy = pass.dy;
        if self.center {
            let by_beta = pass.gradients.len() - n;
            crate::kernels::add_columns(dy, &mut pass.gradients[by_beta..]);
        }
        if self.scale {
            let by_gamma = &mut pass.gradients[..n];
            vectorized(|| {
                for (dy, normal) in dy.chunks_exact(n).zip(normal.chunks_exact(n)) {
                    let terms = dy.iter().zip(normal);
                    by_gamma.iter_mut().zip(terms).for_each(|(g, (d, x))| *g += d * x);
                }
            });
        }
        let Some(dx) = pass.dx else { return };
        if let Some(gamma) = self.gamma(pass.weights) {
            let rows = dy.chunks_exact_mut(n);
            vectorized(|| {
                rows.for_each(|dy| dy.iter_mut().zip(gamma).for_each(|(d, g)| *d *= g));
            });
        }
        let rows = dx.chunks_exact_mut(n).zip(dy.chunks_exact(n));
        let rows = rows.zip(normal.chunks_exact(n).zip(inverse));
        vectorized(|| {
            for ((dx, dy), (normal, inverse)) in rows {
                let mean = sum(dy.iter().copied()) / n as f32;
                let along = sum(dy.iter().zip(normal).map(|(d, x)| d * x)) / n as f32;
                for (dx, (d, x)) in dx.iter_mut().zip(dy.iter().zip(normal)) {
                    *dx = inverse * (d - mean - x * along);
                }
            }
        });
    }
}
