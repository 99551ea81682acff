//! Losses as metrics: the mean over the samples, as Keras' metrics with the losses' names. So
//! `(MeanSquaredError::new(), "mae")` is also a list of metrics.

use super::config::of_loss;
use super::{Accumulator, Direction, Form, MetricFunction};
use crate::config::{Config, Configured};
use crate::error::Result;
use crate::loss::{LossFunction, Scope};
use std::sync::Arc;

/// Any loss as a metric.
#[derive(Debug)]
pub(super) struct MeanLoss(pub Arc<dyn LossFunction>);

impl MetricFunction for MeanLoss {
    fn config(&self) -> Result<Config> {
        self.0.config().map(of_loss)
    }

    fn name(&self) -> String {
        self.0.name().into()
    }

    fn direction(&self) -> Direction {
        match self.0.is_negative() {
            true => Direction::Maximize,
            false => Direction::Minimize,
        }
    }

    fn scope(&self) -> Scope {
        self.0.scope()
    }

    fn heeds_masks(&self) -> bool {
        true
    }

    fn check(&self, form: Form) -> Result<()> {
        self.0.check_settings()?;
        self.0.check(form.targets, form.outputs)
    }

    fn start(&self, form: Form) -> Box<dyn Accumulator> {
        Box::new(Mean {
            loss: self.0.clone(),
            form,
            sign: if self.0.is_negative() { -1.0 } else { 1.0 },
            gradient: vec![0.0; form.outputs],
            sum: 0.0,
            samples: 0,
        })
    }
}

/// A loss of the library as a metric.
fn of<L: LossFunction + Clone + 'static>(loss: &L) -> MeanLoss {
    MeanLoss(Arc::new(loss.clone()))
}

impl<L: LossFunction + Configured + Clone + 'static> MetricFunction for L {
    fn config(&self) -> Result<Config> {
        of(self).config()
    }

    fn name(&self) -> String {
        of(self).name()
    }

    fn direction(&self) -> Direction {
        of(self).direction()
    }

    fn scope(&self) -> Scope {
        of(self).scope()
    }

    fn heeds_masks(&self) -> bool {
        of(self).heeds_masks()
    }

    fn check(&self, form: Form) -> Result<()> {
        MetricFunction::check(&of(self), form)
    }

    fn start(&self, form: Form) -> Box<dyn Accumulator> {
        of(self).start(form)
    }
}

/// The mean of a loss over samples, times a sign.
struct Mean {
    loss: Arc<dyn LossFunction>,
    form: Form,
    sign: f64,
    gradient: Vec<f32>,
    sum: f64,
    samples: u64,
}

impl Accumulator for Mean {
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
