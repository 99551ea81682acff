//! Depthwise convolution, and depthwise convolution followed by a pointwise product.

use super::depthwise::{Depthwise, DepthwiseOp};
use super::layer::{Layer, Op};
use super::settings::{
    WeightSettings, activation_setting, sum_settings, weight_settings, window_settings,
};
use super::size::{MOST, Size};
use super::windows::Windows;
use super::{Activation, Initializer, Regularizer};
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};

/// Gives a layer the settings that both layers have.
macro_rules! shared_settings {
    ($name:ident) => {
        activation_setting!($name: "The activation of the weighted sums; none by default.");
        sum_settings!($name);
        window_settings!($name);
        weight_settings!($name:
            "the kernel of the channels by themselves" starting "glorot uniform" at depthwise =
                depthwise_initializer, depthwise_regularizer, depthwise_constraint;
            "the bias" starting "zeros" at bias =
                bias_initializer, bias_regularizer, bias_constraint
        );

        impl $name {
            /// The number of outputs for each channel; 1 by default.
            pub fn depth_multiplier(mut self, depth_multiplier: usize) -> Self {
                self.depth_multiplier = depth_multiplier;
                self
            }
        }
    };
}

/// `activation(x * kernel + bias)` over pictures (height, width, channels), where each channel has
/// its own kernels, as Keras' `DepthwiseConv2D`.
///
/// The kernel has shape (kernel height, kernel width, channels, depth multiplier) and is initialized
/// by `GlorotUniform`, the bias by zeros. The outputs of a channel are adjacent.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([8, 8, 3]).add(DepthwiseConv2D::new(3).depth_multiplier(2));
/// assert_eq!((net.build()?.output(), net.count_params()?), (&[6, 6, 6][..], 54 + 6));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DepthwiseConv2D {
    windows: Windows<Size>,
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
            windows: Windows::new(kernel_size.into(), 1.into()),
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
    depth_multiplier = depth_multiplier,
    activation = activation,
    use_bias = use_bias,
    activity_regularizer = activity_regularizer;
    parts windows;
    weights depthwise = depthwise, bias = bias;
    fixed data_format = "channels_last"
);

impl Layer for DepthwiseConv2D {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let convolution =
            Depthwise::of("DepthwiseConv2D", &self.windows, self.depth_multiplier, input)?;
        let output = convolution.output();
        let Size { height, width } = self.windows.kernel_size;
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

/// A depthwise convolution, which gives each channel its own kernels, followed by one product over
/// the channels of each pixel, as Keras' `SeparableConv2D`: similar to [`Conv2D`](super::Conv2D) with
/// far fewer weights (Chollet, 2017). Pictures have shape (height, width, channels).
///
/// The depthwise kernel has shape (kernel height, kernel width, channels, depth multiplier), the
/// pointwise kernel (1, 1, channels · depth multiplier, filters). Both are initialized by
/// `GlorotUniform`, the bias by zeros.
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
    windows: Windows<Size>,
    depth_multiplier: usize,
    activation: Activation,
    use_bias: bool,
    depthwise: WeightSettings,
    pointwise: WeightSettings,
    bias: WeightSettings,
    activity_regularizer: Regularizer,
}

impl SeparableConv2D {
    /// A layer with this many filters and kernels of this size: a number, or a pair (height, width).
    pub fn new(filters: usize, kernel_size: impl Into<Size>) -> Self {
        SeparableConv2D {
            filters,
            windows: Windows::new(kernel_size.into(), 1.into()),
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
    depth_multiplier = depth_multiplier,
    activation = activation,
    use_bias = use_bias,
    activity_regularizer = activity_regularizer;
    parts windows;
    weights depthwise = depthwise, pointwise = pointwise, bias = bias;
    fixed data_format = "channels_last"
);

impl Layer for SeparableConv2D {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        if !(1..=MOST).contains(&self.filters) {
            let what = "SeparableConv2D: the number of filters";
            return Err(Error::argument(what, self.filters, format!("from 1 to {MOST}")));
        }
        let convolution =
            Depthwise::of("SeparableConv2D", &self.windows, self.depth_multiplier, input)?;
        let [rows, columns, channels] = convolution.output();
        let Size { height, width } = self.windows.kernel_size;
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
