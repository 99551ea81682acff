//! Repeated steps and pixels.

use super::{Axes, Rearranged};
use crate::config::{configured, configured_layer};
use crate::error::Result;
use crate::nn::layer::{Layer, Op};
use crate::nn::size::{Length, Size, picture, sequence};

/// Repeats each step of a sequence, as Keras' `UpSampling1D`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// assert_eq!(Sequential::new([6, 3]).add(UpSampling1D::new(2)).build()?.output(), [12, 3]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct UpSampling1D {
    size: usize,
}

impl UpSampling1D {
    /// A layer that repeats each step this many times.
    pub fn new(size: usize) -> Self {
        UpSampling1D { size }
    }
}

configured!(UpSampling1D as "keras.layers" "UpSampling1D",
    |from| UpSampling1D::new(from.get("size")?), size = size);

impl Layer for UpSampling1D {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        Length(self.size).check("UpSampling1D: the size")?;
        let [steps, n] = sequence("UpSampling1D", input)?;
        let steps = steps.saturating_mul(self.size);
        let place = |at: usize| Some(at / self.size * n);
        Rearranged::boxed("UpSampling1D", vec![steps, n], n, &[(steps, &place)])
    }
}

/// Repeats each pixel in both directions, as Keras' `UpSampling2D` (nearest neighbours).
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([7, 7, 3]).add(UpSampling2D::new((2, 4)));
/// assert_eq!(net.build()?.output(), [14, 28, 3]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct UpSampling2D {
    size: Size,
}

impl UpSampling2D {
    /// A layer that repeats each pixel this many times: a number, or a pair (height, width).
    pub fn new(size: impl Into<Size>) -> Self {
        UpSampling2D { size: size.into() }
    }
}

configured!(UpSampling2D as "keras.layers" "UpSampling2D",
    |from| UpSampling2D::new(from.get::<Size>("size")?), size = size;
    fixed data_format = "channels_last", interpolation = "nearest");

impl Layer for UpSampling2D {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        self.size.check("UpSampling2D: the size")?;
        let [height, width, n] = picture("UpSampling2D", input)?;
        let [up, across] = self.size.axes();
        let (rows, columns) = (height.saturating_mul(up), width.saturating_mul(across));
        let row = |at: usize| Some(at / up * width * n);
        let column = |at: usize| Some(at / across * n);
        let axes: Axes<'_> = &[(rows, &row), (columns, &column)];
        Rearranged::boxed("UpSampling2D", vec![rows, columns, n], n, axes)
    }
}
