//! Strategies, which choose the next trial. Each is a [`Strategy`] in a file of its own; a line of
//! `searches!` in [`kinds`](super::kinds) gives it the name that a notebook uses.

mod brackets;
mod grid;
mod odometer;
mod rounds;
mod sampled;

pub(super) use brackets::Promoting;
pub(super) use grid::Grid;
pub(super) use rounds::EPOCHS;
pub(crate) use rounds::Round;
pub(super) use sampled::Sampled;

use super::Search;
use super::next::Next;
use super::runner::Runner;
use super::settings::Settings;
use crate::error::{Error, Result};
use crate::tune::Param;
use crate::tune::sampler::Sampler;
use crate::tune::study::{FixedValues, Listing, StartedTrial};
use crate::tune::trial::Trial;
use std::sync::Arc;

/// A kind of search. It has no state; that of a running search is in its [`Course`].
pub(super) trait Strategy: Send + Sync {
    /// Its name, which is also the default name of its study on a server.
    fn name(&self) -> &str;

    /// The sampler of its study, if it has one.
    fn sampler(&self) -> Option<Arc<dyn Sampler>> {
        None
    }

    /// Whether trials are independent of each other's results, so that all cores may work.
    fn is_blind(&self) -> bool {
        false
    }

    /// Whether it ends without a number of trials.
    fn ends_itself(&self) -> bool {
        true
    }

    /// Whether it continues the best trials with more epochs. If so, it sets the epochs, keeps
    /// backups, and needs a single objective.
    fn promotes(&self) -> bool {
        false
    }

    /// Checks the settings for this kind of search.
    ///
    /// # Errors
    /// If one is out of range, or belongs to another kind of search.
    fn check(&self, settings: &Settings) -> Result<()> {
        match (settings.max_epochs, settings.factor, settings.iterations) {
            (None, None, None) => Ok(()),
            _ => {
                let what = "Search: max_epochs, factor or iterations";
                Err(Error::argument(what, "given", "left out, because the search has no brackets"))
            }
        }
    }

    /// The rounds of a search in brackets.
    ///
    /// # Errors
    /// If it has none, or a setting is out of range.
    fn brackets(&self, _: &Search) -> Result<Listing> {
        Err(Error::argument("the search", self.name(), "Hyperband or SuccessiveHalving"))
    }

    /// Starts choosing trials for a search.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    fn start(&self, search: &Search) -> Result<Box<dyn Course>>;
}

/// A strategy at work on one study. Its decisions follow from the trials in the database, so
/// another process, or this one after a crash, would decide the same.
pub(super) trait Course: Send + Sync {
    /// Checks the study's trials.
    ///
    /// # Errors
    /// If a complete trial is not of this search.
    fn check(&self, _: &Runner<'_>, _: &[Arc<Trial>]) -> Result<()> {
        Ok(())
    }

    /// Announces the trials that will run after these, and prepares for them.
    ///
    /// # Errors
    /// If the database cannot be reached.
    fn announce(&self, _: &Runner<'_>, _: &[Arc<Trial>]) -> Result<()> {
        Ok(())
    }

    /// The next trial after these, of which `count` are not retries. None if another process was
    /// faster.
    fn next(&self, runner: &Runner<'_>, trials: &[Arc<Trial>], count: u64) -> Result<Option<Next>>;

    /// Continues a queued trial, a retry or one that was enqueued by hand, with its fixed values.
    fn resume(
        &self,
        runner: &Runner<'_>,
        trial: StartedTrial,
        trials: &[Arc<Trial>],
        fixed: FixedValues,
    ) -> Result<Next>;
}

/// A trial's part in a search that promotes trials.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    /// The epochs at its end.
    pub epochs: usize,
    /// The trial that it continues.
    pub parent: Option<u64>,
    /// The first trial of that chain, whose seed it has.
    pub first: Option<u64>,
    /// Its place in the brackets, as parameters in the database.
    pub params: Vec<Param>,
}
