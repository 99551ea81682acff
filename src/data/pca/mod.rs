//! Principal component analysis.

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

use nalgebra::{DMatrix, SymmetricEigen};
use rayon::prelude::*;

use super::Dataset;
use super::scaler::check;
use crate::array::Array;
use crate::error::{Error, Result};

/// Principal component analysis as scikit-learn's `PCA`: the directions in which rows differ most,
/// largest variance first. Computed in `f64`; each component's largest entry is positive
/// (scikit-learn's `svd_flip` by components).
///
/// ```
/// use dfdx_lab::{Array, data::Pca};
/// let x = Array::new([4, 2], vec![0.0, 0.0, 1.0, 2.0, 2.0, 4.0, 3.0, 6.0])?;
/// let pca = Pca::new(1).fit(&x)?;
/// assert!((pca.explained_variance_ratio()[0] - 1.0).abs() < 1e-9); // all on one line
/// let back = pca.inverse_transform(&pca.transform(&x)?)?;
/// assert!((back.data()[7] - 6.0).abs() < 1e-5);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Pca {
    keep: Keep,
    whiten: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Keep {
    Count(usize),
    Share(f64),
}

impl Pca {
    /// Keeps this many components.
    pub fn new(n_components: usize) -> Self {
        Pca { keep: Keep::Count(n_components), whiten: false }
    }

    /// Keeps as many components as it takes to explain more than this share of the variance, as
    /// scikit-learn's `n_components=0.95`.
    pub fn variance(share: f64) -> Self {
        Pca { keep: Keep::Share(share), whiten: false }
    }

    /// Whether transformed columns are divided by their standard deviation; false by default.
    pub fn whiten(mut self, whiten: bool) -> Self {
        self.whiten = whiten;
        self
    }

    /// Learns the components from rows of shape (rows, columns); further axes are flattened.
    ///
    /// # Errors
    /// If there are fewer than two rows, more components are asked for than there are rows or
    /// columns, the share is not between 0 and 1, or a value is not finite.
    pub fn fit(&self, x: &Array) -> Result<FittedPca> {
        let all: Vec<usize> = (0..x.rows()).collect();
        let (rows, columns) = (x.rows(), check("Pca", x, &all)?);
        let most = rows.min(columns);
        if rows < 2 {
            return Err(Error::argument("Pca: the number of rows", rows, "at least 2"));
        }
        match self.keep {
            Keep::Count(k) if k == 0 || k > most => {
                let expected =
                    format!("at least 1 and at most {most}, of {rows} x {columns} values");
                return Err(Error::argument("Pca: the number of components", k, expected));
            }
            // Written so that NaN fails as well.
            Keep::Share(share) if !(share > 0.0 && share < 1.0) => {
                return Err(Error::argument(
                    "Pca::variance: the share",
                    share,
                    "above 0 and below 1",
                ));
            }
            _ => {}
        }
        let mut mean = vec![0.0; columns];
        for row in x.data().chunks_exact(columns) {
            mean.iter_mut().zip(row).for_each(|(m, v)| *m += f64::from(*v));
        }
        mean.iter_mut().for_each(|m| *m /= rows as f64);
        let centred =
            |row: usize, column: usize| f64::from(x.data()[row * columns + column]) - mean[column];
        // The smaller of the two products has the same eigenvalues, but for zeros.
        let wide = columns > rows;
        let product = match wide {
            false => products(columns, rows, |r, c| centred(r, c)),
            true => products(rows, columns, |c, r| centred(r, c)),
        };
        let (values, vectors) = eigen(product)?;
        let degrees = (rows - 1) as f64;
        let variances: Vec<f64> = values.iter().map(|v| v / degrees).collect();
        let total: f64 = variances.iter().sum();
        let ratio = |v: f64| if total > 0.0 { v / total } else { 0.0 };
        let kept = match self.keep {
            Keep::Count(k) => k,
            Keep::Share(share) => {
                let mut sum = 0.0;
                let below = |v: &&f64| {
                    sum += ratio(**v);
                    sum <= share
                };
                (variances.iter().take_while(below).count() + 1).min(most)
            }
        };
        let mut components: Vec<Vec<f64>> = Vec::with_capacity(kept);
        for i in 0..kept {
            let component = match wide {
                false => vectors.column(i).iter().copied().collect(),
                true => {
                    let weights: Vec<f64> = vectors.column(i).iter().copied().collect();
                    let entry =
                        |c| weights.iter().enumerate().map(|(r, w)| w * centred(r, c)).sum();
                    (0..columns).into_par_iter().map(entry).collect()
                }
            };
            let component = unit(component, values[0].sqrt() * 1e-7, &components);
            components.push(upright(component));
        }
        Ok(FittedPca {
            whiten: self.whiten,
            mean,
            components: components.concat(),
            ratio: variances.iter().take(kept).map(|v| ratio(*v)).collect(),
            singular: values.iter().take(kept).map(|v| v.sqrt()).collect(),
            variance: variances.into_iter().take(kept).collect(),
        })
    }
}

impl From<usize> for Pca {
    fn from(n_components: usize) -> Self {
        Pca::new(n_components)
    }
}

/// Columns of the result in one piece of work, and rows summed at once.
const BLOCK: usize = 128;
const CHUNK: usize = 256;

/// The sums over `k` below `length` of `at(k, i) * at(k, j)`, for all i and j below `side`.
fn products(side: usize, length: usize, at: impl Fn(usize, usize) -> f64 + Sync) -> DMatrix<f64> {
    let piece = |k: Range<usize>, i: usize| {
        DMatrix::from_fn(k.len(), side - i, |row, column| at(k.start + row, i + column))
    };
    let starts: Vec<usize> = (0..side).step_by(BLOCK).collect();
    let strips: Vec<DMatrix<f64>> = starts
        .par_iter()
        .map(|&first| {
            let width = BLOCK.min(side - first);
            let mut sum = DMatrix::zeros(side - first, width);
            for start in (0..length).step_by(CHUNK) {
                let piece = piece(start..length.min(start + CHUNK), first);
                sum.gemm(1.0, &piece.transpose(), &piece.columns(0, width), 1.0);
            }
            sum
        })
        .collect();
    DMatrix::from_fn(side, side, |i, j| {
        let (low, high) = (i.min(j), i.max(j));
        let first = low / BLOCK * BLOCK;
        strips[low / BLOCK][(high - first, low - first)]
    })
}

/// Eigenvalues, the largest first and none below 0, and their vectors as columns.
fn eigen(matrix: DMatrix<f64>) -> Result<(Vec<f64>, DMatrix<f64>)> {
    let side = matrix.nrows();
    // Many times what the iteration takes.
    let steps = 100 * side.max(10);
    let found = SymmetricEigen::try_new(matrix, f64::EPSILON, steps).ok_or_else(|| {
        Error::argument("Pca: the data", "such that no components are found", "less extreme")
            .hint("scale them first, as by StandardScaler")
    })?;
    let mut order: Vec<usize> = (0..side).collect();
    order.sort_by(|a, b| found.eigenvalues[*b].total_cmp(&found.eigenvalues[*a]));
    let values = order.iter().map(|&i| found.eigenvalues[i].max(0.0)).collect();
    Ok((values, found.eigenvectors.select_columns(&order)))
}

/// A vector of length 1 at right angles to those before it: this one, or any, where no variance is
/// left that would give this one a direction.
fn unit(vector: Vec<f64>, tiny: f64, before: &[Vec<f64>]) -> Vec<f64> {
    let length = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let scaled = |v: Vec<f64>| {
        let by = length(&v);
        v.into_iter().map(|x| x / by).collect::<Vec<f64>>()
    };
    if length(&vector) > tiny {
        return scaled(vector);
    }
    let size = vector.len();
    let rest = |axis: usize| {
        let mut v = vec![0.0; size];
        v[axis] = 1.0;
        // Twice, because once leaves what rounding left.
        for other in before.iter().chain(before) {
            let along: f64 = v.iter().zip(other).map(|(a, b)| a * b).sum();
            v.iter_mut().zip(other).for_each(|(a, b)| *a -= along * b);
        }
        v
    };
    // There are fewer vectors before than axes, so some axis keeps at least this much of itself.
    let least = ((size - before.len()) as f64 / size as f64).sqrt() * 0.5;
    let axis = (0..size).map(rest).find(|v| length(v) >= least);
    scaled(axis.unwrap_or(vector))
}

/// The vector or its opposite, so that its entry farthest from zero is positive.
fn upright(mut vector: Vec<f64>) -> Vec<f64> {
    let farthest = vector.iter().fold(0.0f64, |far, v| if v.abs() > far.abs() { *v } else { far });
    if farthest < 0.0 {
        vector.iter_mut().for_each(|v| *v = -*v);
    }
    vector
}

/// A [`Pca`] that has seen its training rows.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedPca {
    whiten: bool,
    mean: Vec<f64>,
    /// Components one after the other.
    components: Vec<f64>,
    variance: Vec<f64>,
    ratio: Vec<f64>,
    singular: Vec<f64>,
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

    /// Each row as its distances from the mean along the components: shape (rows, components).
    ///
    /// # Errors
    /// If the rows have another length than those fitted.
    pub fn transform(&self, x: &Array) -> Result<Array> {
        let (columns, k) = (self.mean.len(), self.n_components());
        self.check(x, columns, "columns")?;
        let scales = self.scales();
        let mut out = vec![0.0; x.rows() * k];
        let rows = out.par_chunks_exact_mut(k).zip(x.data().par_chunks_exact(columns));
        rows.for_each_init(
            || vec![0.0; columns],
            |centred, (out, row)| {
                let difference = row.iter().zip(&self.mean).map(|(v, m)| f64::from(*v) - m);
                centred.iter_mut().zip(difference).for_each(|(c, d)| *c = d);
                let components = self.components.chunks_exact(columns);
                for ((out, component), scale) in out.iter_mut().zip(components).zip(&scales) {
                    *out = (dot(centred, component) / scale) as f32;
                }
            },
        );
        Array::new([x.rows(), k], out)
    }

    /// Rows of distances along the components back in columns: shape (rows, columns).
    ///
    /// # Errors
    /// If there is not one distance for each component.
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

    /// The data with their features transformed.
    ///
    /// # Errors
    /// As [`transform`](Self::transform).
    pub fn transform_dataset(&self, data: &Dataset) -> Result<Dataset> {
        data.with_x(self.transform(data.x())?)
    }

    /// What the distances along the components are divided by.
    fn scales(&self) -> Vec<f64> {
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
fn dot(a: &[f64], b: &[f64]) -> f64 {
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

impl fmt::Display for FittedPca {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = 100.0 * self.ratio.iter().sum::<f64>();
        let (k, columns) = (self.n_components(), self.mean.len());
        write!(f, "{k} components of {columns} columns, {share:.1} % of the variance")
    }
}
