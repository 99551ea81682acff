//! Plain n-dimensional arrays of `f32` in row-major order: what data, weights and predictions are.

use crate::error::{Error, Result};
use std::sync::Arc;

/// An n-dimensional array of `f32`, row-major (images are NHWC, as in Keras).
///
/// A clone shares the elements until one of the two is changed.
///
/// ```
/// use dfdx_lab::Array;
/// let a = Array::new([2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// assert_eq!(a.row(1), [4.0, 5.0, 6.0]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Array {
    shape: Vec<usize>,
    data: Arc<Vec<f32>>,
}

impl Array {
    /// An array of this shape from its elements in row-major order.
    ///
    /// # Errors
    /// If the number of elements is not the product of `shape`.
    pub fn new(shape: impl Into<Vec<usize>>, data: Vec<f32>) -> Result<Self> {
        let shape = shape.into();
        let needed = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
        if needed != Some(data.len()) {
            let expected = match needed {
                Some(n) => format!("that takes {n} elements and {} are given", data.len()),
                None => "that is more elements than memory has addresses".to_string(),
            };
            return Err(Error::shape("Array::new", &shape, expected));
        }
        Ok(Array { shape, data: Arc::new(data) })
    }

    /// An array of zeros.
    pub fn zeros(shape: impl Into<Vec<usize>>) -> Self {
        let shape = shape.into();
        let data = vec![0.0; shape.iter().product()];
        Array { shape, data: Arc::new(data) }
    }

    /// The lengths of the axes.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The number of rows: the length of the first axis, 0 of a scalar-shaped array.
    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Elements in one row: the product of all axes but the first.
    pub fn row_len(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// All elements, row-major.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// All elements, row-major, to be changed.
    pub fn data_mut(&mut self) -> &mut [f32] {
        let data: &mut Vec<f32> = Arc::make_mut(&mut self.data);
        data
    }

    /// The elements; copied only where a clone of this array still lives.
    pub fn into_data(self) -> Vec<f32> {
        Arc::unwrap_or_clone(self.data)
    }

    /// One row (everything under one index of the first axis).
    ///
    /// # Panics
    /// If `i` is not below [`rows`](Self::rows), like indexing a slice.
    pub fn row(&self, i: usize) -> &[f32] {
        let n = self.row_len();
        &self.data[i * n..(i + 1) * n]
    }

    /// The rows of these indices, in this order.
    ///
    /// # Errors
    /// If an index is not below the number of rows.
    pub fn take(&self, rows: &[usize]) -> Result<Self> {
        let mut data = Vec::with_capacity(rows.len() * self.row_len());
        for &i in rows {
            if i >= self.rows() {
                return Err(Error::argument(
                    "Array::take: a row index",
                    i,
                    format!("below the {} rows", self.rows()),
                ));
            }
            data.extend_from_slice(self.row(i));
        }
        let mut shape = self.shape.clone();
        shape[0] = rows.len();
        Array::new(shape, data)
    }

    /// The same elements in another shape.
    ///
    /// # Errors
    /// If the product of `shape` is not the number of elements.
    pub fn reshape(self, shape: impl Into<Vec<usize>>) -> Result<Self> {
        Array::new(shape, self.into_data())
    }

    /// The index of the largest element of each row (the first of equals), as NumPy's
    /// `argmax(axis=-1)` for a 2-D array.
    pub fn argmax(&self) -> Vec<usize> {
        let n = self.row_len().max(1);
        self.data.chunks(n).map(|row| argmax(row)).collect()
    }
}

/// The index of the largest element, the first of equals; 0 of an empty row.
pub fn argmax(row: &[f32]) -> usize {
    let mut best = 0;
    for (i, v) in row.iter().enumerate() {
        if *v > row[best] {
            best = i;
        }
    }
    best
}
