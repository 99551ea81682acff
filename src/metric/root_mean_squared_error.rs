//! Root mean squared error.

use super::{Accumulator, Direction, Form, MetricFunction};
use crate::config::{Config, configured};
use crate::error::Result;

/// The root mean squared error, `√(Σ (y - p)² / n)` over all outputs of all samples, as Keras'
/// `RootMeanSquaredError`.
#[derive(Clone, Copy, Debug, Default)]
pub struct RootMeanSquaredError;

impl RootMeanSquaredError {
    /// The metric; it has no settings.
    pub fn new() -> Self {
        RootMeanSquaredError
    }
}

configured!(RootMeanSquaredError as "keras.metrics" "RootMeanSquaredError", |from| RootMeanSquaredError);

impl MetricFunction for RootMeanSquaredError {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> String {
        "root_mean_squared_error".into()
    }

    fn direction(&self) -> Direction {
        Direction::Minimize
    }

    fn check(&self, form: Form) -> Result<()> {
        form.check_same(&self.name())
    }

    fn start(&self, _form: Form) -> Box<dyn Accumulator> {
        Box::new(Squares { sum: 0.0, count: 0 })
    }
}

struct Squares {
    sum: f64,
    count: u64,
}

impl Accumulator for Squares {
    fn update(&mut self, truth: &[f32], predictions: &[f32]) {
        for (y, p) in truth.iter().zip(predictions) {
            self.sum += ((p - y) * (p - y)) as f64;
            self.count += 1;
        }
    }

    fn result(&self) -> f64 {
        if self.count == 0 { 0.0 } else { (self.sum / self.count as f64).sqrt() }
    }

    fn reset(&mut self) {
        (self.sum, self.count) = (0.0, 0);
    }
}
