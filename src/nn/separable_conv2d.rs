//! The convolution of each channel by itself, and with a product of the channels behind it.

use super::depthwise::{Depthwise, DepthwiseOp, Windows};
use super::layer::{Layer, Op, WeightSpec};
use super::settings::constraint_settings;
use super::size::{MOST, Padding, Size};
use super::{Activation, Constraint, Initializer, Regularizer};
use crate::config::{Config, configured};
use crate::error::{Error, Result};

/// Gives a layer the settings that both have.
macro_rules! shared_settings {
    ($name:ident) => {
        impl $name {
            /// Pixels from one window to the next: a number, or a pair; 1 by default.
            pub fn strides(mut self, strides: impl Into<Size>) -> Self {
                self.strides = strides.into();
                self
            }

            /// Pixels from one point of the kernel to the next: a number, or a pair; 1 by default.
            /// Not together with strides.
            pub fn dilation_rate(mut self, rate: impl Into<Size>) -> Self {
                self.dilation_rate = rate.into();
                self
            }

            /// What happens at the edges; [`Padding::Valid`] by default.
            pub fn padding(mut self, padding: Padding) -> Self {
                self.padding = padding;
                self
            }

            /// The outputs that are made of each channel by itself; 1 by default.
            pub fn depth_multiplier(mut self, depth_multiplier: usize) -> Self {
                self.depth_multiplier = depth_multiplier;
                self
            }

            /// What is done with the weighted sums; nothing by default.
            pub fn activation(mut self, activation: Activation) -> Self {
                self.activation = activation;
                self
            }

            /// Whether a bias is added; true by default.
            pub fn use_bias(mut self, use_bias: bool) -> Self {
                self.use_bias = use_bias;
                self
            }

            /// How the kernel of the channels by themselves starts; glorot uniform by default.
            pub fn depthwise_initializer(mut self, initializer: Initializer) -> Self {
                self.depthwise_initializer = initializer;
                self
            }

            /// How the bias starts; zeros by default.
            pub fn bias_initializer(mut self, initializer: Initializer) -> Self {
                self.bias_initializer = initializer;
                self
            }

            /// The penalty on the kernel of the channels by themselves; none by default.
            pub fn depthwise_regularizer(mut self, regularizer: Regularizer) -> Self {
                self.depthwise_regularizer = regularizer;
                self
            }

            /// The penalty on the bias; none by default.
            pub fn bias_regularizer(mut self, regularizer: Regularizer) -> Self {
                self.bias_regularizer = regularizer;
                self
            }

            /// The penalty on the output, averaged over the samples; none by default.
            pub fn activity_regularizer(mut self, regularizer: Regularizer) -> Self {
                self.activity_regularizer = regularizer;
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
    depthwise_initializer: Initializer,
    bias_initializer: Initializer,
    depthwise_regularizer: Regularizer,
    bias_regularizer: Regularizer,
    activity_regularizer: Regularizer,
    depthwise_constraint: Constraint,
    bias_constraint: Constraint,
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
            depthwise_initializer: Initializer::GlorotUniform,
            bias_initializer: Initializer::Zeros,
            depthwise_regularizer: Regularizer::default(),
            bias_regularizer: Regularizer::default(),
            activity_regularizer: Regularizer::default(),
            depthwise_constraint: Constraint::default(),
            bias_constraint: Constraint::default(),
        }
    }
}

shared_settings!(DepthwiseConv2D);
constraint_settings!(DepthwiseConv2D, depthwise_constraint, bias_constraint);

configured!(DepthwiseConv2D as "keras.layers" "DepthwiseConv2D",
    |from| DepthwiseConv2D::new(from.get::<Size>("kernel_size")?),
    kernel_size = kernel_size,
    strides = strides,
    padding = padding,
    dilation_rate = dilation_rate,
    depth_multiplier = depth_multiplier,
    activation = activation,
    use_bias = use_bias,
    depthwise_initializer = depthwise_initializer,
    bias_initializer = bias_initializer,
    depthwise_regularizer = depthwise_regularizer,
    bias_regularizer = bias_regularizer,
    activity_regularizer = activity_regularizer,
    depthwise_constraint = depthwise_constraint,
    bias_constraint = bias_constraint;
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
        let mut weights = vec![WeightSpec {
            name: "kernel",
            shape: vec![height, width, input[2], self.depth_multiplier],
            initializer: self.depthwise_initializer,
            regularizer: self.depthwise_regularizer,
            constraint: self.depthwise_constraint.clone(),
            trainable: true,
        }];
        if self.use_bias {
            weights.push(WeightSpec {
                name: "bias",
                shape: vec![output[2]],
                initializer: self.bias_initializer,
                regularizer: self.bias_regularizer,
                constraint: self.bias_constraint.clone(),
                trainable: true,
            });
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
    depthwise_initializer: Initializer,
    pointwise_initializer: Initializer,
    bias_initializer: Initializer,
    depthwise_regularizer: Regularizer,
    pointwise_regularizer: Regularizer,
    bias_regularizer: Regularizer,
    activity_regularizer: Regularizer,
    depthwise_constraint: Constraint,
    pointwise_constraint: Constraint,
    bias_constraint: Constraint,
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
            depthwise_initializer: Initializer::GlorotUniform,
            pointwise_initializer: Initializer::GlorotUniform,
            bias_initializer: Initializer::Zeros,
            depthwise_regularizer: Regularizer::default(),
            pointwise_regularizer: Regularizer::default(),
            bias_regularizer: Regularizer::default(),
            activity_regularizer: Regularizer::default(),
            depthwise_constraint: Constraint::default(),
            pointwise_constraint: Constraint::default(),
            bias_constraint: Constraint::default(),
        }
    }

    /// How the kernel of the product starts; glorot uniform by default.
    pub fn pointwise_initializer(mut self, initializer: Initializer) -> Self {
        self.pointwise_initializer = initializer;
        self
    }

    /// The penalty on the kernel of the product; none by default.
    pub fn pointwise_regularizer(mut self, regularizer: Regularizer) -> Self {
        self.pointwise_regularizer = regularizer;
        self
    }
}

shared_settings!(SeparableConv2D);
constraint_settings!(SeparableConv2D, depthwise_constraint, pointwise_constraint, bias_constraint);

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
    depthwise_initializer = depthwise_initializer,
    pointwise_initializer = pointwise_initializer,
    bias_initializer = bias_initializer,
    depthwise_regularizer = depthwise_regularizer,
    pointwise_regularizer = pointwise_regularizer,
    bias_regularizer = bias_regularizer,
    activity_regularizer = activity_regularizer,
    depthwise_constraint = depthwise_constraint,
    pointwise_constraint = pointwise_constraint,
    bias_constraint = bias_constraint;
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
            WeightSpec {
                name: "depthwise_kernel",
                shape: vec![height, width, input[2], self.depth_multiplier],
                initializer: self.depthwise_initializer,
                regularizer: self.depthwise_regularizer,
                constraint: self.depthwise_constraint.clone(),
                trainable: true,
            },
            WeightSpec {
                name: "pointwise_kernel",
                shape: vec![1, 1, channels, self.filters],
                initializer: self.pointwise_initializer,
                regularizer: self.pointwise_regularizer,
                constraint: self.pointwise_constraint.clone(),
                trainable: true,
            },
        ];
        if self.use_bias {
            weights.push(WeightSpec {
                name: "bias",
                shape: vec![self.filters],
                initializer: self.bias_initializer,
                regularizer: self.bias_regularizer,
                constraint: self.bias_constraint.clone(),
                trainable: true,
            });
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
