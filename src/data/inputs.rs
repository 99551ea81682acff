//! Inputs for predictions.

use super::{Dataset, Values};
use crate::array::Array;

/// Inputs for a prediction: a [`Dataset`], which is prepared as the model's training rows were, or
/// an [`Array`], which is taken as it is.
#[derive(Clone, Copy, Debug)]
pub enum Inputs<'a> {
    /// Rows that know what was done to them.
    Dataset(&'a Dataset),
    /// Rows as a network takes them.
    Array(&'a Array),
}

impl<'a> Inputs<'a> {
    /// The rows, as exact as they are known.
    pub(crate) fn values(self) -> Values<'a> {
        match self {
            Inputs::Dataset(data) => data.into(),
            Inputs::Array(x) => x.into(),
        }
    }
}

impl<'a> From<&'a Dataset> for Inputs<'a> {
    fn from(data: &'a Dataset) -> Self {
        Inputs::Dataset(data)
    }
}

impl<'a> From<&'a Array> for Inputs<'a> {
    fn from(x: &'a Array) -> Self {
        Inputs::Array(x)
    }
}
