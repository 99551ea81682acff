//! Fitting, evaluating and cross-validating a model.

mod history;

pub use history::History;

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::History;
}
