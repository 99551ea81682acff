//! Brightness at random.

use super::change::{Change, op};
use super::factor::Range;
use super::{Draws, Factor, Shape, check_range};
use crate::config::{configured, configured_layer};
use crate::error::Result;
use crate::kernels::vectorized;
use crate::nn::layer::{Layer, Op};

/// Makes each picture brighter or darker while training, as Keras' `RandomBrightness`; does nothing
/// when predicting.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let layer = RandomBrightness::new(0.2).value_range(0.0, 1.0);
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RandomBrightness {
    factor: Factor,
    range: (f32, f32),
}

impl RandomBrightness {
    /// Adds a uniformly drawn share of the value range: from `-factor` to `factor`, or between the
    /// two ends of a pair, each from -1 to 1.
    pub fn new(factor: impl Into<Factor>) -> Self {
        RandomBrightness { factor: factor.into(), range: (0.0, 255.0) }
    }

    /// The values of black and white, to which the result is clipped; 0 to 255 by default.
    pub fn value_range(mut self, low: f32, high: f32) -> Self {
        self.range = (low, high);
        self
    }
}

configured!(RandomBrightness as "keras.layers" "RandomBrightness",
    |from| RandomBrightness::new(from.get::<Factor>("factor")?), factor = factor, value_range = range;
    fixed data_format = "channels_last");

impl Layer for RandomBrightness {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let shape = Shape::of("RandomBrightness", input)?;
        check_range("RandomBrightness", self.range)?;
        let shares = self.factor.range("RandomBrightness: the factor", -1.0..=1.0)?;
        Ok(op(shape, Brightness { shares, range: self.range }))
    }
}

struct Brightness {
    shares: Range,
    range: (f32, f32),
}

/// Adds to one picture.
pub(super) fn brighten(delta: f32, (low, high): (f32, f32), x: &[f32], y: &mut [f32]) {
    vectorized(|| y.iter_mut().zip(x).for_each(|(y, x)| *y = (x + delta).clamp(low, high)));
}

impl Change for Brightness {
    /// What is added.
    fn kept(&self) -> usize {
        1
    }

    fn change(&self, draws: Draws, kept: &mut [f32], x: &[f32], y: &mut [f32]) {
        let delta = self.shares.draw(draws, 0) * (self.range.1 - self.range.0);
        kept[0] = delta;
        brighten(delta, self.range, x, y);
    }

    fn gradient(&self, kept: &[f32], x: &[f32], dy: &[f32], dx: &mut [f32]) {
        let (delta, range) = (kept[0], self.range.0..=self.range.1);
        vectorized(|| {
            for ((dx, dy), x) in dx.iter_mut().zip(dy).zip(x) {
                *dx = if range.contains(&(x + delta)) { *dy } else { 0.0 };
            }
        });
    }
}
