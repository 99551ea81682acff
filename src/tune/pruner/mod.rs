//! What ends hopeless trials early, one file each.

use super::sampler::Context;
use super::trial::{Attributes, Trial};
use crate::error::Result;

/// What a pruner thinks of a trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Whether the trial is to be ended.
    pub prune: bool,
    /// What to keep among the trial's system attributes, whether it is ended or not.
    pub notes: Attributes,
}

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

    /// The answer of [`prune`](Pruner::prune), and what is to be noted with the trial. This is what
    /// a study asks: successive halving needs its notes to know who reached which rung.
    ///
    /// # Errors
    /// If the settings do not fit the study.
    fn judge(&self, context: &Context<'_>, trial: &Trial) -> Result<Verdict> {
        Ok(Verdict { prune: self.prune(context, trial)?, notes: Attributes::new() })
    }
}
