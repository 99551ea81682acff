//! The kinds of searches, by the names that a notebook uses.

use super::Search;
use super::strategy::{Grid, Promoting, Sampled};
use crate::error::Result;
use crate::train::Model;
use crate::tune::hp::Hp;
use crate::tune::sampler;
use std::sync::Arc;

macro_rules! searches {
    ($($(#[$doc:meta])* $name:ident => $strategy:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl $name {
            /// A search over the models that this code builds.
            #[allow(clippy::new_ret_no_self)]
            pub fn new(build: impl Fn(&mut Hp) -> Result<Model> + Send + Sync + 'static) -> Search {
                Search::new(Arc::new(build), Arc::new($strategy))
            }
        }
    )*};
}

searches! {
    /// A search over every combination of values, beginning with the first value of each parameter
    /// and changing the last parameter fastest, as KerasTuner does. A parameter counts only in the
    /// cells whose code asks for it. In a range of floats without a step, or a logarithmic range,
    /// the grid has the smallest value and the ten at 5 %, 15 %, … 95 % of the range.
    ///
    /// The cell follows from the trial's number, so a study continues where it stopped, and any
    /// number of workers runs every cell once. If the trial of a cell failed, the next run tries
    /// the cell again, up to three times in all.
    GridSearch => Grid;
    /// A search over random values. No combination is tried twice: after more than 20 draws in a
    /// row that had been tried before, the space counts as exhausted and the search ends, as in
    /// KerasTuner.
    RandomSearch => Sampled::by(sampler::RandomSampler::new());
    /// A search by the tree-structured Parzen estimator (TPE), with Optuna's defaults. As in the
    /// other searches that learn, a random point replaces a proposal that was tried before.
    TpeSearch => Sampled::by(sampler::TpeSampler::new());
    /// A search by a Gaussian process, as scikit-optimize's `gp_minimize`.
    BayesianSearch => Sampled::by(sampler::GpSampler::new());
    /// A search by extra trees, as scikit-optimize's `forest_minimize`.
    ForestSearch => Sampled::by(sampler::ForestSampler::new());
    /// A search with many trials of few epochs, the best of which are promoted to more epochs (Li
    /// et al., Hyperband, 2018), in KerasTuner's brackets: see [`Search::max_epochs`],
    /// [`Search::factor`], [`Search::iterations`]. A promoted trial keeps its weights and its
    /// optimiser's state, as if it had never stopped.
    ///
    /// When a round of new trials has nothing new left to try, it ends and its best trials are
    /// promoted. The other brackets still run, if necessary with values of an earlier bracket
    /// (KerasTuner ends the search).
    Hyperband => Promoting::hyperband();
    /// A search with only the first bracket of [`Hyperband`], which has the most trials.
    SuccessiveHalving => Promoting::halving();
}
