//! Convolution of sequences.

use super::IntoPadding;
use super::conv2d::ConvolutionOp;
use super::layer::{Layer, Op};
use super::settings::{Sums, weighted_settings};
use super::size::{Length, MOST, Padding, sequence, volume};
use super::windows::Windows;
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};
use crate::kernels::Convolution;

/// `activation(x * kernel + bias)` over sequences (steps, channels), as Keras' `Conv1D`: a
/// cross-correlation, so the kernel is not flipped.
///
/// The kernel has shape (kernel size, channels, filters) and is initialized by `GlorotUniform`, the
/// bias by zeros. By default strides and dilation are 1, and there is no padding. With
/// [`Padding::Causal`] an output depends on no later step, as forecasts of time series require.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([100, 3])
///     .add(Conv1D::new(16, 5).activation(Relu))
///     .add(MaxPooling1D::new(2))
///     .add(Conv1D::new(8, 3).padding(Padding::Causal).dilation_rate(2))
///     .add(GlobalAveragePooling1D::new())
///     .add(Dense::new(2).activation(Softmax));
/// let shapes: Vec<Vec<usize>> =
///     net.build()?.layers().iter().map(|layer| layer.op.output().to_vec()).collect();
/// assert_eq!(shapes, [vec![96, 16], vec![48, 16], vec![48, 8], vec![8], vec![2]]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Conv1D {
    filters: usize,
    windows: Windows<Length>,
    sums: Sums,
}

impl Conv1D {
    /// A layer with this many filters, whose kernels span this many steps.
    pub fn new(filters: usize, kernel_size: usize) -> Self {
        let windows = Windows::new(Length(kernel_size), Length(1));
        Conv1D { filters, windows, sums: Sums::new() }
    }

    /// Steps from one window to the next; 1 by default.
    pub fn strides(mut self, strides: usize) -> Self {
        self.windows.strides = Length(strides);
        self
    }

    /// Steps from one point of the kernel to the next; 1 by default. Not together with strides.
    pub fn dilation_rate(mut self, rate: usize) -> Self {
        self.windows.dilation_rate = Length(rate);
        self
    }

    /// The padding at the ends; [`Padding::Valid`] by default.
    pub fn padding(mut self, padding: impl IntoPadding) -> Self {
        self.windows.padding = padding.into_padding();
        self
    }
}

weighted_settings!(Conv1D);

configured!(Conv1D as "keras.layers" "Conv1D",
    |from| Conv1D::new(from.get("filters")?, from.get::<Length>("kernel_size")?.0),
    filters = filters;
    parts windows, sums;
    fixed data_format = "channels_last", groups = 1
);

impl Layer for Conv1D {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        if self.filters == 0 {
            return Err(Error::argument("Conv1D: the number of filters", 0, "at least 1"));
        }
        self.windows.kernel_size.check("Conv1D: the kernel size")?;
        self.windows.strides.check("Conv1D: the strides")?;
        self.windows.dilation_rate.check("Conv1D: the dilation rate")?;
        let (kernel, strides) = (self.windows.kernel_size.0, self.windows.strides.0);
        let dilation = self.windows.dilation_rate.0;
        if strides != 1 && dilation != 1 {
            let expected = format!("1 with strides of {strides}");
            let error = Error::argument("Conv1D: the dilation rate", dilation, expected);
            return Err(error.hint("strides and dilation cannot both be above 1"));
        }
        let [steps, channels] = sequence("Conv1D", input)?;
        let reach = (kernel - 1) * dilation;
        for (what, shape) in [
            ("Conv1D: the kernel", [kernel, channels, self.filters]),
            ("Conv1D: the padded input", [1, steps.saturating_add(reach), channels]),
            ("Conv1D: the output", [1, steps, self.filters]),
        ] {
            if volume(&shape).is_none() {
                let expected = format!("{MOST} values are the most there can be");
                return Err(Error::shape(what, &shape, expected));
            }
        }
        let before = if self.windows.padding == Padding::Causal { reach } else { 0 };
        let (shape, size) = ([1, before + steps, channels], [1, kernel]);
        let convolution = Convolution::new(
            shape,
            self.filters,
            size,
            [1, strides],
            [1, dilation],
            self.windows.same(),
        );
        let convolution = convolution.ok_or_else(|| {
            let expected = format!(
                "without padding its kernel needs sequences of at least {} steps: use a smaller \
                 kernel, or .padding(Padding::Same)",
                reach + 1
            );
            Error::shape("Conv1D", input, expected)
        })?;
        Ok(Box::new(ConvolutionOp {
            input: steps * channels,
            output: convolution.output()[1..].to_vec(),
            lead: before * channels,
            convolution,
            activation: self.sums.activation,
            activity_regularizer: self.sums.activity_regularizer,
            use_bias: self.sums.use_bias,
            weights: self.sums.weights([kernel, channels, self.filters], self.filters),
        }))
    }
}
