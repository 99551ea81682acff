//! No pruning.

use super::Pruner;
use crate::error::Result;
use crate::tune::Trial;
use crate::tune::sampler::Context;

/// Lets every trial run to its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct NopPruner;

impl NopPruner {
    /// A pruner that never prunes; it has no settings.
    pub fn new() -> Self {
        NopPruner
    }
}

impl Pruner for NopPruner {
    fn name(&self) -> &str {
        "nop"
    }

    fn prune(&self, _context: &Context<'_>, _trial: &Trial) -> Result<bool> {
        Ok(false)
    }
}
