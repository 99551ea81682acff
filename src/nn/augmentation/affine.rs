//! Pictures resampled by an affine map, which rotation, translation and zoom have in common.

use super::{Draws, FillMode, Interpolation, Shape};
use crate::kernels::vectorized;
use crate::nn::layer::{Backward, Forward, Op};

/// Where an output pixel (x, y) comes from: (a x + b y + c, d x + e y + f).
pub(super) type Matrix = [f32; 6];

/// How the pixels of the result are found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Resampling {
    pub fill_mode: FillMode,
    pub interpolation: Interpolation,
    pub fill_value: f32,
}

/// The operation of a layer that draws a matrix for each picture.
pub(super) struct AffineOp {
    pub shape: Shape,
    pub output: Vec<usize>,
    pub resampling: Resampling,
    pub matrix: Box<dyn Fn(Draws) -> Matrix + Send + Sync>,
}

/// The pixels that make an output pixel and their shares, and the share of the fill value.
struct Sources {
    at: [usize; 4],
    share: [f32; 4],
    filled: f32,
}

impl Sources {
    /// The fill value as smallest and largest of what the pixel is a mean of, where it is part of
    /// it.
    #[inline(always)]
    fn ends(&self, fill: f32) -> (f32, f32) {
        if self.filled > 0.0 { (fill, fill) } else { (f32::INFINITY, f32::NEG_INFINITY) }
    }
}

impl Resampling {
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
                // Shares and products round: a mean of equal pixels would be another value.
                // What is no number stays none.
                let mean = sum + filled;
                let mean = if mean < low { low } else { mean };
                *y = if mean > high { high } else { mean };
            }
        });
    }

    /// The gradient by the picture: the transpose of [`apply`](Self::apply).
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

impl Op for AffineOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    /// The matrix.
    fn scratch(&self) -> usize {
        6
    }

    fn work(&self) -> usize {
        16 * self.shape.height * self.shape.width
    }

    fn only_trains(&self) -> bool {
        true
    }

    fn forward(&self, pass: Forward<'_>) {
        if !pass.training {
            return pass.y.copy_from_slice(pass.x);
        }
        let n = self.shape.len();
        let pictures = pass.x.chunks_exact(n).zip(pass.y.chunks_exact_mut(n));
        for (row, ((x, y), kept)) in pictures.zip(pass.scratch.as_chunks_mut::<6>().0).enumerate() {
            *kept = (self.matrix)(Draws::new(pass.seed, row));
            vectorized(|| self.resampling.apply(self.shape, kept, x, y));
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let Some(dx) = pass.dx else { return };
        let n = self.shape.len();
        let pictures = pass.dy.chunks_exact(n).zip(dx.chunks_exact_mut(n));
        for ((dy, dx), kept) in pictures.zip(pass.scratch.as_chunks::<6>().0) {
            vectorized(|| self.resampling.transpose(self.shape, kept, dy, dx));
        }
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
    ) -> crate::error::Result<Box<dyn Op>> {
        if !self.fill_value.is_finite() {
            let what = format!("{layer}: the fill value");
            return Err(crate::error::Error::argument(what, self.fill_value, "a finite number"));
        }
        let output = vec![shape.height, shape.width, shape.channels];
        Ok(Box::new(AffineOp { shape, output, resampling: self, matrix: Box::new(matrix) }))
    }
}
