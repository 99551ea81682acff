//! The transposed convolution of pictures.

use super::IntoPadding;
use super::layer::{Backward, Forward, Layer, Op, WeightSpec};
use super::settings::{Sums, weighted_op, weighted_settings};
use super::size::{MOST, Size, picture, volume};
use super::windows::Windows;
use super::{Activation, Regularizer};
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};
use crate::kernels::{Convolution, add_pixels};

/// The transpose of a convolution, over pictures (height, width, channels), as Keras'
/// `Conv2DTranspose`: each input pixel adds its kernel to a window of the output, so that strides
/// make pictures larger.
///
/// The output has `input · strides` pixels in each direction; without padding it is larger by the
/// part of the kernel that extends beyond the strides. The kernel has shape (kernel height, kernel
/// width, filters, channels) and is initialized by `GlorotUniform`, the bias by zeros.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let up = Conv2DTranspose::new(8, 3).strides(2).padding(Padding::Same).activation(Relu);
/// assert_eq!(Sequential::new([7, 7, 16]).add(up).build()?.output(), [14, 14, 8]);
/// assert_eq!(Sequential::new([7, 7, 16]).add(Conv2DTranspose::new(8, 3)).build()?.output(), [9, 9, 8]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Conv2DTranspose {
    filters: usize,
    windows: Windows<Size>,
    sums: Sums,
}

impl Conv2DTranspose {
    /// A layer with this many filters and kernels of this size: a number, or a pair (height, width).
    pub fn new(filters: usize, kernel_size: impl Into<Size>) -> Self {
        let windows = Windows::new(kernel_size.into(), 1.into());
        Conv2DTranspose { filters, windows, sums: Sums::new() }
    }

    /// Output pixels from the window of one input pixel to the next: a number, or a pair; 1 by
    /// default.
    pub fn strides(mut self, strides: impl Into<Size>) -> Self {
        self.windows.strides = strides.into();
        self
    }

    /// What happens at the edges; [`Padding::Valid`](super::Padding::Valid) by default.
    pub fn padding(mut self, padding: impl IntoPadding) -> Self {
        self.windows.padding = padding.into_padding();
        self
    }
}

weighted_settings!(Conv2DTranspose);

configured!(Conv2DTranspose as "keras.layers" "Conv2DTranspose",
    |from| {
        let mut dilation = Size::from(1);
        from.read("dilation_rate", &mut dilation)?;
        if dilation != Size::from(1) {
            let what = "Conv2DTranspose: dilation_rate";
            return Err(Error::argument(what, dilation, "(1, 1), the only one there is here"));
        }
        Conv2DTranspose::new(from.get("filters")?, from.get::<Size>("kernel_size")?)
    },
    filters = filters;
    parts windows, sums;
    fixed data_format = "channels_last"
);

impl Layer for Conv2DTranspose {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        const CLASS: &str = "Conv2DTranspose";
        if !(1..=MOST).contains(&self.filters) {
            let what = "Conv2DTranspose: the number of filters";
            return Err(Error::argument(what, self.filters, format!("from 1 to {MOST}")));
        }
        self.windows.kernel_size.check("Conv2DTranspose: the kernel size")?;
        self.windows.strides.check("Conv2DTranspose: the strides")?;
        self.windows.padding.check_not_causal(CLASS)?;
        let [height, width, channels] = picture(CLASS, input)?;
        let (kernel, strides) = (self.windows.kernel_size.axes(), self.windows.strides.axes());
        let same = self.windows.same();
        let side = |length: usize, axis: usize| {
            let over = if same { 0 } else { kernel[axis].saturating_sub(strides[axis]) };
            length * strides[axis] + over
        };
        let output = [side(height, 0), side(width, 1), self.filters];
        let padded = [output[0] + kernel[0], output[1] + kernel[1], self.filters];
        let shapes = [
            ("Conv2DTranspose: the kernel", vec![kernel[0], kernel[1], self.filters, channels]),
            ("Conv2DTranspose: the padded output", padded.to_vec()),
        ];
        for (what, shape) in &shapes {
            if volume(shape).is_none() {
                let expected = format!("{MOST} values are the most there can be");
                return Err(Error::shape(*what, shape, expected));
            }
        }
        let convolution = Convolution::new(output, channels, kernel, strides, [1, 1], same)
            .filter(|c| c.output() == [height, width, channels])
            .ok_or_else(|| Error::shape(CLASS, input, "it needs pictures"))?;
        Ok(Box::new(TransposeOp {
            input: input.iter().product(),
            output,
            convolution,
            activation: self.sums.activation,
            activity_regularizer: self.sums.activity_regularizer,
            use_bias: self.sums.use_bias,
            weights: self.sums.weights(shapes[0].1.clone(), self.filters),
        }))
    }
}

struct TransposeOp {
    input: usize,
    output: [usize; 3],
    /// The convolution that leads from an output back to an input.
    convolution: Convolution,
    activation: Activation,
    activity_regularizer: Regularizer,
    use_bias: bool,
    weights: Vec<WeightSpec>,
}

impl TransposeOp {
    fn output_len(&self) -> usize {
        self.output.iter().product()
    }
}

impl Op for TransposeOp {
    weighted_op!();

    fn scratch(&self) -> usize {
        if self.activation.needs_input() { self.output_len() } else { 0 }
    }

    fn scratch_for(&self, rows: usize) -> usize {
        rows * self.scratch() + self.convolution.workspace()
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn activity_regularizer(&self) -> Regularizer {
        self.activity_regularizer
    }

    fn work(&self) -> usize {
        self.convolution.multiplications()
    }

    fn forward(&self, pass: Forward<'_>) {
        let filters = self.output[2];
        let (sums, workspace) = pass.scratch.split_at_mut(pass.rows * self.scratch());
        let (kernel, bias) = pass.weights.split_at(self.convolution.kernel_len());
        let mut work = self.convolution.start(workspace, Some(kernel));
        let samples = pass.x.chunks_exact(self.input);
        for (x, y) in samples.zip(pass.y.chunks_exact_mut(self.output_len())) {
            self.convolution.input_gradient(&mut work, x, y);
        }
        if self.use_bias {
            for pixel in pass.y.chunks_exact_mut(filters) {
                pixel.iter_mut().zip(bias).for_each(|(y, b)| *y += b);
            }
        }
        if self.activation.needs_input() {
            sums.copy_from_slice(pass.y);
        }
        self.activation.apply(pass.y, filters);
    }

    fn backward(&self, pass: Backward<'_>) {
        let (filters, len) = (self.output[2], self.output_len());
        let (sums, workspace) = pass.scratch.split_at_mut(pass.rows * self.scratch());
        if !pass.before_activation {
            self.activation.backward(pass.y, sums, pass.dy, filters);
        }
        let (kernel, _) = pass.weights.split_at(self.convolution.kernel_len());
        let (to_kernel, to_bias) = pass.gradients.split_at_mut(kernel.len());
        if self.use_bias {
            add_pixels(pass.dy, to_bias);
        }
        let mut work = self.convolution.start(workspace, None);
        let mut dx = pass.dx;
        for row in 0..pass.rows {
            let dz = &pass.dy[row * len..][..len];
            let x = &pass.x[row * self.input..][..self.input];
            self.convolution.kernel_gradient(&mut work, dz, x, to_kernel);
            if let Some(dx) = &mut dx {
                let dx = &mut dx[row * self.input..][..self.input];
                self.convolution.forward(&mut work, dz, kernel, None, false, dx);
            }
        }
    }
}
