//! Permuted axes.

use super::{Place, Rearranged};
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};
use crate::nn::layer::{Layer, Op};

/// The axes of a sample in another order, as Keras' `Permute`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([12, 3]).add(Permute::new([2, 1]));
/// assert_eq!(net.build()?.output(), [3, 12]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Permute {
    dims: Vec<usize>,
}

impl Permute {
    /// The axes in their new order, counted from 1 after the axis of samples.
    pub fn new(dims: impl Into<Vec<usize>>) -> Self {
        Permute { dims: dims.into() }
    }
}

configured!(Permute as "keras.layers" "Permute", |from| Permute::new(Vec::new()), dims = dims);

impl Layer for Permute {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let mut sorted = self.dims.clone();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(1..=input.len()) {
            let got = format!("{:?}", self.dims);
            let expected = format!("each of the axes 1 to {} once, for {input:?}", input.len());
            return Err(Error::argument("Permute: the axes", got, expected));
        }
        let output: Vec<usize> = self.dims.iter().map(|d| input[d - 1]).collect();
        let step = |axis: &usize| input[*axis..].iter().product::<usize>();
        let places: Vec<_> =
            self.dims.iter().map(step).map(|step| move |i: usize| Some(i * step)).collect();
        let axes: Vec<(usize, Place<'_>)> = output
            .iter()
            .zip(&places)
            .map(|(length, place)| (*length, place as Place<'_>))
            .collect();
        Rearranged::boxed("Permute", output.clone(), 1, &axes)
    }
}
