//! Layers, and the stack or graph they make.

mod activation;
mod activation_config;
mod activation_layer;
mod attention;
mod augmentation;
mod batch_normalization;
mod builder;
mod constraint;
mod conv1d;
mod conv2d;
mod conv2d_transpose;
mod dense;
mod depthwise;
mod dropout;
mod embedding;
mod gaussian_noise;
mod gradient_plan;
mod graph;
mod initializer;
mod initializer_config;
mod layer;
mod layer_names;
mod layer_normalization;
mod masking;
mod masks;
mod multi_head_attention;
mod named;
mod network;
mod pooling;
mod pooling1d;
mod prelu;
mod products;
mod rearranged;
mod recipe;
mod recurrent;
mod regularizer;
mod rescaling;
mod reshape;
mod rms_normalization;
mod separable_conv2d;
mod sequential;
mod sequential_config;
mod settings;
mod shape;
mod size;
mod spatial_dropout;
mod time_distributed;
mod unit_normalization;
mod windows;
mod worded;

#[cfg(test)]
pub(crate) use activation::ALL as ACTIVATIONS;
pub use activation::{Activation, IntoActivation};
pub(crate) use attention::HIDDEN;
pub use augmentation::{Factor, FillMode, FlipMode, Interpolation};
pub use constraint::Constraint;
pub(crate) use gradient_plan::Flow;
pub use graph::merges::IntoAxes;
pub(crate) use graph::merges::names as merge_classes;
pub use graph::merges::prelude::*;
pub use graph::{
    Functional, Input, IntoNodes, Merge, MergeBackward, MergeForward, MergeInputs, Merging, Node,
    Shared,
};
pub(crate) use graph::{Place, inbound};
pub use initializer::{Distribution, Fan, Initializer, VarianceScaling};
pub use layer::{Backward, Forward, Layer, Op, WeightSpec};
pub use masks::MaskFlow;
pub use named::Named;
pub use network::{BuiltLayer, InputSpec, LARGE, Network, Port, derive_seed};
pub use recipe::Recipe;
pub use recurrent::{MergeMode, Recurrent};
pub use regularizer::Regularizer;
pub use sequential::Sequential;
pub use shape::IntoShape;
pub use size::{Edges, Padding, Size};
pub use worded::{IntoConstraint, IntoInitializer, IntoPadding, IntoRegularizer};

use crate::register::register;
use sequential_config::{Class, class};

register! {
    /// The classes of layers that can be read, except activations.
    const CLASSES: &[Class] = class;

    pub use dense::Dense;
    pub use conv2d::Conv2D;
    pub use pooling::MaxPooling2D;
    pub use pooling::AveragePooling2D;
    pub use pooling::GlobalAveragePooling2D;
    pub use pooling::GlobalMaxPooling2D;
    pub use conv1d::Conv1D;
    pub use pooling1d::MaxPooling1D;
    pub use pooling1d::AveragePooling1D;
    pub use pooling1d::GlobalAveragePooling1D;
    pub use pooling1d::GlobalMaxPooling1D;
    pub use embedding::Embedding;
    pub use masking::Masking;
    pub use layer_normalization::LayerNormalization;
    pub use prelu::PReLU;
    pub use spatial_dropout::SpatialDropout1D;
    pub use spatial_dropout::SpatialDropout2D;
    pub use rearranged::permute::Permute;
    pub use rearranged::repeat_vector::RepeatVector;
    pub use rearranged::up_sampling::UpSampling1D;
    pub use rearranged::up_sampling::UpSampling2D;
    pub use rearranged::zero_padding::ZeroPadding1D;
    pub use rearranged::zero_padding::ZeroPadding2D;
    pub use rearranged::cropping::Cropping1D;
    pub use rearranged::cropping::Cropping2D;
    pub use time_distributed::TimeDistributed;
    pub use separable_conv2d::DepthwiseConv2D;
    pub use separable_conv2d::SeparableConv2D;
    pub use conv2d_transpose::Conv2DTranspose;
    pub use multi_head_attention::MultiHeadAttention;
    pub use recurrent::lstm::LSTM;
    pub use recurrent::gru::GRU;
    pub use recurrent::simple_rnn::SimpleRNN;
    pub use recurrent::bidirectional::Bidirectional;
    pub use reshape::Flatten;
    pub use reshape::Reshape;
    pub use dropout::Dropout;
    pub use gaussian_noise::GaussianNoise;
    pub use batch_normalization::BatchNormalization;
    pub use rescaling::Rescaling;
    pub use unit_normalization::UnitNormalization;
    pub use augmentation::random_flip::RandomFlip;
    pub use augmentation::random_rotation::RandomRotation;
    pub use augmentation::random_translation::RandomTranslation;
    pub use augmentation::random_zoom::RandomZoom;
    pub use augmentation::random_contrast::RandomContrast;
    pub use augmentation::random_brightness::RandomBrightness;
    pub use rms_normalization::RMSNormalization;

    /// The names that a notebook uses.
    pub mod prelude {
        pub use super::Activation::*;
        pub use super::Initializer::*;
        pub use super::graph::merges::prelude::*;
        pub use super::{
            Activation, Constraint, FillMode, FlipMode, Functional, Initializer,
            Input, Interpolation, Layer, Merge, MergeMode, Node, Padding,
            Regularizer, Sequential, Shared, Size,
        };
    }
}

#[cfg(test)]
pub(crate) mod golden_tests;
#[cfg(test)]
mod sequence_golden_tests;
