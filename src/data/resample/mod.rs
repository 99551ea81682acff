//! Balancing classes by adding or removing rows, by imbalanced-learn 0.14's definitions.
//!
//! Rows are resampled in training only: a [`Pipeline`](super::Pipeline) does so inside each fold.
//! Data resampled before a split would put copies of test rows, or points between them, among the
//! training rows, so such data refuse to be split ([`Dataset::split_anyway`]).
//!
//! Random numbers come from ChaCha8 with the seed, the same on every machine. imbalanced-learn
//! draws others from NumPy, so single rows differ while counts and neighbours do not.

mod adasyn;
mod borderline_smote;
#[cfg(test)]
mod golden_tests;
mod neighbors;
mod random_over_sampler;
mod random_under_sampler;
mod smote;
mod strategy;
mod synthetic;

pub use adasyn::Adasyn;
pub use borderline_smote::{BorderlineKind, BorderlineSmote};
pub use random_over_sampler::RandomOverSampler;
pub use random_under_sampler::RandomUnderSampler;
pub use smote::Smote;
pub use strategy::SamplingStrategy;

use super::Dataset;
use crate::error::Result;

/// Any resampler, as a step of a [`Pipeline`](super::Pipeline).
#[derive(Clone, Debug, PartialEq)]
pub enum Resampler {
    /// Copies of rows of small classes.
    RandomOver(RandomOverSampler),
    /// Fewer rows of large classes.
    RandomUnder(RandomUnderSampler),
    /// Points between neighbours of a class.
    Smote(Smote),
    /// The same where classes meet.
    BorderlineSmote(BorderlineSmote),
    /// The same, more of them where other classes are near.
    Adasyn(Adasyn),
}

impl Resampler {
    /// The rows after resampling.
    ///
    /// # Errors
    /// As the resampler's own `fit_resample`.
    pub fn fit_resample(&self, data: &Dataset) -> Result<Dataset> {
        match self {
            Resampler::RandomOver(sampler) => sampler.fit_resample(data),
            Resampler::RandomUnder(sampler) => sampler.fit_resample(data),
            Resampler::Smote(sampler) => sampler.fit_resample(data),
            Resampler::BorderlineSmote(sampler) => sampler.fit_resample(data),
            Resampler::Adasyn(sampler) => sampler.fit_resample(data),
        }
    }
}

macro_rules! resampler {
    ($($variant:ident($sampler:ident)),* $(,)?) => {$(
        impl From<$sampler> for Resampler {
            fn from(sampler: $sampler) -> Self {
                Resampler::$variant(sampler)
            }
        }

        impl $sampler {
            /// Which classes are resampled, and to how many rows; [`SamplingStrategy::Auto`] by
            /// default.
            pub fn sampling_strategy(mut self, strategy: impl Into<SamplingStrategy>) -> Self {
                self.strategy = strategy.into();
                self
            }

            /// The seed of the random numbers (imbalanced-learn's `random_state`); 0 by default, so
            /// that a run repeats.
            pub fn seed(mut self, seed: u64) -> Self {
                self.seed = seed;
                self
            }
        }
    )*};
}

// One line for each way to resample.
resampler! {
    RandomOver(RandomOverSampler),
    RandomUnder(RandomUnderSampler),
    Smote(Smote),
    BorderlineSmote(BorderlineSmote),
    Adasyn(Adasyn),
}
