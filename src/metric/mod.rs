//! Metrics: what is measured beside the loss, by Keras' rules (Keras 3.15, `metrics/`).

mod accuracy;
mod confusion;
mod f1;
mod report;

pub use accuracy::{Accuracy, BinaryAccuracy};
pub use confusion::ConfusionMatrix;
pub use f1::{Average, F1Score, Precision, Recall};
pub use report::ClassificationReport;

use crate::error::{Error, Result};
use std::fmt::Debug;
use std::sync::Arc;

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::{
        Accuracy, Average, BinaryAccuracy, ConfusionMatrix, F1Score, Metric, Precision, Recall,
    };
}

/// Whether more or less of a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More is better, as with accuracies.
    Maximize,
    /// Less is better, as with errors.
    Minimize,
}

/// A metric's definition.
pub trait MetricFunction: Debug + Send + Sync {
    /// Keras' name, as in `f1_score`: what the history calls it.
    fn name(&self) -> String;

    /// Whether more or less is better.
    fn direction(&self) -> Direction {
        Direction::Maximize
    }

    /// Something to count with, for a model of this many outputs. `middle` lies between what a
    /// single output says of the two classes: 0.5, or 0 after a tanh.
    fn start(&self, outputs: usize, middle: f32) -> Box<dyn Accumulator>;
}

/// Counts over the batches of an epoch.
pub trait Accumulator: Send {
    /// Takes in samples: `outputs` predictions and as many target values each.
    fn update(&mut self, truth: &[f32], predictions: &[f32], outputs: usize);

    /// The metric of everything since the last reset; 0 of nothing, as in Keras.
    fn result(&self) -> f64;

    /// Forgets everything.
    fn reset(&mut self);
}

/// Any metric, as [`compile`](crate::nn::Sequential::compile) takes it.
#[derive(Clone, Debug)]
pub struct Metric(pub(crate) Arc<dyn MetricFunction>);

impl<M: MetricFunction + 'static> From<M> for Metric {
    fn from(metric: M) -> Self {
        Metric(Arc::new(metric))
    }
}

impl Metric {
    /// The metric of a Keras name: `accuracy`, `precision`, `recall`, `f1_score` (macro).
    ///
    /// # Errors
    /// If there is no metric of this name.
    pub fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "accuracy" | "acc" => Accuracy::new().into(),
            "binary_accuracy" => BinaryAccuracy::new().into(),
            "precision" => Precision::new().into(),
            "recall" => Recall::new().into(),
            "f1_score" => F1Score::macro_average().into(),
            _ => {
                return Err(Error::argument(
                    "the metric's name",
                    format!("'{name}'"),
                    "one of accuracy, binary_accuracy, precision, recall, f1_score",
                )
                .hint("or give the metric itself, as in F1Score::weighted()"));
            }
        })
    }

    /// Whether more or less is better.
    pub fn direction(&self) -> Direction {
        self.0.direction()
    }
}

/// A list of metrics: an array of one kind, a tuple of several, or an array of Keras names.
pub trait IntoMetrics {
    /// The metrics.
    ///
    /// # Errors
    /// If a name is unknown.
    fn into_metrics(self) -> Result<Vec<Metric>>;
}

impl<M: MetricFunction + 'static, const N: usize> IntoMetrics for [M; N] {
    fn into_metrics(self) -> Result<Vec<Metric>> {
        Ok(self.into_iter().map(Metric::from).collect())
    }
}

impl<const N: usize> IntoMetrics for [&str; N] {
    fn into_metrics(self) -> Result<Vec<Metric>> {
        self.into_iter().map(Metric::named).collect()
    }
}

impl IntoMetrics for Vec<Metric> {
    fn into_metrics(self) -> Result<Vec<Metric>> {
        Ok(self)
    }
}

macro_rules! tuple_of_metrics {
    ($($m:ident)*) => {
        impl<$($m: Into<Metric>),*> IntoMetrics for ($($m,)*) {
            #[allow(non_snake_case)]
            fn into_metrics(self) -> Result<Vec<Metric>> {
                let ($($m,)*) = self;
                Ok(vec![$($m.into()),*])
            }
        }
    };
}
tuple_of_metrics!();
tuple_of_metrics!(A);
tuple_of_metrics!(A B);
tuple_of_metrics!(A B C);
tuple_of_metrics!(A B C D);
tuple_of_metrics!(A B C D E);
tuple_of_metrics!(A B C D E F);

/// The class of a row of outputs: the largest one's index, or for a single output 1 above
/// `middle` and 0 else.
pub(crate) fn class_of(row: &[f32], middle: f32) -> usize {
    match row {
        [single] => usize::from(*single > middle),
        row => crate::array::argmax(row),
    }
}
