//! Losses by Keras' rules (Keras 3.15, `losses/losses.py`). One file each.

mod binary_crossentropy;
mod categorical_crossentropy;
mod custom;
mod mean_squared_error;

pub use binary_crossentropy::BinaryCrossentropy;
pub use categorical_crossentropy::CategoricalCrossentropy;
pub use custom::{CustomLoss, TapedValue};
pub use mean_squared_error::MeanSquaredError;

use crate::error::{Error, Result};
use crate::nn::Activation;
use std::fmt::Debug;
use std::sync::Arc;

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::{
        BinaryCrossentropy, CategoricalCrossentropy, CustomLoss, Loss, MeanSquaredError,
    };
}

/// Probabilities are kept this far from 0 and 1 before a logarithm, as Keras does.
pub const EPSILON: f32 = 1e-7;

/// The loss of one sample, and its gradient. Averages, sample weights and batches are the
/// training loop's business.
pub trait LossFunction: Debug + Send + Sync {
    /// Keras' name, as in `categorical_crossentropy`.
    fn name(&self) -> &str;

    /// The loss of a sample; writes its derivative by `prediction` into `gradient`.
    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32;

    /// The activation that this loss is computed together with, which is faster and does not lose
    /// small probabilities (as Keras does on TensorFlow, where it goes back to the logits).
    fn fuses_with(&self) -> Option<Activation> {
        None
    }

    /// As [`sample`](Self::sample), but the derivative is that by the input of the activation.
    fn sample_fused(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        self.sample(truth, prediction, gradient)
    }

    /// Checks the number of values in a target against the outputs of the model.
    ///
    /// # Errors
    /// If the loss cannot compare the two.
    fn check(&self, targets: usize, outputs: usize) -> Result<()> {
        if targets == outputs {
            return Ok(());
        }
        Err(Error::argument(
            format!("{}: the number of values in a target", self.name()),
            targets,
            format!("{outputs}, as many as the model has outputs"),
        )
        .hint("one-hot targets go with one output a class, 0 / 1 or -1 / +1 with a single output"))
    }
}

/// Any loss, as [`compile`](crate::nn::Sequential::compile) takes it.
#[derive(Clone, Debug)]
pub struct Loss(pub(crate) Arc<dyn LossFunction>);

impl<L: LossFunction + 'static> From<L> for Loss {
    fn from(loss: L) -> Self {
        Loss(Arc::new(loss))
    }
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name())
    }
}

#[cfg(test)]
pub(crate) mod checks {
    use super::*;
    use serde_json::Value;

    pub fn fixture() -> Value {
        let text = include_str!("../../tests/golden/keras-3.15.1.json");
        serde_json::from_str(text).unwrap()
    }

    /// The golden numbers of make_keras_rules.py.
    pub fn rules() -> Value {
        let text = include_str!("../../tests/golden/keras-rules.json");
        serde_json::from_str(text).unwrap()
    }

    pub fn floats(value: &Value) -> Vec<f32> {
        value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
    }

    /// Compares with Keras' mean and weighted mean, within 1e-5 relative: both are sums of a few
    /// f32 terms in another order.
    pub fn matches_keras(loss: &dyn LossFunction, name: &str) {
        let golden = fixture();
        let rows = |key: &str| -> Vec<Vec<f32>> {
            golden[key].as_array().unwrap().iter().map(floats).collect()
        };
        let (truth, predictions) = (rows("y_true"), rows("y_pred"));
        let weights = floats(&golden["sample_weight"]);
        let (mut mean, mut weighted) = (0.0, 0.0);
        for ((t, p), w) in truth.iter().zip(&predictions).zip(&weights) {
            let value = loss.sample(t, p, &mut vec![0.0; p.len()]) / truth.len() as f32;
            mean += value;
            weighted += value * w;
        }
        let want = &golden["losses"][name];
        for (got, key) in [(mean, "mean"), (weighted, "weighted_sum_over_batch_size")] {
            let want = want[key].as_f64().unwrap() as f32;
            assert!((got - want).abs() <= 1e-5 * want.abs(), "{name} {key}: {got}, Keras {want}");
        }
    }

    /// Central differences with a step of 1e-3 in f32 are good to about 1e-3 of the loss.
    pub fn gradient_is_right(loss: &dyn LossFunction, truth: &[f32], prediction: &[f32]) {
        let mut gradient = vec![f32::NAN; prediction.len()];
        loss.sample(truth, prediction, &mut gradient);
        for i in 0..prediction.len() {
            let value = |step: f32| {
                let mut p = prediction.to_vec();
                p[i] += step;
                loss.sample(truth, &p, &mut vec![0.0; p.len()]) as f64
            };
            let slope = (value(1e-3) - value(-1e-3)) / 2e-3;
            let difference = (slope - gradient[i] as f64).abs();
            assert!(difference < 4e-3 * slope.abs().max(1.0), "{i}: {slope} {}", gradient[i]);
        }
    }

    /// The fused gradient must be the plain one taken through the activation.
    pub fn fusion_is_consistent(loss: &dyn LossFunction, truth: &[f32], logits: &[f32]) {
        let activation = loss.fuses_with().unwrap();
        let mut p = logits.to_vec();
        activation.apply(&mut p, logits.len());
        let (mut plain, mut fused) = (vec![0.0; p.len()], vec![0.0; p.len()]);
        let a = loss.sample(truth, &p, &mut plain);
        activation.backward(&p, logits, &mut plain, p.len());
        let b = loss.sample_fused(truth, &p, &mut fused);
        assert!((a - b).abs() < 1e-5 * a.abs().max(1.0));
        for (x, y) in plain.iter().zip(&fused) {
            assert!((x - y).abs() < 1e-5, "{plain:?} {fused:?}");
        }
    }
}
