//! Rotation at random.

use super::affine::{Matrix, Resampling, resampling_arguments};
use super::{Factor, FillMode, Interpolation, Shape};
use crate::config::{configured, configured_layer};
use crate::error::Result;
use crate::nn::layer::{Layer, Op};

/// Rotates each picture about its middle while training, as Keras' `RandomRotation`; does nothing
/// when predicting.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let layer = RandomRotation::new(0.05).fill_mode(FillMode::Constant); // up to 18° either way
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RandomRotation {
    factor: Factor,
    resampling: Resampling,
}

impl RandomRotation {
    /// Rotates by a uniformly drawn share of a full turn, counter-clockwise where it is positive:
    /// from `-factor` to `factor`, or between the two ends of a pair, each from -1 to 1.
    pub fn new(factor: impl Into<Factor>) -> Self {
        RandomRotation { factor: factor.into(), resampling: Resampling::default() }
    }

    resampling_arguments!();
}

configured!(RandomRotation as "keras.layers" "RandomRotation",
    |from| RandomRotation::new(from.get::<Factor>("factor")?),
    factor = factor;
    parts resampling;
    fixed data_format = "channels_last"
);

impl Layer for RandomRotation {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let shape = Shape::of("RandomRotation", input)?;
        let turns = self.factor.range("RandomRotation: the factor", -1.0..=1.0)?;
        self.resampling
            .op("RandomRotation", shape, move |draws| rotation(shape, turns.draw(draws, 0) * 360.0))
    }
}

/// The map of a rotation by these degrees about the middle.
pub(super) fn rotation(shape: Shape, degrees: f32) -> Matrix {
    let (x, y) = (0.5 * (shape.width - 1) as f32, 0.5 * (shape.height - 1) as f32);
    let (sin, cos) = degrees.to_radians().sin_cos();
    [cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos]
}
