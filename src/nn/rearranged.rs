//! Layers whose outputs are values of the input, or 0: permuted axes, repeated, padded and cropped
//! samples.

use super::layer::{Backward, Forward, Layer, Op};
use super::size::{Edges, LONGEST, Length, MOST, Size, picture, sequence, volume};
use crate::config::{Config, configured};
use crate::error::{Error, Result};

/// Runs of neighbouring values, each from a place in the input.
struct Rearranged {
    output: Vec<usize>,
    run: usize,
    /// For each axis of the output, but for that of a run, how far each of its positions lies from
    /// the input's first value; nothing for a position without an input.
    axes: Vec<Vec<Option<usize>>>,
}

impl Rearranged {
    /// # Errors
    /// If there are more values than can be.
    fn boxed(class: &str, output: Vec<usize>, run: usize, axes: Axes<'_>) -> Result<Box<dyn Op>> {
        let longest = axes.iter().map(|(length, _)| *length).max().unwrap_or(0);
        if volume(&output).is_none() || longest > LONGEST {
            let expected = format!(
                "{MOST} values are the most there can be, and {LONGEST} positions along an axis"
            );
            return Err(Error::shape(format!("{class}: the output"), &output, expected));
        }
        let axes = axes.iter().map(|(length, place)| (0..*length).map(place).collect()).collect();
        Ok(Box::new(Rearranged { output, run, axes }))
    }
}

/// The lengths of the output's axes, but for that of a run, and where each position of one lies in
/// the input.
type Axes<'a> = &'a [(usize, Place<'a>)];

type Place<'a> = &'a dyn Fn(usize) -> Option<usize>;

/// Calls `work(place in the output, place in the input)` for each run of a sample.
fn walk(
    axes: &[Vec<Option<usize>>],
    run: usize,
    from: Option<usize>,
    to: &mut usize,
    work: &mut impl FnMut(usize, Option<usize>),
) {
    match axes {
        [] => {
            work(*to, from);
            *to += run;
        }
        [axis, inner @ ..] => {
            for place in axis {
                walk(inner, run, from.zip(*place).map(|(a, b)| a + b), to, work);
            }
        }
    }
}

impl Op for Rearranged {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn forward(&self, pass: Forward<'_>) {
        let (n, len) = (self.run, self.output.iter().product::<usize>());
        let Some(input) = pass.x.len().checked_div(pass.rows) else { return };
        for (x, y) in pass.x.chunks_exact(input).zip(pass.y.chunks_exact_mut(len)) {
            walk(&self.axes, n, Some(0), &mut 0, &mut |to, from| match from {
                Some(from) => y[to..to + n].copy_from_slice(&x[from..from + n]),
                None => y[to..to + n].fill(0.0),
            });
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let (n, len) = (self.run, self.output.iter().product::<usize>());
        let (Some(dx), Some(input)) = (pass.dx, pass.x.len().checked_div(pass.rows)) else {
            return;
        };
        dx.fill(0.0);
        for (dx, dy) in dx.chunks_exact_mut(input).zip(pass.dy.chunks_exact(len)) {
            walk(&self.axes, n, Some(0), &mut 0, &mut |at, from| {
                if let Some(from) = from {
                    let to = dx[from..from + n].iter_mut();
                    to.zip(&dy[at..at + n]).for_each(|(t, d)| *t += d);
                }
            });
        }
    }
}

macro_rules! layer {
    ($name:ident, $class:literal, |$self:ident, $input:ident| $build:expr) => {
        impl Layer for $name {
            fn config(&self) -> Result<Config> {
                Ok(Config::of(self))
            }

            fn class_name(&self) -> &str {
                $class
            }

            fn build(&$self, $input: &[usize]) -> Result<Box<dyn Op>> {
                $build
            }
        }
    };
}

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

layer!(Permute, "Permute", |self, input| {
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
    let axes: Vec<(usize, Place<'_>)> =
        output.iter().zip(&places).map(|(length, place)| (*length, place as Place<'_>)).collect();
    Rearranged::boxed("Permute", output.clone(), 1, &axes)
});

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
    /// Repeats over this many steps.
    pub fn new(n: usize) -> Self {
        RepeatVector { n }
    }
}

configured!(RepeatVector as "keras.layers" "RepeatVector", |from| RepeatVector::new(from.get("n")?), n = n);

layer!(RepeatVector, "RepeatVector", |self, input| {
    Length(self.n).check("RepeatVector: the number of steps")?;
    let [features] = *input else {
        let expected = "it needs flat samples of one axis: put a Flatten layer before it";
        return Err(Error::shape("RepeatVector", input, expected));
    };
    let output = vec![self.n, features];
    Rearranged::boxed("RepeatVector", output, features, &[(self.n, &|_| Some(0))])
});

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
    /// This many times.
    pub fn new(size: usize) -> Self {
        UpSampling1D { size }
    }
}

configured!(UpSampling1D as "keras.layers" "UpSampling1D",
    |from| UpSampling1D::new(from.get("size")?), size = size);

layer!(UpSampling1D, "UpSampling1D", |self, input| {
    Length(self.size).check("UpSampling1D: the size")?;
    let [steps, n] = sequence("UpSampling1D", input)?;
    let steps = steps.saturating_mul(self.size);
    let place = |at: usize| Some(at / self.size * n);
    Rearranged::boxed("UpSampling1D", vec![steps, n], n, &[(steps, &place)])
});

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
    /// Repeats this many times: a number, or a pair (height, width).
    pub fn new(size: impl Into<Size>) -> Self {
        UpSampling2D { size: size.into() }
    }
}

configured!(UpSampling2D as "keras.layers" "UpSampling2D",
    |from| UpSampling2D::new(from.get::<Size>("size")?), size = size;
    fixed data_format = "channels_last", interpolation = "nearest");

layer!(UpSampling2D, "UpSampling2D", |self, input| {
    self.size.check("UpSampling2D: the size")?;
    let [height, width, n] = picture("UpSampling2D", input)?;
    let [up, across] = self.size.axes();
    let (rows, columns) = (height.saturating_mul(up), width.saturating_mul(across));
    let row = |at: usize| Some(at / up * width * n);
    let column = |at: usize| Some(at / across * n);
    let axes: Axes<'_> = &[(rows, &row), (columns, &column)];
    Rearranged::boxed("UpSampling2D", vec![rows, columns, n], n, axes)
});

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

/// Steps at the beginning and at the end of a sequence: one number for both, or a pair.
#[derive(Clone, Copy, Debug)]
pub struct Ends(usize, usize);

impl From<usize> for Ends {
    fn from(both: usize) -> Self {
        Ends(both, both)
    }
}

impl From<(usize, usize)> for Ends {
    fn from((start, end): (usize, usize)) -> Self {
        Ends(start, end)
    }
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

layer!(ZeroPadding1D, "ZeroPadding1D", |self, input| {
    let [steps, n] = sequence("ZeroPadding1D", input)?;
    let (before, after) = self.padding;
    check_added("ZeroPadding1D", before.max(after))?;
    let all = before + steps + after;
    let place = |at: usize| Some(at.checked_sub(before).filter(|i| *i < steps)? * n);
    Rearranged::boxed("ZeroPadding1D", vec![all, n], n, &[(all, &place)])
});

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

layer!(ZeroPadding2D, "ZeroPadding2D", |self, input| {
    let [height, width, n] = picture("ZeroPadding2D", input)?;
    let Edges { height: (top, bottom), width: (left, right) } = self.padding;
    check_added("ZeroPadding2D", top.max(bottom).max(left).max(right))?;
    let (rows, columns) = (top + height + bottom, left + width + right);
    let row = |at: usize| Some(at.checked_sub(top).filter(|i| *i < height)? * width * n);
    let column = |at: usize| Some(at.checked_sub(left).filter(|i| *i < width)? * n);
    let axes: Axes<'_> = &[(rows, &row), (columns, &column)];
    Rearranged::boxed("ZeroPadding2D", vec![rows, columns, n], n, axes)
});

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

layer!(Cropping1D, "Cropping1D", |self, input| {
    let [steps, n] = sequence("Cropping1D", input)?;
    let (before, after) = self.cropping;
    let left = left_of(steps, before, after).ok_or_else(|| {
        let expected = format!("more than {} steps, which are cut off", sum(before, after));
        Error::shape("Cropping1D", input, expected)
    })?;
    let place = |at: usize| Some((before + at) * n);
    Rearranged::boxed("Cropping1D", vec![left, n], n, &[(left, &place)])
});

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

layer!(Cropping2D, "Cropping2D", |self, input| {
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
});

fn sum(a: usize, b: usize) -> usize {
    a.saturating_add(b)
}

/// The rest of a length, if there is any.
fn left_of(length: usize, before: usize, after: usize) -> Option<usize> {
    length.checked_sub(sum(before, after)).filter(|left| *left > 0)
}

/// # Errors
/// If more is put around than anything is long.
fn check_added(class: &str, most: usize) -> Result<()> {
    if most <= LONGEST {
        return Ok(());
    }
    let what = format!("{class}: the padding");
    Err(Error::argument(what, most, format!("at most {LONGEST}")))
}
