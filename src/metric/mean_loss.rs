//! Losses as metrics: the mean over the samples, as Keras' metrics with the losses' names. So
//! `(MeanSquaredError::new(), "mae")` is also a list of metrics.

use super::config::{Known, of_loss};
use super::{Accumulator, Direction, Form, Metric, MetricFunction};
use crate::config::{Config, Configured};
use crate::error::Result;
use crate::loss::*;
use std::sync::Arc;

/// The mean of a loss over samples, times a sign.
struct MeanLoss {
    loss: Arc<dyn LossFunction>,
    form: Form,
    sign: f64,
    gradient: Vec<f32>,
    sum: f64,
    samples: u64,
}

impl Accumulator for MeanLoss {
    fn update(&mut self, truth: &[f32], predictions: &[f32]) {
        for (t, p) in self.form.samples(truth, predictions) {
            self.sum += self.loss.sample(t, p, &mut self.gradient) as f64;
            self.samples += 1;
        }
    }

    fn result(&self) -> f64 {
        if self.samples == 0 { 0.0 } else { self.sign * self.sum / self.samples as f64 }
    }

    fn reset(&mut self) {
        (self.sum, self.samples) = (0.0, 0);
    }
}

/// Keras' `LogCoshError`.
pub(super) const LOG_COSH: Known = Known {
    class: LogCosh::CLASS,
    make: || Metric::from(LogCosh::new()),
    read: |from| LogCosh::read(from).map(Metric::from),
};

macro_rules! losses_as_metrics {
    ($($loss:ident $direction:ident),*) => {
        $(
            impl MetricFunction for $loss {
                fn config(&self) -> Result<Config> {
                    Ok(of_loss(Config::of(self)))
                }

                fn name(&self) -> String {
                    LossFunction::name(self).into()
                }

                fn direction(&self) -> Direction {
                    Direction::$direction
                }

                fn scope(&self) -> Scope {
                    LossFunction::scope(self)
                }

                fn heeds_masks(&self) -> bool {
                    true
                }

                fn check(&self, form: Form) -> Result<()> {
                    self.check_settings()?;
                    LossFunction::check(self, form.targets, form.outputs)
                }

                fn start(&self, form: Form) -> Box<dyn Accumulator> {
                    Box::new(MeanLoss {
                        loss: Arc::new(*self),
                        form,
                        sign: if Direction::$direction == Direction::Maximize { -1.0 } else { 1.0 },
                        gradient: vec![0.0; form.outputs],
                        sum: 0.0,
                        samples: 0,
                    })
                }
            }
        )*

        /// All losses that are metrics, with Keras' settings.
        pub(super) const ALL: &[Known] = &[$(Known {
            class: $loss::CLASS,
            make: || Metric::from($loss::new()),
            read: |from| $loss::read(from).map(Metric::from),
        }),*];
    };
}
losses_as_metrics!(
    BinaryCrossentropy Minimize,
    BinaryFocalCrossentropy Minimize,
    CategoricalCrossentropy Minimize,
    CategoricalFocalCrossentropy Minimize,
    CategoricalHinge Minimize,
    // The metric is the cosine itself, the loss its negative.
    CosineSimilarity Maximize,
    Hinge Minimize,
    Huber Minimize,
    KLDivergence Minimize,
    LogCosh Minimize,
    MeanAbsoluteError Minimize,
    MeanAbsolutePercentageError Minimize,
    MeanSquaredError Minimize,
    MeanSquaredLogarithmicError Minimize,
    Poisson Minimize,
    SparseCategoricalCrossentropy Minimize,
    SquaredHinge Minimize
);
