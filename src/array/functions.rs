//! Elementwise functions, slices of rows, and random arrays, by NumPy's names.

use super::Array;
use crate::error::{Error, Result};
use crate::memory;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::ops::{Bound, Range, RangeBounds};

impl Array {
    /// The number of rows, as Python's `len`: the length of the first axis.
    pub fn len(&self) -> usize {
        self.rows()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows() == 0
    }

    /// The first `n` rows, or all if there are fewer (NumPy's `a[:n]`).
    pub fn head(&self, n: usize) -> Array {
        self.part(0..n.min(self.rows()))
    }

    /// The rows of a range, as NumPy's `a[2:5]`: `a.slice(2..5)`, `a.slice(..5)`, `a.slice(2..)`.
    ///
    /// ```
    /// use dfdx_lab::Array;
    /// let a = Array::new([3, 2], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
    /// assert_eq!(a.slice(1..)?.data(), [3.0, 4.0, 5.0, 6.0]);
    /// assert_eq!(a.head(1).data(), [1.0, 2.0]);
    /// assert!(a.slice(2..5).is_err());
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the range ends beyond the last row, or before its start.
    pub fn slice(&self, rows: impl RangeBounds<usize>) -> Result<Array> {
        Ok(self.part(row_range("Array::slice", rows, self.rows())?))
    }

    fn part(&self, rows: Range<usize>) -> Array {
        let mut shape = self.shape.clone();
        if let Some(first) = shape.first_mut() {
            *first = rows.len();
        }
        let width = self.row_len();
        let data =
            if rows.is_empty() { &[] } else { &self.data[rows.start * width..rows.end * width] };
        Array { shape, data: data.to_vec().into() }
    }

    /// The absolute value of each element.
    pub fn abs(&self) -> Array {
        self.map(f32::abs)
    }

    /// Clips each element to two bounds (NumPy's `clip`). NaN stays NaN.
    ///
    /// ```
    /// use dfdx_lab::Array;
    /// let a = Array::new([3], vec![-0.5, 0.5, 1.5])?;
    /// assert_eq!(a.clip(0.0, 1.0).data(), [0.0, 0.5, 1.0]);
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    pub fn clip(&self, low: f32, high: f32) -> Array {
        // As in NumPy, the upper bound wins if the bounds cross.
        self.map(|v| {
            if v > high {
                high
            } else if v < low {
                low.min(high)
            } else {
                v
            }
        })
    }

    /// The square of each element.
    pub fn square(&self) -> Array {
        self.map(|v| v * v)
    }

    /// The square root of each element; NaN for negative elements.
    pub fn sqrt(&self) -> Array {
        self.map(f32::sqrt)
    }

    /// `e` to the power of each element.
    pub fn exp(&self) -> Array {
        self.map(f32::exp)
    }

    /// The natural logarithm of each element (NumPy's `log`); NaN for negative elements.
    pub fn log(&self) -> Array {
        self.map(f32::ln)
    }

    /// An array of normally distributed numbers of mean 0 and standard deviation 1, the same for
    /// the same seed (as NumPy's `default_rng(seed).standard_normal(shape)`, but other numbers).
    ///
    /// ```
    /// use dfdx_lab::Array;
    /// let pictures = Array::zeros([100, 8, 8, 1])?;
    /// let noisy = (&pictures + 0.2 * Array::random_normal(pictures.shape(), 7)?).clip(0.0, 1.0);
    /// assert!(noisy.min() == 0.0 && noisy.max() > 0.5);
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    ///
    /// # Errors
    /// If memory cannot hold so many elements.
    pub fn random_normal(shape: impl Into<Vec<usize>>, seed: u64) -> Result<Array> {
        drawn("Array::random_normal", shape.into(), seed, |rng| StandardNormal.sample(rng))
    }

    /// An array of numbers drawn uniformly from 0 to 1 (excluded), the same for the same seed (as
    /// NumPy's `default_rng(seed).random(shape)`, but other numbers).
    ///
    /// # Errors
    /// If memory cannot hold so many elements.
    pub fn random_uniform(shape: impl Into<Vec<usize>>, seed: u64) -> Result<Array> {
        drawn("Array::random_uniform", shape.into(), seed, |rng| rng.r#gen())
    }
}

fn drawn(
    who: &str,
    shape: Vec<usize>,
    seed: u64,
    mut draw: impl FnMut(&mut ChaCha8Rng) -> f32,
) -> Result<Array> {
    let count = memory::check(&format!("{who}: the shape"), &shape, size_of::<f32>())?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let data: Vec<f32> = (0..count).map(|_| draw(&mut rng)).collect();
    Ok(Array { shape, data: data.into() })
}

/// Checks a range of rows out of `count`.
pub(crate) fn row_range(
    who: &str,
    rows: impl RangeBounds<usize>,
    count: usize,
) -> Result<Range<usize>> {
    let start = match rows.start_bound() {
        Bound::Included(at) => *at,
        Bound::Excluded(at) => at.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match rows.end_bound() {
        Bound::Included(at) => at.saturating_add(1),
        Bound::Excluded(at) => *at,
        Bound::Unbounded => count,
    };
    if start > end || end > count {
        let expected = format!("within the {count} rows, its end not before its start");
        return Err(Error::argument(
            format!("{who}: the range"),
            format!("{start}..{end}"),
            expected,
        ));
    }
    Ok(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_range() {
        let a = Array::new([4, 1], vec![0.0, 1.0, 2.0, 3.0]).unwrap();
        assert_eq!(a.slice(..).unwrap(), a);
        assert_eq!(a.slice(1..=2).unwrap().data(), [1.0, 2.0]);
        assert_eq!(a.slice(4..).unwrap().shape(), [0, 1]);
        assert_eq!((a.head(9).len(), a.head(0).len(), a.head(0).is_empty()), (4, 0, true));
        let (from, to) = (3, 2);
        for error in [a.slice(3..5), a.slice(from..to)] {
            assert!(error.unwrap_err().to_string().contains("within the 4 rows"));
        }
    }

    #[test]
    fn functions_are_numpys() {
        let a = Array::new([4], vec![-4.0, 0.25, 1.0, f32::NAN]).unwrap();
        assert_eq!(a.abs().data()[..3], [4.0, 0.25, 1.0]);
        assert_eq!(a.square().data()[..3], [16.0, 0.0625, 1.0]);
        assert_eq!(a.sqrt().data()[1..3], [0.5, 1.0]);
        assert!(a.sqrt().data()[0].is_nan() && a.clip(0.0, 1.0).data()[3].is_nan());
        assert_eq!(a.exp().data()[2], std::f32::consts::E);
        assert_eq!(a.log().data()[2], 0.0);
        // numpy: np.clip([-4, 0.25, 1], 1, 0) is [0, 0, 0]
        assert_eq!(a.clip(1.0, 0.0).data()[..3], [0.0, 0.0, 0.0]);
    }

    #[test]
    fn random_arrays_follow_from_their_seed() {
        let draw = |seed| Array::random_normal([100, 100], seed).unwrap();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        // 10000 draws: the mean is off by less than 4 of its standard deviations of 0.01.
        assert!(draw(1).mean().abs() < 0.04 && (draw(1).std() - 1.0).abs() < 0.03);
        let even = Array::random_uniform([10_000], 1).unwrap();
        assert!(even.min() >= 0.0 && even.max() < 1.0 && (even.mean() - 0.5).abs() < 0.012);
        assert!(Array::random_normal([usize::MAX, 2], 1).is_err());
    }
}
