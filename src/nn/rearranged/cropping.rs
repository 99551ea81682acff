//! Cropping of sequences and pictures.

use super::{Axes, Ends, Rearranged};
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};
use crate::nn::layer::{Layer, Op};
use crate::nn::size::{Edges, picture, sequence};

/// A sequence without its first and last steps, as Keras' `Cropping1D`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// assert_eq!(Sequential::new([6, 3]).add(Cropping1D::new((2, 1))).build()?.output(), [3, 3]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Cropping1D {
    cropping: (usize, usize),
}

impl Cropping1D {
    /// Steps to cut off: a number, or a pair (before, after).
    pub fn new(cropping: impl Into<Ends>) -> Self {
        let Ends(before, after) = cropping.into();
        Cropping1D { cropping: (before, after) }
    }
}

configured!(Cropping1D as "keras.layers" "Cropping1D", |from| Cropping1D::new(1),
    cropping = cropping);

impl Layer for Cropping1D {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let [steps, n] = sequence("Cropping1D", input)?;
        let (before, after) = self.cropping;
        let left = left_of(steps, before, after).ok_or_else(|| {
            let expected = format!("more than {} steps, which are cut off", sum(before, after));
            Error::shape("Cropping1D", input, expected)
        })?;
        let place = |at: usize| Some((before + at) * n);
        Rearranged::boxed("Cropping1D", vec![left, n], n, &[(left, &place)])
    }
}

/// A picture without its edges, as Keras' `Cropping2D`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([28, 28, 1]).add(Cropping2D::new((2, 4)));
/// assert_eq!(net.build()?.output(), [24, 20, 1]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Cropping2D {
    cropping: Edges,
}

impl Cropping2D {
    /// Pixels to cut off: a number, a pair (height, width), or ((top, bottom), (left, right)).
    pub fn new(cropping: impl Into<Edges>) -> Self {
        Cropping2D { cropping: cropping.into() }
    }
}

configured!(Cropping2D as "keras.layers" "Cropping2D", |from| Cropping2D::new(0),
    cropping = cropping; fixed data_format = "channels_last");

impl Layer for Cropping2D {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let [height, width, n] = picture("Cropping2D", input)?;
        let Edges { height: (top, bottom), width: (left, right) } = self.cropping;
        let rows = left_of(height, top, bottom);
        let (Some(rows), Some(columns)) = (rows, left_of(width, left, right)) else {
            let cut = (sum(top, bottom), sum(left, right));
            let expected = format!("more than {} x {} pixels, which are cut off", cut.0, cut.1);
            return Err(Error::shape("Cropping2D", input, expected));
        };
        let row = |at: usize| Some((top + at) * width * n);
        let column = |at: usize| Some((left + at) * n);
        let axes: Axes<'_> = &[(rows, &row), (columns, &column)];
        Rearranged::boxed("Cropping2D", vec![rows, columns, n], n, axes)
    }
}

fn sum(a: usize, b: usize) -> usize {
    a.saturating_add(b)
}

/// What is left of a length, if anything.
fn left_of(length: usize, before: usize, after: usize) -> Option<usize> {
    length.checked_sub(sum(before, after)).filter(|left| *left > 0)
}
