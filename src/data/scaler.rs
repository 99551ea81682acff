//! Scalers: fitted on training rows, applied to all.

use crate::array::Array;
use crate::data::Dataset;
use crate::error::{Error, Result};

/// Subtracts each column's mean and divides by its standard deviation (ddof = 0), as scikit-learn's
/// StandardScaler; a constant column is only centred. Sums are kept in `f64`.
///
/// ```
/// use dfdx_lab::{Array, data::StandardScaler};
/// let train = Array::new([2, 2], vec![1.0, 5.0, 3.0, 5.0])?;
/// let scaler = StandardScaler::fit(&train)?;
/// assert_eq!(scaler.transform(&train)?.data(), [-1.0, 0.0, 1.0, 0.0]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct StandardScaler {
    line: Linear,
}

/// Maps each column's range in the training rows to 0..1, as scikit-learn's MinMaxScaler; a
/// constant column becomes 0. Other rows may fall outside.
///
/// ```
/// use dfdx_lab::{Array, data::MinMaxScaler};
/// let train = Array::new([3, 1], vec![2.0, 4.0, 3.0])?;
/// assert_eq!(MinMaxScaler::fit(&train)?.transform(&train)?.data(), [0.0, 1.0, 0.5]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MinMaxScaler {
    line: Linear,
}

impl StandardScaler {
    /// Learns means and standard deviations from all rows, shape (rows, columns).
    ///
    /// # Errors
    /// If there is no row, or a value is not finite.
    pub fn fit(x: &Array) -> Result<Self> {
        Self::fit_rows(x, &all(x))
    }

    /// Learns from the rows of these indices only, as a fold's training rows.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and if an index is not below the number of rows.
    pub fn fit_rows(x: &Array, rows: &[usize]) -> Result<Self> {
        let width = check("StandardScaler", x, rows)?;
        let n = rows.len() as f64;
        let mut mean = vec![0.0; width];
        for_rows(x, rows, |j, v| mean[j] += v);
        mean.iter_mut().for_each(|m| *m /= n);
        let (mut variance, mut drift) = (vec![0.0; width], vec![0.0; width]);
        for_rows(x, rows, |j, v| {
            let d = v - mean[j];
            variance[j] += d * d;
            drift[j] += d;
        });
        for (v, d) in variance.iter_mut().zip(&drift) {
            // The second term takes out what rounding left in the mean.
            *v = (*v - d * d / n) / n;
        }
        let scale = variance.iter().zip(&mean).map(|(&v, &m)| {
            // scikit-learn's bound of the variance that rounding alone gives a constant column.
            let rounding = n * f64::EPSILON * v + (n * m * f64::EPSILON).powi(2);
            if v <= rounding { 1.0 } else { v.sqrt() }
        });
        Ok(StandardScaler { line: Linear { scale: scale.collect(), offset: mean } })
    }

    /// The columns' means.
    pub fn mean(&self) -> &[f64] {
        &self.line.offset
    }

    /// The columns' standard deviations; 1 for constant ones.
    pub fn scale(&self) -> &[f64] {
        &self.line.scale
    }
}

impl StandardScaler {
    pub(super) fn from_parts(mean: Vec<f64>, scale: Vec<f64>) -> Self {
        StandardScaler { line: Linear { scale, offset: mean } }
    }
}

impl MinMaxScaler {
    pub(super) fn from_parts(min: Vec<f64>, range: Vec<f64>) -> Self {
        MinMaxScaler { line: Linear { scale: range, offset: min } }
    }
}

impl MinMaxScaler {
    /// Learns the smallest and largest values from all rows, shape (rows, columns).
    ///
    /// # Errors
    /// If there is no row, or a value is not finite.
    pub fn fit(x: &Array) -> Result<Self> {
        Self::fit_rows(x, &all(x))
    }

    /// Learns from the rows of these indices only, as a fold's training rows.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and if an index is not below the number of rows.
    pub fn fit_rows(x: &Array, rows: &[usize]) -> Result<Self> {
        let width = check("MinMaxScaler", x, rows)?;
        let (mut min, mut max) = (vec![f64::INFINITY; width], vec![f64::NEG_INFINITY; width]);
        for_rows(x, rows, |j, v| {
            min[j] = min[j].min(v);
            max[j] = max[j].max(v);
        });
        let range = min.iter().zip(&max).map(|(a, b)| b - a);
        // scikit-learn takes a smaller range for rounding.
        let range = range.map(|r| if r < 10.0 * f64::EPSILON { 1.0 } else { r });
        Ok(MinMaxScaler { line: Linear { scale: range.collect(), offset: min } })
    }

    /// The columns' smallest values.
    pub fn min(&self) -> &[f64] {
        &self.line.offset
    }

    /// The columns' ranges, largest less smallest; 1 for constant ones.
    pub fn range(&self) -> &[f64] {
        &self.line.scale
    }
}

macro_rules! apply {
    ($scaler:ident) => {
        impl $scaler {
            /// The rows scaled.
            ///
            /// # Errors
            /// If the number of columns is not that of the training rows.
            pub fn transform(&self, x: &Array) -> Result<Array> {
                self.line.map(stringify!($scaler), x, |v, scale, offset| (v - offset) / scale)
            }

            /// Scaled rows back in their own units.
            ///
            /// # Errors
            /// If the number of columns is not that of the training rows.
            pub fn inverse_transform(&self, x: &Array) -> Result<Array> {
                self.line.map(stringify!($scaler), x, |v, scale, offset| v * scale + offset)
            }

            /// The data with their features scaled.
            ///
            /// # Errors
            /// If the number of columns is not that of the training rows.
            pub fn transform_dataset(&self, data: &Dataset) -> Result<Dataset> {
                data.with_x(self.transform(data.x())?)
            }
        }
    };
}

apply!(StandardScaler);
apply!(MinMaxScaler);

#[derive(Clone, Debug, PartialEq)]
struct Linear {
    scale: Vec<f64>,
    offset: Vec<f64>,
}

impl Linear {
    fn map(&self, who: &str, x: &Array, f: impl Fn(f64, f64, f64) -> f64) -> Result<Array> {
        let width = self.scale.len();
        if x.shape().len() < 2 || x.row_len() != width {
            let expected = format!("it was fitted on rows of {width} values");
            return Err(Error::shape(who, x.shape(), expected));
        }
        let mut out = x.clone();
        for row in out.data_mut().chunks_exact_mut(width) {
            for (v, (&s, &o)) in row.iter_mut().zip(self.scale.iter().zip(&self.offset)) {
                *v = f(f64::from(*v), s, o) as f32;
            }
        }
        Ok(out)
    }
}

fn all(x: &Array) -> Vec<usize> {
    (0..x.rows()).collect()
}

fn for_rows(x: &Array, rows: &[usize], mut f: impl FnMut(usize, f64)) {
    for &i in rows {
        for (j, &v) in x.row(i).iter().enumerate() {
            f(j, f64::from(v));
        }
    }
}

/// The number of values a row, once everything is as it must be.
pub(crate) fn check(who: &str, x: &Array, rows: &[usize]) -> Result<usize> {
    let width = x.row_len();
    if x.shape().len() < 2 || width == 0 || rows.is_empty() {
        let expected = format!("rows and columns are needed, and {} rows are chosen", rows.len());
        return Err(Error::shape(who, x.shape(), expected));
    }
    for &i in rows {
        if i >= x.rows() {
            let expected = format!("below the {} rows", x.rows());
            return Err(Error::argument(format!("{who}: a row index"), i, expected));
        }
        if let Some(j) = x.row(i).iter().position(|v| !v.is_finite()) {
            let what = format!("{who}: the value in row {i}, column {j}");
            return Err(Error::argument(what, x.row(i)[j], "finite"));
        }
    }
    Ok(width)
}
