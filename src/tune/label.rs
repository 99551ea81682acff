//! What a choice of a search is called in the study's database.

use super::Choice;
use crate::loss::Loss;
use crate::nn::{Activation, Initializer, Regularizer};
use crate::optim::Optimizer;

/// A value that [`Hp::choice`](super::Hp::choice) can choose: the code gets the value, the database
/// its label.
///
/// Numbers, texts and truth values are their own labels; activations, initializers, optimisers and
/// losses go by their names with their settings, as in `leaky_relu(0.1)` or `Adam(0.001)`; `None`
/// of an `Option` is Python's `None`.
pub trait Label: Clone {
    /// The name it goes by: another one for each of the values to choose from.
    fn label(&self) -> Choice;
}

macro_rules! whole_labels {
    ($($t:ty),*) => {$(
        impl Label for $t {
            fn label(&self) -> Choice {
                i64::try_from(*self).map_or_else(|_| Choice::Text(self.to_string()), Choice::Int)
            }
        }
    )*};
}
whole_labels!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

impl Label for f64 {
    fn label(&self) -> Choice {
        Choice::Float(*self)
    }
}

impl Label for f32 {
    fn label(&self) -> Choice {
        Choice::Float(as_written(*self))
    }
}

/// The double that is written as the single is: 0.1 for 0.1, not 0.10000000149.
pub(super) fn as_written(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

impl Label for bool {
    fn label(&self) -> Choice {
        Choice::Bool(*self)
    }
}

macro_rules! named_labels {
    ($($t:ty),*) => {$(
        impl Label for $t {
            fn label(&self) -> Choice {
                Choice::Text(self.to_string())
            }
        }
    )*};
}
named_labels!(&str, String, Activation, Initializer, Optimizer, Loss);

impl Label for Regularizer {
    fn label(&self) -> Choice {
        Choice::Text(format!("{self:?}"))
    }
}

impl<T: Label> Label for Option<T> {
    fn label(&self) -> Choice {
        self.as_ref().map_or(Choice::None, T::label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn names_say_what_was_chosen() {
        assert_eq!(Relu.label(), Choice::Text("relu".into()));
        assert_eq!(LeakyReluSlope(0.1).label(), Choice::Text("leaky_relu(0.1)".into()));
        assert_eq!(HeNormal.label(), Choice::Text("he_normal".into()));
        assert_eq!(Optimizer::from(Adam::new(0.01)).label(), Choice::Text("Adam(0.01)".into()));
        assert_eq!(0.1f32.label(), Choice::Float(0.1));
        assert_eq!(32usize.label(), Choice::Int(32));
        assert_eq!(None::<f64>.label(), Choice::None);
        assert_eq!(u64::MAX.label(), Choice::Text(u64::MAX.to_string()));
    }
}
