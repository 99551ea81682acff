//! Sizes and padding of picture layers.

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

/// The most pixels along one side of a picture, so that computations with sides do not overflow.
pub(super) const LONGEST: usize = 1 << 20;

/// The most values in one sample or one weight (8 GB): a file that claims more is damaged or too
/// large to compute.
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

/// One length along a sequence, which Keras writes as a list of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length(pub usize);

impl Length {
    /// # Errors
    /// If it is 0, or longer than any sequence.
    pub(super) fn check(self, what: &str) -> Result<()> {
        if (1..=LONGEST).contains(&self.0) {
            return Ok(());
        }
        Err(Error::argument(what, self.0, format!("from 1 to {LONGEST}")))
    }
}

impl Value for Length {
    fn to_value(&self) -> Json {
        vec![self.0].to_value()
    }

    fn from_value(json: &Json) -> Result<Self> {
        let one = match json.as_array().map(Vec::as_slice) {
            Some([one]) => one,
            _ => json,
        };
        let length = usize::from_value(one).map(Length);
        length.map_err(|_| wrong(json, "a whole number, or a list of one"))
    }
}

/// Padding or cropping of a picture: one number for all four sides, a pair (height, width), or a pair
/// of pairs ((top, bottom), (left, right)).
///
/// ```
/// use dfdx_lab::nn::Edges;
/// assert_eq!(Edges::from(1), Edges::from(((1, 1), (1, 1))));
/// assert_eq!(Edges::from((1, 2)), Edges::from(((1, 1), (2, 2))));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edges {
    /// Above and below.
    pub height: (usize, usize),
    /// To the left and to the right.
    pub width: (usize, usize),
}

impl From<usize> for Edges {
    fn from(all: usize) -> Self {
        Edges { height: (all, all), width: (all, all) }
    }
}

impl From<(usize, usize)> for Edges {
    fn from((height, width): (usize, usize)) -> Self {
        Edges { height: (height, height), width: (width, width) }
    }
}

impl From<((usize, usize), (usize, usize))> for Edges {
    fn from((height, width): ((usize, usize), (usize, usize))) -> Self {
        Edges { height, width }
    }
}

impl Value for Edges {
    fn to_value(&self) -> Json {
        (self.height, self.width).to_value()
    }

    fn from_value(json: &Json) -> Result<Self> {
        let pairs = <((usize, usize), (usize, usize))>::from_value(json).map(Edges::from);
        let pair = || <(usize, usize)>::from_value(json).map(Edges::from);
        let one = || usize::from_value(json).map(Edges::from);
        let any = pairs.or_else(|_| pair()).or_else(|_| one());
        any.map_err(|_| wrong(json, "a whole number, a pair, or a pair of pairs"))
    }
}

/// The padding at the edges of a picture, or at the ends of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Padding {
    /// Windows stay inside; the output is smaller.
    #[default]
    Valid,
    /// Windows extend beyond the edges: the output has `input / strides` pixels, rounded up. An odd
    /// pixel of padding goes to the end, as in TensorFlow.
    Same,
    /// Windows extend beyond the beginning of a sequence only, so that no output depends on a later
    /// step; for [`Conv1D`](super::Conv1D).
    Causal,
}

named!(Padding: Valid = "valid", Same = "same", Causal = "causal");

impl Padding {
    /// # Errors
    /// If the padding is causal, which only [`Conv1D`](super::Conv1D) takes.
    pub(super) fn check_not_causal(self, layer: &str) -> Result<()> {
        if self == Padding::Causal {
            let what = format!("{layer}: the padding");
            let expected = "Valid or Same: causal padding is for Conv1D";
            return Err(Error::argument(what, "Causal", expected));
        }
        Ok(())
    }
}

/// The three axes of a picture.
///
/// # Errors
/// If the shape does not have three axes, or one has length 0.
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

/// The two axes of a sequence.
///
/// # Errors
/// If the shape does not have two axes, or one has length 0.
pub(super) fn sequence(layer: &str, input: &[usize]) -> Result<[usize; 2]> {
    match *input {
        [steps, features] if steps.min(features) > 0 => Ok([steps, features]),
        _ => Err(Error::shape(
            layer,
            input,
            "it needs sequences of two axes: steps, features (a plain row of numbers is a sequence \
             of 1 feature: put .add(Reshape::new([-1, 1])) before it; after a recurrent layer, that \
             one needs .return_sequences(true))",
        )),
    }
}
