//! Repetition of a flat sample over several steps.

use super::Rearranged;
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};
use crate::nn::layer::{Layer, Op};
use crate::nn::size::Length;

/// Repeats a flat sample at each of `n` steps, as Keras' `RepeatVector`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([12, 3])
///     .add(LSTM::new(8))
///     .add(RepeatVector::new(5))
///     .add(LSTM::new(8).return_sequences(true))
///     .add(Dense::new(3));
/// assert_eq!(net.build()?.output(), [5, 3]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RepeatVector {
    n: usize,
}

impl RepeatVector {
    /// A layer that repeats samples over this many steps.
    pub fn new(n: usize) -> Self {
        RepeatVector { n }
    }
}

configured!(RepeatVector as "keras.layers" "RepeatVector", |from| RepeatVector::new(from.get("n")?), n = n);

impl Layer for RepeatVector {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        Length(self.n).check("RepeatVector: the number of steps")?;
        let [features] = *input else {
            let expected = "it needs flat samples of one axis: put a Flatten layer before it";
            return Err(Error::shape("RepeatVector", input, expected));
        };
        let output = vec![self.n, features];
        Rearranged::boxed("RepeatVector", output, features, &[(self.n, &|_| Some(0))])
    }
}
