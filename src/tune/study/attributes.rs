//! The names under which a study notes things in its database.

/// Keys of the attributes that this library writes.
pub mod keys {
    /// The seed that a study's trials' seeds are made of (system attribute).
    pub const STUDY_SEED: &str = "dfdx_lab:seed";
    /// A trial's seed (user attribute).
    pub const SEED: &str = "seed";
    /// Why a trial failed (user attribute).
    pub const FAILURE: &str = "failure";
    /// A trial's series by name, each with a value an epoch, as the text of a JSON object (user
    /// attribute); [`Study::history`](super::Study::history) reads it.
    pub const HISTORY: &str = "history";
    /// How long the fits took, in seconds (user attribute).
    pub const SECONDS: &str = "seconds";
    /// Resident bytes of the process after the trial (user attribute).
    pub const RESIDENT: &str = "resident_bytes";
    /// The objective's value of each fold (user attribute).
    pub const FOLDS: &str = "fold_values";
    /// The objectives' values of each execution (user attribute).
    pub const EXECUTIONS: &str = "execution_values";
    /// The model's number of weights (user attribute).
    pub const PARAMS: &str = "count_params";
    /// Files with the trial's models, beside the database (user attribute). An ended trial's note
    /// cannot be taken back when a better trial's models replace its own; the study's attribute of
    /// this name says which files are there now.
    pub const WEIGHTS: &str = "weights";
    /// A digest of the model's layers, optimiser and loss (user attribute).
    pub const MODEL: &str = "dfdx_lab:model";
    /// Optuna's key for values that a waiting trial is to have (system attribute).
    pub const FIXED: &str = "fixed_params";
    /// Optuna's key for the number of the first trial that a retry goes back to (system
    /// attribute).
    pub const FAILED_TRIAL: &str = "failed_trial";
    /// Optuna's key for the numbers of all trials that a retry comes after (system attribute).
    pub const RETRY_HISTORY: &str = "retry_history";
    /// Optuna's key for the cell of a grid (system attribute).
    pub const GRID_ID: &str = "grid_id";
    /// The process that runs a trial (system attribute).
    pub const WORKER: &str = "dfdx_lab:worker";
    /// Says of a trial that the study was to begin with it (system attribute).
    pub const KNOWN: &str = "dfdx_lab:x0";
    /// Says of a failed retry that it was not needed any more (system attribute).
    pub const SUPERSEDED: &str = "dfdx_lab:superseded";
    /// All values of the trial had been written.
    pub const DRAWN: &str = "dfdx_lab:drawn";
    /// Brackets of a search that have tried everything there is, as pairs of the iteration and the
    /// bracket (system attribute of the study).
    pub const CLOSED: &str = "dfdx_lab:closed_brackets";
    /// What a search's results depend on besides its parameters (user attribute of the study).
    pub const SETTINGS: &str = "dfdx_lab:settings";

    /// # Errors
    /// If the key is one that this library writes itself.
    pub(crate) fn check(key: &str, own: &[&str]) -> crate::Result<()> {
        if own.contains(&key) {
            let expected = "another key: the library notes something of its own there";
            return Err(crate::Error::argument(
                "the attribute's key",
                format!("'{key}'"),
                expected,
            ));
        }
        Ok(())
    }
}
