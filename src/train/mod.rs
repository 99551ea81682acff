//! Fitting, evaluating and cross-validating a model.

mod cross_validation;
mod engine;
mod evaluate;
mod fit;
mod history;
mod lane;
mod model;
mod progress;
mod samples;
mod summary;

pub use cross_validation::Folds;
pub use evaluate::Scores;
pub use fit::{Fit, TrainingData};
pub use history::History;
pub use model::Model;
pub use samples::Samples;
pub use summary::Summary;

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::{Fit, Folds, History, Model, Samples, Scores, Summary};
}

#[cfg(test)]
mod cnn_parity_tests;
#[cfg(test)]
mod gradient_tests;
#[cfg(test)]
mod parity_tests;
