//! Plots of training and of predictions.

mod calibration;
mod confusion_matrix;
mod decision_boundary;
mod grad_cam;
mod graph;
mod history;
mod mismatches;
mod permutation_importance;
mod precision_recall;
mod predicted_vs_true;
mod residuals;
mod roc;
mod score_curves;
mod weights;

pub use calibration::{calibration, calibration_with};
pub use confusion_matrix::{confusion_matrix, confusion_matrix_with};
pub use decision_boundary::{decision_boundary, decision_boundary_with};
pub use history::{folds, folds_with, history, history_with};
pub use mismatches::{mismatches, mismatches_with, surest_mismatches, surest_mismatches_with};
pub use precision_recall::{precision_recall, precision_recall_with};
pub use predicted_vs_true::{predicted_vs_true, predicted_vs_true_with};
pub use residuals::{residuals, residuals_with};
pub use roc::{roc, roc_with};
