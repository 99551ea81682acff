//! The largest of several inputs.

use super::elementwise::{self, Rule};
use crate::config::{Config, configured};
use crate::error::Result;
use crate::nn::Op;
use crate::nn::graph::merge::Merge;

/// The largest of its inputs, place by place, as Keras' `Maximum`. Where several are the largest, the
/// gradient goes to the first of them. Masked steps are left out; where all are masked, the first
/// input is given.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let input = Input::new([3]);
/// let (a, b) = (Dense::new(4).apply(&input), Dense::new(4).apply(&input));
/// let merged = Maximum::new().apply([&a, &b]);
/// assert_eq!(merged.shape()?, [4]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Maximum;

impl Maximum {
    /// Takes inputs of one shape, or of shapes whose axes are as long or of length 1.
    pub fn new() -> Self {
        Maximum
    }
}

configured!(Maximum as "keras.layers" "Maximum", |from| Maximum);

impl Merge for Maximum {
    fn class_name(&self) -> &str {
        "Maximum"
    }

    fn build(&self, inputs: &[&[usize]]) -> Result<Box<dyn Op>> {
        elementwise::build("Maximum", *self, inputs)
    }

    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }
}

impl Rule for Maximum {
    const BY_VALUE: bool = true;
    const LEAVES_OUT: Option<f32> = Some(1.0);

    fn join(self, before: f32, value: f32) -> f32 {
        if value > before { value } else { before }
    }

    fn beside(self, gradient: f32, other: f32, y: f32, before: bool) -> f32 {
        if before && other == y { 0.0 } else { gradient }
    }

    fn own(self, gradient: f32, value: f32, y: f32) -> f32 {
        if value == y { gradient } else { 0.0 }
    }
}
