//! Samplers, which propose a trial's values. One file each.

mod acquisition;
mod draw;
mod forest;
mod gp;
mod history;
mod lbfgs;
mod partial;
mod partial_fixed;
mod qmc;
mod random;
mod relative;
mod space;
mod spread;
mod tpe;

#[cfg(test)]
pub(super) mod conformance;

pub use acquisition::Acquisition;

pub(crate) use partial::{Model, Partial, Resolution, partial_dependence};

use super::distribution::Distribution;
use super::trial::{Attributes, Direction, Trial};
use crate::error::Result;
use crate::register::register;
use std::sync::Arc;

register! {
    pub use forest::ForestSampler;
    pub use gp::GpSampler;
    pub use qmc::QmcSampler;
    pub use random::RandomSampler;
    pub use tpe::TpeSampler;
    pub use partial_fixed::PartialFixedSampler;

    pub(in crate::tune) mod prelude {
        pub use super::Acquisition;
        /// Optuna's spelling of [`GpSampler`].
        pub type GPSampler = GpSampler;
        /// Optuna's spelling of [`QmcSampler`].
        pub type QMCSampler = QmcSampler;
        /// Optuna's spelling of [`TpeSampler`].
        pub type TPESampler = TpeSampler;
    }
}

/// What a sampler or a pruner knows about the study.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The study's name.
    pub study: &'a str,
    /// All other trials of the study, in the order of their numbers, whether finished, running or
    /// waiting.
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
    /// System attributes to store with the trial, for later trials.
    pub notes: Attributes,
}

/// A way to choose the values of the next trial.
///
/// As in Optuna there are two stages. [`propose`](Sampler::propose) is called once, when the trial
/// begins, for parameters that are chosen together; [`one`](Sampler::one) is called for each
/// further parameter that the trial's code asks for.
///
/// A sampler keeps no state: the same context gives the same values, so a study whose process was
/// killed continues as if it had not been.
pub trait Sampler: Send + Sync {
    /// Its name, as in `tpe`.
    fn name(&self) -> &str;

    /// Whether its values are independent of the results of other trials; false by default. If they
    /// are, a search uses every core unless it is told otherwise.
    fn is_blind(&self) -> bool {
        false
    }

    /// The values of parameters that are chosen together, in internal form with their
    /// distributions.
    ///
    /// # Errors
    /// If the settings do not fit the study.
    fn joint(&self, _context: &Context<'_>) -> Result<Vec<(String, Distribution, f64)>> {
        Ok(Vec::new())
    }

    /// The values of [`joint`](Sampler::joint), and attributes to store with the trial. A study
    /// calls this method; a sampler that stores nothing implements only `joint`.
    ///
    /// # Errors
    /// If the settings do not fit the study.
    fn propose(&self, context: &Context<'_>) -> Result<Proposal> {
        Ok(Proposal { values: self.joint(context)?, notes: Attributes::new() })
    }

    /// The value of one parameter, in internal form.
    ///
    /// # Errors
    /// If the settings do not fit the parameter.
    fn one(&self, context: &Context<'_>, name: &str, of: &Distribution) -> Result<f64>;
}
