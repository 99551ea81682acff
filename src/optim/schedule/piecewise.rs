//! A rate that changes at given steps.

use super::{Schedule, not_negative};
use crate::config::configured;
use crate::error::{Error, Result};

/// A rate that changes at boundaries, as Keras' `PiecewiseConstantDecay`: the first value up to and
/// including the first boundary, then the next, and so on.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let rate = LearningRate::from(PiecewiseConstantDecay::new([100, 200], [0.1, 0.01, 0.001]));
/// assert_eq!((rate.at(100), rate.at(101), rate.at(900)), (0.1, 0.01, 0.001));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PiecewiseConstantDecay {
    boundaries: Vec<u64>,
    values: Vec<f64>,
}

impl PiecewiseConstantDecay {
    /// A schedule with these boundaries, in ascending order, and one more value than boundaries.
    pub fn new(boundaries: impl Into<Vec<u64>>, values: impl Into<Vec<f64>>) -> Self {
        PiecewiseConstantDecay { boundaries: boundaries.into(), values: values.into() }
    }
}

configured!(PiecewiseConstantDecay as "keras.optimizers.schedules" "PiecewiseConstantDecay", |from| PiecewiseConstantDecay::new(from.get::<Vec<u64>>("boundaries")?, from.get::<Vec<f64>>("values")?), boundaries = boundaries, values = values);

impl Schedule for PiecewiseConstantDecay {
    fn at(&self, steps: f64) -> f64 {
        let passed = self.boundaries.iter().filter(|b| steps > **b as f64).count();
        self.values.get(passed).copied().unwrap_or(f64::NAN)
    }

    fn check(&self, name: &str) -> Result<()> {
        if self.values.len() != self.boundaries.len() + 1 {
            return Err(Error::argument(
                format!("{name}: the number of values"),
                self.values.len(),
                format!("{}, one more than boundaries", self.boundaries.len() + 1),
            ));
        }
        if let Some(pair) = self.boundaries.windows(2).find(|pair| pair[1] <= pair[0]) {
            return Err(Error::argument(
                format!("{name}: the boundaries: the one after {}", pair[0]),
                pair[1],
                "above it",
            ));
        }
        self.values.iter().try_for_each(|value| not_negative(name, "values", *value))
    }
}
