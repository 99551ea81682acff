//! Fitting, evaluating and cross-validating a model.

mod advice;
mod backup;
pub mod callbacks;
mod compile;
mod cross_validation;
mod engine;
mod ensemble;
mod evaluate;
mod factors;
mod file_end;
mod fit;
mod fitting;
mod form;
mod freeze;
mod history;
mod inputs;
mod keras;
mod lane;
mod lanes;
mod model;
mod model_config;
mod onnx;
pub(crate) mod operands;
mod optimizer_state;
mod output_of;
mod parallel;
mod permutation_importance;
mod piece;
mod places;
mod predict_one;
mod preparing;
mod progress;
mod recompile;
mod row;
mod run;
mod saved;
mod saved_weights;
mod schema;
mod score_curves;
mod scores;
mod summary;
mod terms;
mod weighting;
mod weights;

pub use cross_validation::Folds;
pub use ensemble::Ensemble;
pub use fit::Fit;
pub(crate) use fit::TrialFit;
pub use freeze::Layers;
pub use history::History;
pub use inputs::{Samples, TrainingData};
pub use model::Model;
pub use permutation_importance::{Importances, PermutationImportance};
pub use predict_one::Prediction;
pub use row::{RawValue, Row, RowValue};
pub(crate) use score_curves::mean_and_deviation;
pub use score_curves::{LearningCurve, ScoreCurves, ValidationCurve};
pub use scores::Scores;
pub use summary::Summary;
pub use weighting::ClassKey;

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::callbacks::prelude::*;
    pub use super::{
        Ensemble, Fit, Folds, History, LearningCurve, Model, PermutationImportance, Prediction,
        Samples, Scores, Summary, ValidationCurve,
    };
}

#[cfg(test)]
mod backup_tests;
#[cfg(test)]
mod cnn_parity_tests;
#[cfg(test)]
mod entrance_tests;
#[cfg(test)]
mod freeze_tests;
#[cfg(test)]
mod grad_cam_tests;
#[cfg(test)]
mod gradient_tests;
#[cfg(test)]
mod graph_file_tests;
#[cfg(test)]
mod graph_tests;
#[cfg(test)]
mod logits_tests;
#[cfg(test)]
mod mask_tests;
#[cfg(test)]
mod optimizer_options_tests;
#[cfg(test)]
mod outlive_tests;
#[cfg(test)]
mod parity_tests;
#[cfg(test)]
mod preparing_tests;
#[cfg(test)]
mod raw_columns_tests;
#[cfg(test)]
mod resampling_tests;
#[cfg(test)]
mod sequence_tests;
#[cfg(test)]
mod shared_tests;
#[cfg(test)]
mod sisters_tests;
#[cfg(test)]
mod size_tests;
