//! A fit that survives its process.

use super::Callback;
use std::path::PathBuf;

/// Keeps a fit's state in a folder after each epoch, so that a fit killed in the middle goes on
/// where it was, as Keras' `BackupAndRestore`; here to the same bits.
///
/// Run the same program (or notebook cell) again: the fit starts behind its last finished epoch,
/// with the weights, the optimiser's memory and step count, the order of the samples, the learning
/// rate, the history of all epochs and the memory of the other callbacks. The folder's content is
/// deleted when the fit succeeds. A backup of another model, other data or other settings is
/// refused; the number of epochs may change. In a cross-validation each fold has a folder of its
/// own in it, and folds that are done are not fitted again.
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
    /// Keeps the state in this folder, which is made where it is missing.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        BackupAndRestore { folder: folder.into(), every: 1, delete: true }
    }

    /// Keeps the state after every so many epochs; 1 by default. It costs the time that the disk
    /// takes to write the weights and the optimiser's memory.
    pub fn every(mut self, epochs: usize) -> Self {
        self.every = epochs.max(1);
        self
    }

    /// Whether the state is deleted when the fit succeeds; true by default. If it is not, a fit
    /// of more epochs goes on from it.
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
