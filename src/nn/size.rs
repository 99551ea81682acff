//! The small arguments of picture layers.

use crate::config::{Value, named, wrong};
use crate::error::{Error, Result};
use serde_json::Value as Json;
use std::fmt;

/// Height and width of a window or its steps: one number for both, or a pair.
///
/// ```
/// use dfdx_lab::nn::Size;
/// assert_eq!(Size::from(3), Size::from((3, 3)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Along the height.
    pub height: usize,
    /// Along the width.
    pub width: usize,
}

/// The most pixels along one side of a picture, so that nothing that is computed from a side
/// overflows.
pub(super) const LONGEST: usize = 1 << 20;

/// The most values in one sample or one weight, 8 GB of them: what a file claims to be larger is
/// a lie or cannot be computed.
pub(super) const MOST: usize = 1 << 31;

/// The product of these lengths, if it is at most [`MOST`].
pub(super) fn volume(shape: &[usize]) -> Option<usize> {
    let all = shape.iter().try_fold(1usize, |n, &length| n.checked_mul(length))?;
    (all <= MOST).then_some(all)
}

impl Size {
    pub(super) fn axes(self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// # Errors
    /// If one of the two is 0, or larger than any picture.
    pub(super) fn check(self, what: &str) -> Result<()> {
        if self.height.max(self.width) > LONGEST {
            return Err(Error::argument(what, self, format!("at most {LONGEST}")));
        }
        if self.height == 0 || self.width == 0 {
            return Err(Error::argument(what, self, "at least 1 in both directions"));
        }
        Ok(())
    }
}

impl From<usize> for Size {
    fn from(both: usize) -> Self {
        Size { height: both, width: both }
    }
}

impl From<(usize, usize)> for Size {
    fn from((height, width): (usize, usize)) -> Self {
        Size { height, width }
    }
}

impl From<[usize; 2]> for Size {
    fn from([height, width]: [usize; 2]) -> Self {
        Size { height, width }
    }
}

impl Value for Size {
    fn to_value(&self) -> Json {
        (self.height, self.width).to_value()
    }

    fn from_value(json: &Json) -> Result<Self> {
        let pair = <(usize, usize)>::from_value(json).map(Size::from);
        let one = || usize::from_value(json).map(Size::from);
        pair.or_else(|_| one()).map_err(|_| wrong(json, "a whole number, or a list of two"))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", self.height, self.width)
    }
}

impl fmt::Debug for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What happens at the edges of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Padding {
    /// Windows stay inside; the output is smaller.
    #[default]
    Valid,
    /// Windows reach over the edges: the output has `input / strides` pixels, rounded up, and the
    /// odd one of two edges comes last, as in TensorFlow.
    Same,
}

named!(Padding: Valid = "valid", Same = "same");

/// The three axes of a picture.
///
/// # Errors
/// If there are not three, or one is empty.
pub(super) fn picture(layer: &str, input: &[usize]) -> Result<[usize; 3]> {
    match *input {
        [h, w, c] if h.min(w).min(c) > 0 && h.max(w) <= LONGEST => Ok([h, w, c]),
        [h, w, _] if h.max(w) > LONGEST => {
            let expected = format!("a side can have {LONGEST} pixels at most");
            Err(Error::shape(layer, input, expected))
        }
        _ => Err(Error::shape(
            layer,
            input,
            "it needs pictures of three axes: height, width, channels (grey ones have 1 channel: \
             put a Reshape layer before it)",
        )),
    }
}
