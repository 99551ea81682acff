//! The sum of several inputs.

use super::elementwise::{self, Rule};
use crate::config::{Config, configured};
use crate::error::Result;
use crate::nn::Op;
use crate::nn::graph::merge::Merge;

/// The sum of its inputs, place by place, as Keras' `Add`: what joins a skip connection.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let input = Input::new([3]);
/// let (a, b) = (Dense::new(4).apply(&input), Dense::new(4).apply(&input));
/// let merged = Add::new().apply([&a, &b]);
/// assert_eq!(merged.shape()?, [4]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Add;

impl Add {
    /// Takes inputs of one shape, or of shapes whose axes are as long or of length 1.
    pub fn new() -> Self {
        Add
    }
}

configured!(Add as "keras.layers" "Add", |from| Add);

impl Merge for Add {
    fn class_name(&self) -> &str {
        "Add"
    }

    fn build(&self, inputs: &[&[usize]]) -> Result<Box<dyn Op>> {
        elementwise::build("Add", *self, inputs)
    }

    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }
}

impl Rule for Add {
    fn join(self, before: f32, value: f32) -> f32 {
        before + value
    }
}
