//! Confidence intervals of means.

use super::moments;
use crate::error::{Error, Result};
use crate::math::tails::student_t_quantile;
use std::fmt;

/// A mean with its confidence interval.
#[derive(Clone, Copy, PartialEq)]
pub struct MeanCi {
    mean: f64,
    low: f64,
    high: f64,
    confidence: f64,
}

impl MeanCi {
    /// The mean.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The lower end of the interval.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The upper end of the interval.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// The figures as HTML.
    pub fn to_html(&self) -> String {
        format!("<p>{}</p>", crate::html::escape(&self.to_string()))
    }
}

crate::html::debug_as_display!(MeanCi);

impl fmt::Display for MeanCi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |v: f64| crate::html::number(v, 4);
        let share = 100.0 * self.confidence;
        let (mean, low, high) = (number(self.mean), number(self.low), number(self.high));
        write!(f, "{mean} ({share} % confidence: {low} to {high})")
    }
}

/// The mean of a sample with its confidence interval, by Student's t (SciPy's
/// `t.interval(confidence, n - 1, mean, sem)`).
///
/// ```
/// use dfdx_lab::stats;
/// let accuracy = stats::mean_ci(&[0.91, 0.93, 0.90, 0.94, 0.92], 0.95)?;
/// assert_eq!(accuracy.to_string(), "0.9200 (95 % confidence: 0.9004 to 0.9396)");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If there are fewer than two values, one is not finite, or the confidence is not between 0 and 1.
pub fn mean_ci(values: &[f64], confidence: f64) -> Result<MeanCi> {
    const WHO: &str = "stats::mean_ci";
    if values.len() < 2 {
        let what = format!("{WHO}: the number of values");
        return Err(Error::argument(what, values.len(), "at least 2"));
    }
    if let Some(bad) = values.iter().find(|v| !v.is_finite()) {
        return Err(Error::argument(format!("{WHO}: a value"), bad, "finite"));
    }
    if !(confidence > 0.0 && confidence < 1.0) {
        let expected = "between 0 and 1, as 0.95";
        return Err(Error::argument(format!("{WHO}: the confidence"), confidence, expected));
    }
    let (mean, deviation) = moments(values);
    let n = values.len() as f64;
    let reach = student_t_quantile(0.5 + confidence / 2.0, n - 1.0) * deviation / n.sqrt();
    Ok(MeanCi { mean, low: mean - reach, high: mean + reach, confidence })
}
