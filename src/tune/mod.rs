//! Searches for good hyper-parameters. A study holds trials in a database with Optuna's schema, a
//! sampler proposes the next trial's values, and a pruner stops hopeless trials early.
//!
//! Dependencies point one way: study → sampler, pruner, storage → trial → distribution.

mod distribution;
mod hp;
mod label;
mod minimize;
mod points;
mod space;
mod trial;

pub mod importance;
pub mod pruner;
pub mod sampler;
pub mod search;
pub mod storage;
pub mod study;

use crate::io::json;

pub use distribution::{Choice, Distribution};
pub use hp::{Hp, Number, Whole};
pub use label::Label;
pub use minimize::{Minimize, dummy_minimize, forest_minimize, gp_minimize, tpe_minimize};
pub use space::{Point, Space};
pub use trial::{Attributes, Direction, Param, Trial, TrialState};

/// The names that a notebook uses.
pub mod prelude {
    pub use super::importance::{Importance, PedAnova};
    pub use super::pruner::prelude::*;
    pub use super::sampler::prelude::*;
    pub use super::search::kinds::*;
    pub use super::search::{ModelStudy, Search};
    pub use super::study::{Listing, Ongoing, Study};
    pub use super::{Choice, Direction, Distribution, Hp, Trial, TrialState};
    pub use super::{
        Minimize, Point, Space, dummy_minimize, forest_minimize, gp_minimize, tpe_minimize,
    };
}
