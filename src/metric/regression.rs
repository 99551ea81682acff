//! The report of a regression.

use crate::array::Array;
use crate::error::{Error, Result};
use crate::html;
use std::fmt;

/// R², mean absolute error and root mean squared error of each predicted column, by scikit-learn's
/// `r2_score`, `mean_absolute_error` and `root_mean_squared_error`.
///
/// ```
/// use dfdx_lab::{Array, metric::RegressionReport};
/// let truth = Array::new([4, 1], vec![3.0, -0.5, 2.0, 7.0])?;
/// let predicted = Array::new([4, 1], vec![2.5, 0.0, 2.0, 8.0])?;
/// let report = RegressionReport::new(["price"], &truth, &predicted)?;
/// assert!((report.r2() - 0.9486).abs() < 1e-4);
/// assert_eq!(report.mae(), 0.5);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct RegressionReport {
    rows: Vec<Row>,
    samples: usize,
}

#[derive(Clone, Debug, PartialEq)]
struct Row {
    name: String,
    r2: f64,
    mae: f64,
    rmse: f64,
}

impl RegressionReport {
    /// Compares predictions with the true values: two arrays of shape (rows, columns), and the
    /// columns' names.
    ///
    /// # Errors
    /// If the shapes differ, there is no row, or there is not one name for each column.
    pub fn new<S: Into<String>>(
        names: impl IntoIterator<Item = S>,
        truth: &Array,
        predicted: &Array,
    ) -> Result<Self> {
        report(names.into_iter().map(Into::into).collect(), truth, predicted)
    }

    /// R²: 1 minus the ratio of the squared errors to the squared distances from the mean, averaged
    /// over the columns. 1 is perfect, 0 as good as predicting the mean. If the true values are
    /// constant, it is 1 for exact predictions and 0 otherwise.
    pub fn r2(&self) -> f64 {
        self.mean(|row| row.r2)
    }

    /// The mean absolute error in the units of the target, averaged over the columns.
    pub fn mae(&self) -> f64 {
        self.mean(|row| row.mae)
    }

    /// The root mean squared error in the units of the target, averaged over the columns.
    pub fn rmse(&self) -> f64 {
        self.mean(|row| row.rmse)
    }

    fn mean(&self, figure: impl Fn(&Row) -> f64) -> f64 {
        self.rows.iter().map(figure).sum::<f64>() / self.rows.len() as f64
    }

    fn caption(&self) -> String {
        format!("Regression of {} samples", self.samples)
    }

    fn cells(&self) -> Vec<Vec<String>> {
        let number = |v: f64| html::number(v, 5);
        let row =
            |row: &Row| vec![row.name.clone(), number(row.r2), number(row.mae), number(row.rmse)];
        let mut rows: Vec<Vec<String>> = self.rows.iter().map(row).collect();
        if rows.len() > 1 {
            let mean = [self.r2(), self.mae(), self.rmse()].map(number);
            rows.push(std::iter::once("mean".to_string()).chain(mean).collect());
        }
        rows
    }

    /// An HTML table of the figures.
    pub fn to_html(&self) -> String {
        html::table(&self.caption(), &HEAD, &self.cells())
    }
}

const HEAD: [&str; 4] = ["target", "R²", "MAE", "RMSE"];

crate::html::debug_as_display!(RegressionReport);

impl fmt::Display for RegressionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&html::text_table(&self.caption(), &HEAD, &self.cells()))
    }
}

fn report(names: Vec<String>, truth: &Array, predicted: &Array) -> Result<RegressionReport> {
    const WHO: &str = "RegressionReport::new";
    let (rows, width) = (truth.rows(), truth.row_len());
    if truth.shape().len() != 2 || rows == 0 || width == 0 {
        let expected = "(rows, columns) was expected, with at least one of each";
        return Err(Error::shape(format!("{WHO}: the true values"), truth.shape(), expected));
    }
    if predicted.rows() != rows || predicted.row_len() != width {
        let expected = format!("that of the true values is {:?}", truth.shape());
        return Err(Error::shape(format!("{WHO}: the predictions"), predicted.shape(), expected));
    }
    if names.len() != width {
        let what = format!("{WHO}: the number of names");
        return Err(Error::argument(what, names.len(), format!("{width}, one for each column")));
    }
    let n = rows as f64;
    let figures = |(column, name): (usize, String)| {
        let pairs = || {
            let value = |array: &Array, row: usize| f64::from(array.data()[row * width + column]);
            (0..rows).map(move |row| (value(truth, row), value(predicted, row)))
        };
        let mean = pairs().map(|(y, _)| y).sum::<f64>() / n;
        let squares: f64 = pairs().map(|(y, p)| (y - p).powi(2)).sum();
        let spread: f64 = pairs().map(|(y, _)| (y - mean).powi(2)).sum();
        // Compared directly, because the rounded mean could give equal targets a spread.
        let equal = pairs().all(|(y, _)| y == f64::from(truth.data()[column]));
        let r2 = match (squares == 0.0, equal || spread == 0.0) {
            (true, _) => 1.0,
            (false, true) => 0.0,
            _ => 1.0 - squares / spread,
        };
        let mae = pairs().map(|(y, p)| (y - p).abs()).sum::<f64>() / n;
        Row { name, r2, mae, rmse: (squares / n).sqrt() }
    };
    let rows = names.into_iter().enumerate().map(figures).collect();
    Ok(RegressionReport { rows, samples: truth.rows() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// sklearn.metrics 1.9.1: r2_score(y, p, multioutput="raw_values") and so on, of
    /// y = [[.5, 1], [-1, 1], [7, 1], [2, 1]] and p = [[0, 2], [-1, 2], [8, 5], [2, 1]].
    #[test]
    fn figures_are_scikit_learns() {
        let truth = [0.5, 1.0, -1.0, 1.0, 7.0, 1.0, 2.0, 1.0];
        let predicted = [0.0, 2.0, -1.0, 2.0, 8.0, 5.0, 2.0, 1.0];
        let array = |v: [f32; 8]| Array::new([4, 2], v.to_vec()).unwrap();
        let report = RegressionReport::new(["a", "b"], &array(truth), &array(predicted)).unwrap();
        let close = |got: f64, want: f64| assert!((got - want).abs() < 1e-12, "{got} {want}");
        close(report.rows[0].r2, 0.965_457_685_664_939_5);
        close(report.rows[0].mae, 0.375);
        close(report.rows[0].rmse, 0.559_016_994_374_947_5);
        close(report.rows[1].r2, 0.0);
        close(report.rows[1].mae, 1.5);
        close(report.rows[1].rmse, 2.121_320_343_559_642_6);
        close(report.r2(), 0.482_728_842_832_469_75);
        close(report.rmse(), (0.559_016_994_374_947_5 + 2.121_320_343_559_642_6) / 2.0);
        assert!(report.to_string().lines().count() == 5 && report.to_html().contains("R²"));
        let perfect = RegressionReport::new(["a", "b"], &array(truth), &array(truth)).unwrap();
        assert_eq!((perfect.r2(), perfect.mae()), (1.0, 0.0));
        assert!(RegressionReport::new(["a"], &array(truth), &array(truth)).is_err());
        let narrow = Array::new([4, 1], vec![0.0; 4]).unwrap();
        assert!(RegressionReport::new(["a"], &array(truth), &narrow).is_err());
    }
}
