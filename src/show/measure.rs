//! Memory and contents of variables, for the kernel's table of variables.

use dfdx::prelude::{Cpu, Dtype, HasShape, Shape, Tensor};
use polars::prelude::{Column, DataFrame, Series};
use std::collections::{BTreeMap, HashMap};
use std::mem::size_of;

/// The bytes of a value, with the data it points to, and its contents in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Approximate bytes: shared data counts for each owner.
    pub bytes: usize,
    /// Such as `[200, 25]` or `7 elements`; empty where the type says it all.
    pub what: String,
}

/// A value whose memory can be measured.
pub trait Measured {
    /// Bytes and contents.
    fn measure(&self) -> Measure;
}

impl Measure {
    /// A measure of `bytes` and contents.
    pub fn new(bytes: usize, what: impl Into<String>) -> Measure {
        Measure { bytes, what: what.into() }
    }
}

/// `1 element`, `3 elements`.
pub fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

macro_rules! plain {
    ($($type:ty),*) => {$(
        impl Measured for $type {
            fn measure(&self) -> Measure {
                Measure::new(size_of::<$type>(), self.to_string())
            }
        }
    )*};
}

plain!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, bool, char);

impl Measured for str {
    fn measure(&self) -> Measure {
        Measure::new(self.len(), counted(self.chars().count(), "character"))
    }
}

impl Measured for String {
    fn measure(&self) -> Measure {
        Measure::new(size_of::<String>() + self.capacity(), self.as_str().measure().what)
    }
}

impl<T: Measured> Measured for [T] {
    fn measure(&self) -> Measure {
        let bytes = self.iter().map(|one| one.measure().bytes).sum();
        Measure::new(bytes, counted(self.len(), "element"))
    }
}

impl<T: Measured> Measured for Vec<T> {
    fn measure(&self) -> Measure {
        let spare = (self.capacity() - self.len()) * size_of::<T>();
        let Measure { bytes, what } = self[..].measure();
        Measure::new(size_of::<Self>() + spare + bytes, what)
    }
}

impl<T: Measured, const N: usize> Measured for [T; N] {
    fn measure(&self) -> Measure {
        self[..].measure()
    }
}

impl<T: Measured> Measured for Option<T> {
    fn measure(&self) -> Measure {
        match self {
            Some(value) => {
                let inner = value.measure();
                Measure::new(size_of::<Self>().max(inner.bytes), inner.what)
            }
            None => Measure::new(size_of::<Self>(), "None"),
        }
    }
}

impl<T: Measured + ?Sized> Measured for Box<T> {
    fn measure(&self) -> Measure {
        let Measure { bytes, what } = (**self).measure();
        Measure::new(size_of::<Self>() + bytes, what)
    }
}

macro_rules! maps {
    ($($type:ident)*) => {$(
        impl<K: Measured, V: Measured> Measured for $type<K, V> {
            fn measure(&self) -> Measure {
                let pairs = self.iter().map(|(k, v)| k.measure().bytes + v.measure().bytes);
                Measure::new(size_of::<Self>() + pairs.sum::<usize>(), counted(self.len(), "entry").replace("entrys", "entries"))
            }
        }
    )*};
}

maps!(HashMap BTreeMap);

impl Measured for DataFrame {
    fn measure(&self) -> Measure {
        Measure::new(self.estimated_size(), format!("{} x {}", self.height(), self.width()))
    }
}

impl Measured for Series {
    fn measure(&self) -> Measure {
        Measure::new(self.estimated_size(), counted(self.len(), "element"))
    }
}

impl Measured for Column {
    fn measure(&self) -> Measure {
        self.as_materialized_series().measure()
    }
}

impl<S: Shape, E: Dtype, T> Measured for Tensor<S, E, Cpu, T> {
    fn measure(&self) -> Measure {
        let shape: Vec<usize> = HasShape::shape(self).concrete().into_iter().collect();
        Measure::new(size_of::<E>() * shape.iter().product::<usize>(), format!("{shape:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_value_points_to_counts() {
        let list = vec![0.5; 1000];
        assert_eq!(list.measure(), Measure::new(24 + 8000, "1000 elements"));
        assert_eq!(vec!["abc".to_string()].measure().bytes, 24 + 24 + 3);
        assert_eq!(1.5f32.measure(), Measure::new(4, "1.5"));
        assert_eq!(HashMap::from([(1u8, 2u8)]).measure().what, "1 entry");
        let frame = polars::df!("a" => [1i64, 2, 3]).unwrap().measure();
        assert_eq!((frame.bytes, frame.what.as_str()), (24, "3 x 1"));
    }
}
