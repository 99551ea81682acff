//! Backups, by which a fit survives its process.

use super::Callback;
use std::path::PathBuf;

/// Saves a fit's state in a folder after each epoch, so that a fit that was killed continues where
/// it was, as Keras' `BackupAndRestore`; here to the same bits.
///
/// Run the same program or notebook cell again: the fit continues after its last finished epoch,
/// with the weights, the optimiser's state and step count, the order of the samples, the learning
/// rate, the history of all epochs and the state of the other callbacks. The folder's content is
/// deleted when the fit succeeds. A backup of another model, other data or other settings is
/// refused; the number of epochs may change. In a cross-validation each fold has a subfolder, and
/// finished folds are not fitted again.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let fit = Fit::epochs(100).callback(BackupAndRestore::new("backup"));
/// # let _ = fit;
/// ```
#[derive(Clone, Debug)]
pub struct BackupAndRestore {
    pub(in crate::train) folder: PathBuf,
    pub(in crate::train) every: usize,
    pub(in crate::train) delete: bool,
}

impl BackupAndRestore {
    /// Saves the state in this folder, which is created if it is missing.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        BackupAndRestore { folder: folder.into(), every: 1, delete: true }
    }

    /// The number of epochs from one save to the next; 1 by default. Each time the weights and the
    /// optimiser's state are written to disk.
    pub fn every(mut self, epochs: usize) -> Self {
        self.every = epochs.max(1);
        self
    }

    /// Whether the state is deleted when the fit succeeds; true by default. If it is not, a fit
    /// with more epochs continues from it.
    pub fn delete_checkpoint(mut self, delete: bool) -> Self {
        self.delete = delete;
        self
    }
}

impl Callback for BackupAndRestore {
    fn backup(&self) -> Option<&BackupAndRestore> {
        Some(self)
    }
}
