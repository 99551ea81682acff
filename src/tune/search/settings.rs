//! The settings of a search, and their checks.

use super::Search;
use super::strategy::Strategy;
use crate::data::{Dataset, KFold, Split, StratifiedKFold};
use crate::error::{Error, Result};
use crate::tune::distribution::Choice;
use crate::tune::study::Study;
use std::sync::Arc;
use std::time::Duration;

/// The folds of a search: a [`KFold`] or a [`StratifiedKFold`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CrossValidation {
    /// Folds of rows.
    KFold(KFold),
    /// Folds with the same share of each class.
    Stratified(StratifiedKFold),
}

impl From<KFold> for CrossValidation {
    fn from(folds: KFold) -> Self {
        CrossValidation::KFold(folds)
    }
}

impl From<StratifiedKFold> for CrossValidation {
    fn from(folds: StratifiedKFold) -> Self {
        CrossValidation::Stratified(folds)
    }
}

impl CrossValidation {
    pub(super) fn split(&self, data: &Dataset) -> Result<Vec<Split>> {
        match self {
            CrossValidation::KFold(folds) => folds.split(data.len()),
            CrossValidation::Stratified(folds) => folds.split(data.labels()),
        }
    }

    pub(super) fn count(&self) -> usize {
        match self {
            CrossValidation::KFold(folds) => folds.n_splits,
            CrossValidation::Stratified(folds) => folds.n_splits,
        }
    }
}

/// A function that is called after each trial, and at the end with `true`.
#[derive(Clone)]
pub(super) struct Onlooker(pub Arc<LookOn>);

type LookOn = dyn Fn(&Study, bool) + Send + Sync;

impl std::fmt::Debug for Onlooker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Onlooker")
    }
}

/// The settings of a search that are numbers, switches and the like.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub max_trials: Option<usize>,
    pub time_limit: Option<Duration>,
    pub target: Option<f64>,
    pub executions: usize,
    pub seed: Option<u64>,
    pub workers: Option<usize>,
    pub max_failures: Option<usize>,
    pub trial_time: Option<Duration>,
    pub trial_memory: Option<u64>,
    pub keep: usize,
    pub allow_changes: bool,
    pub name: Option<String>,
    pub known: Vec<Vec<(String, Choice)>>,
    pub verbose: u8,
    pub onlooker: Option<Onlooker>,
    pub best_epoch: bool,
    pub max_epochs: Option<usize>,
    pub factor: Option<usize>,
    pub iterations: Option<usize>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            max_trials: None,
            time_limit: None,
            target: None,
            executions: 1,
            seed: None,
            workers: None,
            max_failures: None,
            trial_time: None,
            trial_memory: None,
            keep: 1,
            allow_changes: false,
            name: None,
            known: Vec::new(),
            verbose: 1,
            onlooker: None,
            best_epoch: false,
            max_epochs: None,
            factor: None,
            iterations: None,
        }
    }
}

/// The default number of trials, as in KerasTuner.
const MAX_TRIALS: usize = 10;

impl Settings {
    pub fn check(&self, strategy: &dyn Strategy) -> Result<()> {
        for (what, got) in [
            ("the number of trials", self.max_trials.unwrap_or(1)),
            ("the executions of a trial", self.executions),
            ("the number of workers", self.workers.unwrap_or(1)),
            ("the consecutive failures", self.max_failures.unwrap_or(1)),
        ] {
            if got == 0 {
                return Err(Error::argument(format!("Search: {what}"), got, "at least 1"));
            }
        }
        if self.target.is_some_and(f64::is_nan) {
            return Err(Error::argument("Search: the target", "NaN", "a number"));
        }
        strategy.check(self)
    }
}

impl Search {
    /// The number of trials in all; none if another rule ends the search.
    pub(super) fn trials(&self) -> Option<usize> {
        let Settings { max_trials, time_limit, target, .. } = &self.settings;
        let limited = self.strategy.ends_itself() || time_limit.is_some() || target.is_some();
        max_trials.or_else(|| (!limited).then_some(MAX_TRIALS))
    }

    pub(super) fn worker_count(&self) -> usize {
        let default = if self.strategy.is_blind() { cores() } else { 1 };
        self.settings.workers.unwrap_or(default)
    }
}

/// The number of threads that the machine runs at the same time.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get())
}
