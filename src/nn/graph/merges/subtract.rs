//! One input less another.

use super::elementwise::{self, Rule};
use crate::config::{Config, configured};
use crate::error::{Error, Result};
use crate::nn::Op;
use crate::nn::graph::merge::Merge;

/// The first input less the second, place by place, as Keras' `Subtract`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let input = Input::new([3]);
/// let (a, b) = (Dense::new(4).apply(&input), Dense::new(4).apply(&input));
/// let merged = Subtract::new().apply([&a, &b]);
/// assert_eq!(merged.shape()?, [4]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Subtract;

impl Subtract {
    /// Takes two inputs of one shape, or of shapes whose axes are as long or of length 1.
    pub fn new() -> Self {
        Subtract
    }
}

configured!(Subtract as "keras.layers" "Subtract", |from| Subtract);

impl Merge for Subtract {
    fn class_name(&self) -> &str {
        "Subtract"
    }

    fn build(&self, inputs: &[&[usize]]) -> Result<Box<dyn Op>> {
        if inputs.len() != 2 {
            return Err(Error::argument("Subtract: the number of inputs", inputs.len(), "2"));
        }
        elementwise::build("Subtract", *self, inputs)
    }

    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }
}

impl Rule for Subtract {
    fn join(self, before: f32, value: f32) -> f32 {
        before - value
    }

    fn share(self, input: usize, _inputs: usize) -> f32 {
        if input == 0 { 1.0 } else { -1.0 }
    }
}
