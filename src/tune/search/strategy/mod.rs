//! Kinds of search: how the next trial is chosen. Each is a [`Strategy`] in a file of its own, and a
//! line of `searches!` in [`kinds`](super::kinds) gives it the name that a notebook uses.

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

/// A kind of search. It keeps nothing while a study runs; what it remembers then is a [`Course`].
pub(super) trait Strategy: Send + Sync {
    /// What its study is called, where it has no other name.
    fn name(&self) -> &str;

    /// The sampler that a study keeps for later trials, if it has one.
    fn sampler(&self) -> Option<Arc<dyn Sampler>> {
        None
    }

    /// Whether a trial does not depend on the results of others, so that all cores may work.
    fn is_blind(&self) -> bool {
        false
    }

    /// Whether it comes to an end without a number of trials.
    fn ends_itself(&self) -> bool {
        true
    }

    /// Whether trials go on from the best of earlier ones, with more epochs: it sets the epochs
    /// itself, keeps what is needed to go on, and compares by one objective.
    fn promotes(&self) -> bool {
        false
    }

    /// Checks the settings that belong to it.
    ///
    /// # Errors
    /// If one is out of its range, or not for this kind of search.
    fn check(&self, settings: &Settings) -> Result<()> {
        match (settings.max_epochs, settings.factor, settings.iterations) {
            (None, None, None) => Ok(()),
            _ => {
                let what = "Search: max_epochs, factor or iterations";
                Err(Error::argument(what, "given", "left out of a search without brackets"))
            }
        }
    }

    /// The rounds of a search in brackets.
    ///
    /// # Errors
    /// If it has none, or a setting is out of its range.
    fn brackets(&self, _: &Search) -> Result<Listing> {
        Err(Error::argument("the search", self.name(), "a Hyperband to have brackets"))
    }

    /// Begins to choose trials for a search.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    fn start(&self, search: &Search) -> Result<Box<dyn Course>>;
}

/// A strategy that chooses the trials of one study. What it decides follows from the trials in the
/// database, so that another process, or this one after a crash, would decide the same.
pub(super) trait Course: Send + Sync {
    /// # Errors
    /// If a finished trial is not of this search.
    fn check(&self, _: &Runner<'_>, _: &[Arc<Trial>]) -> Result<()> {
        Ok(())
    }

    /// Announces what will be run after these trials, and makes ready for it.
    ///
    /// # Errors
    /// If the database cannot be reached.
    fn announce(&self, _: &Runner<'_>, _: &[Arc<Trial>]) -> Result<()> {
        Ok(())
    }

    /// The trial after these, of which `count` are no retries. None if another process was faster.
    fn next(&self, runner: &Runner<'_>, trials: &[Arc<Trial>], count: u64) -> Result<Option<Next>>;

    /// A trial that waited: a retry, or one that was enqueued by hand, with the values it brings.
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
    /// The epochs it comes to.
    pub epochs: usize,
    /// The trial that it goes on from.
    pub parent: Option<u64>,
    /// The first trial of that chain, whose seed it has.
    pub first: Option<u64>,
    /// What the database keeps of it, beside the values.
    pub params: Vec<Param>,
}
