//! The keys of attributes in a study's database.

/// Keys of the attributes that this library writes.
pub mod keys {
    /// The study's seed, from which the trials' seeds are derived (system attribute).
    pub const STUDY_SEED: &str = "dfdx_lab:seed";
    /// A trial's seed (user attribute).
    pub const SEED: &str = "seed";
    /// Why a trial failed (user attribute).
    pub const FAILURE: &str = "failure";
    /// A trial's history as the text of a JSON object, in which each series has a value for every
    /// epoch (user attribute). [`Study::history`](crate::tune::study::Study::history) reads it.
    pub const HISTORY: &str = "history";
    /// The seconds that each fit took (user attribute).
    pub const SECONDS: &str = "seconds";
    /// Resident bytes of the process after the trial (user attribute).
    pub const RESIDENT: &str = "resident_bytes";
    /// For each objective, its values in all fits, which are folds and executions (user attribute).
    pub const FOLDS: &str = "fold_values";
    /// The objectives' values of each execution (user attribute).
    pub const EXECUTIONS: &str = "execution_values";
    /// The model's number of weights (user attribute).
    pub const PARAMS: &str = "count_params";
    /// The files of the trial's models, beside the database (user attribute). The attributes of an
    /// ended trial do not change when the models of better trials replace its own; the study's
    /// attribute of this name has the files of the best trial.
    pub const WEIGHTS: &str = "weights";
    /// A digest of the model's layers, optimiser and loss (user attribute).
    pub const MODEL: &str = "dfdx_lab:model";
    /// Optuna's key for the given values of a queued trial (system attribute).
    pub const FIXED: &str = "fixed_params";
    /// Optuna's key for the number of the original trial of a retry (system attribute).
    pub const FAILED_TRIAL: &str = "failed_trial";
    /// Optuna's key for the numbers of the original trial of a retry and of its earlier retries
    /// (system attribute).
    pub const RETRY_HISTORY: &str = "retry_history";
    /// Optuna's key for the cell of a grid (system attribute).
    pub const GRID_ID: &str = "grid_id";
    /// The process that runs a trial (system attribute).
    pub const WORKER: &str = "dfdx_lab:worker";
    /// Marks a starting point, `x0` (system attribute).
    pub const KNOWN: &str = "dfdx_lab:x0";
    /// Marks a failed retry that was no longer needed (system attribute).
    pub const SUPERSEDED: &str = "dfdx_lab:superseded";
    /// Marks a trial of which all values are stored (system attribute).
    pub const DRAWN: &str = "dfdx_lab:drawn";
    /// Exhausted brackets of a search, as pairs of iteration and bracket (system attribute of the
    /// study).
    pub const CLOSED: &str = "dfdx_lab:closed_brackets";
    /// The data and settings that a search's results depend on (user attribute of the study).
    pub const SETTINGS: &str = "dfdx_lab:settings";

    /// Checks a user's key.
    ///
    /// # Errors
    /// If it is one that this library writes itself.
    pub(crate) fn check(key: &str, own: &[&str]) -> crate::Result<()> {
        if own.contains(&key) {
            let expected = "another key: the library uses this one itself";
            return Err(crate::Error::argument(
                "the attribute's key",
                format!("'{key}'"),
                expected,
            ));
        }
        Ok(())
    }
}
