//! The paired t-test.

use super::{TestResult, differences, moments};
use crate::error::{Error, Result};
use crate::math::tails::student_t_survival;

/// Student's paired t-test (SciPy's `ttest_rel`), for example of two models' scores on the same
/// folds: tests whether the mean of the differences is 0.
///
/// ```
/// use dfdx_lab::stats;
/// let (a, b) = ([0.91, 0.93, 0.90, 0.94, 0.92], [0.90, 0.90, 0.89, 0.92, 0.90]);
/// let test = stats::paired_t_test(&a, &b)?;
/// assert!((test.p_value() - 0.0086).abs() < 1e-4);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// Scores of folds that share training rows are not independent, so the test finds differences too
/// easily (Nadeau and Bengio 2003, doi 10.1023/A:1024068626366).
///
/// # Errors
/// If there are fewer than two pairs, the samples differ in size, or all differences are the same.
pub fn paired_t_test(a: &[f64], b: &[f64]) -> Result<TestResult> {
    const WHO: &str = "stats::paired_t_test";
    let differences = differences(WHO, a, b)?;
    let n = differences.len();
    if n < 2 {
        return Err(Error::argument(format!("{WHO}: the number of pairs"), n, "at least 2"));
    }
    let (mean, deviation) = moments(&differences);
    if deviation == 0.0 {
        let expected =
            "different from one another: equal differences have no variance to test against";
        return Err(Error::argument(format!("{WHO}: the differences"), differences[0], expected));
    }
    let t = mean / (deviation / (n as f64).sqrt());
    let p_value = 2.0 * student_t_survival(t.abs(), (n - 1) as f64);
    Ok(TestResult { test: "paired t-test", letter: 't', statistic: t, p_value, difference: mean })
}
