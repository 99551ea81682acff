//! Selecting features by analysis of variance.

use std::fmt;

use super::scaler::check;
use super::{Dataset, Inputs, Table, Values};
use crate::error::{Error, Result};
use crate::math::tails::f_survival;
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};

/// One-way analysis of variance of each column between classes, as scikit-learn's `f_classif`:
/// the variance of the class means against the variance within classes. Computed in `f64`.
///
/// A column constant everywhere has F = NaN.
///
/// # Errors
/// If the numbers of rows and labels differ, a value is not finite, there are fewer than two
/// classes, or no more rows than classes.
pub fn f_classif<'a>(x: impl Into<Inputs<'a>>, labels: &[usize]) -> Result<FClassif> {
    let values = x.into().values();
    let rows: Vec<usize> = (0..values.x().rows()).collect();
    variances(values, labels, &rows)
}

/// As [`f_classif`], of the rows of these indices only, as a fold's training rows.
///
/// # Errors
/// As `f_classif`, and if an index is not below the number of rows.
pub fn f_classif_rows<'a>(
    x: impl Into<Inputs<'a>>,
    labels: &[usize],
    rows: &[usize],
) -> Result<FClassif> {
    variances(x.into().values(), labels, rows)
}

fn variances(values: Values<'_>, labels: &[usize], rows: &[usize]) -> Result<FClassif> {
    let x = values.x();
    if labels.len() != x.rows() {
        let expected = format!("the number of rows, {}", x.rows());
        return Err(Error::argument("f_classif: the number of labels", labels.len(), expected));
    }
    let width = check("f_classif", values, rows)?;
    let mut index = std::collections::BTreeMap::new();
    for &row in rows {
        let next = index.len();
        index.entry(labels[row]).or_insert(next);
    }
    let (k, n) = (index.len(), rows.len());
    if k < 2 || n <= k {
        let what = format!("f_classif: the number of classes in {n} rows");
        return Err(Error::argument(what, k, "at least 2 and below the number of rows"));
    }
    let class: Vec<usize> = rows.iter().map(|&r| index[&labels[r]]).collect();
    // Everything is counted from the first row's values, so that a constant column gives exact zeros.
    let (mut first, mut line) = (vec![0.0; width], vec![0.0; width]);
    values.row(rows[0], &mut first);
    let mut counts = vec![0.0; k];
    let mut means = vec![0.0; k * width];
    for (&row, &c) in rows.iter().zip(&class) {
        counts[c] += 1.0;
        values.row(row, &mut line);
        for (j, v) in line.iter().enumerate() {
            means[c * width + j] += v - first[j];
        }
    }
    let mut all = vec![0.0; width];
    for (c, row) in means.chunks_exact_mut(width).enumerate() {
        for (m, all) in row.iter_mut().zip(&mut all) {
            *all += *m / n as f64;
            *m /= counts[c];
        }
    }
    let (mut between, mut within) = (vec![0.0; width], vec![0.0; width]);
    for (c, row) in means.chunks_exact(width).enumerate() {
        for j in 0..width {
            between[j] += counts[c] * (row[j] - all[j]).powi(2);
        }
    }
    for (&row, &c) in rows.iter().zip(&class) {
        values.row(row, &mut line);
        for (j, v) in line.iter().enumerate() {
            within[j] += (v - first[j] - means[c * width + j]).powi(2);
        }
    }
    let (between_df, within_df) = ((k - 1) as f64, (n - k) as f64);
    let f = |(b, w): (&f64, &f64)| (b / between_df) / (w / within_df);
    let f: Vec<f64> = between.iter().zip(&within).map(f).collect();
    let p = f.iter().map(|&f| f_survival(f, between_df, within_df)).collect();
    Ok(FClassif { f, p })
}

/// The result of [`f_classif`]: one figure for each column.
#[derive(Clone, PartialEq)]
pub struct FClassif {
    f: Vec<f64>,
    p: Vec<f64>,
}

/// How many columns there are, and the largest F among them.
impl fmt::Debug for FClassif {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let largest = self.f.iter().copied().fold(f64::NAN, f64::max);
        write!(f, "FClassif({} columns, the largest F {largest:.4})", self.f.len())
    }
}

impl FClassif {
    /// The F values.
    pub fn f(&self) -> &[f64] {
        &self.f
    }

    /// The probability of an F at least that large if the classes did not differ.
    pub fn p(&self) -> &[f64] {
        &self.p
    }

    /// The columns' indices, the largest F first; NaN last, the later column first of equals, as
    /// scikit-learn's SelectKBest ranks them.
    pub fn ranking(&self) -> Vec<usize> {
        let key = |i: usize| if self.f[i].is_nan() { f64::NEG_INFINITY } else { self.f[i] };
        let mut order: Vec<usize> = (0..self.f.len()).collect();
        order.sort_by(|&a, &b| key(b).total_cmp(&key(a)).then(b.cmp(&a)));
        order
    }
}

/// The `k` features with the largest ANOVA F, chosen on training rows.
///
/// ```
/// use dfdx_lab::{Array, data::{Dataset, SelectKBest}};
/// let x = Array::new([4, 2], vec![1.0, 5.0, 2.0, 9.0, 8.0, 6.0, 9.0, 8.0])?;
/// let data = Dataset::new(x, vec![0, 0, 1, 1], ["a", "b"])?;
/// let best = SelectKBest::fit(&data, 1)?;
/// assert_eq!(best.columns(), ["x0"]);
/// assert_eq!(best.transform(&data)?.x().shape(), [4, 1]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct SelectKBest {
    scores: FClassif,
    names: Vec<String>,
    chosen: Vec<usize>,
}

impl FClassif {
    pub(super) fn from_parts(f: Vec<f64>, p: Vec<f64>) -> Self {
        FClassif { f, p }
    }
}

impl SelectKBest {
    pub(super) fn from_parts(scores: FClassif, names: Vec<String>, chosen: Vec<usize>) -> Self {
        SelectKBest { scores, names, chosen }
    }
}

impl SelectKBest {
    /// Chooses on all rows.
    ///
    /// # Errors
    /// As [`f_classif`], and if `k` is 0 or more than the number of features.
    pub fn fit(data: &Dataset, k: usize) -> Result<Self> {
        let rows: Vec<usize> = (0..data.len()).collect();
        Self::fit_rows(data, &rows, k)
    }

    /// Chooses on the rows of these indices only, as a fold's training rows.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and if an index is not below the number of rows.
    pub fn fit_rows(data: &Dataset, rows: &[usize], k: usize) -> Result<Self> {
        let width = data.x().row_len();
        if k == 0 || k > width {
            let expected = format!("at least 1 and at most {width}, the number of features");
            return Err(Error::argument("SelectKBest: k", k, expected));
        }
        let scores = f_classif_rows(data, data.labels(), rows)?;
        let mut chosen = scores.ranking();
        chosen.truncate(k);
        chosen.sort_unstable();
        Ok(SelectKBest { scores, names: data.columns().to_vec(), chosen })
    }

    /// The chosen features' indices, in the data's order.
    pub fn indices(&self) -> &[usize] {
        &self.chosen
    }

    /// The chosen features' names, in the data's order.
    pub fn columns(&self) -> Vec<String> {
        self.chosen.iter().map(|&i| self.names[i].clone()).collect()
    }

    /// The names of all features chosen from.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// F and p of every feature.
    pub fn scores(&self) -> &FClassif {
        &self.scores
    }

    /// The data with the chosen features only.
    ///
    /// # Errors
    /// If the data have other features than those chosen from.
    pub fn transform(&self, data: &Dataset) -> Result<Dataset> {
        if data.columns() != self.names {
            let expected = format!("it chose from {} features of other names", self.names.len());
            return Err(Error::shape("SelectKBest", data.x().shape(), expected));
        }
        data.select_features(&self.chosen)
    }

    /// Every feature with its F and p, the best first.
    ///
    /// # Errors
    /// Never for what `fit` made.
    pub fn table(&self) -> Result<Table> {
        let order = self.scores.ranking();
        let names: Vec<&str> = order.iter().map(|&i| self.names[i].as_str()).collect();
        let values = |v: &[f64]| order.iter().map(|&i| v[i]).collect::<Vec<f64>>();
        let columns = vec![
            Series::new("feature".into(), names).into_column(),
            Series::new("F".into(), values(&self.scores.f)).into_column(),
            Series::new("p".into(), values(&self.scores.p)).into_column(),
        ];
        let frame = DataFrame::new(order.len(), columns)
            .map_err(|e| Error::argument("SelectKBest::table", e, "a table"))?;
        Table::from_dataframe(frame)
    }
}

impl fmt::Display for SelectKBest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chosen = self.columns().join(", ");
        write!(f, "{} of {} features: {chosen}", self.chosen.len(), self.names.len())
    }
}

crate::html::debug_as_display!(SelectKBest);
