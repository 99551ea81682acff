//! Saving models during a fit.

use super::file_name::FileName;
use super::monitor::{Monitor, monitors, number_or_none};
use super::{Callback, Memory, Training, number};
use crate::config::setters;
use crate::error::{Error, Result};
use crate::train::file_end::{Written, check_end};
use crate::train::scores::Scores;
use std::path::PathBuf;

/// Saves the model after every epoch, or after every epoch that is better than all before, as
/// Keras' `ModelCheckpoint`; [`Model::load`](crate::train::Model::load) reads it. With
/// [`save_weights_only`](Self::save_weights_only) it saves the weights, which
/// [`Model::load_weights`](crate::train::Model::load_weights) reads; that reads them from a whole
/// model as well.
///
/// The path can contain the epoch (from 1) and any logged value, in Python's format notation. An
/// epoch that does not log a value in the path, or the monitored one, is not saved; this happens
/// between validations. In a search each trial, and in a cross-validation each fold, writes to its
/// own folder, such as `trial-7/fold-2`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let best = ModelCheckpoint::new("best.dfdx").save_best_only(true);
/// let all = ModelCheckpoint::new("runs/{epoch:02d}-{val_loss:.2f}.safetensors").save_weights_only(true);
/// let fit = Fit::epochs(20).validation_split(0.2).callback(best).callback(all);
/// # let _ = fit;
/// ```
#[derive(Clone, Debug)]
pub struct ModelCheckpoint {
    path: PathBuf,
    monitor: Monitor,
    save_best_only: bool,
    save_weights_only: bool,
    initial: Option<f64>,
    best: Option<f64>,
    name: Option<FileName>,
}

monitors!(ModelCheckpoint);

impl ModelCheckpoint {
    /// Saves to this path after every epoch.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        ModelCheckpoint {
            path: path.into(),
            monitor: Monitor::new(0.0),
            save_best_only: false,
            save_weights_only: false,
            initial: None,
            best: None,
            name: None,
        }
    }

    /// A value that the first saved epoch must improve on; none by default.
    pub fn initial_value_threshold(mut self, value: f64) -> Self {
        self.initial = Some(value);
        self
    }
}

setters!(ModelCheckpoint {
    /// Whether only epochs that are better than all before are saved; false by default. An epoch
    /// whose value is NaN is not saved.
    save_best_only: bool;
    /// Whether only the weights are saved; false by default.
    save_weights_only: bool;
});

impl Callback for ModelCheckpoint {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        number_or_none("ModelCheckpoint: the initial value to improve on", self.initial)?;
        if self.save_best_only {
            self.monitor.begin("ModelCheckpoint", training)?;
        }
        self.best = self.best.or(self.initial);
        self.path = training.place(&self.path);
        let text = self.path.to_str().ok_or_else(|| {
            Error::argument("ModelCheckpoint: the path", self.path.display(), "Unicode text")
        })?;
        let written = if self.save_weights_only { Written::Weights } else { Written::Model };
        check_end("ModelCheckpoint", &self.path, written)?;
        let name = FileName::parse(text)?;
        for value in name.names().filter(|n| *n != "epoch") {
            training.check_name("ModelCheckpoint: a name in the path", value)?;
        }
        self.name = Some(name);
        Ok(())
    }

    fn on_epoch_end(
        &mut self,
        epoch: usize,
        logs: &Scores,
        training: &mut Training<'_>,
    ) -> Result<()> {
        let Some(path) = self.name.as_ref().and_then(|name| name.fill(epoch, logs)) else {
            return Ok(());
        };
        if self.save_best_only {
            match self.monitor.value(logs) {
                Some(value) if self.monitor.improves(value, self.best) => self.best = Some(value),
                _ => return Ok(()),
            }
        }
        let path = PathBuf::from(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| Error::io(folder, e))?;
        }
        match self.save_weights_only {
            true => training.model().save_weights(path),
            false => training.model().save(path),
        }
    }

    fn memory(&self) -> Memory {
        let some = f64::from(u8::from(self.best.is_some()));
        Memory { numbers: vec![number(self.best), some], weights: Vec::new() }
    }

    fn remember(&mut self, memory: Memory) -> Result<()> {
        let [best, some] = memory.numbers()?;
        self.best = (some != 0.0).then_some(best);
        Ok(())
    }
}
