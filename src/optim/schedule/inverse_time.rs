//! Inverse-time decay.

use super::decay::decay;

decay! {
    /// `initial / (1 + rate · steps / decay_steps)`, as Keras' `InverseTimeDecay`; by staircase the
    /// quotient is cut to a whole number.
    InverseTimeDecay, "InverseTimeDecay":
    /// Divided by another `decay_rate` more every `decay_steps` steps.
    |initial, rate, p| initial / (1.0 + rate * p)
}
