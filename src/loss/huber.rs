//! The Huber loss.

use super::{LossFunction, mean, sign};
use crate::config::{Config, configured};
use crate::error::{Error, Result};

/// The Huber loss, `½ e²` for errors up to δ and `δ |e| - ½ δ²` beyond, averaged over the outputs
/// of a sample, as Keras' `Huber` (Huber, 1964).
///
/// ```
/// use dfdx_lab::prelude::*;
/// let model = Sequential::new([4]).add(Dense::new(1)).compile("adam", Huber::new().delta(0.5), ())?;
/// # let _ = model;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Huber {
    delta: f32,
}

impl Huber {
    /// The loss with δ = 1.
    pub fn new() -> Self {
        Huber { delta: 1.0 }
    }

    /// The error from which the loss grows linearly; 1 by default.
    pub fn delta(mut self, delta: f32) -> Self {
        self.delta = delta;
        self
    }
}

impl Default for Huber {
    fn default() -> Self {
        Self::new()
    }
}

configured!(Huber as "keras.losses" "Huber", |from| Huber::new(), delta = delta;
    fixed reduction = "sum_over_batch_size");

impl LossFunction for Huber {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "huber"
    }

    fn check_settings(&self) -> Result<()> {
        if self.delta > 0.0 && self.delta.is_finite() {
            return Ok(());
        }
        Err(Error::argument("Huber: delta", self.delta, "above 0 and finite"))
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        let delta = self.delta;
        mean(truth, prediction, gradient, |y, p| {
            let error = p - y;
            if error.abs() <= delta {
                (0.5 * error * error, error)
            } else {
                (delta * error.abs() - 0.5 * delta * delta, delta * sign(error))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradient() {
        checks::matches_keras(&Huber::new(), "huber");
        checks::follows_keras(&Huber::new(), "huber");
        checks::follows_keras(&Huber::new().delta(0.4), "huber_delta");
        let loss = Huber::new().delta(0.4);
        checks::gradient_is_right(&loss, &[0.0, 1.0, -1.0], &[0.2, 0.5, 0.9]);
        assert!(Huber::new().delta(0.0).check_settings().is_err());
    }
}
