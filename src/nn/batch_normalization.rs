//! Batch normalization.

use super::Initializer;
use super::layer::{Backward, Forward, Layer, Op, WeightSpec};
use super::masks::MaskFlow;
use super::settings::{WeightSettings, weight_settings};
use crate::config::{Settings, configured, configured_layer, setters};
use crate::error::{Error, Result};
use crate::kernels::vectorized;

/// `gamma (x - mean) / √(variance + epsilon) + beta`, channel by channel over the last axis, as
/// Keras' `BatchNormalization` (Ioffe and Szegedy, 2015).
///
/// Training uses the mean and variance of the batch, and keeps moving averages of them for
/// prediction: `moving ← momentum · moving + (1 - momentum) · batch`, with the variance divided by
/// the number of values. The moving averages are weights that the optimiser does not change.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let model = Sequential::new([28, 28, 1])
///     .add(Conv2D::new(8, 3).use_bias(false))
///     .add(BatchNormalization::new())
///     .add(Relu)
///     .compile(Adam::default(), MeanSquaredError::new(), ())?;
/// assert!(model.summary().to_string().contains("Non-trainable params: 16"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchNormalization {
    momentum: f32,
    epsilon: f32,
    center: bool,
    scale: bool,
    gamma: WeightSettings,
    beta: WeightSettings,
}

impl Default for BatchNormalization {
    fn default() -> Self {
        Self::new()
    }
}

impl BatchNormalization {
    /// With momentum 0.99 and epsilon 0.001.
    pub fn new() -> Self {
        BatchNormalization {
            momentum: 0.99,
            epsilon: 1e-3,
            center: true,
            scale: true,
            gamma: WeightSettings::new(Initializer::Ones),
            beta: WeightSettings::new(Initializer::Zeros),
        }
    }

    /// The momentum of the moving averages; 0.99 by default.
    pub fn momentum(mut self, momentum: f32) -> Self {
        self.momentum = momentum;
        self
    }

    /// Added to the variance; 0.001 by default.
    pub fn epsilon(mut self, epsilon: f32) -> Self {
        self.epsilon = epsilon;
        self
    }
}

setters!(BatchNormalization {
    /// Whether there is a beta; true by default.
    center: bool;
    /// Whether there is a gamma; true by default.
    scale: bool;
});

weight_settings!(BatchNormalization:
    "gamma" starting "ones" at gamma = gamma_initializer, gamma_regularizer, gamma_constraint;
    "beta" starting "zeros" at beta = beta_initializer, beta_regularizer, beta_constraint
);

configured!(BatchNormalization as "keras.layers" "BatchNormalization",
    |from| {
        moving_averages(from)?;
        BatchNormalization::new()
    },
    momentum = momentum,
    epsilon = epsilon,
    center = center,
    scale = scale;
    weights beta = beta, gamma = gamma;
    fixed axis = (-1), synchronized = false
);

/// Refuses settings of the moving averages that only Keras has.
fn moving_averages(from: &Settings<'_>) -> Result<()> {
    from.fixed("renorm", &false.into())?;
    let starts = [
        ("moving_mean_initializer", Initializer::Zeros),
        ("moving_variance_initializer", Initializer::Ones),
    ];
    for (key, only) in starts {
        let mut start = only;
        from.read(key, &mut start)?;
        if start != only {
            return Err(Error::argument(
                format!("BatchNormalization: {key}"),
                start,
                only.to_string(),
            ));
        }
    }
    Ok(())
}

impl Layer for BatchNormalization {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        if !(0.0..=1.0).contains(&self.momentum) {
            let what = "BatchNormalization: the momentum";
            return Err(Error::argument(what, self.momentum, "between 0 and 1"));
        }
        if !(self.epsilon > 0.0 && self.epsilon.is_finite()) {
            let what = "BatchNormalization: the epsilon";
            return Err(Error::argument(what, self.epsilon, "a finite number above 0"));
        }
        let channels = match input.last() {
            Some(channels) if *channels > 0 => *channels,
            _ => {
                let needed = "it needs at least one channel in the last axis";
                return Err(Error::shape("BatchNormalization", input, needed));
            }
        };
        let mut weights = Vec::new();
        if self.scale {
            weights.push(self.gamma.spec("gamma", [channels]));
        }
        if self.center {
            weights.push(self.beta.spec("beta", [channels]));
        }
        let averages =
            [("moving_mean", Initializer::Zeros), ("moving_variance", Initializer::Ones)];
        for (name, start) in averages {
            let spec = WeightSettings::new(start).spec(name, [channels]);
            weights.push(WeightSpec { trainable: false, ..spec });
        }
        Ok(Box::new(BatchNormalizationOp {
            layer: self.clone(),
            channels,
            weights,
            output: input.to_vec(),
        }))
    }
}

struct BatchNormalizationOp {
    layer: BatchNormalization,
    channels: usize,
    weights: Vec<WeightSpec>,
    output: Vec<usize>,
}

/// What the forward pass keeps: one value per channel each, except the first, which says whether
/// the batch's own statistics were used.
struct Kept<'a> {
    trained: &'a mut f32,
    mean: &'a mut [f32],
    variance: &'a mut [f32],
    /// `1 / √(variance + epsilon)`
    inverse: &'a mut [f32],
    /// The backward pass' sums over the batch.
    by_beta: &'a mut [f32],
    by_gamma: &'a mut [f32],
}

impl BatchNormalizationOp {
    fn kept<'a>(&self, scratch: &'a mut [f32]) -> Kept<'a> {
        let n = self.channels;
        let (trained, rest) = scratch.split_at_mut(1);
        let (mean, rest) = rest.split_at_mut(n);
        let (variance, rest) = rest.split_at_mut(n);
        let (inverse, rest) = rest.split_at_mut(n);
        let (by_beta, by_gamma) = rest.split_at_mut(n);
        Kept { trained: &mut trained[0], mean, variance, inverse, by_beta, by_gamma }
    }

    /// Where gamma, beta and the moving averages begin among the weights.
    fn places(&self) -> (Option<usize>, Option<usize>, usize) {
        let n = self.channels;
        let beta = usize::from(self.layer.scale) * n;
        let moving = beta + usize::from(self.layer.center) * n;
        (self.layer.scale.then_some(0), self.layer.center.then_some(beta), moving)
    }
}

/// For each channel the sum over pixels of `term(value in a, value in b, channel)`, in f64.
#[inline(always)]
fn sums(a: &[f32], b: &[f32], n: usize, term: impl Fn(f32, f32, usize) -> f64, to: &mut [f32]) {
    const WIDTH: usize = 8;
    vectorized(|| {
        for first in (0..n).step_by(WIDTH) {
            let mut sums = [0.0f64; WIDTH];
            let width = WIDTH.min(n - first);
            for (a, b) in a.chunks_exact(n).zip(b.chunks_exact(n)) {
                let (a, b) = (&a[first..first + width], &b[first..first + width]);
                for (l, s) in sums[..width].iter_mut().enumerate() {
                    *s += term(a[l], b[l], first + l);
                }
            }
            to[first..first + width].iter_mut().zip(sums).for_each(|(t, s)| *t = s as f32);
        }
    });
}

impl Op for BatchNormalizationOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    /// Keras leaves masked steps out of the statistics; this layer would count them.
    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Refuses
    }

    fn weights(&self) -> &[WeightSpec] {
        &self.weights
    }

    fn numbers(&self) -> Vec<(&'static str, f32)> {
        vec![("epsilon", self.layer.epsilon), ("momentum", self.layer.momentum)]
    }

    fn scratch_for(&self, _: usize) -> usize {
        1 + 5 * self.channels
    }

    fn whole_batch(&self) -> bool {
        true
    }

    fn forward(&self, pass: Forward<'_>) {
        let n = self.channels;
        let kept = self.kept(pass.scratch);
        let (gamma, beta, moving) = self.places();
        let x = pass.x;
        let count = (x.len() / n) as f32;
        *kept.trained = f32::from(pass.training);
        if pass.training {
            sums(x, x, n, |x, _, _| x as f64, kept.mean);
            kept.mean.iter_mut().for_each(|m| *m /= count);
            let mean = &*kept.mean;
            let square = |x: f32, _: f32, c: usize| {
                let away = (x - mean[c]) as f64;
                away * away
            };
            sums(x, x, n, square, kept.variance);
            kept.variance.iter_mut().for_each(|v| *v /= count);
        } else {
            kept.mean.copy_from_slice(&pass.weights[moving..moving + n]);
            kept.variance.copy_from_slice(&pass.weights[moving + n..moving + 2 * n]);
        }
        for (i, v) in kept.inverse.iter_mut().zip(kept.variance.iter()) {
            *i = 1.0 / (v + self.layer.epsilon).sqrt();
        }
        let weight =
            |at: Option<usize>, c: usize, none: f32| at.map_or(none, |a| pass.weights[a + c]);
        let y = pass.y;
        vectorized(|| {
            for (y, x) in y.chunks_exact_mut(n).zip(x.chunks_exact(n)) {
                for c in 0..n {
                    let slope = kept.inverse[c] * weight(gamma, c, 1.0);
                    y[c] = (x[c] - kept.mean[c]) * slope + weight(beta, c, 0.0);
                }
            }
        });
    }

    fn backward(&self, pass: Backward<'_>) {
        let n = self.channels;
        let kept = self.kept(pass.scratch);
        let (gamma, beta, moving) = self.places();
        let (x, dy) = (pass.x, &*pass.dy);
        let trained = *kept.trained != 0.0;
        if trained {
            let step = 1.0 - self.layer.momentum;
            let old = &pass.weights[moving..moving + 2 * n];
            let new = kept.mean.iter().chain(kept.variance.iter());
            for (change, (old, new)) in pass.gradients[moving..].iter_mut().zip(old.iter().zip(new))
            {
                *change += (old - new) * step;
            }
        }
        let (mean, inverse) = (&*kept.mean, &*kept.inverse);
        let away = |dy: f32, x: f32, c: usize| dy as f64 * ((x - mean[c]) * inverse[c]) as f64;
        sums(dy, x, n, |dy, _, _| dy as f64, kept.by_beta);
        sums(dy, x, n, away, kept.by_gamma);
        let (by_beta, by_gamma) = (&*kept.by_beta, &*kept.by_gamma);
        for (at, sums) in [(gamma, by_gamma), (beta, by_beta)] {
            if let Some(at) = at {
                pass.gradients[at..at + n].iter_mut().zip(sums).for_each(|(g, s)| *g += s);
            }
        }
        let Some(dx) = pass.dx else { return };
        // Fixed statistics add no terms to the gradient.
        let share = if trained { n as f32 / x.len() as f32 } else { 0.0 };
        vectorized(|| {
            let rows = x.chunks_exact(n).zip(dy.chunks_exact(n));
            for (dx, (x, dy)) in dx.chunks_exact_mut(n).zip(rows) {
                for c in 0..n {
                    let slope = inverse[c] * gamma.map_or(1.0, |a| pass.weights[a + c]);
                    let normal = (x[c] - mean[c]) * inverse[c];
                    dx[c] = slope * (dy[c] - share * (by_beta[c] + normal * by_gamma[c]));
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::nn::prelude::*;

    #[test]
    fn impossible_settings_are_explained() {
        let says = |layer: BatchNormalization, parts: &[&str]| {
            let text = Sequential::new([4]).add(layer).build().unwrap_err().to_string();
            assert!(text.contains("'batch_normalization'"), "{text}");
            assert!(parts.iter().all(|p| text.contains(p)), "{text}");
        };
        says(BatchNormalization::new().momentum(1.5), &["momentum", "1.5", "0 and 1"]);
        says(BatchNormalization::new().epsilon(0.0), &["epsilon", "above 0"]);
    }
}
