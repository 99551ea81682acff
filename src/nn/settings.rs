//! The settings that all layers with a kernel and a bias share.

/// Gives a layer with the fields `activation`, `use_bias`, `kernel_initializer`,
/// `bias_initializer`, `kernel_regularizer`, `bias_regularizer` and `activity_regularizer` Keras'
/// settings of these names.
macro_rules! weighted_settings {
    ($name:ident) => {
        impl $name {
            /// What is done with the weighted sums; nothing by default.
            pub fn activation(mut self, activation: impl $crate::nn::IntoActivation) -> Self {
                self.activation = activation.into_activation();
                self
            }

            /// Whether a bias is added; true by default.
            pub fn use_bias(mut self, use_bias: bool) -> Self {
                self.use_bias = use_bias;
                self
            }

            /// How the kernel starts; glorot uniform by default.
            pub fn kernel_initializer(mut self, initializer: $crate::nn::Initializer) -> Self {
                self.kernel_initializer = initializer;
                self
            }

            /// How the bias starts; zeros by default.
            pub fn bias_initializer(mut self, initializer: $crate::nn::Initializer) -> Self {
                self.bias_initializer = initializer;
                self
            }

            /// The penalty on the kernel; none by default.
            pub fn kernel_regularizer(mut self, regularizer: $crate::nn::Regularizer) -> Self {
                self.kernel_regularizer = regularizer;
                self
            }

            /// The penalty on the bias; none by default.
            pub fn bias_regularizer(mut self, regularizer: $crate::nn::Regularizer) -> Self {
                self.bias_regularizer = regularizer;
                self
            }

            /// The penalty on the output, averaged over the samples; none by default.
            pub fn activity_regularizer(mut self, regularizer: $crate::nn::Regularizer) -> Self {
                self.activity_regularizer = regularizer;
                self
            }
        }
    };
}
pub(super) use weighted_settings;

/// Gives a layer Keras' setting for each of its fields of the type
/// [`Constraint`](super::Constraint).
macro_rules! constraint_settings {
    ($name:ident, $($constraint:ident),*) => {
        impl $name {
            $(
                /// What the weight of this name is held to after each step; nothing by default.
                pub fn $constraint(mut self, constraint: $crate::nn::Constraint) -> Self {
                    self.$constraint = constraint;
                    self
                }
            )*
        }
    };
}
pub(super) use constraint_settings;
