//! Translation at random.

use super::affine::{Matrix, Resampling, resampling_arguments};
use super::{Factor, FillMode, Interpolation, Shape};
use crate::config::{configured, configured_layer};
use crate::error::Result;
use crate::nn::layer::{Layer, Op};

/// Shifts each picture while training, as Keras' `RandomTranslation`; does nothing when predicting.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let layer = RandomTranslation::new(0.1, (-0.2, 0.2)).fill_mode(FillMode::Nearest);
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RandomTranslation {
    height: Factor,
    width: Factor,
    resampling: Resampling,
}

impl RandomTranslation {
    /// Shifts by uniformly drawn shares of the height, downwards where positive, and of the width,
    /// to the right where positive: each from `-factor` to `factor`, or between the two ends of a
    /// pair, each from -1 to 1.
    pub fn new(height_factor: impl Into<Factor>, width_factor: impl Into<Factor>) -> Self {
        RandomTranslation {
            height: height_factor.into(),
            width: width_factor.into(),
            resampling: Resampling::default(),
        }
    }

    resampling_arguments!();
}

configured!(RandomTranslation as "keras.layers" "RandomTranslation",
    |from| {
        let factor = |key| from.get::<Factor>(key);
        RandomTranslation::new(factor("height_factor")?, factor("width_factor")?)
    },
    height_factor = height,
    width_factor = width;
    parts resampling;
    fixed data_format = "channels_last"
);

impl Layer for RandomTranslation {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let shape = Shape::of("RandomTranslation", input)?;
        let down = self.height.range("RandomTranslation: the height factor", -1.0..=1.0)?;
        let right = self.width.range("RandomTranslation: the width factor", -1.0..=1.0)?;
        let (height, width) = (shape.height as f32, shape.width as f32);
        self.resampling.op("RandomTranslation", shape, move |draws| {
            translation(right.draw(draws, 1) * width, down.draw(draws, 0) * height)
        })
    }
}

/// The map of a shift by these pixels.
pub(super) fn translation(right: f32, down: f32) -> Matrix {
    [1.0, 0.0, -right, 0.0, 1.0, -down]
}
