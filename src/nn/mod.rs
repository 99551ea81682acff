//! Layers, and the stack or graph they make.

mod activation;
mod activation_config;
mod activation_layer;
mod augmentation;
mod batch_normalization;
mod constraint;
mod conv2d;
mod dense;
mod dropout;
mod gaussian_noise;
mod gradient_plan;
mod graph;
mod initializer;
mod initializer_config;
mod layer;
mod network;
mod pooling;
mod recipe;
mod regularizer;
mod rescaling;
mod reshape;
mod sequential;
mod sequential_config;
mod settings;
mod size;

pub use activation::Activation;
pub use augmentation::{
    Factor, FillMode, FlipMode, Interpolation, RandomBrightness, RandomContrast, RandomFlip,
    RandomRotation, RandomTranslation, RandomZoom,
};
pub use batch_normalization::BatchNormalization;
pub use constraint::Constraint;
pub use conv2d::Conv2D;
pub use dense::Dense;
pub use dropout::Dropout;
pub use gaussian_noise::GaussianNoise;
pub(crate) use gradient_plan::Flow;
pub use graph::{
    Add, Average, Concatenate, Functional, Input, IntoNodes, Maximum, Merge, MergeBackward,
    MergeInputs, Merging, Minimum, Multiply, Node, Subtract,
};
pub(crate) use graph::{Place, inbound};
pub use initializer::{Distribution, Fan, Initializer, VarianceScaling};
pub use layer::{Backward, Forward, Layer, Op, WeightSpec};
pub use network::{BuiltLayer, InputSpec, Network, Port, derive_seed};
pub use pooling::{AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D};
pub use recipe::Recipe;
pub use regularizer::Regularizer;
pub use rescaling::Rescaling;
pub use reshape::{Flatten, Reshape};
pub use sequential::Sequential;
pub use size::{Padding, Size};

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::Activation::*;
    pub use super::Initializer::*;
    pub use super::{
        Activation, Add, Average, AveragePooling2D, BatchNormalization, Concatenate, Constraint,
        Conv2D, Dense, Dropout, FillMode, Flatten, FlipMode, Functional, GaussianNoise,
        GlobalAveragePooling2D, GlobalMaxPooling2D, Initializer, Input, Interpolation, Layer,
        MaxPooling2D, Maximum, Merge, Minimum, Multiply, Node, Padding, RandomBrightness,
        RandomContrast, RandomFlip, RandomRotation, RandomTranslation, RandomZoom, Regularizer,
        Rescaling, Reshape, Sequential, Size, Subtract,
    };
}

#[cfg(test)]
mod golden_tests;
