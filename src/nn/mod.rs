//! Layers, and the stack they make.

mod activation;
mod activation_layer;
mod custom;
mod dense;
mod dropout;
mod initializer;
mod layer;
mod regularizer;
mod sequential;

pub use activation::Activation;
pub use custom::CustomLayer;
pub use dense::Dense;
pub use dropout::Dropout;
pub use initializer::Initializer;
pub use layer::{Backward, Forward, Layer, Op, WeightSpec};
pub use regularizer::Regularizer;
pub use sequential::{BuiltLayer, Network, Sequential, derive_seed};

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::Activation::*;
    pub use super::Initializer::*;
    pub use super::{
        Activation, CustomLayer, Dense, Dropout, Initializer, Layer, Regularizer, Sequential,
    };
}
