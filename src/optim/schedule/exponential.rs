//! Exponential decay.

use super::decay::decay;

decay! {
    /// `initial · rate^(steps / decay_steps)`, as Keras' `ExponentialDecay`; by staircase the exponent
    /// is cut to a whole number.
    ExponentialDecay, "ExponentialDecay":
    /// Multiplied by `decay_rate` every `decay_steps` steps.
    |initial, rate, p| initial * rate.powf(p)
}
