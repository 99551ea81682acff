//! A network with weights, an optimiser, a loss and metrics.

use super::history::History;
use super::lane::{Source, Task};
use super::optimizer_state::OptimizerState;
use super::schema::{Said, Schema};
use crate::array::Array;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::loss::{Loss, Output};
use crate::memory;
use crate::metric::{Direction, Form, Metric, OutputMetric, told_apart};
use crate::nn::{Activation, Constraint, Network, Recipe, Regularizer, derive_seed};
use crate::optim::{LearningRate, Optimizer};
use std::ops::Range;
use std::sync::Arc;

/// A model that can be fitted, evaluated and used to predict, as [`Sequential::compile`](crate::nn::Sequential::compile) makes it.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let mut model = Sequential::new([2])
///     .add(Dense::new(8).activation(Tanh))
///     .add(Dense::new(1).activation(Sigmoid))
///     .compile(Adam::new(0.05), BinaryCrossentropy::new(), ["accuracy"])?;
/// let x = Array::new([4, 2], vec![0., 0., 0., 1., 1., 0., 1., 1.])?;
/// let y = Array::new([4, 1], vec![0., 1., 1., 0.])?;
/// model.fit((&x, &y), Fit::epochs(300).batch_size(4).verbose(0))?;
/// assert_eq!(model.evaluate((&x, &y))?.get("accuracy"), Some(1.0));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Model {
    pub(super) recipe: Recipe,
    pub(super) network: Arc<Network>,
    pub(super) optimizer: Optimizer,
    pub(super) loss: Loss,
    pub(super) metrics: Vec<Metric>,
    pub(super) weights: Vec<f32>,
    pub(super) penalized: Vec<(Regularizer, Range<usize>)>,
    pub(super) constrained: Vec<(Constraint, Vec<usize>, Range<usize>)>,
    pub(super) state: OptimizerState,
    pub(super) seed: u64,
    /// The form of the data it was fitted on.
    pub(super) schema: Option<Schema>,
    pub(super) said: Said,
    /// The history of the last fit, even if it failed.
    pub(super) history: History,
}

/// The default seed.
pub(super) const DEFAULT_SEED: u64 = 0;

/// What a model is made of.
pub(super) struct Parts {
    pub recipe: Recipe,
    pub optimizer: Optimizer,
    pub loss: Loss,
    pub metrics: Vec<Metric>,
}

/// A model with fresh weights.
pub(super) fn compile(parts: Parts) -> Result<Model> {
    seeded(parts, DEFAULT_SEED)
}

/// A model with the weights of a seed.
pub(super) fn seeded(parts: Parts, seed: u64) -> Result<Model> {
    let mut model = assemble(parts)?;
    model.reset(seed);
    Ok(model)
}

/// A model without weights.
pub(super) fn assemble(parts: Parts) -> Result<Model> {
    let Parts { recipe, optimizer, loss, metrics } = parts;
    optimizer.check()?;
    loss.check()?;
    let network = recipe.build()?;
    let (loss, metrics) = by_outputs(&network, &loss, metrics)?;
    let common = &optimizer.common;
    let more = [common.ema.is_some(), common.gradient_accumulation_steps.is_some()];
    let copies = 2 + optimizer.rule.slots() + more.iter().filter(|kept| **kept).count();
    let sizes = [network.weight_count(), copies];
    memory::check("compile: the weights, with their gradients", &sizes, size_of::<f32>())?;
    Ok(Model {
        recipe,
        penalized: penalized(&network),
        constrained: constrained(&network),
        network: Arc::new(network),
        optimizer,
        loss,
        metrics: told_apart(metrics),
        weights: Vec::new(),
        state: OptimizerState::default(),
        seed: DEFAULT_SEED,
        schema: None,
        said: Said::default(),
        history: History::default(),
    })
}

/// The loss and the metrics with their places among the outputs.
fn by_outputs(network: &Network, loss: &Loss, metrics: Vec<Metric>) -> Result<(Loss, Vec<Metric>)> {
    let outputs = outputs_of(network)?;
    let loss = loss.of_outputs(&outputs)?;
    let metrics = match loss.0.by_output() {
        Some(losses) => OutputMetric::of_outputs(metrics, &losses.places().collect::<Vec<_>>())?,
        None => OutputMetric::of_one(metrics, &outputs[0])?,
    };
    Ok((loss, metrics))
}

/// The outputs, with their places.
fn outputs_of(network: &Network) -> Result<Vec<Output>> {
    let output = |at: &usize| {
        let layer = &network.layers()[*at];
        let shape = layer.op.output();
        let places = shape[..shape.len().saturating_sub(1)].iter().product();
        let masked = network.masks().at_output(*at);
        if masked && (shape.len() != 2 || network.outputs().len() > 1) {
            let what = format!("compile: the output '{}', whose steps are masked", layer.name);
            let got = format!("{shape:?} of {} outputs", network.outputs().len());
            return Err(Error::argument(what, got, "(steps, values), and the only output").hint(
                "a recurrent layer without return_sequences, GlobalAveragePooling1D or Flatten \
                 end a mask",
            ));
        }
        Ok(Output { name: layer.name.clone(), width: layer.len(), places, masked })
    };
    network.outputs().iter().map(output).collect()
}

/// The trained weights that are penalised.
fn penalized(network: &Network) -> Vec<(Regularizer, Range<usize>)> {
    let some = network.trained().filter(|(spec, _)| !spec.regularizer.is_none());
    some.map(|(spec, range)| (spec.regularizer, range)).collect()
}

/// The trained weights with constraints, and their shapes.
fn constrained(network: &Network) -> Vec<(Constraint, Vec<usize>, Range<usize>)> {
    let some = network.trained().filter(|(spec, _)| !spec.constraint.is_none());
    some.map(|(spec, range)| (spec.constraint.clone(), spec.shape.clone(), range)).collect()
}

impl Model {
    /// The model with fresh weights from this seed, which also determines how data are shuffled and
    /// what dropout drops. The default seed is 0. [Frozen](Self::freeze) layers keep their weights.
    pub fn seed(mut self, seed: u64) -> Self {
        self.reset(seed);
        self
    }

    /// Replaces the network by one with the same weights.
    pub(super) fn take_network(&mut self, network: Network) {
        self.penalized = penalized(&network);
        self.constrained = constrained(&network);
        self.network = Arc::new(network);
    }

    /// Resets the weights and the optimiser, and drops the fitted pipeline and the classes.
    /// [Frozen](Self::freeze) layers keep their weights.
    pub fn reset(&mut self, seed: u64) {
        self.seed = seed;
        self.schema = None;
        self.history = History::default();
        let mut weights = self.network.initialize(derive_seed(seed, 0));
        let frozen = self.network.layers().iter().filter(|layer| !layer.trainable);
        for range in frozen.map(|layer| layer.weights.clone()) {
            if let Some(old) = self.weights.get(range.clone()) {
                weights[range].copy_from_slice(old);
            }
        }
        self.weights = weights;
        self.state = OptimizerState::fresh(&self.optimizer, self.weights.len());
    }

    /// Replaces the weights by their moving averages, if the optimiser keeps them and has made a step.
    pub(super) fn take_averages(&mut self) {
        if self.state.steps > 0 && self.optimizer.common.ema.is_some() {
            for range in self.network.trainable() {
                self.weights[range.clone()].copy_from_slice(&self.state.average[range.clone()]);
            }
        }
    }

    /// Checks targets against the loss and the metrics.
    pub(super) fn check_targets(&self, y: &Array) -> Result<()> {
        let form = Form {
            targets: y.row_len(),
            outputs: self.network.output().iter().product(),
            middle: self.middle(),
        };
        self.loss.0.check(form.targets, form.outputs).map_err(|e| match self.network.output() {
            [_] => e,
            shape => e.hint(format!(
                "the model's output has the shape {shape:?}: Flatten before the first Dense, or a \
                 recurrent layer without return_sequences, makes a row of it"
            )),
        })?;
        self.loss.0.check_values(y.data(), form.outputs)?;
        self.metrics.iter().try_for_each(|metric| metric.0.check(form))
    }

    /// The history of its last fit, up to where it failed or was stopped.
    pub fn history(&self) -> History {
        self.history.clone()
    }

    /// The layers it was compiled from.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The layers with every shape worked out.
    pub(crate) fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        let own = || self.optimizer.common.learning_rate.at(self.state.steps);
        self.state.learning_rate.unwrap_or_else(own).into()
    }

    /// Sets the learning rate in place of the optimiser's own, until [`reset`](Self::reset).
    ///
    /// # Errors
    /// If it is negative or not finite, or the optimiser follows a schedule, as in Keras.
    pub fn set_learning_rate(&mut self, rate: f64) -> Result<()> {
        if !(rate.is_finite() && rate >= 0.0) {
            return Err(Error::argument("the learning rate", rate, "a finite number, at least 0"));
        }
        let own = &self.optimizer.common.learning_rate;
        if !matches!(own, LearningRate::Constant(_)) {
            return Err(Error::argument(
                "the learning rate",
                format!("set to {rate}"),
                format!("left alone where the optimiser has a schedule, {own}"),
            )
            .hint("compile the model with a number as learning rate"));
        }
        self.state.learning_rate = Some(rate as f32);
        Ok(())
    }

    /// The threshold by which a single output tells two classes apart: halfway between the targets
    /// of the [`Dataset`] it was fitted on, so 0 for -1 / +1 and 0.5 for 0 / 1. For arrays it is 0
    /// after a tanh, otherwise 0.5; for logits it is 0.
    pub fn middle(&self) -> f32 {
        if self.loss.0.takes_logits().is_some() {
            return 0.0;
        }
        if let Some(middle) = self.schema.as_ref().and_then(Schema::middle) {
            return middle;
        }
        match self.network.last().map(|l| l.op.activation()) {
            Some(Activation::Tanh) => 0.0,
            _ => 0.5,
        }
    }

    /// What a fit logs: the loss and the metrics.
    pub(crate) fn logged_names(&self) -> Vec<String> {
        let mut names = vec!["loss".to_string()];
        names.extend(self.metric_names());
        names
    }

    /// Whether more or less is better of the value logged under this name (without `val_`).
    pub(crate) fn direction_of(&self, name: &str) -> Option<Direction> {
        if name == "loss" {
            return Some(Direction::Minimize);
        }
        self.metrics.iter().find(|m| m.0.name() == name).map(|m| m.direction())
    }

    pub(crate) fn seed_now(&self) -> u64 {
        self.seed
    }

    /// Sets the form of the data to that of these rows, for a model whose weights come from a file.
    pub(crate) fn learn_form_of(&mut self, prepared: &Dataset) {
        self.schema = Some(Schema::of(prepared));
    }

    pub(super) fn penalty(&self) -> f64 {
        self.penalized.iter().map(|(r, range)| r.penalty(&self.weights[range.clone()])).sum()
    }

    pub(super) fn task<'a>(&'a self, source: Source<'a>, fused: bool) -> Task<'a> {
        Task {
            network: &self.network,
            weights: &self.weights,
            loss: &*self.loss.0,
            fused,
            factors: &[],
            source,
        }
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Model({:?}, {}, {})", self.network, self.optimizer, self.loss)
    }
}
