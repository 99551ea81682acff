//! Settings that are text in Keras and values here; text in their place gets a helpful message.

use super::{Constraint, Initializer, Padding, Regularizer};

macro_rules! worded {
    ($($name:ident, $method:ident, $type:ident: $message:literal, $label:literal;)*) => {$(
        #[doc = concat!("What such a setting takes: a [`", stringify!($type), "`].")]
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        pub trait $name {
            /// The value.
            fn $method(self) -> $type;
        }

        impl $name for $type {
            fn $method(self) -> $type {
                self
            }
        }
    )*};
}

worded! {
    IntoPadding, into_padding, Padding:
        "a padding is written without quotes, as in `.padding(Padding::Same)`",
        "not a padding; Padding::Valid, Padding::Same and, of Conv1D, Padding::Causal are";
    IntoInitializer, into_initializer, Initializer:
        "an initializer is written without quotes, as in `.kernel_initializer(HeNormal)`",
        "not an initializer; GlorotUniform, HeNormal, RandomNormal(0.0, 0.05), Zeros, … are";
    IntoRegularizer, into_regularizer, Regularizer:
        "a penalty is written as in `.kernel_regularizer(Regularizer::l2(0.01))`",
        "not a penalty; Regularizer::l1, Regularizer::l2 and Regularizer::l1_l2 give one";
    IntoConstraint, into_constraint, Constraint:
        "a constraint is written as in `.kernel_constraint(Constraint::max_norm(2.0))`",
        "not a constraint; Constraint::max_norm, non_neg, unit_norm and min_max_norm give one";
}
