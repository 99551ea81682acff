//! Joining layers with an optimiser, a loss and metrics.

use super::model::{self, Model, Parts};
use crate::error::Result;
use crate::loss::{IntoLoss, Loss};
use crate::metric::{IntoMetrics, Metric};
use crate::nn::{Functional, Recipe, Sequential};
use crate::optim::{IntoOptimizer, Optimizer};

impl Sequential {
    /// Works out every shape, initializes the weights (with seed 0, see [`Model::seed`]), and adds
    /// an optimiser, a loss and metrics. Metrics are an array of one type, a tuple of several
    /// types, an array of Keras names, or `()` for none. Optimiser and loss may be Keras names too:
    /// `compile("adam", "mse", ["mae"])`. The second of two metrics with the same name is called
    /// `f1_score_1` in the history, as in Keras.
    ///
    /// # Errors
    /// If the layers do not fit together, a name is unknown, or a setting of the optimiser or the
    /// loss is outside its range.
    pub fn compile(
        &self,
        optimizer: impl IntoOptimizer,
        loss: impl IntoLoss,
        metrics: impl IntoMetrics,
    ) -> Result<Model> {
        let (loss, metrics) = (loss.into_loss()?, metrics.into_metrics()?);
        compile_parts(self.clone().into(), optimizer.into_optimizer()?, loss, metrics)
    }
}

impl Functional {
    /// Works out every shape, fills the weights and joins them with an optimiser, a loss and
    /// metrics, as [`Sequential::compile`] does.
    ///
    /// # Errors
    /// If the layers do not fit together, a name is unknown, or a setting of the optimiser or the
    /// loss is outside its range.
    pub fn compile(
        &self,
        optimizer: impl IntoOptimizer,
        loss: impl IntoLoss,
        metrics: impl IntoMetrics,
    ) -> Result<Model> {
        let (loss, metrics) = (loss.into_loss()?, metrics.into_metrics()?);
        compile_parts(self.clone().into(), optimizer.into_optimizer()?, loss, metrics)
    }
}

impl Recipe {
    /// A model with fresh weights, as [`Sequential::compile`] makes it.
    ///
    /// # Errors
    /// As `Sequential::compile`.
    pub fn compile(
        &self,
        optimizer: impl IntoOptimizer,
        loss: impl IntoLoss,
        metrics: impl IntoMetrics,
    ) -> Result<Model> {
        let (loss, metrics) = (loss.into_loss()?, metrics.into_metrics()?);
        compile_parts(self.clone(), optimizer.into_optimizer()?, loss, metrics)
    }
}

/// Without generics, so that a notebook's cell does not compile it again.
fn compile_parts(
    recipe: Recipe,
    optimizer: Optimizer,
    loss: Loss,
    metrics: Vec<Metric>,
) -> Result<Model> {
    model::compile(Parts { recipe, optimizer, loss, metrics })
}
