//! A fitted PCA and its transformations.

use std::fmt;

use rayon::prelude::*;

use crate::array::Array;
use crate::data::{Dataset, Values};
use crate::error::{Error, Result};
use crate::html::{number, table, text_table};

/// A [`Pca`](super::Pca) fitted to training rows.
#[derive(Clone, PartialEq)]
pub struct FittedPca {
    pub(super) whiten: bool,
    pub(super) mean: Vec<f64>,
    /// Components one after the other.
    pub(super) components: Vec<f64>,
    pub(super) variance: Vec<f64>,
    pub(super) ratio: Vec<f64>,
    pub(super) singular: Vec<f64>,
}

impl FittedPca {
    /// The number of components kept.
    pub fn n_components(&self) -> usize {
        self.variance.len()
    }

    /// The components as rows, of length 1: shape (components, columns).
    pub fn components(&self) -> Array {
        let data = self.components.iter().map(|v| *v as f32).collect();
        Array::new([self.n_components(), self.mean.len()], data).unwrap_or_default()
    }

    /// The columns' means.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The variance along each component (n - 1 in the denominator).
    pub fn explained_variance(&self) -> &[f64] {
        &self.variance
    }

    /// The share of the whole variance along each component; 0 if there is none.
    pub fn explained_variance_ratio(&self) -> &[f64] {
        &self.ratio
    }

    /// The singular values of the centred rows.
    pub fn singular_values(&self) -> &[f64] {
        &self.singular
    }

    /// The rows in coordinates along the components, counted from the mean: shape (rows,
    /// components).
    ///
    /// # Errors
    /// If the rows have another length than those fitted.
    pub fn transform(&self, x: &Array) -> Result<Array> {
        self.project(x.into())
    }

    fn project(&self, values: Values<'_>) -> Result<Array> {
        let x = values.x();
        let (columns, k) = (self.mean.len(), self.n_components());
        values.need_numbers("Pca")?;
        self.check(x, columns, "columns")?;
        let scales = self.scales();
        let mut out = vec![0.0; x.rows() * k];
        out.par_chunks_exact_mut(k).enumerate().for_each_init(
            || vec![0.0; columns],
            |centred, (row, out)| {
                values.row(row, centred);
                centred.iter_mut().zip(&self.mean).for_each(|(c, m)| *c -= m);
                let components = self.components.chunks_exact(columns);
                for ((out, component), scale) in out.iter_mut().zip(components).zip(&scales) {
                    *out = (dot(centred, component) / scale) as f32;
                }
            },
        );
        Array::new([x.rows(), k], out)
    }

    /// Rows of such coordinates back in columns: shape (rows, columns).
    ///
    /// # Errors
    /// If there is not one coordinate for each component.
    pub fn inverse_transform(&self, x: &Array) -> Result<Array> {
        let (columns, k) = (self.mean.len(), self.n_components());
        self.check(x, k, "components")?;
        let scales = self.scales();
        let mut out = vec![0.0; x.rows() * columns];
        let rows = out.par_chunks_exact_mut(columns).zip(x.data().par_chunks_exact(k));
        rows.for_each_init(
            || vec![0.0; columns],
            |sum, (out, row)| {
                sum.copy_from_slice(&self.mean);
                let components = self.components.chunks_exact(columns);
                for ((v, component), scale) in row.iter().zip(components).zip(&scales) {
                    let by = f64::from(*v) * scale;
                    sum.iter_mut().zip(component).for_each(|(s, c)| *s += by * c);
                }
                out.iter_mut().zip(sum.iter()).for_each(|(o, s)| *o = *s as f32);
            },
        );
        Array::new([x.rows(), columns], out)
    }

    /// Everything that [`transform`](Self::transform) goes by, but for whitening.
    pub(crate) fn parts(&self) -> [&[f64]; 3] {
        [&self.mean, &self.components, &self.variance]
    }

    /// From means, components one after the other, variances, ratios and singular values.
    pub(crate) fn from_parts(whiten: bool, parts: [Vec<f64>; 5]) -> Self {
        let [mean, components, variance, ratio, singular] = parts;
        FittedPca { whiten, mean, components, variance, ratio, singular }
    }

    pub(crate) fn whitens(&self) -> bool {
        self.whiten
    }

    /// The data with their features transformed.
    ///
    /// # Errors
    /// As [`transform`](Self::transform).
    pub fn transform_dataset(&self, data: &Dataset) -> Result<Dataset> {
        data.with_x(self.project(data.into())?)
    }

    /// What the distances along the components are divided by.
    pub(crate) fn scales(&self) -> Vec<f64> {
        let scale = |v: &f64| if self.whiten { v.sqrt().max(f64::EPSILON) } else { 1.0 };
        self.variance.iter().map(scale).collect()
    }

    fn check(&self, x: &Array, width: usize, what: &str) -> Result<()> {
        if x.shape().len() < 2 || x.row_len() != width {
            let expected = format!("rows of {width} values are needed, the number of {what}");
            return Err(Error::shape("Pca", x.shape(), expected));
        }
        Ok(())
    }
}

/// In four sums, which a processor computes side by side.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (four_a, four_b) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = four_a.remainder().iter().zip(four_b.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0; 4];
    for (a, b) in four_a.zip(four_b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f64>() + rest
}

impl FittedPca {
    fn caption(&self) -> String {
        let share = 100.0 * self.ratio.iter().sum::<f64>();
        let (k, columns) = (self.n_components(), self.mean.len());
        format!("{k} components of {columns} columns, {share:.1} % of the variance")
    }

    /// The first components; of many, the rest shows in the caption alone.
    fn rows(&self) -> Vec<Vec<String>> {
        const SHOWN: usize = 20;
        let mut sum = 0.0;
        let row = |(i, (variance, ratio)): (usize, (&f64, &f64))| {
            sum += ratio;
            let percent = |v: f64| format!("{:.2} %", 100.0 * v);
            vec![i.to_string(), number(*variance, 5), percent(*ratio), percent(sum)]
        };
        self.variance.iter().zip(&self.ratio).enumerate().take(SHOWN).map(row).collect()
    }

    /// The variance along the first components as a table.
    pub fn to_html(&self) -> String {
        table(&self.caption(), &HEAD, &self.rows())
    }
}

const HEAD: [&str; 4] = ["component", "variance", "share", "sum"];

impl fmt::Display for FittedPca {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_table(&self.caption(), &HEAD, &self.rows()))
    }
}

crate::html::debug_as_display!(FittedPca);
