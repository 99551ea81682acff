//! The convolution of each channel by itself, and with a product of the channels behind it.

use super::depthwise::{Depthwise, DepthwiseOp, Windows};
use super::layer::{Layer, Op};
use super::settings::{
    WeightSettings, activation_setting, sum_settings, weight_settings, window_settings,
};
use super::size::{MOST, Padding, Size};
use super::{Activation, Initializer, Regularizer};
use crate::config::{Config, configured};
use crate::error::{Error, Result};

/// Gives a layer the settings that both have.
macro_rules! shared_settings {
    ($name:ident) => {
        activation_setting!($name: "What is done with the weighted sums; nothing by default.");
        sum_settings!($name);
        window_settings!($name);
        weight_settings!($name:
            "the kernel of the channels by themselves" starting "glorot uniform" at depthwise =
                depthwise_initializer, depthwise_regularizer, depthwise_constraint;
            "the bias" starting "zeros" at bias =
                bias_initializer, bias_regularizer, bias_constraint
        );

        impl $name {
            /// The outputs that are made of each channel by itself; 1 by default.
            pub fn depth_multiplier(mut self, depth_multiplier: usize) -> Self {
                self.depth_multiplier = depth_multiplier;
                self
            }

            fn convolution(&self, class: &str, input: &[usize]) -> Result<Depthwise> {
                let windows = Windows {
                    kernel: self.kernel_size,
                    strides: self.strides,
                    dilation: self.dilation_rate,
                    padding: self.padding,
                };
                windows.convolution(class, input, self.depth_multiplier)
            }
        }
    };
}

/// `activation(x * kernel + bias)` over pictures (height, width, channels), where each channel goes
/// through kernels of its own, as Keras' `DepthwiseConv2D`.
///
/// The kernel has shape (kernel height, kernel width, channels, depth multiplier) and starts glorot
/// uniform, the bias starts at 0; the outputs of a channel stand side by side.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([8, 8, 3]).add(DepthwiseConv2D::new(3).depth_multiplier(2));
/// assert_eq!((net.build()?.output(), net.count_params()?), (&[6, 6, 6][..], 54 + 6));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DepthwiseConv2D {
    kernel_size: Size,
    strides: Size,
    dilation_rate: Size,
    padding: Padding,
    depth_multiplier: usize,
    activation: Activation,
    use_bias: bool,
    depthwise: WeightSettings,
    bias: WeightSettings,
    activity_regularizer: Regularizer,
}

impl DepthwiseConv2D {
    /// A layer with kernels of this size: a number, or a pair (height, width).
    pub fn new(kernel_size: impl Into<Size>) -> Self {
        DepthwiseConv2D {
            kernel_size: kernel_size.into(),
            strides: 1.into(),
            dilation_rate: 1.into(),
            padding: Padding::Valid,
            depth_multiplier: 1,
            activation: Activation::Linear,
            use_bias: true,
            depthwise: WeightSettings::new(Initializer::GlorotUniform),
            bias: WeightSettings::new(Initializer::Zeros),
            activity_regularizer: Regularizer::default(),
        }
    }
}

shared_settings!(DepthwiseConv2D);

configured!(DepthwiseConv2D as "keras.layers" "DepthwiseConv2D",
    |from| DepthwiseConv2D::new(from.get::<Size>("kernel_size")?),
    kernel_size = kernel_size,
    strides = strides,
    padding = padding,
    dilation_rate = dilation_rate,
    depth_multiplier = depth_multiplier,
    activation = activation,
    use_bias = use_bias,
    depthwise_initializer = depthwise.initializer,
    bias_initializer = bias.initializer,
    depthwise_regularizer = depthwise.regularizer,
    bias_regularizer = bias.regularizer,
    activity_regularizer = activity_regularizer,
    depthwise_constraint = depthwise.constraint,
    bias_constraint = bias.constraint;
    fixed data_format = "channels_last"
);

impl Layer for DepthwiseConv2D {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn class_name(&self) -> &str {
        "DepthwiseConv2D"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let convolution = self.convolution("DepthwiseConv2D", input)?;
        let output = convolution.output();
        let Size { height, width } = self.kernel_size;
        let mut weights =
            vec![self.depthwise.spec("kernel", [height, width, input[2], self.depth_multiplier])];
        if self.use_bias {
            weights.push(self.bias.spec("bias", [output[2]]));
        }
        Ok(Box::new(DepthwiseOp {
            input: input.iter().product(),
            output,
            convolution,
            filters: None,
            activation: self.activation,
            activity_regularizer: self.activity_regularizer,
            use_bias: self.use_bias,
            weights,
        }))
    }
}

/// Each channel through kernels of its own, and then all channels of a pixel through one product,
/// over pictures (height, width, channels), as Keras' `SeparableConv2D`: nearly what
/// [`Conv2D`](super::Conv2D) does, with far fewer weights (Chollet, 2017).
///
/// The depthwise kernel has shape (kernel height, kernel width, channels, depth multiplier), the
/// pointwise kernel (1, 1, channels · depth multiplier, filters); both start glorot uniform, the
/// bias starts at 0.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([8, 8, 3]).add(SeparableConv2D::new(16, 3).activation(Relu));
/// assert_eq!((net.build()?.output(), net.count_params()?), (&[6, 6, 16][..], 27 + 48 + 16));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SeparableConv2D {
    filters: usize,
    kernel_size: Size,
    strides: Size,
    dilation_rate: Size,
    padding: Padding,
    depth_multiplier: usize,
    activation: Activation,
    use_bias: bool,
    depthwise: WeightSettings,
    pointwise: WeightSettings,
    bias: WeightSettings,
    activity_regularizer: Regularizer,
}

impl SeparableConv2D {
    /// A layer of this many filters with kernels of this size: a number, or a pair (height, width).
    pub fn new(filters: usize, kernel_size: impl Into<Size>) -> Self {
        SeparableConv2D {
            filters,
            kernel_size: kernel_size.into(),
            strides: 1.into(),
            dilation_rate: 1.into(),
            padding: Padding::Valid,
            depth_multiplier: 1,
            activation: Activation::Linear,
            use_bias: true,
            depthwise: WeightSettings::new(Initializer::GlorotUniform),
            pointwise: WeightSettings::new(Initializer::GlorotUniform),
            bias: WeightSettings::new(Initializer::Zeros),
            activity_regularizer: Regularizer::default(),
        }
    }
}

shared_settings!(SeparableConv2D);
weight_settings!(SeparableConv2D:
    "the kernel of the product" starting "glorot uniform" at pointwise =
        pointwise_initializer, pointwise_regularizer, pointwise_constraint
);

configured!(SeparableConv2D as "keras.layers" "SeparableConv2D",
    |from| SeparableConv2D::new(from.get("filters")?, from.get::<Size>("kernel_size")?),
    filters = filters,
    kernel_size = kernel_size,
    strides = strides,
    padding = padding,
    dilation_rate = dilation_rate,
    depth_multiplier = depth_multiplier,
    activation = activation,
    use_bias = use_bias,
    depthwise_initializer = depthwise.initializer,
    pointwise_initializer = pointwise.initializer,
    bias_initializer = bias.initializer,
    depthwise_regularizer = depthwise.regularizer,
    pointwise_regularizer = pointwise.regularizer,
    bias_regularizer = bias.regularizer,
    activity_regularizer = activity_regularizer,
    depthwise_constraint = depthwise.constraint,
    pointwise_constraint = pointwise.constraint,
    bias_constraint = bias.constraint;
    fixed data_format = "channels_last"
);

impl Layer for SeparableConv2D {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn class_name(&self) -> &str {
        "SeparableConv2D"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        if !(1..=MOST).contains(&self.filters) {
            let what = "SeparableConv2D: the number of filters";
            return Err(Error::argument(what, self.filters, format!("from 1 to {MOST}")));
        }
        let convolution = self.convolution("SeparableConv2D", input)?;
        let [rows, columns, channels] = convolution.output();
        let Size { height, width } = self.kernel_size;
        let mut weights = vec![
            self.depthwise
                .spec("depthwise_kernel", [height, width, input[2], self.depth_multiplier]),
            self.pointwise.spec("pointwise_kernel", [1, 1, channels, self.filters]),
        ];
        if self.use_bias {
            weights.push(self.bias.spec("bias", [self.filters]));
        }
        Ok(Box::new(DepthwiseOp {
            input: input.iter().product(),
            output: [rows, columns, self.filters],
            convolution,
            filters: Some(self.filters),
            activation: self.activation,
            activity_regularizer: self.activity_regularizer,
            use_bias: self.use_bias,
            weights,
        }))
    }
}
