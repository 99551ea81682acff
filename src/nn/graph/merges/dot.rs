//! The dot product of two inputs.

use super::elementwise::too_few;
use crate::config::{Config, Value, configured, wrong};
use crate::error::{Error, Result};
use crate::kernels::{Matrix, matmul};
use crate::nn::graph::merge::{Merge, MergeBackward, MergeForward, MergeOp, Merging};
use crate::nn::{MaskFlow, Op};
use serde_json::Value as Json;

/// The dot product of two inputs along an axis of each, as Keras' `Dot`: of vectors one number, of
/// sequences (steps, features) along their features a number for each pair of steps. With
/// [`normalize`](Self::normalize) it is the cosine of the angle between them.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let (a, b) = (Input::new([8]), Input::new([8]));
/// assert_eq!(Dot::new(1).apply([&a, &b]).shape()?, [1]);
/// let (query, key) = (Input::new([5, 8]), Input::new([7, 8]));
/// assert_eq!(Dot::new(2).apply([&query, &key]).shape()?, [5, 7]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dot {
    axes: Axes,
    normalize: bool,
}

/// One axis for both inputs, or one for each.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Axes {
    Same(isize),
    Each([isize; 2]),
}

/// The axes of a [`Dot`]: `1` for both inputs, or `[1, 2]`.
pub trait IntoAxes {
    /// The axis of each input, or the same for both.
    fn into_axes(self) -> Vec<isize>;
}

impl IntoAxes for isize {
    fn into_axes(self) -> Vec<isize> {
        vec![self]
    }
}

impl IntoAxes for [isize; 2] {
    fn into_axes(self) -> Vec<isize> {
        self.to_vec()
    }
}

impl IntoAxes for (isize, isize) {
    fn into_axes(self) -> Vec<isize> {
        vec![self.0, self.1]
    }
}

impl Value for Axes {
    fn to_value(&self) -> Json {
        match self {
            Axes::Same(axis) => (*axis).into(),
            Axes::Each(axes) => Json::from(axes.to_vec()),
        }
    }

    fn from_value(json: &Json) -> Result<Self> {
        if let Some(axis) = json.as_i64() {
            return Ok(Axes::Same(axis as isize));
        }
        let list: Option<Vec<i64>> =
            json.as_array().and_then(|list| list.iter().map(Json::as_i64).collect());
        match list.as_deref() {
            Some([a, b]) => Ok(Axes::Each([*a as isize, *b as isize])),
            _ => Err(wrong(json, "an axis, or a list of two")),
        }
    }
}

impl Dot {
    /// Along this axis of both inputs, or along one of each (`[1, 2]`), counted as in Keras: 1 is
    /// the first of a sample (0 counts the samples), -1 the last.
    pub fn new(axes: impl IntoAxes) -> Self {
        let axes = match axes.into_axes()[..] {
            [a, b] => Axes::Each([a, b]),
            [axis, ..] => Axes::Same(axis),
            [] => Axes::Same(-1),
        };
        Dot { axes, normalize: false }
    }

    /// Whether the inputs are brought to length 1 along the axis before: the cosine proximity;
    /// false by default.
    pub fn normalize(mut self, normalize: bool) -> Self {
        self.normalize = normalize;
        self
    }
}

configured!(Dot as "keras.layers" "Dot",
    |from| Dot { axes: from.get("axes")?, normalize: false },
    axes = axes,
    normalize = normalize
);

impl Merge for Dot {
    fn class_name(&self) -> &str {
        "Dot"
    }

    fn build(&self, inputs: &[&[usize]]) -> Result<Box<dyn Op>> {
        let [a, b] = *inputs else {
            return Err(match inputs.len() {
                0 | 1 => too_few("Dot", inputs.len(), 2),
                count => Error::argument("Dot: the number of inputs", count, "2"),
            });
        };
        let axes = match self.axes {
            Axes::Same(axis) => [axis; 2],
            Axes::Each(axes) => axes,
        };
        let (a, b) = (Sides::of(a, axes[0])?, Sides::of(b, axes[1])?);
        if a.length != b.length {
            let expected = format!("along its axis it must be as long as the first, {}", a.length);
            return Err(Error::shape("Dot", inputs[1], expected));
        }
        let rest = [a.others, b.others].into_iter().flatten();
        let mut output: Vec<usize> = rest.collect();
        if output.is_empty() {
            output.push(1);
        }
        let normalize = self.normalize;
        let scratch = a.len() + b.len() + a.count() + b.count();
        let scratch = if normalize { scratch } else { 0 };
        let merging = Product { sides: [a, b], normalize };
        Ok(Box::new(MergeOp { merging, output, scratch, mask_flow: MaskFlow::Stops }))
    }

    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }
}

/// An input as a matrix: the axis of the products, and the other one, if there is one.
#[derive(Clone, Copy)]
struct Sides {
    length: usize,
    others: Option<usize>,
    /// Places from one to the next, along the axis and along the other one.
    along: usize,
    across: usize,
}

impl Sides {
    fn of(shape: &[usize], axis: isize) -> Result<Self> {
        let axes = shape.len() as isize + 1;
        let place = if axis < 0 { axis + axes } else { axis };
        if !(1..axes).contains(&place) {
            let expected = format!("from 1 to {}, or from -1 to -{}", axes - 1, axes - 1);
            return Err(Error::argument("Dot: the axis", axis, expected));
        }
        match (shape, place) {
            ([length], _) => Ok(Sides { length: *length, others: None, along: 1, across: 0 }),
            ([length, others], 1) => {
                let (along, across) = (*others, 1);
                Ok(Sides { length: *length, others: Some(*others), along, across })
            }
            ([others, length], _) => {
                let (along, across) = (1, *length);
                Ok(Sides { length: *length, others: Some(*others), along, across })
            }
            _ => {
                let expected = "it needs vectors or sequences, of one axis or two";
                Err(Error::shape("Dot", shape, expected))
            }
        }
    }

    /// Vectors along the axis.
    fn count(&self) -> usize {
        self.others.unwrap_or(1)
    }

    fn len(&self) -> usize {
        self.length * self.count()
    }

    /// The vectors as rows.
    fn rows<'a>(&self, values: &'a [f32]) -> Matrix<'a> {
        Matrix::strided(values, self.across, self.along)
    }

    /// The vectors as columns.
    fn columns<'a>(&self, values: &'a [f32]) -> Matrix<'a> {
        Matrix::strided(values, self.along, self.across)
    }
}

struct Product {
    sides: [Sides; 2],
    normalize: bool,
}

/// No vector is taken as shorter, as Keras' `normalize` has it.
const SHORTEST: f32 = 1e-7;

/// Brings vectors to length 1, and keeps their lengths.
fn shorten(sides: &Sides, x: &[f32], to: &mut [f32], lengths: &mut [f32]) {
    for (vector, length) in lengths.iter_mut().enumerate() {
        let places = (0..sides.length).map(|i| vector * sides.across + i * sides.along);
        let squares: f32 = places.clone().map(|at| x[at] * x[at]).sum();
        *length = squares.sqrt().max(SHORTEST);
        places.for_each(|at| to[at] = x[at] / *length);
    }
}

impl Product {
    /// The two inputs of a sample; where that is asked for, with their vectors brought to length 1,
    /// and with the lengths that these had.
    fn operands<'a>(
        &self,
        x: [&'a [f32]; 2],
        scratch: &'a mut [f32],
    ) -> ([&'a [f32]; 2], [&'a [f32]; 2]) {
        if !self.normalize {
            return (x, [&[], &[]]);
        }
        let [a, b] = &self.sides;
        let (of_a, rest) = scratch.split_at_mut(a.len());
        let (of_b, rest) = rest.split_at_mut(b.len());
        let (length_a, rest) = rest.split_at_mut(a.count());
        let length_b = &mut rest[..b.count()];
        shorten(a, x[0], of_a, length_a);
        shorten(b, x[1], of_b, length_b);
        ([of_a, of_b], [length_a, length_b])
    }
}

impl Merging for Product {
    fn forward(&self, pass: MergeForward<'_>) {
        let [a, b] = &self.sides;
        let size = a.count() * b.count();
        for (row, y) in pass.y.chunks_exact_mut(size).take(pass.rows).enumerate() {
            let x = [0, 1].map(|input| {
                let len = self.sides[input].len();
                &pass.inputs.get(input)[row * len..][..len]
            });
            let (x, _) = self.operands(x, pass.scratch);
            matmul([a.count(), b.count(), a.length], a.rows(x[0]), b.columns(x[1]), y, false);
        }
    }

    fn backward(&self, pass: MergeBackward<'_>) {
        let MergeBackward { rows, inputs, input, dy, dx, scratch, .. } = pass;
        let [a, b] = &self.sides;
        let (own, other) = (&self.sides[input], &self.sides[1 - input]);
        let size = a.count() * b.count();
        for row in 0..rows {
            let x = [0, 1].map(|input| {
                let len = self.sides[input].len();
                &inputs.get(input)[row * len..][..len]
            });
            let (x, lengths) = self.operands(x, scratch);
            let dy = &dy[row * size..][..size];
            let (straight, turned) =
                (Matrix::rows(dy, b.count()), Matrix::transposed(dy, b.count()));
            let (by_own, by_other) =
                if input == 0 { (straight, turned) } else { (turned, straight) };
            let to = &mut dx[row * own.len()..][..own.len()];
            let x_other = x[1 - input];
            if own.along == 1 {
                let shape = [own.count(), own.length, other.count()];
                matmul(shape, by_own, other.rows(x_other), to, false);
            } else {
                let shape = [own.length, own.count(), other.count()];
                matmul(shape, other.columns(x_other), by_other, to, false);
            }
            for (vector, length) in lengths[input].iter().enumerate() {
                let places = (0..own.length).map(|i| vector * own.across + i * own.along);
                // Along the vector itself its length takes the gradient back.
                let along = match *length > SHORTEST {
                    true => places.clone().map(|at| to[at] * x[input][at]).sum(),
                    false => 0.0,
                };
                places.for_each(|at| to[at] = (to[at] - along * x[input][at]) / length);
            }
        }
    }
}
