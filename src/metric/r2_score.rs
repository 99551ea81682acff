//! R².

use super::{Accumulator, Form, MetricFunction};
use crate::config::{Config, configured};
use crate::error::Result;

/// R², `1 - Σ (y - p)² / Σ (y - ȳ)²`, averaged over the outputs as by Keras' `R2Score`: 1 is
/// perfect, 0 as good as predicting the mean of the targets, and it may be below 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct R2Score;

impl R2Score {
    /// The metric; it has no settings.
    pub fn new() -> Self {
        R2Score
    }
}

configured!(
    R2Score as "keras.metrics" "R2Score", |from| R2Score;
    fixed class_aggregation = "uniform_average", num_regressors = 0
);

impl MetricFunction for R2Score {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> String {
        "r2_score".into()
    }

    fn check(&self, form: Form) -> Result<()> {
        form.check_same(&self.name())
    }

    fn start(&self, form: Form) -> Box<dyn Accumulator> {
        Box::new(Spread { columns: vec![Column::default(); form.outputs.max(1)], count: 0.0 })
    }
}

struct Spread {
    columns: Vec<Column>,
    count: f64,
}

/// The sums of one output. The first target is subtracted from all, so that targets far from 0 keep
/// their precision.
#[derive(Clone, Copy, Default)]
struct Column {
    first: f64,
    sum: f64,
    squares: f64,
    errors: f64,
}

impl Accumulator for Spread {
    fn update(&mut self, truth: &[f32], predictions: &[f32]) {
        let width = self.columns.len();
        for (y, p) in truth.chunks_exact(width).zip(predictions.chunks_exact(width)) {
            for ((column, y), p) in self.columns.iter_mut().zip(y).zip(p) {
                let (y, p) = (f64::from(*y), f64::from(*p));
                if self.count == 0.0 {
                    column.first = y;
                }
                let from_first = y - column.first;
                column.sum += from_first;
                column.squares += from_first * from_first;
                column.errors += (y - p) * (y - p);
            }
            self.count += 1.0;
        }
    }

    fn result(&self) -> f64 {
        if self.count == 0.0 {
            return 0.0;
        }
        let r2 = |column: &Column| {
            let total = column.squares - column.sum * column.sum / self.count;
            // A constant target gives 1 or 0, as in scikit-learn; Keras returns 0 or NaN.
            match total > 0.0 {
                true => 1.0 - column.errors / total,
                false => f64::from(u8::from(column.errors == 0.0)),
            }
        };
        self.columns.iter().map(r2).sum::<f64>() / self.columns.len() as f64
    }

    fn reset(&mut self) {
        self.columns.fill(Column::default());
        self.count = 0.0;
    }
}
