//! Statistics of scores: tests of whether two models differ, and confidence intervals of means, as
//! in `scipy.stats` (SciPy 1.17).

mod mean_ci;
mod paired_t_test;
mod wilcoxon;

pub use mean_ci::{MeanCi, mean_ci};
pub use paired_t_test::paired_t_test;
pub use wilcoxon::wilcoxon;

use crate::error::{Error, Result};
use std::fmt;

/// The names that a notebook uses.
pub mod prelude {
    pub use crate::stats;
}

/// The result of a test of two samples.
#[derive(Clone, Copy, PartialEq)]
pub struct TestResult {
    test: &'static str,
    letter: char,
    statistic: f64,
    p_value: f64,
    difference: f64,
}

impl TestResult {
    /// The test's statistic: t, or the smaller sum of ranks.
    pub fn statistic(&self) -> f64 {
        self.statistic
    }

    /// The two-sided p-value: the probability of a statistic at least as extreme if the samples do
    /// not differ.
    pub fn p_value(&self) -> f64 {
        self.p_value
    }

    /// The mean of the first sample minus that of the second.
    pub fn difference(&self) -> f64 {
        self.difference
    }

    /// The figures as HTML.
    pub fn to_html(&self) -> String {
        format!("<p>{}</p>", crate::html::escape(&self.to_string()))
    }
}

crate::html::debug_as_display!(TestResult);

impl fmt::Display for TestResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |v: f64| crate::html::number(v, 4);
        let (letter, statistic) = (self.letter, number(self.statistic));
        let (p, difference) = (number(self.p_value), number(self.difference));
        write!(f, "{}: {letter} = {statistic}, p = {p}, mean difference {difference}", self.test)
    }
}

/// The differences of pairs; an error if the samples differ in length or a value is not finite.
fn differences(who: &str, a: &[f64], b: &[f64]) -> Result<Vec<f64>> {
    if a.len() != b.len() {
        let expected = format!("{}, as many as in the first", a.len());
        let what = format!("{who}: the number of values of the second sample");
        return Err(Error::argument(what, b.len(), expected));
    }
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    match differences.iter().position(|d| !d.is_finite()) {
        Some(i) => {
            let what = format!("{who}: pair {i}, ({}, {})", a[i], b[i]);
            Err(Error::argument(what, "a pair with NaN or infinity", "finite"))
        }
        None => Ok(differences),
    }
}

/// Mean and sample standard deviation (ddof = 1).
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

#[cfg(test)]
mod golden_tests;
