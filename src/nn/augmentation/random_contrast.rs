//! Contrast at random.

use super::factor::Range;
use super::{Draws, Factor, Shape, check_range};
use crate::config::{Config, configured};
use crate::error::Result;
use crate::nn::layer::{Backward, Forward, Layer, Op};

/// Changes the contrast of each picture while training, channel by channel about its mean, as
/// Keras' `RandomContrast`; does nothing when predicting.
///
/// A single factor f raises the contrast only, by 1 to 1 + f: that is what Keras 3.15 does, where
/// its documentation says 1 - f to 1 + f. For that, write the pair `(f, f)`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let layer = RandomContrast::new((0.2, 0.2)).value_range(0.0, 1.0);
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RandomContrast {
    factor: Factor,
    range: (f32, f32),
}

impl RandomContrast {
    /// Multiplies the distance from the mean by a uniformly drawn number: from 1 to 1 + `factor`,
    /// or of a pair from 1 - the smaller to 1 + the larger of the two, each from 0 to 1.
    pub fn new(factor: impl Into<Factor>) -> Self {
        RandomContrast { factor: factor.into(), range: (0.0, 255.0) }
    }

    /// The values of black and white, to which the result is clipped; 0 to 255 by default.
    pub fn value_range(mut self, low: f32, high: f32) -> Self {
        self.range = (low, high);
        self
    }

    /// The numbers by which contrast is multiplied.
    pub(super) fn multiples(&self) -> Result<Range> {
        let Range { lower, upper } = self.factor.range("RandomContrast: the factor", 0.0..=1.0)?;
        let lower = if self.factor.is_single() { 0.0 } else { lower };
        Ok(Range { lower: 1.0 - lower, upper: 1.0 + upper })
    }
}

configured!(RandomContrast as "keras.layers" "RandomContrast",
    |from| RandomContrast::new(from.get::<Factor>("factor")?), factor = factor, value_range = range;
    fixed data_format = "channels_last");

impl Layer for RandomContrast {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn class_name(&self) -> &str {
        "RandomContrast"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let shape = Shape::of("RandomContrast", input)?;
        check_range("RandomContrast", self.range)?;
        let multiples = self.multiples()?;
        Ok(Box::new(RandomContrastOp {
            multiples,
            range: self.range,
            shape,
            output: input.to_vec(),
        }))
    }
}

struct RandomContrastOp {
    multiples: Range,
    range: (f32, f32),
    shape: Shape,
    output: Vec<usize>,
}

/// The mean of each channel of one picture, added up in f64 since pictures can be large.
pub(super) fn means(shape: Shape, picture: &[f32], means: &mut [f32]) {
    let pixels = (shape.height * shape.width) as f64;
    for (channel, mean) in means.iter_mut().enumerate() {
        let values = picture.iter().skip(channel).step_by(shape.channels);
        *mean = (values.map(|v| f64::from(*v)).sum::<f64>() / pixels) as f32;
    }
}

/// Changes one picture.
pub(super) fn stretch(factor: f32, means: &[f32], range: (f32, f32), x: &[f32], y: &mut [f32]) {
    let pixels = y.chunks_exact_mut(means.len()).zip(x.chunks_exact(means.len()));
    for (y, x) in pixels {
        for ((y, x), mean) in y.iter_mut().zip(x).zip(means) {
            *y = ((x - mean) * factor + mean).clamp(range.0, range.1);
        }
    }
}

impl Op for RandomContrastOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    /// The factor and the channels' means.
    fn scratch(&self) -> usize {
        1 + self.shape.channels
    }

    fn only_trains(&self) -> bool {
        true
    }

    fn forward(&self, pass: Forward<'_>) {
        if !pass.training {
            return pass.y.copy_from_slice(pass.x);
        }
        let n = self.shape.len();
        let pictures = pass.x.chunks_exact(n).zip(pass.y.chunks_exact_mut(n));
        let kept = pass.scratch.chunks_exact_mut(self.scratch());
        for (row, ((x, y), kept)) in pictures.zip(kept).enumerate() {
            let [factor, mean @ ..] = kept else { continue };
            *factor = self.multiples.draw(Draws::new(pass.seed, row), 0);
            means(self.shape, x, mean);
            stretch(*factor, mean, self.range, x, y);
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let Some(dx) = pass.dx else { return };
        let (n, channels) = (self.shape.len(), self.shape.channels);
        let pixels = (self.shape.height * self.shape.width) as f64;
        let range = self.range.0..=self.range.1;
        let gradients = pass.dy.chunks_exact(n).zip(dx.chunks_exact_mut(n));
        let kept = pass.x.chunks_exact(n).zip(pass.scratch.chunks_exact(self.scratch()));
        for ((dy, dx), (x, kept)) in gradients.zip(kept) {
            let [factor, means @ ..] = kept else { continue };
            for (channel, mean) in means.iter().enumerate() {
                let places = (channel..n).step_by(channels);
                let passes = |i: usize| range.contains(&((x[i] - mean) * factor + mean));
                let through = places.clone().filter(|&i| passes(i)).map(|i| f64::from(dy[i]));
                // Every pixel moves the mean, and with it all others.
                let by_mean = ((1.0 - factor) as f64 * through.sum::<f64>() / pixels) as f32;
                for i in places {
                    dx[i] = by_mean + if passes(i) { factor * dy[i] } else { 0.0 };
                }
            }
        }
    }
}
