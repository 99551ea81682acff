//! The memory layout of a convolution over an image that is already padded.

/// A convolution without padding: the runs of the image's floats that each output pixel sees.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The rows and columns of output pixels.
    pub rows: usize,
    pub columns: usize,
    /// The outputs of a pixel.
    pub channels: usize,
    /// The floats of the image from one output row, and one output pixel, to the next.
    pub row_step: usize,
    pub pixel_step: usize,
    /// The beginnings of the runs that a pixel sees, from its first float. Without dilation, a run
    /// is a whole row of the kernel.
    pub runs: Vec<usize>,
    /// The number of floats in a run.
    pub run: usize,
    /// The number of floats in the image, for the bounds.
    picture: usize,
}

impl Plan {
    pub fn new(
        [height, width, depth]: [usize; 3],
        [kernel_y, kernel_x]: [usize; 2],
        strides: [usize; 2],
        dilation: [usize; 2],
        channels: usize,
    ) -> Self {
        let row = |y: usize| y * dilation[0] * width * depth;
        let (runs, run) = if dilation[1] == 1 {
            ((0..kernel_y).map(row).collect(), kernel_x * depth)
        } else {
            let column = |x: usize| x * dilation[1] * depth;
            let all = (0..kernel_y).flat_map(|y| (0..kernel_x).map(move |x| row(y) + column(x)));
            (all.collect(), depth)
        };
        Plan {
            rows: (height - (kernel_y - 1) * dilation[0] - 1) / strides[0] + 1,
            columns: (width - (kernel_x - 1) * dilation[1] - 1) / strides[1] + 1,
            channels,
            row_step: strides[0] * width * depth,
            pixel_step: strides[1] * depth,
            runs,
            run,
            picture: height * width * depth,
        }
    }

    /// The number of floats in a kernel.
    fn kernel_len(&self) -> usize {
        self.runs.len() * self.run * self.channels
    }

    /// The number of floats in an output.
    fn output_len(&self) -> usize {
        self.rows * self.columns * self.channels
    }

    /// `y = x * kernel + bias`, clipped at 0 with `relu`. Each sum starts with the bias and follows
    /// the order of the kernel.
    ///
    /// # Panics
    /// If a slice has another length than the plan.
    pub fn correlate(
        &self,
        x: &[f32],
        kernel: &[f32],
        bias: Option<&[f32]>,
        relu: bool,
        y: &mut [f32],
    ) {
        assert_eq!(x.len(), self.picture);
        assert_eq!(kernel.len(), self.kernel_len());
        assert_eq!(y.len(), self.output_len());
        assert!(bias.is_none_or(|b| b.len() == self.channels));
        #[cfg(target_arch = "x86_64")]
        if crate::kernels::simd::has_avx2() {
            // SAFETY: the processor has AVX2 and FMA; the lengths were checked.
            return unsafe { super::avx2::correlate(self, x, kernel, bias, relu, y) };
        }
        super::portable::correlate(self, x, kernel, bias, relu, y);
    }

    /// Whether [`correlate_by_channel`](Self::correlate_by_channel) is available and faster: with
    /// few outputs a pixel and long runs, the runs fill the vectors better.
    pub fn by_channel(&self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return self.channels == 4
            && self.run.is_multiple_of(8)
            && crate::kernels::simd::has_avx2();
        #[cfg(not(target_arch = "x86_64"))]
        false
    }

    /// `y = x * kernel` for a kernel with the output's channels in its first axis.
    ///
    /// # Panics
    /// If [`by_channel`](Self::by_channel) is false, or a slice has another length than the plan.
    pub fn correlate_by_channel(&self, x: &[f32], kernel: &[f32], y: &mut [f32]) {
        assert!(self.by_channel());
        assert_eq!(x.len(), self.picture);
        assert_eq!(kernel.len(), self.kernel_len());
        assert_eq!(y.len(), self.output_len());
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has AVX2 and FMA; the lengths were checked.
        unsafe {
            super::avx2::correlate_by_channel(self, x, kernel, y);
        }
    }

    /// Adds to `gradient`, for each float of the kernel, the sum of its inputs times `dy` over all
    /// pixels in their order.
    ///
    /// # Panics
    /// If a slice has another length than the plan.
    pub fn correlate_kernel(&self, x: &[f32], dy: &[f32], gradient: &mut [f32]) {
        assert_eq!(x.len(), self.picture);
        assert_eq!(gradient.len(), self.kernel_len());
        assert_eq!(dy.len(), self.output_len());
        #[cfg(target_arch = "x86_64")]
        if crate::kernels::simd::has_avx2() {
            // SAFETY: the processor has AVX2 and FMA; the lengths were checked.
            return unsafe { super::avx2::correlate_kernel(self, x, dy, gradient) };
        }
        super::portable::correlate_kernel(self, x, dy, gradient);
    }
}
