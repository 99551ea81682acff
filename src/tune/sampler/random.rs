//! Random search.

use super::draw::{check, draw, generator};
use super::{Context, Sampler};
use crate::error::Result;
use crate::tune::Distribution;

/// Draws every parameter independently and uniformly, on a logarithmic scale if its distribution
/// has one. Every point of a grid and every choice is equally likely.
///
/// A value depends only on the trial's seed and the parameter's name, so neither the number of
/// workers nor the order of asking changes it. Values may repeat.
///
/// ```
/// use dfdx_lab::tune::sampler::{RandomSampler, Sampler};
/// assert_eq!(RandomSampler::new().name(), "random");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomSampler;

impl RandomSampler {
    /// Random search; it has no settings.
    pub fn new() -> Self {
        RandomSampler
    }
}

impl Sampler for RandomSampler {
    fn name(&self) -> &str {
        "random"
    }

    fn is_blind(&self) -> bool {
        true
    }

    fn one(&self, context: &Context<'_>, name: &str, of: &Distribution) -> Result<f64> {
        check(name, of)?;
        Ok(draw(&mut generator(context, name), of))
    }
}
