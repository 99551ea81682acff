//! Helpers for losses of logits.

use crate::kernels::{exp, ln};

/// `ln Σ exp` of the logits, without overflow.
pub(super) fn log_sum(logits: &[f32]) -> f32 {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    most + ln(logits.iter().map(|z| exp(z - most)).sum())
}

/// `1 / (1 + exp(-z))`
pub(super) fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + exp(-z))
}

/// `ln(1 + exp z)`, without overflow.
pub(super) fn softplus(z: f32) -> f32 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

/// The methods of a [`LossFunction`](super::LossFunction) that depend on its field `from_logits`
/// and on the activation that makes its probabilities. A loss of probabilities is computed together
/// with that activation.
macro_rules! fused_unless_from_logits {
    ($activation:ident) => {
        fn fuses_with(&self) -> Option<Activation> {
            self.takes_probabilities()
        }

        fn takes_logits(&self) -> Option<Activation> {
            self.from_logits.then_some(Activation::$activation)
        }

        fn takes_probabilities(&self) -> Option<Activation> {
            (!self.from_logits).then_some(Activation::$activation)
        }
    };
}
pub(super) use fused_unless_from_logits;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_logits_do_not_overflow() {
        assert!((log_sum(&[900.0, 899.0]) - 900.313_26).abs() < 1e-3);
        assert_eq!(softplus(300.0), 300.0);
        assert!(softplus(-300.0) >= 0.0 && softplus(-300.0) < 1e-30);
        assert!(log_sum(&[f32::NAN, 1.0]).is_nan() && softplus(f32::NAN).is_nan());
    }
}
