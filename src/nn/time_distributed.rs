//! A layer that is applied to each step of a sequence.

use super::Regularizer;
use super::layer::{Backward, Forward, Layer, Op, WeightSpec, fresh_weights};
use super::masks::MaskFlow;
use super::sequential_config::{known_classes, read};
use crate::config::{Config, Configured, Object, Settings, within};
use crate::error::{Error, Result};
use serde_json::Value as Json;
use std::sync::Arc;

/// Applies one layer, with the same weights, to each step of a sequence, as Keras'
/// `TimeDistributed`: the first axis of a sample is that of the steps, and the layer gets the
/// others.
///
/// A [`Dense`](super::Dense) acts on each step without it.
///
/// ```
/// use dfdx_lab::prelude::*;
/// // Videos of ten pictures.
/// let net = Sequential::new([10, 28, 28, 1])
///     .add(TimeDistributed::new(Conv2D::new(4, 3)))
///     .add(TimeDistributed::new(GlobalAveragePooling2D::new()))
///     .add(LSTM::new(8));
/// let shapes: Vec<Vec<usize>> =
///     net.build()?.layers().iter().map(|layer| layer.op.output().to_vec()).collect();
/// assert_eq!(shapes, [vec![10, 26, 26, 4], vec![10, 4], vec![8]]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TimeDistributed {
    layer: Arc<dyn Layer>,
}

impl TimeDistributed {
    /// This layer, applied to each step.
    pub fn new(layer: impl Layer + 'static) -> Self {
        TimeDistributed { layer: Arc::new(layer) }
    }
}

impl Configured for TimeDistributed {
    const MODULE: &'static str = "keras.layers";
    const CLASS: &'static str = "TimeDistributed";

    fn write(&self, settings: &mut Object) {
        if let Ok(config) = self.layer.config() {
            settings.insert("layer".into(), config.to_value());
        }
    }

    fn read(from: &Settings<'_>) -> Result<Self> {
        let json = from.json("layer").unwrap_or(&Json::Null);
        let config = Config::from_value(json).map_err(|e| within(e, "TimeDistributed: layer"))?;
        from.end()?;
        Ok(TimeDistributed { layer: read(&config, &known_classes())? })
    }
}

impl Layer for TimeDistributed {
    fn config(&self) -> Result<Config> {
        self.layer.config()?;
        Ok(Config::of(self))
    }

    fn class_name(&self) -> &str {
        "TimeDistributed"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let [steps, rest @ ..] = input else { return Err(needs_steps(input)) };
        if rest.is_empty() || *steps == 0 {
            return Err(needs_steps(input));
        }
        let inner = self.layer.build(rest)?;
        if !inner.activity_regularizer().is_none() {
            return Err(Error::argument(
                "TimeDistributed: the layer's activity regularizer",
                format!("{:?}", inner.activity_regularizer()),
                "none: put it on the layer behind",
            ));
        }
        let output = [&[*steps][..], inner.output()].concat();
        Ok(Box::new(Distributed { steps: *steps, output, inner }))
    }
}

fn needs_steps(input: &[usize]) -> Error {
    let expected = "it needs samples of at least two axes, of which the first is that of the steps";
    Error::shape("TimeDistributed", input, expected)
}

/// An operation on all steps of all samples, as if they were samples.
struct Distributed {
    steps: usize,
    output: Vec<usize>,
    inner: Box<dyn Op>,
}

impl Op for Distributed {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn weights(&self) -> &[WeightSpec] {
        self.inner.weights()
    }

    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Passes
    }

    fn keras_groups(&self) -> Vec<(String, usize)> {
        let below = self.inner.keras_groups();
        if below.is_empty() {
            return vec![("layer".into(), self.weights().len())];
        }
        below.into_iter().map(|(group, count)| (format!("layer/{group}"), count)).collect()
    }

    fn initialize(&self, seed: u64) -> Option<Vec<f32>> {
        Some(fresh_weights(&*self.inner, seed))
    }

    fn numbers(&self) -> Vec<(&'static str, f32)> {
        self.inner.numbers()
    }

    fn only_trains(&self) -> bool {
        self.inner.only_trains()
    }

    fn differs_in_training(&self) -> bool {
        self.inner.differs_in_training()
    }

    fn check_inputs(&self, x: &[f32]) -> Option<usize> {
        self.inner.check_inputs(x)
    }

    fn scratch(&self) -> usize {
        self.inner.scratch_for(self.steps)
    }

    fn scratch_for(&self, rows: usize) -> usize {
        self.inner.scratch_for(rows * self.steps)
    }

    fn whole_batch(&self) -> bool {
        self.inner.whole_batch()
    }

    fn activity_regularizer(&self) -> Regularizer {
        Regularizer::default()
    }

    fn writes_gradients(&self) -> bool {
        self.inner.writes_gradients()
    }

    fn activation(&self) -> super::Activation {
        self.inner.activation()
    }

    fn work(&self) -> usize {
        self.steps.saturating_mul(self.inner.work())
    }

    fn forward(&self, pass: Forward<'_>) {
        self.inner.forward(Forward { rows: pass.rows * self.steps, mask: None, ..pass });
    }

    fn backward(&self, pass: Backward<'_>) {
        self.inner.backward(Backward { rows: pass.rows * self.steps, mask: None, ..pass });
    }
}
