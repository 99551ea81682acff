//! Inverse-time decay.

use super::decay::decay;

decay! {
    /// Inverse-time decay, `initial / (1 + rate · steps / decay_steps)`, as Keras'
    /// `InverseTimeDecay`. With `staircase`, `steps / decay_steps` is rounded down to a whole
    /// number.
    InverseTimeDecay, "InverseTimeDecay":
    /// A rate whose divisor grows by `decay_rate` over `decay_steps` steps.
    |initial, rate, p| initial / (1.0 + rate * p)
}
