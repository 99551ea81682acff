//! The settings that all recurrent layers share.

use crate::config::Settings;
use crate::error::{Error, Result};
use crate::nn::size::MOST;
use crate::nn::{Activation, Constraint, Initializer, Regularizer};

#[derive(Clone, Debug)]
pub(super) struct Common {
    pub units: usize,
    pub activation: Activation,
    pub recurrent_activation: Activation,
    pub use_bias: bool,
    pub kernel_initializer: Initializer,
    pub recurrent_initializer: Initializer,
    pub bias_initializer: Initializer,
    pub kernel_regularizer: Regularizer,
    pub recurrent_regularizer: Regularizer,
    pub bias_regularizer: Regularizer,
    pub activity_regularizer: Regularizer,
    pub kernel_constraint: Constraint,
    pub recurrent_constraint: Constraint,
    pub bias_constraint: Constraint,
    pub dropout: f32,
    pub recurrent_dropout: f32,
    pub return_sequences: bool,
    pub go_backwards: bool,
}

impl Common {
    pub fn new(units: usize) -> Self {
        Common {
            units,
            activation: Activation::Tanh,
            recurrent_activation: Activation::Sigmoid,
            use_bias: true,
            kernel_initializer: Initializer::GlorotUniform,
            recurrent_initializer: Initializer::Orthogonal(1.0),
            bias_initializer: Initializer::Zeros,
            kernel_regularizer: Regularizer::default(),
            recurrent_regularizer: Regularizer::default(),
            bias_regularizer: Regularizer::default(),
            activity_regularizer: Regularizer::default(),
            kernel_constraint: Constraint::default(),
            recurrent_constraint: Constraint::default(),
            bias_constraint: Constraint::default(),
            dropout: 0.0,
            recurrent_dropout: 0.0,
            return_sequences: false,
            go_backwards: false,
        }
    }

    pub fn check(&self, class: &str) -> Result<()> {
        if self.units == 0 || self.units > MOST {
            let what = format!("{class}: the number of units");
            return Err(Error::argument(what, self.units, format!("from 1 to {MOST}")));
        }
        let rates = [("dropout", self.dropout), ("recurrent dropout", self.recurrent_dropout)];
        for (name, rate) in rates {
            if !(0.0..1.0).contains(&rate) {
                let what = format!("{class}: the {name}");
                return Err(Error::argument(what, rate, "from 0 up, below 1"));
            }
        }
        Ok(())
    }
}

/// Skips Keras' settings that make no difference here: how it computes, and its masks.
pub(super) fn without_effect(from: &Settings<'_>) {
    for key in ["unroll", "implementation", "zero_output_for_mask"] {
        from.json(key);
    }
}

/// Declares a recurrent layer with the settings of [`Common`], and with one of its own where it has
/// gates. The layer gives its operation by `op`.
macro_rules! common_layer {
    (
        $(#[$doc:meta])* $name:ident, $class:literal,
        with gates { $own:ident: $type:ty = $default:expr }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            common: Common,
            $own: $type,
        }

        impl $name {
            /// A layer of this many units.
            pub fn new(units: usize) -> Self {
                $name { common: Common::new(units), $own: $default }
            }
        }

        $crate::nn::recurrent::settings::common_layer!(
            rest $name, $class, recurrent_activation = common.recurrent_activation, $own = $own
        );
    };
    ($(#[$doc:meta])* $name:ident, $class:literal, without gates {}) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            common: Common,
        }

        impl $name {
            /// A layer of this many units.
            pub fn new(units: usize) -> Self {
                $name { common: Common::new(units) }
            }
        }

        $crate::nn::recurrent::settings::common_layer!(rest $name, $class);
    };
    (rest $name:ident, $class:literal $(, $key:ident = $($field:ident).+)*) => {
        impl $name {
            pub(super) fn common_mut(&mut self) -> &mut Common {
                &mut self.common
            }

            /// The activation of the state; tanh by default.
            pub fn activation(mut self, activation: $crate::nn::Activation) -> Self {
                self.common.activation = activation;
                self
            }

            /// Whether the output is the state after each step instead of the last one only; false
            /// by default. A recurrent layer on top of this one needs it.
            pub fn return_sequences(mut self, return_sequences: bool) -> Self {
                self.common.return_sequences = return_sequences;
                self
            }

            /// Whether the steps are taken from the last to the first; false by default. The states
            /// of [`return_sequences`](Self::return_sequences) are in the order of computation.
            pub fn go_backwards(mut self, go_backwards: bool) -> Self {
                self.common.go_backwards = go_backwards;
                self
            }

            /// The share of features dropped in training, the same ones at each step of a sample; 0
            /// by default.
            pub fn dropout(mut self, rate: impl Into<f64>) -> Self {
                self.common.dropout = rate.into() as f32;
                self
            }

            /// The share of the state dropped in training before the product, the same units at
            /// each step of a sample (Gal and Ghahramani, 2016); 0 by default.
            pub fn recurrent_dropout(mut self, rate: impl Into<f64>) -> Self {
                self.common.recurrent_dropout = rate.into() as f32;
                self
            }

            /// Whether a bias is added; true by default.
            pub fn use_bias(mut self, use_bias: bool) -> Self {
                self.common.use_bias = use_bias;
                self
            }

            /// The initializer of the kernel; glorot uniform by default.
            pub fn kernel_initializer(mut self, initializer: $crate::nn::Initializer) -> Self {
                self.common.kernel_initializer = initializer;
                self
            }

            /// The initializer of the recurrent kernel; orthogonal by default.
            pub fn recurrent_initializer(mut self, initializer: $crate::nn::Initializer) -> Self {
                self.common.recurrent_initializer = initializer;
                self
            }

            /// The initializer of the bias; zeros by default.
            pub fn bias_initializer(mut self, initializer: $crate::nn::Initializer) -> Self {
                self.common.bias_initializer = initializer;
                self
            }

            /// The penalty on the kernel; none by default.
            pub fn kernel_regularizer(mut self, regularizer: $crate::nn::Regularizer) -> Self {
                self.common.kernel_regularizer = regularizer;
                self
            }

            /// The penalty on the recurrent kernel; none by default.
            pub fn recurrent_regularizer(mut self, regularizer: $crate::nn::Regularizer) -> Self {
                self.common.recurrent_regularizer = regularizer;
                self
            }

            /// The penalty on the bias; none by default.
            pub fn bias_regularizer(mut self, regularizer: $crate::nn::Regularizer) -> Self {
                self.common.bias_regularizer = regularizer;
                self
            }

            /// The penalty on the output, averaged over the samples; none by default.
            pub fn activity_regularizer(mut self, regularizer: $crate::nn::Regularizer) -> Self {
                self.common.activity_regularizer = regularizer;
                self
            }
        }

        impl $name {
            /// The constraint on the kernel after each step; none by default.
            pub fn kernel_constraint(mut self, constraint: $crate::nn::Constraint) -> Self {
                self.common.kernel_constraint = constraint;
                self
            }

            /// The constraint on the recurrent kernel after each step; none by default.
            pub fn recurrent_constraint(mut self, constraint: $crate::nn::Constraint) -> Self {
                self.common.recurrent_constraint = constraint;
                self
            }

            /// The constraint on the bias after each step; none by default.
            pub fn bias_constraint(mut self, constraint: $crate::nn::Constraint) -> Self {
                self.common.bias_constraint = constraint;
                self
            }
        }

        $crate::config::configured!($name as "keras.layers" $class,
            |from| {
                $crate::nn::recurrent::settings::without_effect(from);
                $name::new(from.get("units")?)
            },
            units = common.units,
            activation = common.activation,
            use_bias = common.use_bias,
            kernel_initializer = common.kernel_initializer,
            recurrent_initializer = common.recurrent_initializer,
            bias_initializer = common.bias_initializer,
            kernel_regularizer = common.kernel_regularizer,
            recurrent_regularizer = common.recurrent_regularizer,
            bias_regularizer = common.bias_regularizer,
            activity_regularizer = common.activity_regularizer,
            kernel_constraint = common.kernel_constraint,
            recurrent_constraint = common.recurrent_constraint,
            bias_constraint = common.bias_constraint,
            dropout = common.dropout,
            recurrent_dropout = common.recurrent_dropout,
            return_sequences = common.return_sequences,
            go_backwards = common.go_backwards
            $(, $key = $($field).+)*;
            fixed return_state = false, stateful = false, time_major = false
        );

        impl $crate::nn::Layer for $name {
            fn config(&self) -> $crate::Result<$crate::config::Config> {
                let mut config = $crate::config::Config::of(self);
                // A word of Keras 2, which Keras 3 does not know.
                config.settings_mut().remove("time_major");
                Ok(config)
            }

            fn class_name(&self) -> &str {
                $class
            }

            fn build(&self, input: &[usize]) -> $crate::Result<Box<dyn $crate::nn::Op>> {
                self.op(input)
            }
        }
    };
}
pub(super) use common_layer;
