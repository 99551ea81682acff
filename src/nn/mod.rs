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
pub use augmentation::{
    Factor, FillMode, FlipMode, Interpolation, RandomBrightness, RandomContrast, RandomFlip,
    RandomRotation, RandomTranslation, RandomZoom,
};
pub use batch_normalization::BatchNormalization;
pub use constraint::Constraint;
pub use conv1d::Conv1D;
pub use conv2d::Conv2D;
pub use conv2d_transpose::Conv2DTranspose;
pub use dense::Dense;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use gaussian_noise::GaussianNoise;
pub(crate) use gradient_plan::Flow;
pub use graph::{
    Add, Average, Concatenate, Dot, Functional, Input, IntoAxes, IntoNodes, Maximum, Merge,
    MergeBackward, MergeForward, MergeInputs, Merging, Minimum, Multiply, Node, Shared, Subtract,
};
pub(crate) use graph::{Place, inbound, merge_classes};
pub use initializer::{Distribution, Fan, Initializer, VarianceScaling};
pub use layer::{Backward, Forward, Layer, Op, WeightSpec};
pub use layer_normalization::LayerNormalization;
pub use masking::Masking;
pub use masks::MaskFlow;
pub use multi_head_attention::MultiHeadAttention;
pub use named::Named;
pub use network::{BuiltLayer, InputSpec, LARGE, Network, Port, derive_seed};
pub use pooling::{AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D};
pub use pooling1d::{AveragePooling1D, GlobalAveragePooling1D, GlobalMaxPooling1D, MaxPooling1D};
pub use prelu::PReLU;
pub use rearranged::{
    Cropping1D, Cropping2D, Permute, RepeatVector, UpSampling1D, UpSampling2D, ZeroPadding1D,
    ZeroPadding2D,
};
pub use recipe::Recipe;
pub use recurrent::{Bidirectional, GRU, LSTM, MergeMode, Recurrent, SimpleRNN};
pub use regularizer::Regularizer;
pub use rescaling::Rescaling;
pub use reshape::{Flatten, Reshape};
pub use separable_conv2d::{DepthwiseConv2D, SeparableConv2D};
pub use sequential::Sequential;
pub use shape::IntoShape;
pub use size::{Edges, Padding, Size};
pub use spatial_dropout::{SpatialDropout1D, SpatialDropout2D};
pub use time_distributed::TimeDistributed;
pub use unit_normalization::UnitNormalization;
pub use worded::{IntoConstraint, IntoInitializer, IntoPadding, IntoRegularizer};

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::Activation::*;
    pub use super::Initializer::*;
    pub use super::{
        Activation, Add, Average, AveragePooling1D, AveragePooling2D, BatchNormalization,
        Bidirectional, Concatenate, Constraint, Conv1D, Conv2D, Conv2DTranspose, Cropping1D,
        Cropping2D, Dense, DepthwiseConv2D, Dot, Dropout, Embedding, FillMode, Flatten, FlipMode,
        Functional, GRU, GaussianNoise, GlobalAveragePooling1D, GlobalAveragePooling2D,
        GlobalMaxPooling1D, GlobalMaxPooling2D, Initializer, Input, Interpolation, LSTM, Layer,
        LayerNormalization, Masking, MaxPooling1D, MaxPooling2D, Maximum, Merge, MergeMode,
        Minimum, MultiHeadAttention, Multiply, Node, PReLU, Padding, Permute, RandomBrightness,
        RandomContrast, RandomFlip, RandomRotation, RandomTranslation, RandomZoom, Regularizer,
        RepeatVector, Rescaling, Reshape, SeparableConv2D, Sequential, Shared, SimpleRNN, Size,
        SpatialDropout1D, SpatialDropout2D, Subtract, TimeDistributed, UnitNormalization,
        UpSampling1D, UpSampling2D, ZeroPadding1D, ZeroPadding2D,
    };
}

#[cfg(test)]
pub(crate) mod golden_tests;
#[cfg(test)]
mod sequence_golden_tests;
