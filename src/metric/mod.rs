//! Metrics by Keras' rules (Keras 3.15, `metrics/`).

mod accuracy;
mod agreement;
mod auc;
mod average;
mod config;
mod confusion;
mod f1;
mod form;
mod from_fn;
mod known;
mod list;
mod mean_loss;
mod names;
mod output;
mod places;
mod r2;
mod r2_score;
mod ranking;
mod regression;
mod report;
mod root_mean_squared_error;
mod threshold;
mod top_k;

pub use agreement::{balanced_accuracy, cohen_kappa, matthews};
pub use auc::Curve;
pub use average::Average;
pub use confusion::ConfusionMatrix;
pub use form::Form;
pub use list::{IntoMetric, IntoMetrics};
pub(crate) use output::OutputMetric;
pub use r2::r2;
pub use ranking::{average_precision, roc_auc};
pub use regression::RegressionReport;
pub use report::ClassificationReport;
pub use threshold::{Threshold, best_threshold};

pub(crate) use names::told_apart;

use crate::config::{Config, is_code};
use crate::error::{Error, Result};
use crate::loss::{self, Scope};
use crate::register::register;
use known::{Known, known};
use std::fmt::Debug;
use std::sync::Arc;

register! {
    /// All metrics that are not losses, with Keras' settings (F1 is the macro average).
    const ALL: &[Known] = known;

    pub use accuracy::Accuracy;
    pub use accuracy::BinaryAccuracy;
    pub use accuracy::CategoricalAccuracy;
    pub use accuracy::SparseCategoricalAccuracy;
    pub use top_k::TopKCategoricalAccuracy;
    pub use f1::Precision;
    pub use f1::Recall;
    pub use f1::F1Score;
    pub use auc::Auc;
    pub use root_mean_squared_error::RootMeanSquaredError;
    pub use r2_score::R2Score;

    /// The names that a notebook uses.
    pub mod prelude {
        pub use super::{ConfusionMatrix, Curve, Metric, RegressionReport};
        pub use crate::metric;
        /// Keras' spelling of [`Auc`].
        pub type AUC = Auc;
    }
}

/// The direction in which a metric, or the objective of a study, is optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Larger is better, as for accuracies.
    Maximize,
    /// Smaller is better, as for errors.
    Minimize,
}

impl Direction {
    /// The value with the sign for which smaller is better.
    pub fn loss(self, value: f64) -> f64 {
        match self {
            Direction::Minimize => value,
            Direction::Maximize => -value,
        }
    }
}

/// A metric's definition.
pub trait MetricFunction: Debug + Send + Sync {
    /// Keras' name, such as `f1_score`, which is its name in the history. A model numbers names
    /// that occur twice: `f1_score_1`.
    fn name(&self) -> String;

    /// The settings as in Keras' `get_config`, from which the metric can be made again.
    ///
    /// # Errors
    /// If the metric is custom code, which no configuration can describe.
    fn config(&self) -> Result<Config> {
        Err(is_code("metric", &self.name()))
    }

    /// The metric of one output, if it is one.
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn of_output(&self) -> Option<&OutputMetric> {
        None
    }

    /// Whether larger or smaller values are better.
    fn direction(&self) -> Direction {
        Direction::Maximize
    }

    /// The unit that it compares if an output has several axes.
    fn scope(&self) -> Scope {
        Scope::Sample
    }

    /// Whether it ignores masked steps, as Keras' means over samples do.
    fn heeds_masks(&self) -> bool {
        false
    }

    /// Checks the metric's own settings, and that it can measure samples of this form.
    ///
    /// # Errors
    /// If a setting is out of range, or targets and outputs do not fit together.
    fn check(&self, form: Form) -> Result<()>;

    /// An accumulator for samples of this form.
    fn start(&self, form: Form) -> Box<dyn Accumulator>;
}

/// Accumulates a metric over the batches of an epoch.
pub trait Accumulator: Send {
    /// Adds samples, one after the other, of the form given to [`MetricFunction::start`].
    fn update(&mut self, truth: &[f32], predictions: &[f32]);

    /// The metric of all samples since the last reset; 0 without samples, as in Keras.
    fn result(&self) -> f64;

    /// Forgets all samples.
    fn reset(&mut self);
}

/// A metric of any kind, for [`compile`](crate::nn::Sequential::compile).
#[derive(Clone, Debug)]
pub struct Metric(pub(crate) Arc<dyn MetricFunction>);

impl<M: MetricFunction + 'static> From<M> for Metric {
    fn from(metric: M) -> Self {
        Metric(Arc::new(metric))
    }
}

impl std::fmt::Display for Metric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.name())
    }
}

/// Metrics with a second class in Keras for another form of targets: that class and the one here.
const SECOND: &[(&str, &str)] =
    &[("SparseTopKCategoricalAccuracy", "TopKCategoricalAccuracy"), ("LogCoshError", "LogCosh")];

/// All metrics.
fn all() -> impl Iterator<Item = Known> {
    ALL.iter().copied().chain(loss::ALL.iter().map(Known::Loss))
}

/// Short names, in addition to those of the [losses](crate::loss).
const SHORT: &[(&str, &str)] = &[
    ("r2", "r2_score"),
    ("acc", "accuracy"),
    ("sparsetopkcategoricalaccuracy", "top_k_categorical_accuracy"),
    ("rmse", "root_mean_squared_error"),
];

impl Metric {
    /// The metric of this Keras name, with Keras' settings: a function's (`f1_score`), a class'
    /// (`F1Score`, here the macro average) or a short one (`acc`, `mse`). This is also its name in
    /// the history.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// assert_eq!(Metric::named("mae")?.to_string(), "mae");
    /// assert!(Metric::named("acuracy").is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no metric of this name.
    pub fn named(name: &str) -> Result<Self> {
        let bare = |name: &str| name.replace('_', "").to_lowercase();
        let mut short_names = SHORT.iter().chain(loss::SHORT);
        let long = short_names.find(|(short, _)| *short == bare(name)).map(|(_, long)| *long);
        let wanted = bare(long.unwrap_or(name));
        let known = || all().map(Known::make);
        let found = known().find(|metric| bare(&metric.0.name()) == wanted).ok_or_else(|| {
            let names: Vec<_> = known().map(|metric| metric.to_string()).collect();
            Error::argument(
                "the metric's name",
                format!("'{name}'"),
                format!("one of {}", names.join(", ")),
            )
            .hint("or give the metric itself, as in F1Score::weighted()")
        })?;
        Ok(found.called(name))
    }

    /// The same metric under another name in the history.
    pub fn called(self, name: impl Into<String>) -> Self {
        Called { name: name.into(), metric: self }.into()
    }

    /// Whether larger or smaller values are better.
    pub fn direction(&self) -> Direction {
        self.0.direction()
    }
}

/// A metric with another name.
#[derive(Debug)]
struct Called {
    name: String,
    metric: Metric,
}

impl MetricFunction for Called {
    fn config(&self) -> Result<Config> {
        self.metric.0.config()
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn direction(&self) -> Direction {
        self.metric.direction()
    }

    fn scope(&self) -> Scope {
        self.metric.0.scope()
    }

    fn heeds_masks(&self) -> bool {
        self.metric.0.heeds_masks()
    }

    fn check(&self, form: Form) -> Result<()> {
        self.metric.0.check(form)
    }

    fn start(&self, form: Form) -> Box<dyn Accumulator> {
        self.metric.0.start(form)
    }
}

/// The class of a row of outputs: the index of the largest; for a single output, 1 above `middle`
/// and 0 otherwise.
pub(crate) fn class_of(row: &[f32], middle: f32) -> usize {
    match row {
        [single] => usize::from(*single > middle),
        row => crate::array::argmax(row),
    }
}

#[cfg(test)]
mod checks;

#[cfg(test)]
mod scores_tests;
