//! What proposes a trial's values, one file each.

mod acquisition;
mod draw;
mod forest;
mod gp;
mod history;
mod lbfgs;
mod normal;
mod partial;
mod random;
mod relative;
mod space;
mod spread;
mod tpe;

#[cfg(test)]
pub(super) mod conformance;

pub use acquisition::Acquisition;
pub use forest::Forest;
pub use gp::GaussianProcess;
pub use random::Random;
pub use tpe::Tpe;

pub(crate) use partial::{Model, Partial, Resolution, partial_dependence};

pub(super) use normal::log_mass;

use super::distribution::Distribution;
use super::trial::{Attributes, Direction, Trial};
use crate::error::Result;
use std::sync::Arc;

/// What a sampler or a pruner may look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The study's name.
    pub study: &'a str,
    /// All trials of the study but the new one, in the order of their numbers: finished, running
    /// in other workers, and waiting ones.
    pub trials: &'a [Arc<Trial>],
    /// A direction for each objective.
    pub directions: &'a [Direction],
    /// The new trial's number.
    pub number: u64,
    /// The new trial's seed, made of the study's and its number: a sampler draws from nothing else.
    pub seed: u64,
}

impl Context<'_> {
    /// The first objective's direction.
    pub fn direction(&self) -> Direction {
        self.directions.first().copied().unwrap_or(Direction::Minimize)
    }
}

/// What a sampler wants of a new trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proposal {
    /// Values, in internal form, each with its parameter's name and the distribution it is meant
    /// for.
    pub values: Vec<(String, Distribution, f64)>,
    /// What to keep among the trial's system attributes, for the samplers of later trials.
    pub notes: Attributes,
}

/// A way to choose the values of the next trial.
///
/// As in Optuna, there are two chances: [`propose`](Sampler::propose) is asked once, when the trial
/// begins, for parameters that can be chosen together; [`one`](Sampler::one) for each parameter
/// that the trial's code asks for and that the first did not give.
///
/// A sampler keeps nothing between two calls: the same context gives the same values, so a study
/// goes on where it was killed.
pub trait Sampler: Send + Sync {
    /// Its name, as in `tpe`.
    fn name(&self) -> &str;

    /// Values, in internal form, for some parameters together, each with the distribution it is
    /// meant for.
    ///
    /// # Errors
    /// If the settings do not fit the study.
    fn joint(&self, _context: &Context<'_>) -> Result<Vec<(String, Distribution, f64)>> {
        Ok(Vec::new())
    }

    /// The values of [`joint`](Sampler::joint), and what is to be noted with the trial. This is
    /// what a study asks; samplers that note nothing need `joint` alone.
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
