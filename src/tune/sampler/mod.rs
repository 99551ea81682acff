//! Samplers, which propose a trial's values. One file each.

mod acquisition;
mod draw;
mod forest;
mod gp;
mod history;
mod lbfgs;
mod normal;
mod partial;
mod qmc;
mod random;
mod relative;
mod space;
mod spread;
mod tpe;

#[cfg(test)]
pub(super) mod conformance;

pub use acquisition::Acquisition;
pub use forest::ForestSampler;
pub use gp::GpSampler;
pub use qmc::QmcSampler;
pub use random::RandomSampler;
pub use tpe::TpeSampler;

pub(crate) use partial::{Model, Partial, Resolution, partial_dependence};

pub(super) use normal::log_mass;

use super::distribution::Distribution;
use super::trial::{Attributes, Direction, Trial};
use crate::error::Result;
use std::sync::Arc;

/// What a sampler or a pruner knows of the study.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The study's name.
    pub study: &'a str,
    /// All other trials of the study, in the order of their numbers: finished, running and waiting
    /// ones.
    pub trials: &'a [Arc<Trial>],
    /// A direction for each objective.
    pub directions: &'a [Direction],
    /// The new trial's number.
    pub number: u64,
    /// The new trial's seed, derived from the study's seed and the trial's number: the only source
    /// of randomness.
    pub seed: u64,
}

impl Context<'_> {
    /// The first objective's direction.
    pub fn direction(&self) -> Direction {
        self.directions.first().copied().unwrap_or(Direction::Minimize)
    }
}

/// What a sampler proposes for a new trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proposal {
    /// Values in internal form, each with its parameter's name and distribution.
    pub values: Vec<(String, Distribution, f64)>,
    /// System attributes to keep with the trial, for later trials.
    pub notes: Attributes,
}

/// A way to choose the values of the next trial.
///
/// As in Optuna there are two stages. [`propose`](Sampler::propose) is called once, when the trial
/// begins, for parameters that are chosen together; [`one`](Sampler::one) is called for each
/// further parameter that the trial's code asks for.
///
/// A sampler keeps no state: the same context gives the same values, so a study that was killed
/// continues as it would have.
pub trait Sampler: Send + Sync {
    /// Its name, as in `tpe`.
    fn name(&self) -> &str;

    /// Whether its values do not depend on the results of other trials; false by default. A search
    /// then uses every core, unless it is told otherwise.
    fn is_blind(&self) -> bool {
        false
    }

    /// Values in internal form for parameters that are chosen together, each with its distribution.
    ///
    /// # Errors
    /// If the settings do not fit the study.
    fn joint(&self, _context: &Context<'_>) -> Result<Vec<(String, Distribution, f64)>> {
        Ok(Vec::new())
    }

    /// The values of [`joint`](Sampler::joint), and attributes to keep with the trial. A study
    /// calls this method; a sampler that keeps nothing implements `joint` alone.
    ///
    /// # Errors
    /// If the settings do not fit the study.
    fn propose(&self, context: &Context<'_>) -> Result<Proposal> {
        Ok(Proposal { values: self.joint(context)?, notes: Attributes::new() })
    }

    /// A value, in internal form, for one parameter.
    ///
    /// # Errors
    /// If the settings do not fit the parameter.
    fn one(&self, context: &Context<'_>, name: &str, of: &Distribution) -> Result<f64>;
}
