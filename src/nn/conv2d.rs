//! The convolution of pictures.

use super::layer::{Backward, Forward, Layer, Op, WeightSpec};
use super::settings::{Sums, weighted_op, weighted_settings, window_settings};
use super::size::{MOST, Padding, Size, picture, volume};
use super::windows::Windows;
use super::{Activation, Regularizer};
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};
use crate::kernels::{Convolution, add_pixels};

/// `activation(x * kernel + bias)` over pictures (height, width, channels), as Keras' `Conv2D`: a
/// cross-correlation, so the kernel is not flipped.
///
/// The kernel has shape (kernel height, kernel width, channels, filters) and is initialized by
/// `GlorotUniform`, the bias by zeros. By default strides and dilation are 1, and there is no
/// padding.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([28, 28, 1])
///     .add(Conv2D::new(8, 3).padding(Padding::Same).activation(Relu))
///     .add(MaxPooling2D::new(2))
///     .add(Flatten::new())
///     .add(Dense::new(10).activation(Softmax));
/// assert_eq!(net.count_params()?, 80 + 15_690);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Conv2D {
    filters: usize,
    windows: Windows<Size>,
    sums: Sums,
}

impl Conv2D {
    /// A layer with this many filters and kernels of this size: a number, or a pair (height, width).
    pub fn new(filters: usize, kernel_size: impl Into<Size>) -> Self {
        let windows = Windows::new(kernel_size.into(), 1.into());
        Conv2D { filters, windows, sums: Sums::new() }
    }
}

weighted_settings!(Conv2D);
window_settings!(Conv2D);

impl Conv2D {
    /// Checks that kernel, padded picture and output fit into memory, before any work.
    fn check_size(&self, [height, width, channels]: [usize; 3]) -> Result<()> {
        let [kernel, dilation] =
            [self.windows.kernel_size.axes(), self.windows.dilation_rate.axes()];
        let padded = |side: usize, a: usize| match self.windows.padding {
            Padding::Valid | Padding::Causal => side,
            Padding::Same => side + (kernel[a] - 1) * dilation[a],
        };
        let parts = [
            ("Conv2D: the kernel", vec![kernel[0], kernel[1], channels, self.filters]),
            ("Conv2D: the padded input", vec![padded(height, 0), padded(width, 1), channels]),
            ("Conv2D: the output", vec![height, width, self.filters]),
        ];
        let too_large = parts.iter().find(|(_, shape)| volume(shape).is_none());
        too_large.map_or(Ok(()), |(what, shape)| {
            Err(Error::shape(*what, shape, format!("{MOST} values are the most there can be")))
        })
    }
}

configured!(Conv2D as "keras.layers" "Conv2D",
    |from| Conv2D::new(from.get("filters")?, from.get::<Size>("kernel_size")?),
    filters = filters;
    parts windows, sums;
    fixed data_format = "channels_last", groups = 1
);

impl Layer for Conv2D {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        if self.filters == 0 {
            return Err(Error::argument("Conv2D: the number of filters", 0, "at least 1"));
        }
        self.windows.check("Conv2D")?;
        let input = picture("Conv2D", input)?;
        self.check_size(input)?;
        let windows = &self.windows;
        let [kernel, strides] = [windows.kernel_size.axes(), windows.strides.axes()];
        let (dilation, same) = (windows.dilation_rate.axes(), windows.same());
        let convolution = Convolution::new(input, self.filters, kernel, strides, dilation, same)
            .ok_or_else(|| windows.too_large("Conv2D", &input))?;
        let weights =
            self.sums.weights([kernel[0], kernel[1], input[2], self.filters], self.filters);
        Ok(Box::new(ConvolutionOp {
            input: input.iter().product(),
            output: convolution.output().to_vec(),
            lead: 0,
            convolution,
            activation: self.sums.activation,
            activity_regularizer: self.sums.activity_regularizer,
            use_bias: self.sums.use_bias,
            weights,
        }))
    }
}

/// A convolution, its bias and its activation.
pub(super) struct ConvolutionOp {
    /// Floats of an input sample.
    pub input: usize,
    pub output: Vec<usize>,
    pub convolution: Convolution,
    /// How many zeros are put before a sample.
    pub lead: usize,
    pub activation: Activation,
    pub activity_regularizer: Regularizer,
    pub use_bias: bool,
    pub weights: Vec<WeightSpec>,
}

impl ConvolutionOp {
    fn output_len(&self) -> usize {
        self.output.iter().product()
    }

    fn filters(&self) -> usize {
        self.output.last().copied().unwrap_or(1)
    }

    /// Floats for a sample with its zeros, and for its gradient.
    fn led(&self) -> usize {
        if self.lead == 0 { 0 } else { self.lead + self.input }
    }
}

/// The sample with zeros before it, where there is room for them.
fn with_zeros<'a>(room: &'a mut [f32], x: &'a [f32]) -> &'a [f32] {
    if room.is_empty() {
        return x;
    }
    let (zeros, rest) = room.split_at_mut(room.len() - x.len());
    zeros.fill(0.0);
    rest.copy_from_slice(x);
    room
}

impl Op for ConvolutionOp {
    weighted_op!();

    /// The sums, if the activation's derivative needs them.
    fn scratch(&self) -> usize {
        if self.activation.needs_input() { self.output_len() } else { 0 }
    }

    /// Also room for one sample's padded copies.
    fn scratch_for(&self, rows: usize) -> usize {
        rows * self.scratch() + 2 * self.led() + self.convolution.workspace()
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
        let (sums, rest) = pass.scratch.split_at_mut(pass.rows * self.scratch());
        let (led, workspace) = rest.split_at_mut(2 * self.led());
        let led = &mut led[..self.led()];
        let mut work = self.convolution.start(workspace, None);
        let (kernel, bias) = pass.weights.split_at(self.convolution.kernel_len());
        let bias = self.use_bias.then_some(bias);
        let relu = self.activation == Activation::Relu;
        let samples = pass.x.chunks_exact(self.input);
        for (x, y) in samples.zip(pass.y.chunks_exact_mut(self.output_len())) {
            let x = with_zeros(led, x);
            self.convolution.forward(&mut work, x, kernel, bias, relu, y);
        }
        if self.activation.needs_input() {
            sums.copy_from_slice(pass.y);
        }
        if !relu {
            self.activation.apply(pass.y, self.filters());
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let (filters, len) = (self.filters(), self.output_len());
        let (sums, rest) = pass.scratch.split_at_mut(pass.rows * self.scratch());
        let (led, workspace) = rest.split_at_mut(2 * self.led());
        let (led, by_led) = led.split_at_mut(self.led());
        let (kernel, _) = pass.weights.split_at(self.convolution.kernel_len());
        let (to_kernel, to_bias) = pass.gradients.split_at_mut(kernel.len());
        let mut dx = pass.dx;
        let mut work = self.convolution.start(workspace, dx.is_some().then_some(kernel));
        // Finishes one sample before the next, while it is in the caches.
        for row in 0..pass.rows {
            let y = &pass.y[row * len..][..len];
            let dz = &mut pass.dy[row * len..][..len];
            if !pass.before_activation {
                let z = if sums.is_empty() { &[][..] } else { &sums[row * len..][..len] };
                self.activation.backward(y, z, dz, filters);
            }
            if self.use_bias {
                add_pixels(dz, to_bias);
            }
            let x = with_zeros(led, &pass.x[row * self.input..][..self.input]);
            self.convolution.kernel_gradient(&mut work, x, dz, to_kernel);
            if let Some(dx) = &mut dx {
                let dx = &mut dx[row * self.input..][..self.input];
                if by_led.is_empty() {
                    self.convolution.input_gradient(&mut work, dz, dx);
                } else {
                    self.convolution.input_gradient(&mut work, dz, by_led);
                    dx.copy_from_slice(&by_led[self.lead..]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::nn::prelude::*;

    #[test]
    fn impossible_ones_are_explained() {
        let says = |input: &[usize], layer: Conv2D, parts: &[&str]| {
            let net = Sequential::new(input).add(layer);
            let text = net.build().unwrap_err().to_string();
            assert!(text.contains("'conv2d'"), "{text}");
            assert!(parts.iter().all(|p| text.contains(p)), "{text}");
        };
        says(&[784], Conv2D::new(8, 3), &["[784]", "height, width, channels"]);
        says(&[4, 28, 1], Conv2D::new(8, 5), &["[4, 28, 1]", "5 x 5", "Padding::Same"]);
        says(&[8, 8, 1], Conv2D::new(8, 3).dilation_rate(4), &["9 x 9"]);
        says(&[8, 8, 1], Conv2D::new(0, 3), &["filters", "at least 1"]);
        says(&[8, 8, 1], Conv2D::new(8, (3, 0)), &["kernel size", "(3, 0)"]);
        says(&[8, 8, 1], Conv2D::new(8, 3).strides(0), &["strides", "(0, 0)"]);
        says(&[8, 8, 1], Conv2D::new(8, 3).dilation_rate((0, 1)), &["dilation", "(0, 1)"]);
        let both = Conv2D::new(8, 3).strides(2).dilation_rate(2);
        says(&[8, 8, 1], both, &["dilation", "(2, 2)", "both"]);
    }
}
