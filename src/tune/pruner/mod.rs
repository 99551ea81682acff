//! What ends hopeless trials early, one file each.

use super::sampler::Context;
use super::trial::Trial;
use crate::error::Result;

/// A rule that ends hopeless trials early.
pub trait Pruner: Send + Sync {
    /// Its name, as in `median`.
    fn name(&self) -> &str;

    /// Whether the trial, after what it has reported, is to be ended. `context.number` and
    /// `context.seed` are those of the trial.
    ///
    /// # Errors
    /// If the settings do not fit the study.
    fn prune(&self, context: &Context<'_>, trial: &Trial) -> Result<bool>;
}
