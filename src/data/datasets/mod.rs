//! Data sets by one call each. A set is looked for in the folder that `DFDX_LAB_DATA` names, else
//! in the platform's cache folder.

use super::SleepStages;
use super::sleep_stages::{Files, files, quick_files};
use crate::error::Result;

/// The recordings of three sleeping mice: 20258 and 20605 labelled epochs, and 80109 to predict.
///
/// A person's own `EEG_mouse_data_1.csv`, `EEG_mouse_data_2.csv` and `EEG_mouse_data_test.csv` are
/// read where they are in the data folder; those that are missing are simulated there once (about
/// 250 MB). See [`files`].
///
/// # Errors
/// If no data folder is known or it cannot be written, and as [`SleepStages::read`].
pub fn sleep_stages() -> Result<SleepStages> {
    read(files(None)?)
}

/// The small simulated sample that comes with the library, of the same form: for a notebook's quick
/// profile.
///
/// # Errors
/// As [`sleep_stages`].
///
/// ```no_run
/// use dfdx_lab::data::{datasets, frequencies};
/// let mice = datasets::sleep_stages_quick()?;
/// let data = mice.train_data(frequencies(1..=25))?;
/// assert_eq!(data.classes(), ["awake", "n-rem", "rem"]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
pub fn sleep_stages_quick() -> Result<SleepStages> {
    read(quick_files(None)?)
}

fn read(files: Files) -> Result<SleepStages> {
    let [mouse_1, mouse_2, test] = &files.paths;
    SleepStages::read(mouse_1, mouse_2, test)
}
