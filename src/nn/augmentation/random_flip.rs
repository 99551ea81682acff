//! Mirroring at random.

use super::change::{Change, op};
use super::{Draws, Shape};
use crate::config::{configured, configured_layer, named};
use crate::error::Result;
use crate::nn::layer::{Layer, Op};

/// Along which axes [`RandomFlip`] mirrors, as Keras' `mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlipMode {
    /// Left becomes right.
    Horizontal,
    /// Top becomes bottom.
    Vertical,
    /// Both at once, which is half a turn.
    #[default]
    HorizontalAndVertical,
}

named!(FlipMode:
    Horizontal = "horizontal", Vertical = "vertical", HorizontalAndVertical = "horizontal_and_vertical");

/// Mirrors each picture with probability one half while training, as Keras' `RandomFlip`; does
/// nothing when predicting.
///
/// With [`FlipMode::HorizontalAndVertical`], the default, Keras decides once for both axes: a
/// picture stays as it is or is turned by 180°. Two layers, one of each mode, decide separately.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let layer = RandomFlip::new().mode(FlipMode::Horizontal);
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomFlip {
    mode: FlipMode,
}

impl RandomFlip {
    /// Along both axes at once.
    pub fn new() -> Self {
        Self::default()
    }

    /// Along which axes.
    pub fn mode(mut self, mode: FlipMode) -> Self {
        self.mode = mode;
        self
    }
}

configured!(RandomFlip as "keras.layers" "RandomFlip", |from| RandomFlip::new(), mode = mode;
    fixed data_format = "channels_last");

impl Layer for RandomFlip {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let shape = Shape::of("RandomFlip", input)?;
        Ok(op(shape, Flip { mode: self.mode, shape }))
    }
}

struct Flip {
    mode: FlipMode,
    shape: Shape,
}

/// Mirrors one picture.
pub(super) fn flip(mode: FlipMode, shape: Shape, x: &[f32], y: &mut [f32]) {
    let channels = shape.channels;
    let line = shape.width * channels;
    for row in 0..shape.height {
        let from = match mode {
            FlipMode::Horizontal => row,
            FlipMode::Vertical | FlipMode::HorizontalAndVertical => shape.height - 1 - row,
        };
        let (x, y) = (&x[from * line..(from + 1) * line], &mut y[row * line..(row + 1) * line]);
        match mode {
            FlipMode::Vertical => y.copy_from_slice(x),
            _ => {
                let pixels = y.chunks_exact_mut(channels).zip(x.chunks_exact(channels).rev());
                pixels.for_each(|(y, x)| y.copy_from_slice(x));
            }
        }
    }
}

impl Flip {
    /// Mirrors a picture that is marked; the way back is the same.
    fn apply(&self, marked: f32, x: &[f32], y: &mut [f32]) {
        match marked == 1.0 {
            true => flip(self.mode, self.shape, x, y),
            false => y.copy_from_slice(x),
        }
    }
}

impl Change for Flip {
    /// 1 for a mirrored picture, else 0.
    fn kept(&self) -> usize {
        1
    }

    fn change(&self, draws: Draws, kept: &mut [f32], x: &[f32], y: &mut [f32]) {
        kept[0] = f32::from(draws.uniform(0) <= 0.5);
        self.apply(kept[0], x, y);
    }

    fn gradient(&self, kept: &[f32], _x: &[f32], dy: &[f32], dx: &mut [f32]) {
        self.apply(kept[0], dy, dx);
    }
}
