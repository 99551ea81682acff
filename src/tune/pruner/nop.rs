//! No pruning.

use super::Pruner;
use crate::error::Result;
use crate::tune::Trial;
use crate::tune::sampler::Context;

/// Lets every trial run to its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nop;

impl Nop {
    /// There is nothing to set.
    pub fn new() -> Self {
        Nop
    }
}

impl Pruner for Nop {
    fn name(&self) -> &str {
        "nop"
    }

    fn prune(&self, _context: &Context<'_>, _trial: &Trial) -> Result<bool> {
        Ok(false)
    }
}
