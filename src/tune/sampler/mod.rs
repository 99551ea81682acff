//! What proposes a trial's values, one file each.

use super::distribution::Distribution;
use super::trial::{Direction, Trial};
use crate::error::Result;
use std::sync::Arc;

/// What a sampler may look at.
pub struct Context<'a> {
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

/// A way to choose the values of the next trial.
///
/// As in Optuna, there are two chances: [`joint`](Sampler::joint) is asked once, when the trial
/// begins, for parameters that can be chosen together; [`one`](Sampler::one) for each parameter
/// that the trial's code asks for and that the first did not give.
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

    /// A value, in internal form, for one parameter.
    ///
    /// # Errors
    /// If the settings do not fit the parameter.
    fn one(&self, context: &Context<'_>, name: &str, of: &Distribution) -> Result<f64>;
}
