//! Elementwise arithmetic of arrays with NumPy's broadcasting, and sums along an axis.

use super::Array;
use crate::error::{Error, Result};
use std::ops::{Add, Div, Index, IndexMut, Mul, Neg, Sub};

/// The shape that two arrays are broadcast to: from the last axis on, lengths must be equal, or one
/// must be 1 or missing.
fn together(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let n = a.len().max(b.len());
    let axis = |shape: &[usize], i: usize| (i + shape.len()).checked_sub(n).map_or(1, |i| shape[i]);
    let both = |i: usize| match (axis(a, i), axis(b, i)) {
        (x, y) if x == y => Some(x),
        (1, y) => Some(y),
        (x, 1) => Some(x),
        _ => None,
    };
    (0..n).map(both).collect()
}

/// For each element of an array of shape `to`, the index of its element in an array of shape
/// `from`.
fn places(from: &[usize], to: &[usize]) -> Vec<usize> {
    let mut places = vec![0];
    let mut step = 1;
    for (i, &length) in to.iter().enumerate().rev() {
        let own = (i + from.len()).checked_sub(to.len()).map_or(1, |i| from[i]);
        let stride = if own == 1 { 0 } else { step };
        step *= own;
        // From the last axis to the first.
        places = (0..length)
            .flat_map(|at| places.iter().map(move |place| place + at * stride))
            .collect();
    }
    places
}

fn combine(what: &str, a: &Array, b: &Array, f: impl Fn(f32, f32) -> f32) -> Array {
    if a.shape == b.shape {
        let data = a.data().iter().zip(b.data()).map(|(x, y)| f(*x, *y)).collect::<Vec<_>>();
        return Array { shape: a.shape.clone(), data: data.into() };
    }
    let Some(shape) = together(&a.shape, &b.shape) else {
        panic!(
            "{what}: shapes {:?} and {:?} cannot be broadcast together; from the last axis on \
             their lengths must be the same, or one of them 1",
            a.shape, b.shape
        );
    };
    let (x, y) = (places(&a.shape, &shape), places(&b.shape, &shape));
    let data = x.iter().zip(&y).map(|(x, y)| f(a.data()[*x], b.data()[*y])).collect::<Vec<_>>();
    Array { shape, data: data.into() }
}

macro_rules! operators {
    ($($trait:ident $method:ident $op:tt $name:literal;)*) => {$(
        operators!(@ arrays $trait $method $op $name: Array, Array);
        operators!(@ arrays $trait $method $op $name: Array, &Array);
        operators!(@ arrays $trait $method $op $name: &Array, Array);
        operators!(@ arrays $trait $method $op $name: &Array, &Array);
        operators!(@ numbers $trait $method $op: Array, f32);
        operators!(@ numbers $trait $method $op: &Array, f32);
    )*};
    (@ arrays $trait:ident $method:ident $op:tt $name:literal: $a:ty, $b:ty) => {
        /// Elementwise, with NumPy's broadcasting.
        ///
        /// # Panics
        /// If the shapes cannot be broadcast together.
        impl $trait<$b> for $a {
            type Output = Array;

            fn $method(self, other: $b) -> Array {
                combine($name, &self, &other, |x, y| x $op y)
            }
        }
    };
    (@ numbers $trait:ident $method:ident $op:tt: $a:ty, $($number:ty)*) => {$(
        impl $trait<$number> for $a {
            type Output = Array;

            fn $method(self, number: $number) -> Array {
                self.map(|v| v $op number)
            }
        }

        impl $trait<$a> for $number {
            type Output = Array;

            fn $method(self, array: $a) -> Array {
                array.map(|v| self $op v)
            }
        }
    )*};
}

operators! {
    Add add + "+";
    Sub sub - "-";
    Mul mul * "*";
    Div div / "/";
}

impl Neg for Array {
    type Output = Array;

    fn neg(self) -> Array {
        self.map(|v| -v)
    }
}

impl Neg for &Array {
    type Output = Array;

    fn neg(self) -> Array {
        self.map(|v| -v)
    }
}

/// `array[[row, column]]`, an index for each axis.
///
/// # Panics
/// If the number of indices is not that of the axes, or one is not below the length of its axis.
impl<const N: usize> Index<[usize; N]> for Array {
    type Output = f32;

    fn index(&self, at: [usize; N]) -> &f32 {
        let place = self.place(&at);
        &self.data[place]
    }
}

impl<const N: usize> IndexMut<[usize; N]> for Array {
    fn index_mut(&mut self, at: [usize; N]) -> &mut f32 {
        let place = self.place(&at);
        &mut self.data_mut()[place]
    }
}

/// One axis or several: `0`, `[1, 2]`.
pub trait IntoAxes {
    /// The axes.
    fn into_axes(self) -> Vec<usize>;
}

impl IntoAxes for usize {
    fn into_axes(self) -> Vec<usize> {
        vec![self]
    }
}

impl<const N: usize> IntoAxes for [usize; N] {
    fn into_axes(self) -> Vec<usize> {
        self.to_vec()
    }
}

impl IntoAxes for &[usize] {
    fn into_axes(self) -> Vec<usize> {
        self.to_vec()
    }
}

impl Array {
    fn place(&self, at: &[usize]) -> usize {
        let fits = at.len() == self.shape.len() && at.iter().zip(&self.shape).all(|(i, n)| i < n);
        assert!(fits, "the index {at:?} is not in an array of the shape {:?}", self.shape);
        at.iter().zip(&self.shape).fold(0, |place, (i, n)| place * n + i)
    }

    /// Applies a function to each element: `array.map(|v| v.max(0.0))`.
    pub fn map(&self, f: impl Fn(f32) -> f32) -> Array {
        let data = self.data().iter().map(|v| f(*v)).collect::<Vec<_>>();
        Array { shape: self.shape.clone(), data: data.into() }
    }

    /// A column: the elements at this index of the last axis.
    ///
    /// # Errors
    /// If there is no such column.
    pub fn column(&self, column: usize) -> Result<Vec<f32>> {
        let width = self.shape.last().copied().unwrap_or(0);
        if column >= width {
            let expected = format!("below {width}, the length of the last axis");
            return Err(Error::argument("Array::column: the column", column, expected));
        }
        Ok(self.data().iter().skip(column).step_by(width).copied().collect())
    }

    /// The sum of all elements, computed in `f64` like all statistics here.
    pub fn sum(&self) -> f32 {
        self.data().iter().map(|v| f64::from(*v)).sum::<f64>() as f32
    }

    /// The mean of all elements; NaN if there are none.
    pub fn mean(&self) -> f32 {
        let sum: f64 = self.data().iter().map(|v| f64::from(*v)).sum();
        (sum / self.data().len() as f64) as f32
    }

    /// The standard deviation of all elements (NumPy's `std`, ddof = 0).
    pub fn std(&self) -> f32 {
        let n = self.data().len() as f64;
        let mean = self.data().iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let squares: f64 = self.data().iter().map(|v| (f64::from(*v) - mean).powi(2)).sum();
        (squares / n).sqrt() as f32
    }

    /// The smallest element; infinity if there are none.
    pub fn min(&self) -> f32 {
        self.data().iter().copied().fold(f32::INFINITY, f32::min)
    }

    /// The largest element; minus infinity if there are none.
    pub fn max(&self) -> f32 {
        self.data().iter().copied().fold(f32::NEG_INFINITY, f32::max)
    }

    /// Sums along an axis or several, `[1, 2]`, which are removed (NumPy's `sum(axis=…)`).
    ///
    /// ```
    /// use dfdx_lab::Array;
    /// let a = Array::new([2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
    /// assert_eq!(a.sum_axis(0)?.data(), [5.0, 7.0, 9.0]);
    /// assert_eq!(a.mean_axis(1)?.data(), [2.0, 5.0]);
    /// assert_eq!(a.argmax_axis(0)?, [1, 1, 1]);
    /// let centred = &a - a.mean_axis(0)?;
    /// assert_eq!(centred[[1, 2]], 1.5);
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such axis, or an axis is given twice.
    pub fn sum_axis(&self, axis: impl IntoAxes) -> Result<Array> {
        let (shape, sums, _) = self.sums("Array::sum_axis", &axis.into_axes())?;
        Array::new(shape, sums.into_iter().map(|sum| sum as f32).collect())
    }

    /// Means along an axis or several, which are removed (NumPy's `mean(axis=…)`); NaN where they
    /// are empty.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let pictures = Array::zeros([5, 8, 8, 1])?;
    /// assert_eq!(pictures.mean_axis([1, 2, 3])?.shape(), [5]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such axis, or an axis is given twice.
    pub fn mean_axis(&self, axis: impl IntoAxes) -> Result<Array> {
        let (shape, sums, count) = self.sums("Array::mean_axis", &axis.into_axes())?;
        Array::new(shape, sums.into_iter().map(|sum| (sum / count as f64) as f32).collect())
    }

    /// The remaining shape, the sums along these axes, and how many elements each sum has.
    fn sums(&self, who: &str, axes: &[usize]) -> Result<(Vec<usize>, Vec<f64>, usize)> {
        for (i, axis) in axes.iter().enumerate() {
            if *axis >= self.shape.len() || axes[..i].contains(axis) {
                let expected = format!("below {}, the number of axes, each once", self.shape.len());
                return Err(Error::argument(format!("{who}: the axis"), axis, expected));
            }
        }
        let left = |axis: &usize| !axes.contains(axis);
        let shape = (0..self.shape.len()).filter(left).map(|axis| self.shape[axis]).collect();
        // The stride of each axis in the result.
        let mut strides = vec![0; self.shape.len()];
        let mut length = 1;
        for axis in (0..self.shape.len()).rev().filter(left) {
            strides[axis] = length;
            length *= self.shape[axis];
        }
        let mut sums = vec![0.0f64; length];
        let mut at = vec![0; self.shape.len()];
        let mut place = 0;
        for value in self.data() {
            sums[place] += f64::from(*value);
            for axis in (0..at.len()).rev() {
                at[axis] += 1;
                place += strides[axis];
                if at[axis] < self.shape[axis] {
                    break;
                }
                place -= strides[axis] * at[axis];
                at[axis] = 0;
            }
        }
        Ok((shape, sums, axes.iter().map(|axis| self.shape[*axis]).product()))
    }

    /// The index of the largest element along an axis, the first of equal ones (NumPy's
    /// `argmax(axis=…)`), for each index of the other axes in their order.
    ///
    /// # Errors
    /// If there is no such axis, or it is empty.
    pub fn argmax_axis(&self, axis: usize) -> Result<Vec<usize>> {
        const WHO: &str = "Array::argmax_axis";
        if self.shape.get(axis) == Some(&0) {
            return Err(Error::shape(WHO, &self.shape, "that axis has no element"));
        }
        let first = |values: &[f64]| {
            let best = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            values.iter().position(|v| *v == best).unwrap_or(0) as f64
        };
        Ok(self.along(WHO, axis, first)?.data().iter().map(|place| *place as usize).collect())
    }

    /// Applies a function to the elements along an axis.
    fn along(&self, who: &str, axis: usize, f: impl Fn(&[f64]) -> f64) -> Result<Array> {
        let Some(&length) = self.shape.get(axis) else {
            let expected = format!("below {}, the number of axes", self.shape.len());
            return Err(Error::argument(format!("{who}: the axis"), axis, expected));
        };
        let mut shape = self.shape.clone();
        shape.remove(axis);
        let inner: usize = self.shape[axis + 1..].iter().product();
        let outer: usize = self.shape[..axis].iter().product();
        let mut line = vec![0.0; length];
        let mut data = Vec::with_capacity(outer * inner);
        for (before, after) in (0..outer).flat_map(|b| (0..inner).map(move |a| (b, a))) {
            for (at, value) in line.iter_mut().enumerate() {
                *value = f64::from(self.data[(before * length + at) * inner + after]);
            }
            data.push(f(&line) as f32);
        }
        Array::new(shape, data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(shape: &[usize]) -> Array {
        let n = shape.iter().product::<usize>();
        Array::new(shape, (0..n).map(|v| v as f32).collect()).unwrap()
    }

    #[test]
    fn broadcasting_is_numpys() {
        let a = counted(&[2, 3]);
        assert_eq!((&a + &a).data(), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!((&a * counted(&[3])).data(), [0.0, 1.0, 4.0, 0.0, 4.0, 10.0]);
        let column = counted(&[2, 1]);
        assert_eq!((&a - &column).data(), [0.0, 1.0, 2.0, 2.0, 3.0, 4.0]);
        // numpy: np.arange(2).reshape(2, 1) + np.arange(3)
        let table = &column + counted(&[3]);
        assert_eq!(
            (table.shape(), table.data()),
            (&[2, 3][..], &[0.0, 1.0, 2.0, 1.0, 2.0, 3.0][..])
        );
        // numpy: np.arange(8).reshape(2, 2, 2) * np.arange(4).reshape(2, 1, 2)
        let all = counted(&[2, 2, 2]) * counted(&[2, 1, 2]);
        assert_eq!(all.data(), [0.0, 1.0, 0.0, 3.0, 8.0, 15.0, 12.0, 21.0]);
        let scalar = Array::new([], vec![2.0]).unwrap();
        assert_eq!((&a / &scalar).data(), (&a / 2.0).data());
        assert_eq!((1.0 - &a).data(), (-(&a - 1.0f32)).data());
        assert_eq!((counted(&[0, 3]) + counted(&[3])).shape(), [0, 3]);
        let error = std::panic::catch_unwind(|| counted(&[2, 3]) + counted(&[2]));
        let words = error.unwrap_err();
        assert!(words.downcast_ref::<String>().unwrap().contains("[2, 3] and [2]"));
    }

    #[test]
    fn along_every_axis() {
        let a = counted(&[2, 3, 4]);
        assert_eq!(a.sum_axis(0).unwrap().shape(), [3, 4]);
        assert_eq!(a.sum_axis(1).unwrap().row(1), [48.0, 51.0, 54.0, 57.0]);
        assert_eq!(a.mean_axis(2).unwrap().data(), [1.5, 5.5, 9.5, 13.5, 17.5, 21.5]);
        assert_eq!(a.argmax_axis(1).unwrap(), [2; 8]);
        assert_eq!(a.sum_axis([0, 2]).unwrap().data(), [60.0, 92.0, 124.0]);
        assert_eq!(a.mean_axis([2, 0, 1]).unwrap(), Array::new([], vec![11.5]).unwrap());
        assert!(counted(&[2, 0]).mean_axis(1).unwrap().data()[0].is_nan());
        assert!(a.sum_axis([1, 1]).is_err());
        assert!(a.sum_axis(3).unwrap_err().to_string().contains("below 3"));
        assert!(counted(&[2, 0]).argmax_axis(1).is_err());
        assert_eq!((a.sum(), a.mean(), a.min(), a.max()), (276.0, 11.5, 0.0, 23.0));
        assert!((a.std() - 6.922_187).abs() < 1e-5);
        assert_eq!(a.column(3).unwrap(), [3.0, 7.0, 11.0, 15.0, 19.0, 23.0]);
        assert!(a.column(4).is_err());
        let mut b = a.clone();
        b[[1, 2, 3]] = -1.0;
        assert_eq!((a[[1, 2, 3]], b[[1, 2, 3]], a[[0, 1, 2]]), (23.0, -1.0, 6.0));
        assert!(std::panic::catch_unwind(|| a[[0, 3, 0]]).is_err());
    }
}
