//! Zoom at random.

use super::affine::{Matrix, Resampling, resampling_arguments};
use super::{Factor, FillMode, Interpolation, Shape};
use crate::config::{configured, configured_layer};
use crate::error::Result;
use crate::nn::layer::{Layer, Op};
use std::ops::Bound;

/// Enlarges or shrinks each picture about its middle while training, as Keras' `RandomZoom`; does
/// nothing when predicting.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let layer = RandomZoom::new((-0.3, -0.1)); // shows 70 to 90 % of the picture
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RandomZoom {
    height: Factor,
    width: Option<Factor>,
    resampling: Resampling,
}

impl RandomZoom {
    /// Zooms by a uniformly drawn share, out where it is positive and in where it is negative:
    /// from `-factor` to `factor`, or between the two ends of a pair, each above -1 and at most 1.
    /// The same share for height and width.
    pub fn new(height_factor: impl Into<Factor>) -> Self {
        let resampling = Resampling::default();
        RandomZoom { height: height_factor.into(), width: None, resampling }
    }

    /// Draws a separate share for the width, so that the aspect ratio changes.
    pub fn width_factor(mut self, factor: impl Into<Factor>) -> Self {
        self.width = Some(factor.into());
        self
    }

    resampling_arguments!();
}

configured!(RandomZoom as "keras.layers" "RandomZoom",
    |from| RandomZoom::new(from.get::<Factor>("height_factor")?),
    height_factor = height,
    width_factor = width;
    parts resampling;
    fixed data_format = "channels_last"
);

impl Layer for RandomZoom {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let shape = Shape::of("RandomZoom", input)?;
        // At -1 the picture would shrink to its middle.
        let above = (Bound::Excluded(-1.0), Bound::Included(1.0));
        let height = self.height.range("RandomZoom: the height factor", above)?;
        let width =
            self.width.map(|f| f.range("RandomZoom: the width factor", above)).transpose()?;
        self.resampling.op("RandomZoom", shape, move |draws| {
            let vertical = 1.0 + height.draw(draws, 0);
            let horizontal = width.map_or(vertical, |width| 1.0 + width.draw(draws, 1));
            zoom(shape, horizontal, vertical)
        })
    }
}

/// The map that shows these multiples of the width and height.
pub(super) fn zoom(shape: Shape, horizontal: f32, vertical: f32) -> Matrix {
    let middle = |side: usize| (side - 1) as f32 / 2.0;
    let (x, y) = (middle(shape.width), middle(shape.height));
    [horizontal, 0.0, x * (1.0 - horizontal), 0.0, vertical, y * (1.0 - vertical)]
}
