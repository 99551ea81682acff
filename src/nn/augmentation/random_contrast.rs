//! Contrast at random.

use super::change::{Change, op};
use super::factor::Range;
use super::{Draws, Factor, Shape, check_range};
use crate::config::{configured, configured_layer};
use crate::error::Result;
use crate::nn::layer::{Layer, Op};

/// Changes the contrast of each picture while training, channel by channel about its mean, as
/// Keras' `RandomContrast`; does nothing when predicting.
///
/// A single factor f only raises the contrast, by 1 to 1 + f, as Keras 3.15 does; its documentation
/// says 1 - f to 1 + f. The pair `(f, f)` gives that range.
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
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let shape = Shape::of("RandomContrast", input)?;
        check_range("RandomContrast", self.range)?;
        let multiples = self.multiples()?;
        Ok(op(shape, Contrast { multiples, range: self.range, shape }))
    }
}

struct Contrast {
    multiples: Range,
    range: (f32, f32),
    shape: Shape,
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

impl Change for Contrast {
    /// The factor and the channels' means.
    fn kept(&self) -> usize {
        1 + self.shape.channels
    }

    fn change(&self, draws: Draws, kept: &mut [f32], x: &[f32], y: &mut [f32]) {
        let [factor, mean @ ..] = kept else { return };
        *factor = self.multiples.draw(draws, 0);
        means(self.shape, x, mean);
        stretch(*factor, mean, self.range, x, y);
    }

    fn gradient(&self, kept: &[f32], x: &[f32], dy: &[f32], dx: &mut [f32]) {
        let [factor, means @ ..] = kept else { return };
        let pixels = (self.shape.height * self.shape.width) as f64;
        let range = self.range.0..=self.range.1;
        for (channel, mean) in means.iter().enumerate() {
            let places = (channel..self.shape.len()).step_by(self.shape.channels);
            let passes = |i: usize| range.contains(&((x[i] - mean) * factor + mean));
            let through = places.clone().filter(|&i| passes(i)).map(|i| f64::from(dy[i]));
            // Each pixel changes the mean, and so all other pixels.
            let by_mean = ((1.0 - factor) as f64 * through.sum::<f64>() / pixels) as f32;
            for i in places {
                dx[i] = by_mean + if passes(i) { factor * dy[i] } else { 0.0 };
            }
        }
    }
}
