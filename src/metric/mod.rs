//! Metrics: what is measured beside the loss.

mod confusion;

pub use confusion::ConfusionMatrix;

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::ConfusionMatrix;
}
