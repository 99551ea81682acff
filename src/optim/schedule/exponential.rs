//! Exponential decay.

use super::decay::decay;

decay! {
    /// Exponential decay, `initial · rate^(steps / decay_steps)`, as Keras' `ExponentialDecay`.
    /// With `staircase`, the exponent is rounded down to a whole number.
    ExponentialDecay, "ExponentialDecay":
    /// A rate that is multiplied by `decay_rate` over `decay_steps` steps.
    |initial, rate, p| initial * rate.powf(p)
}
