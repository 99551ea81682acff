//! The settings that all recurrent layers share.

use crate::config::Settings;
use crate::error::{Error, Result};
use crate::nn::settings::WeightSettings;
use crate::nn::size::MOST;
use crate::nn::{Activation, Initializer, Regularizer};

#[derive(Clone, Debug)]
pub(super) struct Common {
    pub units: usize,
    pub activation: Activation,
    pub recurrent_activation: Activation,
    pub use_bias: bool,
    pub kernel: WeightSettings,
    pub recurrent: WeightSettings,
    pub bias: WeightSettings,
    pub activity_regularizer: Regularizer,
    pub dropout: f32,
    pub recurrent_dropout: f32,
    pub return_sequences: bool,
    pub go_backwards: bool,
    /// Whether masked steps give 0 instead of the state, if all steps are returned.
    pub zero_output_for_mask: bool,
}

impl Common {
    pub fn new(units: usize) -> Self {
        Common {
            units,
            activation: Activation::Tanh,
            recurrent_activation: Activation::Sigmoid,
            use_bias: true,
            kernel: WeightSettings::new(Initializer::GlorotUniform),
            recurrent: WeightSettings::new(Initializer::Orthogonal(1.0)),
            bias: WeightSettings::new(Initializer::Zeros),
            activity_regularizer: Regularizer::default(),
            dropout: 0.0,
            recurrent_dropout: 0.0,
            return_sequences: false,
            go_backwards: false,
            zero_output_for_mask: false,
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

/// Accepts Keras' settings of how it computes, which change nothing here.
pub(super) fn without_effect(from: &Settings<'_>) {
    for key in ["unroll", "implementation"] {
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

            /// Whether the output is the state after each step instead of the last one only; false
            /// by default. A recurrent layer on top of this one needs it.
            pub fn return_sequences(mut self, return_sequences: bool) -> Self {
                self.common.return_sequences = return_sequences;
                self
            }

            /// Whether the sequence is processed from the last step to the first; false by default.
            /// [`return_sequences`](Self::return_sequences) gives the states in that order.
            pub fn go_backwards(mut self, go_backwards: bool) -> Self {
                self.common.go_backwards = go_backwards;
                self
            }

            /// Whether masked steps give 0 instead of the state, if the output has all steps; false
            /// by default.
            pub fn zero_output_for_mask(mut self, zero: bool) -> Self {
                self.common.zero_output_for_mask = zero;
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

        }

        $crate::nn::settings::activation_setting!(
            $name common: "What is done with the state; tanh by default."
        );
        $crate::nn::settings::sum_settings!($name common);
        $crate::nn::settings::weight_settings!($name:
            "the kernel" starting "glorot uniform" at common.kernel =
                kernel_initializer, kernel_regularizer, kernel_constraint;
            "the recurrent kernel" starting "orthogonal" at common.recurrent =
                recurrent_initializer, recurrent_regularizer, recurrent_constraint;
            "the bias" starting "zeros" at common.bias =
                bias_initializer, bias_regularizer, bias_constraint
        );

        $crate::config::configured!($name as "keras.layers" $class,
            |from| {
                $crate::nn::recurrent::settings::without_effect(from);
                $name::new(from.get("units")?)
            },
            units = common.units,
            activation = common.activation,
            use_bias = common.use_bias,
            activity_regularizer = common.activity_regularizer,
            dropout = common.dropout,
            recurrent_dropout = common.recurrent_dropout,
            return_sequences = common.return_sequences,
            go_backwards = common.go_backwards,
            zero_output_for_mask = common.zero_output_for_mask
            $(, $key = $($field).+)*;
            weights kernel = common.kernel, recurrent = common.recurrent, bias = common.bias;
            fixed return_state = false, stateful = false, time_major = false
        );

        impl $crate::nn::Layer for $name {
            fn config(&self) -> $crate::Result<$crate::config::Config> {
                let mut config = $crate::config::Config::of(self);
                // A setting of Keras 2 that Keras 3 does not know.
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
