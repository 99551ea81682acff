//! Layers that change pictures at random while training and leave them alone when predicting, as
//! Keras' `RandomFlip`, `RandomRotation`, `RandomTranslation`, `RandomZoom`, `RandomContrast` and
//! `RandomBrightness`.
//!
//! Each picture of each step gets its own random numbers, derived from the model's seed.

mod affine;
mod change;
mod factor;
mod fill;
pub mod random_brightness;
pub mod random_contrast;
pub mod random_flip;
pub mod random_rotation;
pub mod random_translation;
pub mod random_zoom;

pub use factor::Factor;
pub use fill::{FillMode, Interpolation};
pub use random_flip::FlipMode;

use super::derive_seed;
use crate::error::{Error, Result};

/// Height, width and channels of the pictures a layer gets.
#[derive(Clone, Copy, Debug)]
struct Shape {
    height: usize,
    width: usize,
    channels: usize,
}

impl Shape {
    fn of(layer: &str, input: &[usize]) -> Result<Self> {
        match *input {
            [height, width, channels] if !input.contains(&0) => {
                Ok(Shape { height, width, channels })
            }
            _ => {
                let expected = "pictures of (height, width, channels) were expected, no side of 0";
                Err(Error::shape(layer, input, expected))
            }
        }
    }

    fn len(self) -> usize {
        self.height * self.width * self.channels
    }
}

/// The random numbers of one picture in one step.
#[derive(Clone, Copy)]
struct Draws(u64);

impl Draws {
    /// Those of a row of a pass.
    fn new(seed: u64, row: usize) -> Self {
        Draws(derive_seed(seed, row as u64))
    }

    /// The `n`-th number, uniform from 0 to 1, 1 excluded.
    fn uniform(self, n: u64) -> f64 {
        (derive_seed(self.0, n) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// An error unless `range` goes from a smaller to a larger number.
fn check_range(layer: &str, (low, high): (f32, f32)) -> Result<()> {
    match low < high && low.is_finite() && high.is_finite() {
        true => Ok(()),
        false => Err(Error::argument(
            format!("{layer}: the value range"),
            format!("({low}, {high})"),
            "two finite numbers, the smaller one first",
        )),
    }
}

#[cfg(test)]
use {
    random_brightness::RandomBrightness, random_contrast::RandomContrast, random_flip::RandomFlip,
    random_rotation::RandomRotation, random_translation::RandomTranslation,
    random_zoom::RandomZoom,
};
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod tests;
