//! The range that a layer draws from.

use super::Draws;
use crate::config::Value;
use crate::error::{Error, Result};
use serde_json::Value as Json;
use std::ops::{Bound, RangeBounds};

/// How much a layer changes pictures at most: one number for both directions, or a pair of a lower
/// and an upper end.
///
/// ```
/// use dfdx_lab::nn::Factor;
/// assert_ne!(Factor::from(0.2), Factor::from((-0.2, 0.3)));
/// assert_eq!(Factor::from((0.3, -0.2)), Factor::from((-0.2, 0.3)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factor {
    lower: f64,
    upper: f64,
    single: bool,
}

impl From<f64> for Factor {
    fn from(both: f64) -> Self {
        Factor { lower: both, upper: both, single: true }
    }
}

impl From<(f64, f64)> for Factor {
    fn from((a, b): (f64, f64)) -> Self {
        let (lower, upper) = if a > b { (b, a) } else { (a, b) };
        Factor { lower, upper, single: false }
    }
}

impl From<[f64; 2]> for Factor {
    fn from([a, b]: [f64; 2]) -> Self {
        Factor::from((a, b))
    }
}

impl Value for Factor {
    fn to_value(&self) -> Json {
        if self.single { self.upper.to_value() } else { (self.lower, self.upper).to_value() }
    }

    fn from_value(json: &Json) -> Result<Self> {
        match json {
            Json::Array(_) => <(f64, f64)>::from_value(json).map(Factor::from),
            _ => f64::from_value(json).map(Factor::from),
        }
    }
}

/// Numbers between two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub lower: f64,
    pub upper: f64,
}

impl Factor {
    /// The ends: of a single number f, -f and f.
    ///
    /// # Errors
    /// If an end is not within `bounds`, which is -1 to 1 or narrower.
    pub(super) fn range(self, what: &str, bounds: impl RangeBounds<f64>) -> Result<Range> {
        for end in [self.lower, self.upper] {
            if !bounds.contains(&end) {
                let expected = match (bounds.start_bound(), bounds.end_bound()) {
                    (Bound::Included(least), _) => format!("from {least} to 1"),
                    _ => "above -1 and at most 1".to_string(),
                };
                return Err(Error::argument(what, end, expected));
            }
        }
        Ok(match self.single {
            true => Range { lower: -self.upper.abs(), upper: self.upper.abs() },
            false => Range { lower: self.lower, upper: self.upper },
        })
    }

    /// Whether it was given as one number for both directions.
    pub(super) fn is_single(self) -> bool {
        self.single
    }
}

impl Range {
    /// The `n`-th number of these draws.
    pub fn draw(self, draws: Draws, n: u64) -> f32 {
        (self.lower + (self.upper - self.lower) * draws.uniform(n)) as f32
    }
}
