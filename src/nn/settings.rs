//! The settings that layers share, each said once: of one weight, of what becomes of the weighted
//! sums, of the windows over a picture.

use super::{Constraint, Initializer, Regularizer, WeightSpec};

/// How a weight of a layer starts, what penalty it adds to the loss, and what it is held to after
/// each step.
#[derive(Clone, Debug)]
pub(super) struct WeightSettings {
    pub initializer: Initializer,
    pub regularizer: Regularizer,
    pub constraint: Constraint,
}

impl WeightSettings {
    /// No penalty and no constraint.
    pub fn new(initializer: Initializer) -> Self {
        let (regularizer, constraint) = (Regularizer::default(), Constraint::default());
        WeightSettings { initializer, regularizer, constraint }
    }

    /// A weight of this shape that the optimiser changes.
    pub fn spec(&self, name: &'static str, shape: impl Into<Vec<usize>>) -> WeightSpec {
        WeightSpec {
            name,
            shape: shape.into(),
            initializer: self.initializer,
            regularizer: self.regularizer,
            constraint: self.constraint.clone(),
            trainable: true,
        }
    }
}

/// Gives a layer Keras' three settings of each of its [`WeightSettings`]: what the weight is, how
/// it starts, the field, and Keras' names.
macro_rules! weight_settings {
    ($name:ident: $(
        $weight:literal starting $start:literal at $($field:ident).+ =
            $initializer:ident, $regularizer:ident, $constraint:ident
    );+) => {
        impl $name {$(
            #[doc = concat!("How ", $weight, " starts; ", $start, " by default.")]
            pub fn $initializer(mut self, initializer: impl $crate::nn::IntoInitializer) -> Self {
                self.$($field).+.initializer = initializer.into_initializer();
                self
            }

            #[doc = concat!("The penalty on ", $weight, "; none by default.")]
            pub fn $regularizer(mut self, regularizer: impl $crate::nn::IntoRegularizer) -> Self {
                self.$($field).+.regularizer = regularizer.into_regularizer();
                self
            }

            #[doc = concat!("What ", $weight, " is held to after each step; nothing by default.")]
            pub fn $constraint(mut self, constraint: impl $crate::nn::IntoConstraint) -> Self {
                self.$($field).+.constraint = constraint.into_constraint();
                self
            }
        )+}
    };
}
pub(super) use weight_settings;

/// Gives a layer the setting `activation`, of the field of that name or of one within `part`.
macro_rules! activation_setting {
    ($name:ident $($part:ident)?: $doc:literal) => {
        impl $name {
            #[doc = $doc]
            pub fn activation(mut self, activation: impl $crate::nn::IntoActivation) -> Self {
                self.$($part.)?activation = activation.into_activation();
                self
            }
        }
    };
}
pub(super) use activation_setting;

/// Gives a layer the settings `use_bias` and `activity_regularizer`, of the fields of these names
/// or of those within `part`.
macro_rules! sum_settings {
    ($name:ident $($part:ident)?) => {
        impl $name {
            /// Whether a bias is added; true by default.
            pub fn use_bias(mut self, use_bias: bool) -> Self {
                self.$($part.)?use_bias = use_bias;
                self
            }

            /// The penalty on the output, averaged over the samples; none by default.
            pub fn activity_regularizer(mut self, regularizer: impl $crate::nn::IntoRegularizer) -> Self {
                self.$($part.)?activity_regularizer = regularizer.into_regularizer();
                self
            }
        }
    };
}
pub(super) use sum_settings;

/// Gives a layer with the fields `activation`, `use_bias`, `activity_regularizer`, `kernel` and
/// `bias` all of Keras' settings of them.
macro_rules! weighted_settings {
    ($name:ident) => {
        $crate::nn::settings::activation_setting!(
            $name: "What is done with the weighted sums; nothing by default."
        );
        $crate::nn::settings::sum_settings!($name);
        $crate::nn::settings::weight_settings!($name:
            "the kernel" starting "glorot uniform" at kernel =
                kernel_initializer, kernel_regularizer, kernel_constraint;
            "the bias" starting "zeros" at bias =
                bias_initializer, bias_regularizer, bias_constraint
        );
    };
}
pub(super) use weighted_settings;

/// Gives a layer with the fields `strides`, `dilation_rate` and `padding` the settings of these
/// names, over pictures.
macro_rules! window_settings {
    ($name:ident) => {
        impl $name {
            /// Pixels from one window to the next: a number, or a pair; 1 by default.
            pub fn strides(mut self, strides: impl Into<$crate::nn::Size>) -> Self {
                self.strides = strides.into();
                self
            }

            /// Pixels from one point of the kernel to the next: a number, or a pair; 1 by default.
            /// Not together with strides.
            pub fn dilation_rate(mut self, rate: impl Into<$crate::nn::Size>) -> Self {
                self.dilation_rate = rate.into();
                self
            }

            /// What happens at the edges; `Padding::Valid` by default.
            pub fn padding(mut self, padding: impl $crate::nn::IntoPadding) -> Self {
                self.padding = padding.into_padding();
                self
            }
        }
    };
}
pub(super) use window_settings;
