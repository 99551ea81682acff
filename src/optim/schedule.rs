//! Learning rates, fixed or by schedule (Keras 3.15, `optimizers/schedules/`).

use std::fmt;

/// A learning rate as a function of the steps taken.
///
/// A plain number is a fixed one: `Adam::new(0.001)`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LearningRate {
    /// Always this.
    Constant(f32),
}

impl LearningRate {
    /// The rate after this many steps.
    pub fn at(&self, _steps: u64) -> f32 {
        match self {
            LearningRate::Constant(rate) => *rate,
        }
    }
}

impl From<f32> for LearningRate {
    fn from(rate: f32) -> Self {
        LearningRate::Constant(rate)
    }
}

impl From<f64> for LearningRate {
    fn from(rate: f64) -> Self {
        LearningRate::Constant(rate as f32)
    }
}

impl fmt::Display for LearningRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LearningRate::Constant(rate) => write!(f, "{rate}"),
        }
    }
}
