//! Searches for good hyper-parameters: a study holds trials in a database of Optuna's schema, a
//! sampler proposes the next trial's values, a pruner ends hopeless ones early.
//!
//! Dependencies point one way: study → sampler, pruner, storage → trial → distribution.

mod distribution;
mod trial;

pub mod importance;
pub mod pruner;
pub mod sampler;
pub mod storage;

pub use distribution::{Choice, Distribution};
pub use trial::{Attributes, Direction, Param, Trial, TrialState};

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::importance::{Importance, PedAnova};
    pub use super::pruner::{
        Hyperband as HyperbandPruner, Median, Nop, Patient, Percentile, SuccessiveHalving,
        Threshold,
    };
    pub use super::sampler::{Acquisition, Forest, GaussianProcess, Random, Tpe};
    pub use super::{Choice, Direction, Distribution, Trial, TrialState};
}
