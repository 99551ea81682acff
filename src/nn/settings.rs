//! Settings that several layers share, each defined once: those of a weight, of weighted sums, and of
//! windows over a picture.

use super::{Activation, Constraint, Initializer, Regularizer, WeightSpec};
use crate::config::{Object, Settings, Value};
use crate::error::Result;

/// The initializer, penalty and constraint of one weight of a layer.
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

    /// Adds Keras' three settings of the weight of this name.
    pub fn write(&self, name: &str, settings: &mut Object) {
        settings.insert(format!("{name}_initializer"), self.initializer.to_value());
        settings.insert(format!("{name}_regularizer"), self.regularizer.to_value());
        settings.insert(format!("{name}_constraint"), self.constraint.to_value());
    }

    pub fn read(&mut self, name: &str, from: &Settings<'_>) -> Result<()> {
        from.read(&format!("{name}_initializer"), &mut self.initializer)?;
        from.read(&format!("{name}_regularizer"), &mut self.regularizer)?;
        from.read(&format!("{name}_constraint"), &mut self.constraint)
    }
}

/// `activation(x · kernel + bias)`: what a layer makes of its inputs by one kernel.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub activation: Activation,
    pub use_bias: bool,
    pub kernel: WeightSettings,
    pub bias: WeightSettings,
    pub activity_regularizer: Regularizer,
}

impl Sums {
    /// Keras' defaults: no activation, a kernel by `GlorotUniform`, a bias of zeros.
    pub fn new() -> Self {
        Sums {
            activation: Activation::Linear,
            use_bias: true,
            kernel: WeightSettings::new(Initializer::GlorotUniform),
            bias: WeightSettings::new(Initializer::Zeros),
            activity_regularizer: Regularizer::default(),
        }
    }

    /// The kernel of this shape, and the bias of so many outputs if there is one.
    pub fn weights(&self, kernel: impl Into<Vec<usize>>, outputs: usize) -> Vec<WeightSpec> {
        let mut weights = vec![self.kernel.spec("kernel", kernel)];
        weights.extend(self.use_bias.then(|| self.bias.spec("bias", [outputs])));
        weights
    }

    pub fn write(&self, settings: &mut Object) {
        settings.insert("activation".into(), self.activation.to_value());
        settings.insert("use_bias".into(), self.use_bias.to_value());
        settings.insert("activity_regularizer".into(), self.activity_regularizer.to_value());
        self.kernel.write("kernel", settings);
        self.bias.write("bias", settings);
    }

    pub fn read(&mut self, from: &Settings<'_>) -> Result<()> {
        from.read("activation", &mut self.activation)?;
        from.read("use_bias", &mut self.use_bias)?;
        from.read("activity_regularizer", &mut self.activity_regularizer)?;
        self.kernel.read("kernel", from)?;
        self.bias.read("bias", from)
    }
}

/// Gives a layer Keras' three settings for each of its [`WeightSettings`]. The arguments are what
/// the weight is, how it starts, the field, and Keras' names.
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

            #[doc = concat!("The constraint on ", $weight, " after each step; none by default.")]
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

/// Gives a layer with a field `sums` of [`Sums`] all of Keras' settings of them.
macro_rules! weighted_settings {
    ($name:ident) => {
        $crate::nn::settings::activation_setting!(
            $name sums: "The activation of the weighted sums; none by default."
        );
        $crate::nn::settings::sum_settings!($name sums);
        $crate::nn::settings::weight_settings!($name:
            "the kernel" starting "glorot uniform" at sums.kernel =
                kernel_initializer, kernel_regularizer, kernel_constraint;
            "the bias" starting "zeros" at sums.bias =
                bias_initializer, bias_regularizer, bias_constraint
        );
    };
}
pub(super) use weighted_settings;

/// Gives a layer with a field `windows` the settings `strides`, `dilation_rate` and `padding`, over
/// pictures.
macro_rules! window_settings {
    ($name:ident) => {
        impl $name {
            /// Pixels from one window to the next: a number, or a pair; 1 by default.
            pub fn strides(mut self, strides: impl Into<$crate::nn::Size>) -> Self {
                self.windows.strides = strides.into();
                self
            }

            /// Pixels from one point of the kernel to the next: a number, or a pair; 1 by default.
            /// Not together with strides.
            pub fn dilation_rate(mut self, rate: impl Into<$crate::nn::Size>) -> Self {
                self.windows.dilation_rate = rate.into();
                self
            }

            /// What happens at the edges; `Padding::Valid` by default.
            pub fn padding(mut self, padding: impl $crate::nn::IntoPadding) -> Self {
                self.windows.padding = padding.into_padding();
                self
            }
        }
    };
}
pub(super) use window_settings;

/// The shape and the weights of an operation with the fields `output` and `weights`.
macro_rules! weighted_op {
    () => {
        fn output(&self) -> &[usize] {
            &self.output
        }

        fn weights(&self) -> &[$crate::nn::WeightSpec] {
            &self.weights
        }
    };
}
pub(super) use weighted_op;
