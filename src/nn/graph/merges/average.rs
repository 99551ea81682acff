//! The mean of several inputs.

use super::elementwise::{self, Rule};
use crate::config::{Config, configured};
use crate::error::Result;
use crate::nn::Op;
use crate::nn::graph::merge::Merge;

/// The mean of its inputs, place by place, as Keras' `Average`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let input = Input::new([3]);
/// let (a, b) = (Dense::new(4).apply(&input), Dense::new(4).apply(&input));
/// let merged = Average::new().apply([&a, &b]);
/// assert_eq!(merged.shape()?, [4]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Average;

impl Average {
    /// Takes inputs of one shape, or of shapes whose axes are as long or of length 1.
    pub fn new() -> Self {
        Average
    }
}

configured!(Average as "keras.layers" "Average", |from| Average);

impl Merge for Average {
    fn class_name(&self) -> &str {
        "Average"
    }

    fn build(&self, inputs: &[&[usize]]) -> Result<Box<dyn Op>> {
        elementwise::build("Average", *self, inputs)
    }

    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }
}

impl Rule for Average {
    fn join(self, before: f32, value: f32) -> f32 {
        before + value
    }

    fn factor(self, inputs: usize) -> f32 {
        1.0 / inputs as f32
    }
}
