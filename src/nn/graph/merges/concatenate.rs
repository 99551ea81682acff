//! Several inputs one behind the other.

use crate::config::{Config, configured};
use crate::error::{Error, Result};
use crate::nn::graph::merge::{Merge, MergeBackward, MergeForward, MergeOp, Merging};
use crate::nn::{MaskFlow, Op};

/// Its inputs one behind the other along an axis, as Keras' `Concatenate`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let picture = Input::new([8, 8, 1]);
/// let a = Conv2D::new(4, 3).padding(Padding::Same).apply(&picture);
/// let b = Conv2D::new(2, 5).padding(Padding::Same).apply(&picture);
/// assert_eq!(Concatenate::new().apply([&a, &b]).shape()?, [8, 8, 6]);
/// assert_eq!(Concatenate::new().axis(1).apply([&a, &a]).shape()?, [16, 8, 4]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Concatenate {
    axis: isize,
}

impl Default for Concatenate {
    fn default() -> Self {
        Concatenate { axis: -1 }
    }
}

impl Concatenate {
    /// Along the last axis; all others must be as long.
    pub fn new() -> Self {
        Concatenate::default()
    }

    /// Along another axis, counted as in Keras: 1 is the first of a sample (0 counts the samples),
    /// -1 the last.
    pub fn axis(mut self, axis: isize) -> Self {
        self.axis = axis;
        self
    }
}

configured!(Concatenate as "keras.layers" "Concatenate", |from| Concatenate::new(), axis = axis);

impl Merge for Concatenate {
    fn class_name(&self) -> &str {
        "Concatenate"
    }

    fn build(&self, inputs: &[&[usize]]) -> Result<Box<dyn Op>> {
        const WHO: &str = "Concatenate";
        let Some((first, others)) = inputs.split_first() else {
            return Err(Error::argument("Concatenate: the number of inputs", 0, "at least 1"));
        };
        let axes = first.len() as isize;
        let axis = if self.axis < 0 { self.axis + axes } else { self.axis - 1 };
        if !(0..axes).contains(&axis) {
            let expected = format!("1 to {axes} or -{axes} to -1 for samples of shape {first:?}");
            return Err(Error::argument("Concatenate: the axis", self.axis, expected));
        }
        let axis = axis as usize;
        let mut output = first.to_vec();
        for shape in others {
            let fits = shape.len() == first.len()
                && (0..shape.len()).all(|i| i == axis || shape[i] == first[i]);
            let length = shape.get(axis).and_then(|n| output[axis].checked_add(*n));
            match length {
                Some(length) if fits => output[axis] = length,
                _ => {
                    let expected = format!(
                        "it is put behind {first:?}: all axes but the one along which they are \
                         put must be as long"
                    );
                    return Err(Error::shape(WHO, shape, expected));
                }
            }
        }
        let widths = inputs.iter().map(|shape| shape[axis..].iter().product()).collect();
        let merging = Side { widths, blocks: first[..axis].iter().product() };
        // Steps that are put behind others would need a mask of both.
        let features = axis + 1 == output.len();
        let mask_flow = if features { MaskFlow::Passes } else { MaskFlow::Refuses };
        Ok(Box::new(MergeOp { merging, output, scratch: 0, mask_flow }))
    }

    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }
}

struct Side {
    /// Values of each input that lie one after the other.
    widths: Vec<usize>,
    /// How often that is so in a sample.
    blocks: usize,
}

impl Side {
    fn width(&self) -> usize {
        self.widths.iter().sum()
    }
}

impl Merging for Side {
    fn forward(&self, pass: MergeForward<'_>) {
        let MergeForward { inputs, y, .. } = pass;
        let mut at = 0;
        for (input, &width) in self.widths.iter().enumerate() {
            let blocks =
                y.chunks_exact_mut(self.width()).zip(inputs.get(input).chunks_exact(width));
            blocks.for_each(|(y, x)| y[at..at + width].copy_from_slice(x));
            at += width;
        }
    }

    fn backward(&self, pass: MergeBackward<'_>) {
        let at: usize = self.widths[..pass.input].iter().sum();
        let width = self.widths[pass.input];
        debug_assert_eq!(pass.dx.len(), pass.rows * self.blocks * width);
        let blocks = pass.dy.chunks_exact(self.width()).zip(pass.dx.chunks_exact_mut(width));
        blocks.for_each(|(dy, dx)| dx.copy_from_slice(&dy[at..at + width]));
    }
}
