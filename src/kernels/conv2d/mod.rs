//! Two-dimensional convolution of images (height, width, channels) by kernels (height, width,
//! channels, filters), without an unfolded copy of the image.
//!
//! Filters are in the lanes of the vectors and several pixels in the registers. With the few
//! channels of small networks, an unfolded copy (im2col) would cost more than the arithmetic. An
//! image with padding is copied once into a zeroed frame.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod plan;
mod portable;

use plan::Plan;

/// The sizes of a convolution, computed once.
#[derive(Clone, Debug)]
pub struct Convolution {
    input: [usize; 3],
    kernel: [usize; 2],
    strides: [usize; 2],
    /// The height and width with padding, and the padding above and to the left.
    frame: [usize; 2],
    before: [usize; 2],
    /// The same for the gradient, spread over the input's pixels.
    back_frame: [usize; 2],
    back_before: [usize; 2],
    forward: Plan,
    back: Plan,
}

/// The workspace of a pass over some samples, laid out by [`Convolution::start`].
pub struct Work<'a> {
    picture: &'a mut [f32],
    gradient: &'a mut [f32],
    flipped: &'a mut [f32],
}

impl Convolution {
    /// A convolution of samples of shape `input` (height, width, channels). With `same`, they are
    /// padded with zeros as in TensorFlow, so that the output has `input / strides` pixels, rounded
    /// up. None if the kernel does not fit into the image. No argument may be 0.
    pub fn new(
        input: [usize; 3],
        filters: usize,
        kernel: [usize; 2],
        strides: [usize; 2],
        dilation: [usize; 2],
        same: bool,
    ) -> Option<Self> {
        let [height, width, channels] = input;
        let reach: [usize; 2] = std::array::from_fn(|a| (kernel[a] - 1) * dilation[a]);
        let (mut frame, mut before) = ([height, width], [0, 0]);
        for axis in 0..2 {
            if same {
                (before[axis], frame[axis]) = same_padding(input[axis], reach[axis], strides[axis]);
            } else if reach[axis] >= input[axis] {
                return None;
            }
        }
        let back_frame = [height + reach[0], width + reach[1]];
        let framed = [frame[0], frame[1], channels];
        let back_framed = [back_frame[0], back_frame[1], filters];
        Some(Convolution {
            input,
            kernel,
            strides,
            frame,
            before,
            back_frame,
            back_before: [reach[0] - before[0], reach[1] - before[1]],
            forward: Plan::new(framed, kernel, strides, dilation, filters),
            back: Plan::new(back_framed, kernel, [1, 1], dilation, channels),
        })
    }

    /// The height, width and filters of the output.
    pub fn output(&self) -> [usize; 3] {
        [self.forward.rows, self.forward.columns, self.forward.channels]
    }

    /// The number of floats in a kernel.
    pub fn kernel_len(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.input[2] * self.forward.channels
    }

    /// The number of multiplications for a sample.
    pub fn multiplications(&self) -> usize {
        self.forward.rows * self.forward.columns * self.kernel_len()
    }

    fn is_framed(&self) -> bool {
        self.frame != self.input[..2]
    }

    /// The number of floats that [`start`](Self::start) needs.
    pub fn workspace(&self) -> usize {
        let picture = self.frame[0] * self.frame[1] * self.input[2];
        let gradient = self.back_frame[0] * self.back_frame[1] * self.forward.channels;
        picture * usize::from(self.is_framed()) + gradient + self.kernel_len()
    }

    /// Lays out `workspace` for a pass over some samples. A backward pass that computes the input's
    /// gradient must give the kernel.
    pub fn start<'a>(&self, workspace: &'a mut [f32], kernel: Option<&[f32]>) -> Work<'a> {
        let picture = self.frame[0] * self.frame[1] * self.input[2];
        let (picture, rest) = workspace.split_at_mut(picture * usize::from(self.is_framed()));
        let gradient = self.back_frame[0] * self.back_frame[1] * self.forward.channels;
        let (gradient, rest) = rest.split_at_mut(gradient);
        let flipped = &mut rest[..self.kernel_len()];
        // Samples are copied only into the middle, so the frames are cleared once.
        picture.fill(0.0);
        if let Some(kernel) = kernel {
            gradient.fill(0.0);
            self.flip(kernel, flipped);
        }
        Work { picture, gradient, flipped }
    }

    /// Writes the kernel rotated by 180 degrees, with channels and filters swapped, or with the
    /// channels first if that is faster.
    fn flip(&self, kernel: &[f32], flipped: &mut [f32]) {
        let (channels, filters) = (self.input[2], self.forward.channels);
        let tap = channels * filters;
        let taps = kernel.len() / tap;
        for (t, from) in kernel.chunks_exact(tap).enumerate() {
            let t = taps - 1 - t;
            for (c, row) in from.chunks_exact(filters).enumerate() {
                if self.back.by_channel() {
                    flipped[(c * taps + t) * filters..][..filters].copy_from_slice(row);
                    continue;
                }
                for (f, v) in row.iter().enumerate() {
                    flipped[(t * filters + f) * channels + c] = *v;
                }
            }
        }
    }

    /// Computes one sample: the sums, with the bias if there is one, and clipped at 0 with `relu`.
    pub fn forward(
        &self,
        work: &mut Work<'_>,
        x: &[f32],
        kernel: &[f32],
        bias: Option<&[f32]>,
        relu: bool,
        y: &mut [f32],
    ) {
        let x = self.framed(work.picture, x);
        self.forward.correlate(x, kernel, bias, relu, y);
    }

    /// Adds one sample's gradient with respect to the kernel, from the gradient of the sums.
    pub fn kernel_gradient(&self, work: &mut Work<'_>, x: &[f32], dz: &[f32], to: &mut [f32]) {
        let x = self.framed(work.picture, x);
        self.forward.correlate_kernel(x, dz, to);
    }

    /// Computes one sample's gradient with respect to the input, from the gradient of the sums. The
    /// work must have been started with the kernel.
    pub fn input_gradient(&self, work: &mut Work<'_>, dz: &[f32], dx: &mut [f32]) {
        let [rows, columns, filters] = self.output();
        let dz = if self.back_frame == [rows, columns] {
            dz
        } else {
            let [step_y, step_x] = self.strides;
            for (r, row) in dz.chunks_exact(columns * filters).enumerate() {
                let at = (self.back_before[0] + r * step_y) * self.back_frame[1];
                let at = (at + self.back_before[1]) * filters;
                if step_x == 1 {
                    work.gradient[at..at + row.len()].copy_from_slice(row);
                    continue;
                }
                for (c, pixel) in row.chunks_exact(filters).enumerate() {
                    let at = at + c * step_x * filters;
                    work.gradient[at..at + filters].copy_from_slice(pixel);
                }
            }
            &*work.gradient
        };
        if self.back.by_channel() {
            self.back.correlate_by_channel(dz, work.flipped, dx);
        } else {
            self.back.correlate(dz, work.flipped, None, false, dx);
        }
    }

    /// The sample with its padding around it.
    fn framed<'a>(&self, frame: &'a mut [f32], x: &'a [f32]) -> &'a [f32] {
        if !self.is_framed() {
            return x;
        }
        let row_len = self.input[1] * self.input[2];
        for (r, row) in x.chunks_exact(row_len).enumerate() {
            let at = (self.before[0] + r) * self.frame[1] + self.before[1];
            frame[at * self.input[2]..][..row_len].copy_from_slice(row);
        }
        frame
    }
}

/// TensorFlow's padding for windows that reach `reach` pixels beyond their first: the padding
/// before, and the length with all padding. An odd pixel comes after.
pub fn same_padding(length: usize, reach: usize, stride: usize) -> (usize, usize) {
    let needed = (length.div_ceil(stride) - 1) * stride + reach + 1;
    let total = needed.saturating_sub(length);
    (total / 2, length + total)
}

/// `totals[c] += sum over pixels`, four pixels at a time.
pub fn add_pixels(pixels: &[f32], totals: &mut [f32]) {
    super::vectorized(|| {
        let n = totals.len();
        let mut c = 0;
        while c + 8 <= n {
            add_channels::<8>(pixels, totals, c);
            c += 8;
        }
        if c + 4 <= n {
            add_channels::<4>(pixels, totals, c);
            c += 4;
        }
        while c < n {
            add_channels::<1>(pixels, totals, c);
            c += 1;
        }
    });
}

#[inline(always)]
fn add_channels<const W: usize>(pixels: &[f32], totals: &mut [f32], c: usize) {
    let n = totals.len();
    let mut sums = [[0.0f32; W]; 4];
    let blocks = pixels.chunks_exact(4 * n);
    let rest = blocks.remainder();
    for block in blocks {
        for (p, sums) in sums.iter_mut().enumerate() {
            sums.iter_mut().zip(&block[p * n + c..][..W]).for_each(|(s, v)| *s += v);
        }
    }
    for row in rest.chunks_exact(n) {
        sums[0].iter_mut().zip(&row[c..c + W]).for_each(|(s, v)| *s += v);
    }
    for l in 0..W {
        totals[c + l] += (sums[0][l] + sums[1][l]) + (sums[2][l] + sums[3][l]);
    }
}

#[cfg(test)]
mod tests;
