//! Scalers: fitted on training rows, applied to all.

use crate::array::Array;
use crate::data::dataset::rounded;
use crate::data::{Dataset, Inputs, Values};
use crate::error::{Error, Result};

/// Subtracts each column's mean and divides by its standard deviation (ddof = 0), as scikit-learn's
/// StandardScaler; a constant column is only centred. Everything is computed in `f64`, of a
/// [`Dataset`] from a table from the table's own values, and rounded to `f32` at the end.
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

/// Subtracts each column's median and divides by its interquartile range, as scikit-learn's
/// RobustScaler, so that outliers have little effect. A column whose quartiles are equal is only
/// centred.
///
/// ```
/// use dfdx_lab::{Array, data::RobustScaler};
/// let train = Array::new([5, 1], vec![1.0, 2.0, 3.0, 4.0, 1000.0])?;
/// let scaled = RobustScaler::fit(&train)?.transform(&train)?;
/// assert_eq!(scaled.data(), [-1.0, -0.5, 0.0, 0.5, 498.5]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RobustScaler {
    line: Linear,
}

impl StandardScaler {
    /// Learns from all of these values.
    pub(crate) fn of_values(values: Values<'_>) -> Result<Self> {
        Self::learn(values, &all(values.x()))
    }

    fn learn(x: Values<'_>, rows: &[usize]) -> Result<Self> {
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

    /// Transforms scaled rows back to their own units, in place.
    pub(crate) fn undo(&self, rows: &mut [f32]) {
        let line = || self.line.scale.iter().zip(&self.line.offset);
        for row in rows.chunks_exact_mut(self.line.scale.len().max(1)) {
            for (v, (scale, offset)) in row.iter_mut().zip(line()) {
                *v = (f64::from(*v) * scale + offset) as f32;
            }
        }
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

impl RobustScaler {
    pub(super) fn from_parts(center: Vec<f64>, scale: Vec<f64>) -> Self {
        RobustScaler { line: Linear { scale, offset: center } }
    }
}

impl MinMaxScaler {
    pub(super) fn from_parts(min: Vec<f64>, range: Vec<f64>) -> Self {
        MinMaxScaler { line: Linear { scale: range, offset: min } }
    }
}

impl MinMaxScaler {
    fn learn(x: Values<'_>, rows: &[usize]) -> Result<Self> {
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

impl RobustScaler {
    fn learn(x: Values<'_>, rows: &[usize]) -> Result<Self> {
        let width = check("RobustScaler", x, rows)?;
        let mut column = vec![0.0; rows.len()];
        let (mut scale, mut offset) = (vec![1.0; width], vec![0.0; width]);
        for j in 0..width {
            column.iter_mut().zip(rows).for_each(|(v, row)| *v = x.at(*row, j));
            column.sort_unstable_by(f64::total_cmp);
            let [low, middle, high] = [0.25, 0.5, 0.75].map(|share| quantile(&column, share));
            offset[j] = middle;
            // scikit-learn takes a smaller range for rounding.
            if high - low >= 10.0 * f64::EPSILON {
                scale[j] = high - low;
            }
        }
        Ok(RobustScaler { line: Linear { scale, offset } })
    }

    /// The columns' medians.
    pub fn center(&self) -> &[f64] {
        &self.line.offset
    }

    /// The columns' distances from the lower to the upper quartile; 1 where there is none.
    pub fn scale(&self) -> &[f64] {
        &self.line.scale
    }
}

/// The value below which this share of sorted values lies, between two of them on the line from one
/// to the other, as NumPy's `percentile`.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() - 1) as f64 * share;
    let (low, part) = (at as usize, at.fract());
    let high = sorted[(low + 1).min(sorted.len() - 1)];
    sorted[low] + (high - sorted[low]) * part
}

/// What all scalers have.
macro_rules! scaler {
    ($scaler:ident learns $what:literal) => {
        impl $scaler {
            #[doc = concat!("Learns ", $what, " from all rows of a [`Dataset`], or of an array of")]
            /// shape (rows, columns).
            ///
            /// # Errors
            /// If there is no row, or a value is not finite.
            pub fn fit<'a>(x: impl Into<Inputs<'a>>) -> Result<Self> {
                let values = x.into().values();
                Self::learn(values, &all(values.x()))
            }

            /// Learns from the rows of these indices only, as a fold's training rows.
            ///
            /// # Errors
            /// As [`fit`](Self::fit), and if an index is not below the number of rows.
            pub fn fit_rows<'a>(x: impl Into<Inputs<'a>>, rows: &[usize]) -> Result<Self> {
                Self::learn(x.into().values(), rows)
            }

            /// The rows scaled.
            ///
            /// # Errors
            /// If the number of columns is not that of the training rows.
            pub fn transform(&self, x: &Array) -> Result<Array> {
                self.scale_values(x.into())
            }

            pub(crate) fn scale_values(&self, x: Values<'_>) -> Result<Array> {
                x.need_numbers(stringify!($scaler))?;
                self.line.map(stringify!($scaler), x, |v, scale, offset| (v - offset) / scale)
            }

            /// Scaled rows back in their own units.
            ///
            /// # Errors
            /// If the number of columns is not that of the training rows.
            pub fn inverse_transform(&self, x: &Array) -> Result<Array> {
                self.line.map(stringify!($scaler), x.into(), |v, scale, offset| v * scale + offset)
            }

            /// The data with their features scaled.
            ///
            /// # Errors
            /// If the number of columns is not that of the training rows.
            pub fn transform_dataset(&self, data: &Dataset) -> Result<Dataset> {
                data.with_x(self.scale_values(data.into())?)
            }
        }
    };
}

scaler!(StandardScaler learns "means and standard deviations");
scaler!(MinMaxScaler learns "the smallest and largest values");
scaler!(RobustScaler learns "medians and quartiles");

#[derive(Clone, Debug, PartialEq)]
struct Linear {
    scale: Vec<f64>,
    offset: Vec<f64>,
}

impl Linear {
    fn map(
        &self,
        who: &str,
        values: Values<'_>,
        f: impl Fn(f64, f64, f64) -> f64,
    ) -> Result<Array> {
        let (x, width) = (values.x(), self.scale.len());
        if x.shape().len() < 2 || x.row_len() != width {
            let expected = format!("it was fitted on rows of {width} values");
            return Err(Error::shape(who, x.shape(), expected));
        }
        let (mut out, mut from) = (x.clone(), vec![0.0; width]);
        for (i, row) in out.data_mut().chunks_exact_mut(width).enumerate() {
            values.row(i, &mut from);
            let line = self.scale.iter().zip(&self.offset);
            for ((to, &v), (&s, &o)) in row.iter_mut().zip(&from).zip(line) {
                *to = f(rounded(v, s), s, o) as f32;
            }
        }
        Ok(out)
    }
}

fn all(x: &Array) -> Vec<usize> {
    (0..x.rows()).collect()
}

fn for_rows(x: Values<'_>, rows: &[usize], mut f: impl FnMut(usize, f64)) {
    let mut row = vec![0.0; x.x().row_len()];
    for &i in rows {
        x.row(i, &mut row);
        row.iter().enumerate().for_each(|(j, v)| f(j, *v));
    }
}

/// The number of values a row, once everything is as it must be.
pub(crate) fn check<'a>(who: &str, x: impl Into<Values<'a>>, rows: &[usize]) -> Result<usize> {
    let values = x.into();
    values.need_numbers(who)?;
    let x = values.x();
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
