//! A running fit, as callbacks see it.

use crate::error::{Error, Result};
use crate::io::HParam;
use crate::metric::Direction;
use crate::train::model::Model;
use crate::train::progress::Progress;
use std::path::{Path, PathBuf};

/// A running fit: what a callback may read and change.
pub struct Training<'a> {
    pub(in crate::train) model: &'a mut Model,
    pub(in crate::train) plan: &'a mut Plan,
    pub(in crate::train) stop: &'a mut bool,
}

/// What is settled before the first epoch.
pub(in crate::train) struct Plan {
    /// The subfolder that a trial or a fold writes to.
    pub place: PathBuf,
    /// The names that are logged, in every epoch or every few for validation.
    pub names: Vec<String>,
    pub progress: Progress,
    /// The hyper-parameters of the trial, in a search.
    pub params: Vec<(String, HParam)>,
}

impl Training<'_> {
    /// The model as it is now.
    pub fn model(&self) -> &Model {
        self.model
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        self.model.learning_rate()
    }

    /// Sets the learning rate from the next step on; it stays after the fit, as in Keras.
    ///
    /// # Errors
    /// As [`Model::set_learning_rate`].
    pub fn set_learning_rate(&mut self, rate: f64) -> Result<()> {
        self.model.set_learning_rate(rate)
    }

    /// Sets all weights, in the order of [`Model::flat_weights`].
    ///
    /// # Errors
    /// If their number differs.
    pub fn set_flat_weights(&mut self, weights: &[f32]) -> Result<()> {
        self.model.set_flat_weights(weights)
    }

    /// Ends the fit: at once if called after a step, otherwise after this epoch.
    pub fn stop(&mut self) {
        *self.stop = true;
    }

    /// The names that are logged: `loss`, the metrics, and their `val_` if there is validation.
    pub fn names(&self) -> &[String] {
        &self.plan.names
    }

    /// The direction of a logged value; `None` if it has none, like the learning rate.
    pub fn direction(&self, name: &str) -> Option<Direction> {
        self.model.direction_of(name.strip_prefix("val_").unwrap_or(name))
    }

    /// Prints a line, unless the fit is silent.
    pub fn say(&mut self, line: &str) {
        self.plan.progress.line(line);
    }

    /// The hyper-parameters of the trial that the fit belongs to; none outside of a search.
    pub fn hparams(&self) -> &[(String, HParam)] {
        &self.plan.params
    }

    /// The path to which a callback writes: `path` itself; in a search or a cross-validation a
    /// folder beside it for the trial or the fold, as in `trial-7/fold-2/log.csv`.
    pub fn place(&self, path: &Path) -> PathBuf {
        match (path.parent(), path.file_name()) {
            (Some(folder), Some(name)) => folder.join(&self.plan.place).join(name),
            _ => path.to_path_buf(),
        }
    }

    /// Checks that something of this name is logged.
    pub(super) fn check_name(&self, what: &str, name: &str) -> Result<()> {
        if self.plan.names.iter().any(|n| n == name) {
            return Ok(());
        }
        let error = Error::argument(
            what,
            format!("'{name}'"),
            format!("one of {}", self.plan.names.join(", ")),
        );
        Err(match name.strip_prefix("val_") {
            Some(rest) if self.plan.names.iter().any(|n| n == rest) => {
                error.hint("val_ names need Fit::validation_split or Fit::validation_data")
            }
            _ => error,
        })
    }
}
