//! Compiling a trained model again.

use super::model::{Model, Parts, assemble};
use super::optimizer_state::OptimizerState;
use crate::error::Result;
use crate::loss::IntoLoss;
use crate::metric::IntoMetrics;
use crate::optim::IntoOptimizer;

impl Model {
    /// Sets another optimiser, loss and metrics, which are as in [`Sequential::compile`]; as Keras'
    /// `compile` on a trained model. The weights, the fitted pipeline and the classes stay; the
    /// optimiser starts without state.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([4]).add(Dense::new(8).activation(Relu)).add(Dense::new(1));
    /// let mut model = net.compile(Adam::new(0.001), "mse", ["mae"])?;
    /// model.freeze("dense")?;
    /// // … fit, then all layers with small steps:
    /// model.unfreeze(..)?;
    /// model.compile(Adam::new(0.00001), "mse", ["mae"])?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As `Sequential::compile`. Nothing is changed then.
    ///
    /// [`Sequential::compile`]: crate::nn::Sequential::compile
    pub fn compile(
        &mut self,
        optimizer: impl IntoOptimizer,
        loss: impl IntoLoss,
        metrics: impl IntoMetrics,
    ) -> Result<()> {
        self.recompile(Parts {
            recipe: self.recipe.clone(),
            optimizer: optimizer.into_optimizer()?,
            loss: loss.into_loss()?,
            metrics: metrics.into_metrics()?,
        })
    }

    fn recompile(&mut self, parts: Parts) -> Result<()> {
        let mut new = assemble(parts)?;
        new.weights = std::mem::take(&mut self.weights);
        new.state = OptimizerState::fresh(&new.optimizer, new.weights.len());
        new.seed = self.seed;
        new.schema = self.schema.take();
        new.history = std::mem::take(&mut self.history);
        new.said = self.said.clone();
        *self = new;
        Ok(())
    }
}
