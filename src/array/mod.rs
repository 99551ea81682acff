//! N-dimensional arrays of `f32` in row-major order, for data, weights and predictions.

mod functions;
mod math;

pub(crate) use functions::row_range;
pub use math::IntoAxes;

use crate::error::{Error, Result};
use crate::memory;
use std::sync::Arc;

/// An n-dimensional array of `f32`, row-major (images are NHWC, as in Keras).
///
/// A clone shares the elements until either is changed.
///
/// ```
/// use dfdx_lab::Array;
/// let a = Array::new([2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// assert_eq!(a.row(1), [4.0, 5.0, 6.0]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, PartialEq, Default)]
pub struct Array {
    shape: Vec<usize>,
    data: Arc<Vec<f32>>,
}

/// Checks that an array of this shape has `len` elements.
fn check_len(who: &str, shape: &[usize], len: usize) -> Result<()> {
    let needed = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
    if needed == Some(len) {
        return Ok(());
    }
    let expected = match needed {
        Some(n) => format!("that takes {n} elements and {len} are given"),
        None => "that is more elements than memory has addresses".to_string(),
    };
    Err(Error::shape(who, shape, expected))
}

impl Array {
    /// An array of this shape from its elements in row-major order.
    ///
    /// # Errors
    /// If the number of elements is not the product of `shape`.
    pub fn new(shape: impl Into<Vec<usize>>, data: Vec<f32>) -> Result<Self> {
        let shape = shape.into();
        check_len("Array::new", &shape, data.len())?;
        Ok(Array { shape, data: Arc::new(data) })
    }

    /// An array of zeros.
    ///
    /// ```
    /// use dfdx_lab::Array;
    /// assert_eq!(Array::zeros([2, 2])?.data(), [0.0; 4]);
    /// assert!(Array::zeros([1_000_000, 1_000_000, 1_000_000]).is_err());
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    ///
    /// # Errors
    /// If memory cannot hold so many elements.
    pub fn zeros(shape: impl Into<Vec<usize>>) -> Result<Self> {
        let shape = shape.into();
        let count = memory::check("Array::zeros: the shape", &shape, size_of::<f32>())?;
        Ok(Array { shape, data: Arc::new(vec![0.0; count]) })
    }

    /// An array of `rows` empty rows.
    pub(crate) fn empty_rows(rows: usize) -> Self {
        Array { shape: vec![rows, 0], data: Arc::default() }
    }

    /// The lengths of the axes.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The number of rows: the length of the first axis, 0 for an array without axes.
    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Elements in one row: the product of the lengths of all axes but the first.
    pub fn row_len(&self) -> usize {
        // Without rows, the product of the other axes may overflow.
        self.shape.iter().skip(1).fold(1, |all, length| all.saturating_mul(*length))
    }

    /// All elements, row-major.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// All elements, row-major and mutable.
    pub fn data_mut(&mut self) -> &mut [f32] {
        let data: &mut Vec<f32> = Arc::make_mut(&mut self.data);
        data
    }

    /// The elements; they are copied only if a clone shares them.
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
        let sizes = [rows.len(), self.row_len()];
        let count = memory::check("Array::take: the size of the rows", &sizes, size_of::<f32>())?;
        let mut data = Vec::with_capacity(count);
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
        // An array without axes has no rows; the check of the shape below refuses it.
        if let Some(first) = shape.first_mut() {
            *first = rows.len();
        }
        Array::new(shape, data)
    }

    /// Joins arrays with the same number of rows: each row has the values of all arrays, one after
    /// the other, in one axis. Functional models with several inputs or outputs take this form.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let pictures = Array::zeros([2, 4, 4, 1])?;
    /// let ages = Array::new([2, 1], vec![30.0, 40.0])?;
    /// let both = Array::beside([&pictures, &ages])?;
    /// assert_eq!(both.shape(), [2, 17]);
    /// assert_eq!(both.row(1)[16], 40.0);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no array, or the numbers of rows differ.
    pub fn beside<'a>(arrays: impl IntoIterator<Item = &'a Array>) -> Result<Self> {
        Array::side_by_side(&arrays.into_iter().collect::<Vec<_>>())
    }

    fn side_by_side(arrays: &[&Array]) -> Result<Self> {
        let Some(first) = arrays.first() else {
            return Err(Error::argument("Array::beside: the number of arrays", 0, "at least 1"));
        };
        if let Some(other) = arrays.iter().find(|array| array.rows() != first.rows()) {
            let expected = format!("the first array has {} rows", first.rows());
            return Err(Error::shape("Array::beside", other.shape(), expected));
        }
        let width = arrays.iter().map(|array| array.row_len()).sum();
        let rows = (0..first.rows()).flat_map(|i| arrays.iter().flat_map(move |a| a.row(i)));
        Array::new([first.rows(), width], rows.copied().collect())
    }

    /// The same elements in another shape; they are not copied.
    ///
    /// # Errors
    /// If the product of `shape` is not the number of elements.
    pub fn reshape(&self, shape: impl Into<Vec<usize>>) -> Result<Self> {
        let shape = shape.into();
        check_len("Array::reshape", &shape, self.data.len())?;
        Ok(Array { shape, data: Arc::clone(&self.data) })
    }

    /// The row of the first element that is not finite, and its index in the row.
    pub(crate) fn first_not_finite(&self) -> Option<(usize, usize)> {
        // Compared as integers, which vectorises: infinity and NaN have all exponent bits set.
        const INFINITE: u32 = f32::INFINITY.to_bits();
        let bits = |v: &f32| v.to_bits() & 0x7fff_ffff;
        let largest = |part: &[f32]| part.iter().fold(0, |most, v| bits(v).max(most));
        const PART: usize = 4096;
        let part = self.data.chunks(PART).position(|part| largest(part) >= INFINITE)?;
        let rest = self.data[part * PART..].iter().position(|v| bits(v) >= INFINITE)?;
        let width = self.row_len().max(1);
        let place = part * PART + rest;
        Some((place / width, place % width))
    }

    /// The index of the largest element of each row (the first of equals), as NumPy's
    /// `argmax(axis=-1)` for a 2-D array.
    pub fn argmax(&self) -> Vec<usize> {
        let n = self.row_len().max(1);
        self.data.chunks(n).map(argmax).collect()
    }
}

/// The index of the largest element, the first of equals; 0 for an empty row.
pub fn argmax(row: &[f32]) -> usize {
    let mut best = 0;
    for (i, v) in row.iter().enumerate() {
        if *v > row[best] {
            best = i;
        }
    }
    best
}

/// Rows and columns shown at either end of a large array, as in NumPy.
const EDGE: usize = 3;
/// Axes up to this length are shown in full.
const WHOLE: usize = 10;

/// The shown indices of an axis; `None` for those left out.
fn shown(length: usize) -> Vec<Option<usize>> {
    if length <= WHOLE {
        return (0..length).map(Some).collect();
    }
    let head = (0..EDGE).map(Some);
    head.chain([None]).chain((length - EDGE..length).map(Some)).collect()
}

impl Array {
    fn caption(&self) -> String {
        let sides: Vec<_> = self.shape.iter().map(|d| d.to_string()).collect();
        format!("Array [{}] of f32", sides.join(", "))
    }

    /// Rows of text, each starting with its index; further axes are flattened into the row.
    fn table_rows(&self) -> Vec<Vec<String>> {
        let dots = || "…".to_string();
        let columns = shown(self.row_len());
        let rows = if self.shape.is_empty() { vec![Some(0)] } else { shown(self.rows()) };
        rows.into_iter()
            .map(|row| {
                let Some(row) = row else { return vec![dots(); columns.len() + 1] };
                let cell = |column: &Option<usize>| match column {
                    Some(c) => number(self.data[row * self.row_len() + c]),
                    None => dots(),
                };
                std::iter::once(row.to_string()).chain(columns.iter().map(cell)).collect()
            })
            .collect()
    }

    fn table_head(&self) -> Vec<String> {
        let name = |c: Option<usize>| c.map_or("…".to_string(), |c| c.to_string());
        std::iter::once(String::new()).chain(shown(self.row_len()).into_iter().map(name)).collect()
    }

    /// The shape and the elements as a table with a row for each index of the first axis; only the
    /// first and last of many rows or columns.
    pub fn to_html(&self) -> String {
        let head = self.table_head();
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        crate::html::table(&self.caption(), &head, &self.table_rows())
    }
}

fn number(v: f32) -> String {
    if v.is_nan() { "NaN".to_string() } else { crate::html::number(f64::from(v), 5) }
}

crate::html::debug_as_display!(Array);

impl std::fmt::Display for Array {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let head = self.table_head();
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        f.write_str(&crate::html::text_table(&self.caption(), &head, &self.table_rows()))
    }
}

#[cfg(test)]
mod display_tests {
    use super::*;

    #[test]
    fn large_arrays_show_their_corners() {
        let data = (0..2400).map(|v| v as f32).collect();
        let text = Array::new([20, 12, 10], data).unwrap().to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "Array [20, 12, 10] of f32");
        assert_eq!(lines.len(), 2 + 3 + 1 + 3);
        assert!(lines[8].starts_with("19") && lines[8].ends_with("2399"), "{text}");
    }

    #[test]
    fn odd_shapes_are_shown() {
        for shape in [vec![], vec![0], vec![0, 3], vec![3, 0], vec![1], vec![2, 2, 2]] {
            let array = Array::zeros(shape.clone()).unwrap();
            assert!(array.to_html().starts_with("<table"), "{shape:?}");
            assert!(array.to_string().starts_with("Array ["), "{shape:?}");
        }
        let odd = Array::new([1, 3], vec![f32::NAN, f32::INFINITY, 1.5e-5]).unwrap();
        assert!(odd.to_string().ends_with("0  NaN  inf  1.5000e-5"), "{odd}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_not_there_are_an_error() {
        let a = Array::new([2, 2], vec![1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!(a.take(&[1, 0, 1]).unwrap().data(), [3.0, 4.0, 1.0, 2.0, 3.0, 4.0]);
        assert!(a.take(&[2]).unwrap_err().to_string().contains("below the 2 rows"));
        assert_eq!(a.take(&[]).unwrap().shape(), [0, 2]);
        let mut long = Array::new([3000, 3], vec![-f32::MAX; 9000]).unwrap();
        assert_eq!(long.first_not_finite(), None);
        for bad in [f32::NAN, f32::INFINITY, -f32::NAN, f32::NEG_INFINITY] {
            long.data_mut()[8000] = bad;
            assert_eq!(long.first_not_finite(), Some((2666, 2)));
        }
        let scalar = Array::new([], vec![1.0]).unwrap();
        assert!(scalar.take(&[]).is_err() && scalar.take(&[0]).is_err());
        assert!(Array::new([usize::MAX, 2], vec![]).is_err());
        let nothing = Array::new([0, usize::MAX, 2], vec![]).unwrap();
        assert_eq!((nothing.row_len(), nothing.first_not_finite()), (usize::MAX, None));
        assert!(nothing.to_string().contains("[0, "));
    }
}
