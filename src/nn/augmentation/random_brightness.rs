//! Brightness at random.

use super::factor::Range;
use super::{Draws, Factor, Shape, check_range};
use crate::config::{Config, configured};
use crate::error::Result;
use crate::kernels::vectorized;
use crate::nn::layer::{Backward, Forward, Layer, Op};

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
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn class_name(&self) -> &str {
        "RandomBrightness"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let shape = Shape::of("RandomBrightness", input)?;
        check_range("RandomBrightness", self.range)?;
        let shares = self.factor.range("RandomBrightness: the factor", -1.0..=1.0)?;
        Ok(Box::new(RandomBrightnessOp {
            shares,
            range: self.range,
            shape,
            output: input.to_vec(),
        }))
    }
}

struct RandomBrightnessOp {
    shares: Range,
    range: (f32, f32),
    shape: Shape,
    output: Vec<usize>,
}

/// Adds to one picture.
pub(super) fn brighten(delta: f32, (low, high): (f32, f32), x: &[f32], y: &mut [f32]) {
    vectorized(|| y.iter_mut().zip(x).for_each(|(y, x)| *y = (x + delta).clamp(low, high)));
}

impl Op for RandomBrightnessOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    /// What is added.
    fn scratch(&self) -> usize {
        1
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
        for (row, ((x, y), kept)) in pictures.zip(pass.scratch.iter_mut()).enumerate() {
            let share = self.shares.draw(Draws::new(pass.seed, row), 0);
            *kept = share * (self.range.1 - self.range.0);
            brighten(*kept, self.range, x, y);
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let Some(dx) = pass.dx else { return };
        let n = self.shape.len();
        let range = self.range.0..=self.range.1;
        let gradients = pass.dy.chunks_exact(n).zip(dx.chunks_exact_mut(n));
        for (((dy, dx), x), delta) in gradients.zip(pass.x.chunks_exact(n)).zip(pass.scratch.iter())
        {
            vectorized(|| {
                for ((dx, dy), x) in dx.iter_mut().zip(dy).zip(x) {
                    *dx = if range.contains(&(x + delta)) { *dy } else { 0.0 };
                }
            });
        }
    }
}
