//! The hinge loss.

use super::{LossFunction, mean};
use crate::config::{Config, configured};
use crate::error::Result;

/// The hinge loss, `max(1 - y p, 0)` for targets of -1 and +1, averaged over the outputs of a
/// sample, as Keras' `Hinge`. If all targets of a sample are 0 or 1, 0 counts as -1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hinge;

impl Hinge {
    /// The loss; it has no settings.
    pub fn new() -> Self {
        Hinge
    }
}

configured!(Hinge as "keras.losses" "Hinge", |from| Hinge::new();
    fixed reduction = "sum_over_batch_size");

impl LossFunction for Hinge {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "hinge"
    }

    fn odd_target(&self, targets: &[f32], width: usize) -> Option<String> {
        super::odd_side(self.name(), targets, width)
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        by_margin(
            truth,
            prediction,
            gradient,
            |short, y| {
                if short < 0.0 { (0.0, 0.0) } else { (short, -y) }
            },
        )
    }
}

/// The mean of a loss of `1 - y p`, with its derivative; `of` gets `1 - y p` and `y`, which is -1
/// or +1.
pub(super) fn by_margin(
    truth: &[f32],
    prediction: &[f32],
    gradient: &mut [f32],
    of: impl Fn(f32, f32) -> (f32, f32),
) -> f32 {
    let side = side(truth);
    mean(truth, prediction, gradient, |y, p| {
        let y = side(y);
        of(1.0 - y * p, y)
    })
}

/// Turns targets of 0 and 1 into -1 and +1 if a sample has no others. Keras decides this for the
/// whole batch; the two differ only if a batch mixes both kinds of targets.
pub(super) fn side(truth: &[f32]) -> impl Fn(f32) -> f32 + use<> {
    let binary = truth.iter().all(|y| *y == 0.0 || *y == 1.0);
    move |y| if binary { 2.0 * y - 1.0 } else { y }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradient() {
        checks::matches_keras(&Hinge, "hinge");
        checks::follows_keras(&Hinge, "hinge");
        checks::gradient_is_right(&Hinge, &[1.0, -1.0, 1.0], &[0.2, -1.5, -0.9]);
        checks::gradient_is_right(&Hinge, &[1.0, 0.0, 1.0], &[0.2, -0.5, -0.9]);
    }
}
