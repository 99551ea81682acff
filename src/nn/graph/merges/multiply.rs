//! The product of several inputs.

use super::elementwise::{self, Rule};
use crate::config::{Config, configured};
use crate::error::Result;
use crate::nn::Op;
use crate::nn::graph::merge::Merge;

/// The product of its inputs, place by place, as Keras' `Multiply`: a gate, or, with one of shape
/// `[1, 1, channels]`, a weight for each channel of a picture. A masked step of an input counts as 1;
/// where all are masked, the product is 0.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let input = Input::new([3]);
/// let (a, b) = (Dense::new(4).apply(&input), Dense::new(4).apply(&input));
/// let merged = Multiply::new().apply([&a, &b]);
/// assert_eq!(merged.shape()?, [4]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Multiply;

impl Multiply {
    /// Takes inputs of one shape, or of shapes whose axes are as long or of length 1.
    pub fn new() -> Self {
        Multiply
    }
}

configured!(Multiply as "keras.layers" "Multiply", |from| Multiply);

impl Merge for Multiply {
    fn class_name(&self) -> &str {
        "Multiply"
    }

    fn build(&self, inputs: &[&[usize]]) -> Result<Box<dyn Op>> {
        elementwise::build("Multiply", *self, inputs)
    }

    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }
}

impl Rule for Multiply {
    const BY_VALUE: bool = true;
    const LEAVES_OUT: Option<f32> = Some(0.0);

    fn join(self, before: f32, value: f32) -> f32 {
        before * value
    }

    fn beside(self, gradient: f32, other: f32, _y: f32, _before: bool) -> f32 {
        gradient * other
    }
}
