//! Convolutions of each channel separately.

use super::layer::{Backward, Forward, Op, WeightSpec};
use super::size::{MOST, Size, picture, volume};
use super::windows::Windows;
use super::{Activation, Regularizer};
use crate::error::{Error, Result};
use crate::kernels::{Matrix, add_pixels, matmul, same_padding, vectorized};

/// The sizes of a convolution that computes `multiplier` outputs from each channel of a picture
/// (height, width, channels), with kernels (height, width, channels, multiplier).
pub(super) struct Depthwise {
    input: [usize; 3],
    output: [usize; 2],
    kernel: [usize; 2],
    strides: [usize; 2],
    dilation: [usize; 2],
    /// Zeros above and to the left.
    before: [usize; 2],
    multiplier: usize,
}

impl Depthwise {
    /// None if the kernel does not fit into the picture. No argument may be 0.
    pub fn new(
        input: [usize; 3],
        multiplier: usize,
        kernel: [usize; 2],
        strides: [usize; 2],
        dilation: [usize; 2],
        same: bool,
    ) -> Option<Self> {
        let (mut output, mut before) = ([0; 2], [0; 2]);
        for axis in 0..2 {
            let (length, stride) = (input[axis], strides[axis]);
            let reach = (kernel[axis] - 1) * dilation[axis];
            if same {
                output[axis] = length.div_ceil(stride);
                before[axis] = same_padding(length, reach, stride).0;
            } else {
                output[axis] = length.checked_sub(reach + 1)? / stride + 1;
            }
        }
        Some(Depthwise { input, output, kernel, strides, dilation, before, multiplier })
    }

    /// Checks the settings of a layer of this class, and works out its sizes.
    pub fn of(
        class: &str,
        windows: &Windows<Size>,
        multiplier: usize,
        input: &[usize],
    ) -> Result<Self> {
        windows.check(class)?;
        let input = picture(class, input)?;
        let [kernel, strides] = [windows.kernel_size.axes(), windows.strides.axes()];
        let shapes = [
            vec![kernel[0], kernel[1], input[2], multiplier],
            vec![input[0], input[1], input[2], multiplier],
        ];
        if multiplier == 0 || shapes.iter().any(|shape| volume(shape).is_none()) {
            let what = format!("{class}: the depth multiplier");
            return Err(Error::argument(
                what,
                multiplier,
                format!("at least 1, for kernels and pictures of at most {MOST} values"),
            ));
        }
        let (dilation, same) = (windows.dilation_rate.axes(), windows.same());
        Self::new(input, multiplier, kernel, strides, dilation, same)
            .ok_or_else(|| windows.too_large(class, &input))
    }

    /// Height, width and channels of the output.
    pub fn output(&self) -> [usize; 3] {
        [self.output[0], self.output[1], self.channels()]
    }

    fn channels(&self) -> usize {
        self.input[2] * self.multiplier
    }

    pub fn kernel_len(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.channels()
    }

    pub fn multiplications(&self) -> usize {
        self.output[0] * self.output[1] * self.kernel_len()
    }

    /// Calls `work` with the offsets of each output pixel, kernel point and input pixel that belong
    /// together.
    #[inline(always)]
    fn taps(&self, mut work: impl FnMut(usize, usize, usize)) {
        let [height, width, depth] = self.input;
        let place = |axis: usize, out: usize, point: usize, length: usize| {
            let at = out * self.strides[axis] + point * self.dilation[axis];
            at.checked_sub(self.before[axis]).filter(|at| *at < length)
        };
        for row in 0..self.output[0] {
            for column in 0..self.output[1] {
                let out = (row * self.output[1] + column) * self.channels();
                for y in 0..self.kernel[0] {
                    let Some(at_y) = place(0, row, y, height) else { continue };
                    for x in 0..self.kernel[1] {
                        let Some(at_x) = place(1, column, x, width) else { continue };
                        let point = (y * self.kernel[1] + x) * self.channels();
                        work(out, point, (at_y * width + at_x) * depth);
                    }
                }
            }
        }
    }

    /// The sums of one sample.
    pub fn forward(&self, x: &[f32], kernel: &[f32], y: &mut [f32]) {
        let (depth, n, many) = (self.input[2], self.channels(), self.multiplier);
        y.fill(0.0);
        vectorized(|| {
            self.taps(|out, point, at| {
                let (y, k) = (&mut y[out..out + n], &kernel[point..point + n]);
                let x = &x[at..at + depth];
                if many == 1 {
                    y.iter_mut().zip(x.iter().zip(k)).for_each(|(y, (x, k))| *y += x * k);
                    return;
                }
                let runs = y.chunks_exact_mut(many).zip(k.chunks_exact(many));
                for ((y, k), x) in runs.zip(x) {
                    y.iter_mut().zip(k).for_each(|(y, k)| *y += x * k);
                }
            });
        });
    }

    /// Adds one sample's gradient with respect to the kernel, and writes that with respect to the
    /// input.
    pub fn backward(
        &self,
        x: &[f32],
        kernel: &[f32],
        dz: &[f32],
        to_kernel: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let (depth, n, many) = (self.input[2], self.channels(), self.multiplier);
        vectorized(|| {
            self.taps(|out, point, at| {
                let (dz, k) = (&dz[out..out + n], &mut to_kernel[point..point + n]);
                let x = &x[at..at + depth];
                if many == 1 {
                    k.iter_mut().zip(x.iter().zip(dz)).for_each(|(k, (x, d))| *k += x * d);
                    return;
                }
                let runs = k.chunks_exact_mut(many).zip(dz.chunks_exact(many));
                for ((k, dz), x) in runs.zip(x) {
                    k.iter_mut().zip(dz).for_each(|(k, d)| *k += x * d);
                }
            });
        });
        let Some(dx) = dx else { return };
        dx.fill(0.0);
        vectorized(|| {
            self.taps(|out, point, at| {
                let (dz, k) = (&dz[out..out + n], &kernel[point..point + n]);
                let dx = &mut dx[at..at + depth];
                if many == 1 {
                    dx.iter_mut().zip(dz.iter().zip(k)).for_each(|(x, (d, k))| *x += d * k);
                    return;
                }
                let runs = dz.chunks_exact(many).zip(k.chunks_exact(many));
                for (dx, (dz, k)) in dx.iter_mut().zip(runs) {
                    *dx += dz.iter().zip(k).map(|(d, k)| d * k).sum::<f32>();
                }
            });
        });
    }
}

pub(super) struct DepthwiseOp {
    /// Values of an input sample.
    pub input: usize,
    pub output: [usize; 3],
    pub convolution: Depthwise,
    /// Filters of the pointwise product, if there is one.
    pub filters: Option<usize>,
    pub activation: Activation,
    pub activity_regularizer: Regularizer,
    pub use_bias: bool,
    pub weights: Vec<WeightSpec>,
}

impl DepthwiseOp {
    fn output_len(&self) -> usize {
        self.output.iter().product()
    }

    /// Values of a sample between the depthwise and the pointwise product.
    fn middle(&self) -> usize {
        self.convolution.output().iter().product()
    }

    /// How many values between the two products are kept for the pointwise one.
    fn kept(&self) -> usize {
        if self.filters.is_some() { self.middle() } else { 0 }
    }

    /// The two kernels and the bias.
    fn parts<'a>(&self, weights: &'a [f32]) -> [&'a [f32]; 3] {
        let (depthwise, rest) = weights.split_at(self.convolution.kernel_len());
        let pointwise = self.convolution.output()[2] * self.filters.unwrap_or(0);
        let (pointwise, bias) = rest.split_at(pointwise);
        [depthwise, pointwise, bias]
    }
}

impl Op for DepthwiseOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn weights(&self) -> &[WeightSpec] {
        &self.weights
    }

    fn scratch(&self) -> usize {
        let sums = if self.activation.needs_input() { self.output_len() } else { 0 };
        sums + self.kept()
    }

    /// Also room for one sample's gradient between the two products.
    fn scratch_for(&self, rows: usize) -> usize {
        rows * self.scratch() + self.kept()
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn activity_regularizer(&self) -> Regularizer {
        self.activity_regularizer
    }

    fn work(&self) -> usize {
        self.convolution.multiplications() + self.middle() * self.filters.unwrap_or(0)
    }

    fn forward(&self, pass: Forward<'_>) {
        let (filters, channels) = (self.output[2], self.convolution.output()[2]);
        let [depthwise, pointwise, bias] = self.parts(pass.weights);
        let (middles, rest) = pass.scratch.split_at_mut(pass.rows * self.kept());
        let sums = &mut rest[self.kept()..];
        let samples = pass.x.chunks_exact(self.input);
        for (i, (x, y)) in samples.zip(pass.y.chunks_exact_mut(self.output_len())).enumerate() {
            if self.filters.is_none() {
                self.convolution.forward(x, depthwise, y);
                continue;
            }
            let middle = &mut middles[i * self.kept()..][..self.kept()];
            self.convolution.forward(x, depthwise, middle);
            let shape = [middle.len() / channels, filters, channels];
            let (middle, kernel) =
                (Matrix::rows(middle, channels), Matrix::rows(pointwise, filters));
            matmul(shape, middle, kernel, y, false);
        }
        if self.use_bias {
            for pixel in pass.y.chunks_exact_mut(filters) {
                pixel.iter_mut().zip(bias).for_each(|(y, b)| *y += b);
            }
        }
        if self.activation.needs_input() {
            sums[..pass.y.len()].copy_from_slice(pass.y);
        }
        self.activation.apply(pass.y, filters);
    }

    fn backward(&self, pass: Backward<'_>) {
        let (filters, channels) = (self.output[2], self.convolution.output()[2]);
        let (len, kept) = (self.output_len(), self.kept());
        let [depthwise, pointwise, _] = self.parts(pass.weights);
        let (middles, rest) = pass.scratch.split_at_mut(pass.rows * kept);
        let (by_middle, sums) = rest.split_at_mut(kept);
        if !pass.before_activation {
            let sums = if self.activation.needs_input() { &*sums } else { &[] };
            self.activation.backward(pass.y, sums, pass.dy, filters);
        }
        let (to_depthwise, rest) = pass.gradients.split_at_mut(depthwise.len());
        let (to_pointwise, to_bias) = rest.split_at_mut(pointwise.len());
        if self.use_bias {
            add_pixels(pass.dy, to_bias);
        }
        let mut dx = pass.dx;
        for row in 0..pass.rows {
            let dz = &pass.dy[row * len..][..len];
            let x = &pass.x[row * self.input..][..self.input];
            let dx = dx.as_mut().map(|dx| &mut dx[row * self.input..][..self.input]);
            let dz = if self.filters.is_none() {
                dz
            } else {
                let middle = &middles[row * kept..][..kept];
                let pixels = kept / channels;
                let rows = Matrix::rows(dz, filters);
                let turned = Matrix::transposed(middle, channels);
                matmul([channels, filters, pixels], turned, rows, to_pointwise, true);
                let turned = Matrix::transposed(pointwise, filters);
                matmul([pixels, channels, filters], rows, turned, by_middle, false);
                &*by_middle
            };
            self.convolution.backward(x, depthwise, dz, to_depthwise, dx);
        }
    }
}
