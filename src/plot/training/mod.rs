//! Plots of training and of what a model makes of data.

mod confusion_matrix;
mod history;
mod mismatches;
mod weights;

pub use confusion_matrix::{confusion_matrix, confusion_matrix_with};
pub use history::{folds, folds_with, history, history_with};
pub use mismatches::{mismatches, mismatches_with, surest_mismatches, surest_mismatches_with};
