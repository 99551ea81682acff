//! Convolution of sequences.

use super::IntoPadding;
use super::conv2d::ConvolutionOp;
use super::layer::{Layer, Op};
use super::settings::{WeightSettings, weighted_settings};
use super::size::{Length, MOST, Padding, sequence, volume};
use super::{Activation, Initializer, Regularizer};
use crate::config::{Config, configured};
use crate::error::{Error, Result};
use crate::kernels::Convolution;

/// `activation(x * kernel + bias)` over sequences (steps, channels), as Keras' `Conv1D`: a
/// cross-correlation, the kernel is not turned.
///
/// The kernel has shape (kernel size, channels, filters) and starts glorot uniform, the bias starts
/// at 0; strides and dilation are 1, and there is no padding. With [`Padding::Causal`] an output
/// depends on no later step, as forecasts of time series require.
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
    kernel_size: Length,
    strides: Length,
    dilation_rate: Length,
    padding: Padding,
    activation: Activation,
    use_bias: bool,
    kernel: WeightSettings,
    bias: WeightSettings,
    activity_regularizer: Regularizer,
}

impl Conv1D {
    /// A layer of this many filters with kernels over this many steps.
    pub fn new(filters: usize, kernel_size: usize) -> Self {
        Conv1D {
            filters,
            kernel_size: Length(kernel_size),
            strides: Length(1),
            dilation_rate: Length(1),
            padding: Padding::Valid,
            activation: Activation::Linear,
            use_bias: true,
            kernel: WeightSettings::new(Initializer::GlorotUniform),
            bias: WeightSettings::new(Initializer::Zeros),
            activity_regularizer: Regularizer::default(),
        }
    }

    /// Steps from one window to the next; 1 by default.
    pub fn strides(mut self, strides: usize) -> Self {
        self.strides = Length(strides);
        self
    }

    /// Steps from one point of the kernel to the next; 1 by default. Not together with strides.
    pub fn dilation_rate(mut self, rate: usize) -> Self {
        self.dilation_rate = Length(rate);
        self
    }

    /// The padding at the ends; [`Padding::Valid`] by default.
    pub fn padding(mut self, padding: impl IntoPadding) -> Self {
        self.padding = padding.into_padding();
        self
    }
}

weighted_settings!(Conv1D);

configured!(Conv1D as "keras.layers" "Conv1D",
    |from| Conv1D::new(from.get("filters")?, from.get::<Length>("kernel_size")?.0),
    filters = filters,
    kernel_size = kernel_size,
    strides = strides,
    padding = padding,
    dilation_rate = dilation_rate,
    activation = activation,
    use_bias = use_bias,
    kernel_initializer = kernel.initializer,
    bias_initializer = bias.initializer,
    kernel_regularizer = kernel.regularizer,
    bias_regularizer = bias.regularizer,
    activity_regularizer = activity_regularizer,
    kernel_constraint = kernel.constraint,
    bias_constraint = bias.constraint;
    fixed data_format = "channels_last", groups = 1
);

impl Layer for Conv1D {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn class_name(&self) -> &str {
        "Conv1D"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        if self.filters == 0 {
            return Err(Error::argument("Conv1D: the number of filters", 0, "at least 1"));
        }
        self.kernel_size.check("Conv1D: the kernel size")?;
        self.strides.check("Conv1D: the strides")?;
        self.dilation_rate.check("Conv1D: the dilation rate")?;
        let (kernel, strides) = (self.kernel_size.0, self.strides.0);
        let dilation = self.dilation_rate.0;
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
        let before = if self.padding == Padding::Causal { reach } else { 0 };
        let same = self.padding == Padding::Same;
        let (shape, size) = ([1, before + steps, channels], [1, kernel]);
        let convolution =
            Convolution::new(shape, self.filters, size, [1, strides], [1, dilation], same);
        let convolution = convolution.ok_or_else(|| {
            let expected = format!(
                "without padding its kernel needs sequences of at least {} steps: use a smaller \
                 kernel, or .padding(Padding::Same)",
                reach + 1
            );
            Error::shape("Conv1D", input, expected)
        })?;
        let mut weights = vec![self.kernel.spec("kernel", [kernel, channels, self.filters])];
        if self.use_bias {
            weights.push(self.bias.spec("bias", [self.filters]));
        }
        Ok(Box::new(ConvolutionOp {
            input: steps * channels,
            output: convolution.output()[1..].to_vec(),
            lead: before * channels,
            convolution,
            activation: self.activation,
            activity_regularizer: self.activity_regularizer,
            use_bias: self.use_bias,
            weights,
        }))
    }
}
