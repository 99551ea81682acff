//! Fused operations on dfdx tape.
