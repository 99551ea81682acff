//! Lists of numbers of any kind.

use super::draw::dates::days;
use crate::array::Array;
use crate::data::Dataset;
use crate::error::{Error, Result};

/// A number that plots take.
pub trait Scalar: Copy {
    /// The number as `f64`.
    fn to_f64(self) -> f64;
}

macro_rules! scalars {
    ($($type:ty),*) => {$(
        impl Scalar for $type {
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    )*};
}

impl Scalar for f64 {
    fn to_f64(self) -> f64 {
        self
    }
}

scalars!(f32, i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

/// A sequence of numbers: lists, slices and vectors of floats or integers, or an [`Array`], row by
/// row.
pub trait Values {
    /// The numbers as `f64`.
    fn to_values(&self) -> Vec<f64>;
}

impl<T: Scalar> Values for [T] {
    fn to_values(&self) -> Vec<f64> {
        self.iter().map(|v| v.to_f64()).collect()
    }
}

impl<T: Scalar, const N: usize> Values for [T; N] {
    fn to_values(&self) -> Vec<f64> {
        self.as_slice().to_values()
    }
}

impl<T: Scalar> Values for Vec<T> {
    fn to_values(&self) -> Vec<f64> {
        self.as_slice().to_values()
    }
}

impl Values for Array {
    fn to_values(&self) -> Vec<f64> {
        self.data().to_values()
    }
}

/// A data set's targets, in their own units.
impl Values for Dataset {
    fn to_values(&self) -> Vec<f64> {
        match self.prepared().unscaled(self.y().clone()) {
            Ok(targets) => targets.to_values(),
            Err(_) => self.y().to_values(),
        }
    }
}

impl<V: Values + ?Sized> Values for &V {
    fn to_values(&self) -> Vec<f64> {
        (**self).to_values()
    }
}

/// The x values of curves: numbers, as [`Values`], or dates as text, such as `2026-03-01` or
/// `2026-03-01 12:30`.
pub trait Along {
    /// The positions on the axis.
    ///
    /// # Errors
    /// If a text is not a date.
    fn along(&self) -> Result<Places>;
}

/// Positions on an axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Places {
    /// Numbers.
    Numbers(Vec<f64>),
    /// Dates, in days since 1970.
    Dates(Vec<f64>),
}

impl Places {
    pub(super) fn values(&self) -> &[f64] {
        match self {
            Places::Numbers(values) | Places::Dates(values) => values,
        }
    }
}

impl<V: Values + ?Sized> Along for V {
    fn along(&self) -> Result<Places> {
        Ok(Places::Numbers(self.to_values()))
    }
}

fn parsed(texts: &[impl AsRef<str>]) -> Result<Places> {
    let day = |(i, text): (usize, &_)| {
        let text: &str = AsRef::as_ref(text);
        days(text).ok_or_else(|| {
            let expected = "a number, or a date such as 2026-03-01 or 2026-03-01 12:30";
            Error::argument(format!("the x of a plot, place {i}"), format!("'{text}'"), expected)
        })
    };
    Ok(Places::Dates(texts.iter().enumerate().map(day).collect::<Result<_>>()?))
}

macro_rules! dates {
    ($([$($generic:tt)*] $type:ty),* $(,)?) => {$(
        impl<$($generic)*> Along for $type {
            fn along(&self) -> Result<Places> {
                parsed(&self[..])
            }
        }
    )*};
}

dates! {
    [] [String], [] Vec<String>, [] [&str], [] Vec<&str>, [const N: usize] [&str; N],
    [const N: usize] [String; N],
}

/// Names as owned strings.
pub(super) fn names(names: &[impl AsRef<str>]) -> Vec<String> {
    names.iter().map(|name| name.as_ref().to_string()).collect()
}

/// Things with their names as owned strings.
pub(super) fn named<T: Clone>(things: &[(impl AsRef<str>, T)]) -> Vec<(String, T)> {
    things.iter().map(|(name, thing)| (name.as_ref().to_string(), thing.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &(impl Values + ?Sized)) -> Vec<f64> {
        values.to_values()
    }

    #[test]
    fn numbers_of_every_kind_are_taken() {
        assert_eq!(of(&[1, 2]), [1.0, 2.0]);
        assert_eq!(of(&[0.5, 2.0]), [0.5, 2.0]);
        assert_eq!(of(&vec![3usize]), [3.0]);
        assert_eq!(of(&vec![0.5f32][..]), [0.5]);
        assert_eq!(of(&&[1u8][..]), [1.0]);
        assert_eq!(of(&Array::zeros([2, 2]).unwrap()), [0.0; 4]);
        assert_eq!(names(&["a"]), names(&["a".to_string()]));
    }
}
