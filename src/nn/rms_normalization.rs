//! Normalization by the root mean square.

use super::Initializer;
use super::layer::{Backward, Forward, Layer, Op, WeightSpec};
use super::layer_normalization::{last_axis, sum};
use super::masks::MaskFlow;
use super::settings::{WeightSettings, weighted_op};
use crate::config::{Config, configured};
use crate::error::{Error, Result};
use crate::kernels::vectorized;
use serde_json::json;

/// `scale x / √(mean(x²) + epsilon)` over the last axis of each sample, as Keras'
/// `RMSNormalization` (Zhang and Sennrich, 2019): a [`LayerNormalization`](super::LayerNormalization)
/// that neither subtracts the mean nor adds a beta. The scale has as many values as the axis is long
/// and starts at 1.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([12, 8]).add(RMSNormalization::new());
/// assert_eq!(net.count_params()?, 8);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RMSNormalization {
    epsilon: f32,
}

impl Default for RMSNormalization {
    fn default() -> Self {
        Self::new()
    }
}

impl RMSNormalization {
    /// With epsilon 0.000001.
    pub fn new() -> Self {
        RMSNormalization { epsilon: 1e-6 }
    }

    /// Added to the mean square; 0.000001 by default.
    pub fn epsilon(mut self, epsilon: impl Into<f64>) -> Self {
        self.epsilon = epsilon.into() as f32;
        self
    }
}

configured!(RMSNormalization as "keras.layers" "RMSNormalization",
    |from| {
        last_axis(from, "RMSNormalization")?;
        RMSNormalization::new()
    },
    epsilon = epsilon
);

impl Layer for RMSNormalization {
    fn config(&self) -> Result<Config> {
        let mut config = Config::of(self);
        config.settings_mut().insert("axis".into(), json!(-1));
        Ok(config)
    }

    fn class_name(&self) -> &str {
        "RMSNormalization"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        if !(self.epsilon > 0.0 && self.epsilon.is_finite()) {
            let what = "RMSNormalization: the epsilon";
            return Err(Error::argument(what, self.epsilon, "a number above 0"));
        }
        let width = input.last().copied().filter(|n| *n > 0);
        let width =
            width.ok_or_else(|| Error::shape("RMSNormalization", input, "it needs values"))?;
        let weights = vec![WeightSettings::new(Initializer::Ones).spec("scale", [width])];
        let output = input.to_vec();
        Ok(Box::new(RMSNormalizationOp { epsilon: self.epsilon, width, output, weights }))
    }
}

struct RMSNormalizationOp {
    epsilon: f32,
    width: usize,
    output: Vec<usize>,
    weights: Vec<WeightSpec>,
}

impl Op for RMSNormalizationOp {
    weighted_op!();

    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Passes
    }

    /// 1 / √(mean square + epsilon) of each row.
    fn scratch(&self) -> usize {
        self.output.iter().product::<usize>() / self.width
    }

    fn forward(&self, pass: Forward<'_>) {
        let n = self.width;
        let rows = pass.scratch.iter_mut().zip(pass.x.chunks_exact(n));
        let rows = rows.zip(pass.y.chunks_exact_mut(n));
        vectorized(|| {
            for ((inverse, x), y) in rows {
                let square = sum(x.iter().map(|x| x * x)) / n as f32;
                *inverse = 1.0 / (square + self.epsilon).sqrt();
                let terms = x.iter().zip(pass.weights);
                y.iter_mut().zip(terms).for_each(|(y, (x, scale))| *y = x * *inverse * scale);
            }
        });
    }

    /// With `g = dy · scale` and `r` the inverse: `dx = r (g - x r² mean(g x))`.
    fn backward(&self, pass: Backward<'_>) {
        let n = self.width;
        let (x, dy, inverse) = (pass.x, pass.dy, &*pass.scratch);
        let by_scale = pass.gradients;
        vectorized(|| {
            for ((dy, x), r) in dy.chunks_exact(n).zip(x.chunks_exact(n)).zip(inverse) {
                let terms = dy.iter().zip(x);
                by_scale.iter_mut().zip(terms).for_each(|(g, (d, x))| *g += d * x * r);
            }
        });
        let Some(dx) = pass.dx else { return };
        let rows = dx.chunks_exact_mut(n).zip(dy.chunks_exact_mut(n));
        let rows = rows.zip(x.chunks_exact(n).zip(inverse));
        vectorized(|| {
            for ((dx, g), (x, r)) in rows {
                g.iter_mut().zip(pass.weights).for_each(|(d, scale)| *d *= scale);
                let along = sum(g.iter().zip(x).map(|(g, x)| g * x)) / n as f32 * r * r;
                for (dx, (g, x)) in dx.iter_mut().zip(g.iter().zip(x)) {
                    *dx = r * (g - x * along);
                }
            }
        });
    }
}
