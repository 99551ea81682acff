//! Callbacks by Keras' rules (Keras 3.15, `callbacks/`). One file each.

mod backup_and_restore;
mod csv_logger;
mod early_stopping;
mod file_name;
mod lambda_callback;
mod learning_rate_scheduler;
mod model_checkpoint;
mod monitor;
mod reduce_lr_on_plateau;
mod tensor_board;
mod terminate_on_nan;
mod training;

pub use lambda_callback::HookResult;
pub use monitor::Mode;
pub use training::Training;

pub(super) use training::Plan;

use super::scores::Scores;
use crate::error::Result;
use crate::register::register;
use std::fmt::Debug;

register! {
    pub use backup_and_restore::BackupAndRestore;
    pub use csv_logger::CsvLogger;
    pub use early_stopping::EarlyStopping;
    pub use lambda_callback::LambdaCallback;
    pub use learning_rate_scheduler::LearningRateScheduler;
    pub use model_checkpoint::ModelCheckpoint;
    pub use reduce_lr_on_plateau::ReduceLrOnPlateau;
    pub use tensor_board::TensorBoard;
    pub use terminate_on_nan::TerminateOnNan;

    /// The names that a notebook uses.
    pub mod prelude {
        pub use super::{Callback, Memory, Mode, Training};
        /// Keras' spelling of [`CsvLogger`].
        pub type CSVLogger = CsvLogger;
        /// Keras' spelling of [`ReduceLrOnPlateau`].
        pub type ReduceLROnPlateau = ReduceLrOnPlateau;
        /// Keras' spelling of [`TerminateOnNan`].
        pub type TerminateOnNaN = TerminateOnNan;
    }
}

/// A callback, which is called between the steps of a fit: it can read the scores, change the
/// learning rate or the weights, and stop the training.
///
/// [`Fit::callback`](super::Fit::callback) keeps a template: every fit, and every fold of a
/// cross-validation, works with a fresh copy. By default every hook does nothing.
///
/// ```
/// use dfdx_lab::prelude::*;
///
/// /// Stops as soon as a score is good enough.
/// #[derive(Clone, Debug)]
/// struct GoodEnough(f64);
///
/// impl Callback for GoodEnough {
///     fn on_epoch_end(&mut self, _: usize, logs: &Scores, training: &mut Training) -> Result<()> {
///         if logs.get("accuracy").is_some_and(|a| a >= self.0) {
///             training.stop();
///         }
///         Ok(())
///     }
/// }
///
/// let fit = Fit::epochs(1000).callback(GoodEnough(0.9)).callback(TerminateOnNan::new());
/// # let _ = fit;
/// ```
pub trait Callback: CallbackClone + Debug + Send + Sync {
    /// Called before the first epoch, after a backup has been [restored](Self::remember).
    ///
    /// # Errors
    /// If the settings do not fit the model or the fit. An error in any hook ends the fit.
    fn on_train_begin(&mut self, _training: &mut Training<'_>) -> Result<()> {
        Ok(())
    }

    /// Before an epoch; epochs count from 0.
    ///
    /// # Errors
    /// If the fit must end.
    fn on_epoch_begin(&mut self, _epoch: usize, _training: &mut Training<'_>) -> Result<()> {
        Ok(())
    }

    /// After each step (counted from 0 in its epoch), with the mean loss of the epoch so far.
    ///
    /// # Errors
    /// If the fit must end.
    fn on_batch_end(
        &mut self,
        _step: usize,
        _loss: f64,
        _training: &mut Training<'_>,
    ) -> Result<()> {
        Ok(())
    }

    /// After an epoch and its validation.
    ///
    /// # Errors
    /// If the fit must end.
    fn on_epoch_end(
        &mut self,
        _epoch: usize,
        _logs: &Scores,
        _training: &mut Training<'_>,
    ) -> Result<()> {
        Ok(())
    }

    /// After the last epoch, even if training was stopped.
    ///
    /// # Errors
    /// If the final work fails.
    fn on_train_end(&mut self, _training: &mut Training<'_>) -> Result<()> {
        Ok(())
    }

    /// Whether it changes the learning rate, which is then logged in the history.
    fn changes_learning_rate(&self) -> bool {
        false
    }

    /// Its state from epoch to epoch, for a backup.
    fn memory(&self) -> Memory {
        Memory::default()
    }

    /// Restores the state that [`memory`](Self::memory) gave for a backup.
    ///
    /// # Errors
    /// If `memory` is not a state of this callback.
    fn remember(&mut self, _memory: Memory) -> Result<()> {
        Ok(())
    }

    /// Itself, if it is the backup callback.
    #[doc(hidden)]
    fn backup(&self) -> Option<&BackupAndRestore> {
        None
    }
}

/// A callback's state as plain numbers, so that a backup keeps every bit.
#[derive(Clone, Default, PartialEq)]
pub struct Memory {
    /// Counters, best values and the like.
    pub numbers: Vec<f64>,
    /// A model's weights, flattened; may be empty.
    pub weights: Vec<f32>,
}

/// The numbers, and how many weights there are.
impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({:?}, {} weights)", self.numbers, self.weights.len())
    }
}

impl Memory {
    /// The numbers, checked to be `N`, as many as the callback keeps.
    ///
    /// # Errors
    /// If there are more or fewer.
    pub fn numbers<const N: usize>(&self) -> Result<[f64; N]> {
        self.numbers.as_slice().try_into().map_err(|_| {
            crate::error::Error::argument(
                "a callback's memory: the count of numbers",
                self.numbers.len(),
                N.to_string(),
            )
        })
    }
}

/// Absent numbers are kept as NaN.
fn number(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}

/// Any callback that can be cloned can be cloned behind a `dyn Callback`.
pub trait CallbackClone {
    /// A copy of the same type.
    fn boxed(&self) -> Box<dyn Callback>;
}

impl<C: Callback + Clone + 'static> CallbackClone for C {
    fn boxed(&self) -> Box<dyn Callback> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Callback> {
    fn clone(&self) -> Self {
        (**self).boxed()
    }
}

#[cfg(test)]
mod keras_tests;
