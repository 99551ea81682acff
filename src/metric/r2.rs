//! The coefficient of determination.

use crate::array::Array;
use crate::error::{Error, Result};

/// R², `1 - Σ (y - p)² / Σ (y - mean y)²`, averaged over several outputs (scikit-learn's
/// `r2_score`, with sums in `f64`): 1 is perfect, 0 as good as predicting the mean, and there is no
/// lower bound. If all targets are equal, it is 1 for exact predictions and 0 otherwise.
///
/// ```
/// use dfdx_lab::{Array, metric};
/// let truth = Array::new([4], vec![3.0, -0.5, 2.0, 7.0])?;
/// let predictions = Array::new([4, 1], vec![2.5, 0.0, 2.0, 8.0])?;
/// assert!((metric::r2(&truth, &predictions)? - 0.948_608_137).abs() < 1e-9);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the numbers of rows or columns differ, there are fewer than two rows, or a value is not
/// finite.
pub fn r2(truth: &Array, predictions: &Array) -> Result<f64> {
    let (rows, columns) = (truth.rows(), truth.row_len());
    if predictions.rows() != rows || predictions.row_len() != columns || rows < 2 || columns == 0 {
        let expected = format!(
            "as many rows and columns as the true values, {:?}, and at least 2 rows",
            truth.shape()
        );
        return Err(Error::shape("r2: the predictions", predictions.shape(), expected));
    }
    for (what, array) in [("true value", truth), ("prediction", predictions)] {
        if let Some(i) = array.data().iter().position(|v| !v.is_finite()) {
            let what = format!("r2: the {what} of row {}", i / columns);
            return Err(Error::argument(what, array.data()[i], "a finite number"));
        }
    }
    let column = |array: &Array, c: usize| -> Vec<f64> {
        array.data().iter().skip(c).step_by(columns).map(|v| f64::from(*v)).collect()
    };
    let one = |c: usize| {
        let (y, p) = (column(truth, c), column(predictions, c));
        let mean = y.iter().sum::<f64>() / rows as f64;
        let left: f64 = y.iter().zip(&p).map(|(y, p)| (y - p).powi(2)).sum();
        let spread: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
        // Compared directly, because the rounded mean could give equal targets a spread.
        let equal = y.iter().all(|v| *v == y[0]);
        match () {
            () if left == 0.0 => 1.0,
            () if equal || spread == 0.0 => 0.0,
            () => 1.0 - left / spread,
        }
    };
    Ok((0..columns).map(one).sum::<f64>() / columns as f64)
}
