//! Mirroring at random.

use super::{Draws, Shape};
use crate::config::{Config, configured, named};
use crate::error::Result;
use crate::nn::layer::{Backward, Forward, Layer, Op};

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
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn class_name(&self) -> &str {
        "RandomFlip"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let shape = Shape::of("RandomFlip", input)?;
        Ok(Box::new(RandomFlipOp { mode: self.mode, shape, output: input.to_vec() }))
    }
}

struct RandomFlipOp {
    mode: FlipMode,
    shape: Shape,
    output: Vec<usize>,
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

impl RandomFlipOp {
    /// Mirrors the pictures that are marked; the way back is the same.
    fn apply(&self, marked: &[f32], x: &[f32], y: &mut [f32]) {
        let n = self.shape.len();
        let pictures = x.chunks_exact(n).zip(y.chunks_exact_mut(n));
        for ((x, y), marked) in pictures.zip(marked) {
            match *marked == 1.0 {
                true => flip(self.mode, self.shape, x, y),
                false => y.copy_from_slice(x),
            }
        }
    }
}

impl Op for RandomFlipOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    /// 1 for a mirrored picture, else 0.
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
        for (row, marked) in pass.scratch.iter_mut().enumerate() {
            *marked = f32::from(Draws::new(pass.seed, row).uniform(0) <= 0.5);
        }
        self.apply(pass.scratch, pass.x, pass.y);
    }

    fn backward(&self, pass: Backward<'_>) {
        if let Some(dx) = pass.dx {
            self.apply(pass.scratch, pass.dy, dx);
        }
    }
}
