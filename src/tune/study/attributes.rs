//! The keys of attributes in a study's database.

/// Keys of the attributes that this library writes.
pub mod keys {
    /// The seed that a study's trials' seeds are made of (system attribute).
    pub const STUDY_SEED: &str = "dfdx_lab:seed";
    /// A trial's seed (user attribute).
    pub const SEED: &str = "seed";
    /// Why a trial failed (user attribute).
    pub const FAILURE: &str = "failure";
    /// A trial's history as the text of a JSON object, each series by name with a value for every
    /// epoch (user attribute); [`Study::history`](crate::tune::study::Study::history) reads it.
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
    /// Files with the trial's models, beside the database (user attribute). An ended trial's
    /// attributes cannot change when better trials' models replace its own; the study's attribute
    /// of this name lists the files that exist now.
    pub const WEIGHTS: &str = "weights";
    /// A digest of the model's layers, optimiser and loss (user attribute).
    pub const MODEL: &str = "dfdx_lab:model";
    /// Optuna's key for the queued values of a waiting trial (system attribute).
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
    /// Marks a trial that the study was told to begin with (system attribute).
    pub const KNOWN: &str = "dfdx_lab:x0";
    /// Marks a failed retry that was no longer needed (system attribute).
    pub const SUPERSEDED: &str = "dfdx_lab:superseded";
    /// All values of the trial had been written.
    pub const DRAWN: &str = "dfdx_lab:drawn";
    /// Exhausted brackets of a search, as pairs of iteration and bracket (system attribute of the
    /// study).
    pub const CLOSED: &str = "dfdx_lab:closed_brackets";
    /// The data and settings that a search's results depend on (user attribute of the study).
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
