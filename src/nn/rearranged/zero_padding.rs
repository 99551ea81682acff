//! Zeros around sequences and pictures.

use super::{Axes, Ends, Rearranged};
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};
use crate::nn::layer::{Layer, Op};
use crate::nn::size::{Edges, LONGEST, picture, sequence};

/// Zeros before and after a sequence, as Keras' `ZeroPadding1D`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// assert_eq!(Sequential::new([6, 3]).add(ZeroPadding1D::new((2, 0))).build()?.output(), [8, 3]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ZeroPadding1D {
    padding: (usize, usize),
}

impl ZeroPadding1D {
    /// Steps of zeros: a number, or a pair (before, after).
    pub fn new(padding: impl Into<Ends>) -> Self {
        let Ends(before, after) = padding.into();
        ZeroPadding1D { padding: (before, after) }
    }
}

configured!(ZeroPadding1D as "keras.layers" "ZeroPadding1D", |from| ZeroPadding1D::new(1),
    padding = padding; fixed data_format = "channels_last");

impl Layer for ZeroPadding1D {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let [steps, n] = sequence("ZeroPadding1D", input)?;
        let (before, after) = self.padding;
        check_added("ZeroPadding1D", before.max(after))?;
        let all = before + steps + after;
        let place = |at: usize| Some(at.checked_sub(before).filter(|i| *i < steps)? * n);
        Rearranged::boxed("ZeroPadding1D", vec![all, n], n, &[(all, &place)])
    }
}

/// Zeros around a picture, as Keras' `ZeroPadding2D`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([7, 7, 3]).add(ZeroPadding2D::new(((0, 1), (2, 2))));
/// assert_eq!(net.build()?.output(), [8, 11, 3]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ZeroPadding2D {
    padding: Edges,
}

impl ZeroPadding2D {
    /// Pixels of zeros: a number, a pair (height, width), or ((top, bottom), (left, right)).
    pub fn new(padding: impl Into<Edges>) -> Self {
        ZeroPadding2D { padding: padding.into() }
    }
}

configured!(ZeroPadding2D as "keras.layers" "ZeroPadding2D", |from| ZeroPadding2D::new(1),
    padding = padding; fixed data_format = "channels_last");

impl Layer for ZeroPadding2D {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let [height, width, n] = picture("ZeroPadding2D", input)?;
        let Edges { height: (top, bottom), width: (left, right) } = self.padding;
        check_added("ZeroPadding2D", top.max(bottom).max(left).max(right))?;
        let (rows, columns) = (top + height + bottom, left + width + right);
        let row = |at: usize| Some(at.checked_sub(top).filter(|i| *i < height)? * width * n);
        let column = |at: usize| Some(at.checked_sub(left).filter(|i| *i < width)? * n);
        let axes: Axes<'_> = &[(rows, &row), (columns, &column)];
        Rearranged::boxed("ZeroPadding2D", vec![rows, columns, n], n, axes)
    }
}

/// # Errors
/// If the padding is longer than any picture or sequence.
fn check_added(class: &str, most: usize) -> Result<()> {
    if most <= LONGEST {
        return Ok(());
    }
    let what = format!("{class}: the padding");
    Err(Error::argument(what, most, format!("at most {LONGEST}")))
}
