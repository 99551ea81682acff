//! The kinds of searches, as a notebook names them.

use super::hyperband::Brackets;
use super::{Search, Strategy};
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
                Search::new(Arc::new(build), $strategy)
            }
        }
    )*};
}

searches! {
    /// Every combination of values once: the first value of each parameter first, the last
    /// parameter fastest, as KerasTuner's. Parameters count only where the code asks for them. Of
    /// a number without a step, and of a logarithmic one, the smallest value and the ten at 5 %,
    /// 15 %, … 95 % of the range are taken.
    ///
    /// The cell of the grid follows from a trial's number, so that a study goes on where it was,
    /// with no cell left out or done twice by whatever number of workers. A cell whose trial
    /// failed is tried again when the search is run again, three times in all.
    GridSearch => Strategy::Grid;
    /// Values drawn at random. No combination is tried twice: after 20 draws in a row that all had
    /// been tried, the space counts as exhausted and the search ends, as KerasTuner's.
    RandomSearch => Strategy::Sampler(Arc::new(sampler::Random::new()));
    /// Values that Parzen estimators of the good and the bad trials so far propose (TPE), with
    /// Optuna's defaults. Repeated proposals are replaced by random ones; so with the others that
    /// learn.
    TpeSearch => Strategy::Sampler(Arc::new(sampler::Tpe::new()));
    /// Values where a Gaussian process expects the most, as scikit-optimize's `gp_minimize`.
    BayesianSearch => Strategy::Sampler(Arc::new(sampler::GaussianProcess::new()));
    /// Values where extra trees expect the most, as scikit-optimize's `forest_minimize`.
    ForestSearch => Strategy::Sampler(Arc::new(sampler::Forest::new()));
    /// Many trials of few epochs, the best of which go on with more (Li et al., 2018), in
    /// KerasTuner's brackets: see [`Search::max_epochs`], [`Search::factor`],
    /// [`Search::iterations`]. A promoted trial goes on with its weights and its optimiser's
    /// memory, as if it had never stopped.
    ///
    /// A round of new trials ends when there is nothing new to try; its best go on, and the other
    /// brackets run, if need be with values that an earlier bracket had (KerasTuner ends the search).
    Hyperband => Strategy::Hyperband(Brackets::hyperband());
    /// The first and sharpest bracket of [`Hyperband`] alone.
    SuccessiveHalving => Strategy::Hyperband(Brackets::halving());
}
