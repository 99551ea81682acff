//! Layers, and the stack they make.

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
mod initializer;
mod initializer_config;
mod layer;
mod pooling;
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
pub use initializer::{Distribution, Fan, Initializer, VarianceScaling};
pub use layer::{Backward, Forward, Layer, Op, WeightSpec};
pub use pooling::{AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D};
pub use regularizer::Regularizer;
pub use rescaling::Rescaling;
pub use reshape::{Flatten, Reshape};
pub use sequential::{BuiltLayer, Network, Sequential, derive_seed};
pub use size::{Padding, Size};

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::Activation::*;
    pub use super::Initializer::*;
    pub use super::{
        Activation, AveragePooling2D, BatchNormalization, Constraint, Conv2D, Dense, Dropout,
        FillMode, Flatten, FlipMode, GaussianNoise, GlobalAveragePooling2D, GlobalMaxPooling2D,
        Initializer, Interpolation, Layer, MaxPooling2D, Padding, RandomBrightness, RandomContrast,
        RandomFlip, RandomRotation, RandomTranslation, RandomZoom, Regularizer, Rescaling, Reshape,
        Sequential, Size,
    };
}

#[cfg(test)]
mod golden_tests;
