//! Resampling of pictures by an affine map, for rotation, translation and zoom.

use super::change::{Change, op};
use super::{Draws, FillMode, Interpolation, Shape};
use crate::config::{Object, Settings, Value};
use crate::error::{Error, Result};
use crate::kernels::vectorized;
use crate::nn::layer::Op;

/// Where an output pixel (x, y) comes from: (a x + b y + c, d x + e y + f).
pub(super) type Matrix = [f32; 6];

/// How the pixels of the result are found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Resampling {
    pub fill_mode: FillMode,
    pub interpolation: Interpolation,
    pub fill_value: f32,
}

/// The change of a layer that draws a matrix for each picture.
struct Affine {
    shape: Shape,
    resampling: Resampling,
    matrix: Box<dyn Fn(Draws) -> Matrix + Send + Sync>,
}

/// The pixels that make an output pixel and their shares, and the share of the fill value.
struct Sources {
    at: [usize; 4],
    share: [f32; 4],
    filled: f32,
}

impl Sources {
    /// The fill value as the first lower and upper bound of the pixel, if the pixel is partly
    /// filled; otherwise bounds that every value replaces.
    #[inline(always)]
    fn ends(&self, fill: f32) -> (f32, f32) {
        if self.filled > 0.0 { (fill, fill) } else { (f32::INFINITY, f32::NEG_INFINITY) }
    }
}

impl Resampling {
    pub fn write(&self, settings: &mut Object) {
        settings.insert("fill_mode".into(), self.fill_mode.to_value());
        settings.insert("fill_value".into(), self.fill_value.to_value());
        settings.insert("interpolation".into(), self.interpolation.to_value());
    }

    pub fn read(&mut self, from: &Settings<'_>) -> Result<()> {
        from.read("fill_mode", &mut self.fill_mode)?;
        from.read("fill_value", &mut self.fill_value)?;
        from.read("interpolation", &mut self.interpolation)
    }

    /// What makes the output pixel that comes from (x, y).
    #[inline(always)]
    fn sources(self, shape: Shape, x: f32, y: f32) -> Sources {
        let (x, y) = (self.fill_mode.place(x, shape.width), self.fill_mode.place(y, shape.height));
        let mut found = Sources { at: [0; 4], share: [0.0; 4], filled: 0.0 };
        let mut add = |n: usize, x: f32, y: f32, share: f32| {
            let (width, height) = (shape.width as f32, shape.height as f32);
            if x >= 0.0 && x < width && y >= 0.0 && y < height {
                found.at[n] = (y as usize * shape.width + x as usize) * shape.channels;
                found.share[n] = share;
            } else {
                found.filled += share;
            }
        };
        match self.interpolation {
            Interpolation::Nearest => add(0, x.round(), y.round(), 1.0),
            Interpolation::Bilinear => {
                let (left, top) = (x.floor(), y.floor());
                let (right, bottom) = (left + 1.0, top + 1.0);
                add(0, left, top, (right - x) * (bottom - y));
                add(1, right, top, (x - left) * (bottom - y));
                add(2, left, bottom, (right - x) * (y - top));
                add(3, right, bottom, (x - left) * (y - top));
            }
        }
        found
    }

    /// Calls `each` with the place of every output pixel and its sources.
    #[inline(always)]
    fn visit(self, shape: Shape, m: &Matrix, mut each: impl FnMut(usize, Sources)) {
        for row in 0..shape.height {
            for column in 0..shape.width {
                let (x, y) = (column as f32, row as f32);
                let sources =
                    self.sources(shape, m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5]);
                each((row * shape.width + column) * shape.channels, sources);
            }
        }
    }

    /// One picture.
    #[inline(always)]
    pub fn apply(self, shape: Shape, m: &Matrix, x: &[f32], y: &mut [f32]) {
        self.visit(shape, m, |at, from| {
            let filled = from.filled * self.fill_value;
            for (channel, y) in y[at..at + shape.channels].iter_mut().enumerate() {
                let (mut low, mut high) = from.ends(self.fill_value);
                let mut sum = 0.0;
                for (at, share) in from.at.iter().zip(from.share) {
                    let value = x[at + channel];
                    sum += value * share;
                    if share > 0.0 {
                        (low, high) = (low.min(value), high.max(value));
                    }
                }
                // Rounding could move a mean of equal pixels off their value. NaN stays NaN.
                let mean = sum + filled;
                let mean = if mean < low { low } else { mean };
                *y = if mean > high { high } else { mean };
            }
        });
    }

    /// The gradient with respect to the picture: the transpose of [`apply`](Self::apply).
    #[inline(always)]
    fn transpose(self, shape: Shape, m: &Matrix, dy: &[f32], dx: &mut [f32]) {
        dx.fill(0.0);
        self.visit(shape, m, |at, from| {
            for (channel, dy) in dy[at..at + shape.channels].iter().enumerate() {
                for (at, share) in from.at.iter().zip(from.share) {
                    dx[at + channel] += dy * share;
                }
            }
        });
    }
}

impl Change for Affine {
    /// The matrix.
    fn kept(&self) -> usize {
        6
    }

    fn work(&self, shape: Shape) -> usize {
        16 * shape.height * shape.width
    }

    fn change(&self, draws: Draws, kept: &mut [f32], x: &[f32], y: &mut [f32]) {
        let matrix = (self.matrix)(draws);
        kept.copy_from_slice(&matrix);
        vectorized(|| self.resampling.apply(self.shape, &matrix, x, y));
    }

    fn gradient(&self, kept: &[f32], _x: &[f32], dy: &[f32], dx: &mut [f32]) {
        let Some(matrix) = kept.first_chunk() else { return };
        vectorized(|| self.resampling.transpose(self.shape, matrix, dy, dx));
    }
}

/// Gives a layer with a field `resampling` Keras' arguments for it.
macro_rules! resampling_arguments {
    () => {
        /// The filling beyond the edges; [`FillMode::Reflect`] by default.
        pub fn fill_mode(mut self, mode: FillMode) -> Self {
            self.resampling.fill_mode = mode;
            self
        }

        /// The interpolation between pixels; [`Interpolation::Bilinear`] by default.
        pub fn interpolation(mut self, interpolation: Interpolation) -> Self {
            self.resampling.interpolation = interpolation;
            self
        }

        /// The value beyond the edges for [`FillMode::Constant`]; 0 by default.
        pub fn fill_value(mut self, value: f32) -> Self {
            self.resampling.fill_value = value;
            self
        }
    };
}
pub(super) use resampling_arguments;

impl Resampling {
    /// The operation that draws its matrices by `matrix`.
    pub fn op(
        self,
        layer: &str,
        shape: Shape,
        matrix: impl Fn(Draws) -> Matrix + Send + Sync + 'static,
    ) -> Result<Box<dyn Op>> {
        if !self.fill_value.is_finite() {
            let what = format!("{layer}: the fill value");
            return Err(Error::argument(what, self.fill_value, "a finite number"));
        }
        Ok(op(shape, Affine { shape, resampling: self, matrix: Box::new(matrix) }))
    }
}
