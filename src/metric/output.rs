//! A metric of one output of a functional model.

use super::{Accumulator, Direction, Form, Metric, MetricFunction};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::loss::{Loss, Output, OutputPlace, Scope};
use std::ops::Range;

/// A metric of the output with this name, made from a pair of name and metric. Its name in the
/// history is the output's and its own, as in `price_mae`.
#[derive(Clone, Debug)]
pub(crate) struct OutputMetric {
    output: String,
    metric: Metric,
    truth: Range<usize>,
    prediction: Range<usize>,
    /// Whether it is the output's loss, which is always measured.
    is_loss: bool,
}

impl OutputMetric {
    pub fn new(output: impl Into<String>, metric: Metric) -> Self {
        let output = output.into();
        OutputMetric { output, metric, truth: 0..0, prediction: 0..0, is_loss: false }
    }

    /// The output and its metric; none for the output's loss.
    pub fn asked_for(&self) -> Option<(&str, &Metric)> {
        (!self.is_loss).then_some((&self.output, &self.metric))
    }

    /// The metrics of several outputs: each output's loss, then the metrics asked for. A metric
    /// without an output counts for each output.
    ///
    /// # Errors
    /// If a metric is for an output that does not exist.
    pub fn of_outputs(metrics: Vec<Metric>, places: &[OutputPlace]) -> Result<Vec<Metric>> {
        let placed = |metric: Metric, place: &OutputPlace, is_loss: bool| -> Metric {
            let (truth, prediction) = (place.truth.clone(), place.prediction.clone());
            let metric = metric.at_places(place.places, false);
            OutputMetric { output: place.name.clone(), metric, truth, prediction, is_loss }.into()
        };
        let loss = |place: &OutputPlace| placed(MeanOf(place.loss.clone()).into(), place, true);
        let mut all: Vec<Metric> = places.iter().map(loss).collect();
        for metric in metrics {
            match metric.0.of_output() {
                Some(own) if own.is_loss => {}
                Some(own) => {
                    let place = places.iter().find(|place| place.name == own.output);
                    let names = || places.iter().map(|p| p.name.as_str()).collect::<Vec<_>>();
                    let place = place.ok_or_else(|| own.unknown(&names().join(", ")))?;
                    all.push(placed(own.metric.clone(), place, false));
                }
                None => all.extend(places.iter().map(|p| placed(metric.clone(), p, false))),
            }
        }
        Ok(all)
    }

    /// The metrics of a model with one output, without its name.
    ///
    /// # Errors
    /// If a metric is for another output.
    pub fn of_one(metrics: Vec<Metric>, output: &Output) -> Result<Vec<Metric>> {
        let own = |metric: Metric| match metric.0.of_output() {
            Some(own) if own.output != output.name => Err(own.unknown(&output.name)),
            Some(own) => Ok(own.metric.clone().at_places(output.places, output.masked)),
            None => Ok(metric.at_places(output.places, output.masked)),
        };
        metrics.into_iter().map(own).collect()
    }

    fn unknown(&self, names: &str) -> Error {
        let got = format!("'{}'", self.output);
        let expected = format!("one of the model's: {names}");
        Error::argument("compile: the output of a metric", got, expected)
            .hint("Node::name gives an output its name")
    }

    fn form(&self, form: Form) -> Form {
        Form { targets: self.truth.len(), outputs: self.prediction.len(), ..form }
    }
}

impl MetricFunction for OutputMetric {
    fn name(&self) -> String {
        format!("{}_{}", self.output, self.metric.0.name())
    }

    fn of_output(&self) -> Option<&OutputMetric> {
        Some(self)
    }

    fn config(&self) -> Result<Config> {
        self.metric.0.config()
    }

    fn direction(&self) -> Direction {
        self.metric.direction()
    }

    fn check(&self, form: Form) -> Result<()> {
        self.metric.0.check(self.form(form))
    }

    fn start(&self, form: Form) -> Box<dyn Accumulator> {
        Box::new(Columns {
            targets: form.targets,
            outputs: form.outputs,
            truth: self.truth.clone(),
            prediction: self.prediction.clone(),
            inner: self.metric.0.start(self.form(form)),
            of_truth: Vec::new(),
            of_prediction: Vec::new(),
        })
    }
}

/// Passes on the columns of one output.
struct Columns {
    targets: usize,
    outputs: usize,
    truth: Range<usize>,
    prediction: Range<usize>,
    inner: Box<dyn Accumulator>,
    of_truth: Vec<f32>,
    of_prediction: Vec<f32>,
}

impl Accumulator for Columns {
    fn update(&mut self, truth: &[f32], predictions: &[f32]) {
        for (from, width, range, to) in [
            (truth, self.targets, &self.truth, &mut self.of_truth),
            (predictions, self.outputs, &self.prediction, &mut self.of_prediction),
        ] {
            to.clear();
            from.chunks_exact(width).for_each(|row| to.extend_from_slice(&row[range.clone()]));
        }
        self.inner.update(&self.of_truth, &self.of_prediction);
    }

    fn result(&self) -> f64 {
        self.inner.result()
    }

    fn reset(&mut self) {
        self.inner.reset();
    }
}

/// The mean of an output's loss, as Keras logs it.
#[derive(Debug)]
struct MeanOf(Loss);

impl MetricFunction for MeanOf {
    fn name(&self) -> String {
        "loss".into()
    }

    fn scope(&self) -> Scope {
        Scope::Placed
    }

    fn direction(&self) -> Direction {
        Direction::Minimize
    }

    fn check(&self, _form: Form) -> Result<()> {
        Ok(())
    }

    fn start(&self, form: Form) -> Box<dyn Accumulator> {
        let gradient = vec![0.0; form.outputs];
        Box::new(Mean { loss: self.0.clone(), form, gradient, sum: 0.0, rows: 0.0 })
    }
}

struct Mean {
    loss: Loss,
    form: Form,
    gradient: Vec<f32>,
    sum: f64,
    rows: f64,
}

impl Accumulator for Mean {
    fn update(&mut self, truth: &[f32], predictions: &[f32]) {
        for (truth, prediction) in self.form.samples(truth, predictions) {
            self.sum += f64::from(self.loss.0.sample(truth, prediction, &mut self.gradient));
            self.rows += 1.0;
        }
    }

    fn result(&self) -> f64 {
        if self.rows == 0.0 { 0.0 } else { self.sum / self.rows }
    }

    fn reset(&mut self) {
        (self.sum, self.rows) = (0.0, 0.0);
    }
}
