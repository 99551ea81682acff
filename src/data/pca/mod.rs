//! Principal component analysis.

mod fitted;
mod solve;
#[cfg(test)]
mod tests;

pub use fitted::FittedPca;

use rayon::prelude::*;

use super::scaler::check;
use super::{Inputs, Values};
use crate::error::{Error, Result};
use crate::memory;
use solve::{eigen, products, unit, upright};

/// Principal component analysis as scikit-learn's `PCA`: the directions of the largest variance of
/// the rows, in decreasing order. It is computed in `f64`; each component's entry of largest size
/// is positive (scikit-learn's `svd_flip` by components).
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

    /// Keeps as many components as are needed to explain more than this share of the variance, as
    /// scikit-learn's `n_components=0.95`.
    pub fn variance(share: f64) -> Self {
        Pca { keep: Keep::Share(share), whiten: false }
    }

    /// Whether transformed columns are divided by their standard deviation; false by default.
    pub fn whiten(mut self, whiten: bool) -> Self {
        self.whiten = whiten;
        self
    }

    /// Fits the components to the rows of a [`Dataset`](super::Dataset), or of an array of shape
    /// (rows, columns); further axes are flattened.
    ///
    /// # Errors
    /// If there are fewer than two rows, fewer rows or columns than components, the share is not
    /// between 0 and 1, or a value is not finite.
    pub fn fit<'a>(&self, x: impl Into<Inputs<'a>>) -> Result<FittedPca> {
        self.learn(x.into().values())
    }

    fn learn(&self, values: Values<'_>) -> Result<FittedPca> {
        let x = values.x();
        let all: Vec<usize> = (0..x.rows()).collect();
        let (rows, columns) = (x.rows(), check("Pca", values, &all)?);
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
        // The products, their sums by parts, and the vectors.
        let what = "Pca: the smaller of rows and columns, by itself";
        memory::check(what, &[most, most], 4 * size_of::<f64>())?;
        let mut mean = vec![0.0; columns];
        let mut line = vec![0.0; columns];
        for row in 0..rows {
            values.row(row, &mut line);
            mean.iter_mut().zip(&line).for_each(|(m, v)| *m += v);
        }
        mean.iter_mut().for_each(|m| *m /= rows as f64);
        let centred = |row: usize, column: usize| values.at(row, column) - mean[column];
        // The smaller of the two products has the same eigenvalues, but for zeros.
        let wide = columns > rows;
        let product = match wide {
            false => products(columns, rows, centred),
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
