//! The exponential moving average of the weights.

/// The moving average of Keras' `use_ema`: after each batch, `average = momentum · average + (1 -
/// momentum) · weight`, and at the end of the fit the averages replace the weights (Keras 3.15,
/// `base_optimizer.py`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ema {
    /// The share of the average that is kept at each update, from 0 to 1.
    pub momentum: f32,
    /// The number of steps after which the averages replace the weights; never by default.
    pub overwrite_frequency: Option<u64>,
}

impl Default for Ema {
    fn default() -> Self {
        Ema { momentum: 0.99, overwrite_frequency: None }
    }
}

impl Ema {
    /// Updates the average by the weights after a batch; `steps` is the number of steps before it.
    pub fn follow(&self, steps: u64, average: &mut [f32], weights: &mut [f32]) {
        // Keras begins with the weights after the first step.
        let keep = if steps == 0 { 0.0 } else { self.momentum };
        crate::kernels::vectorized(|| {
            for (a, w) in average.iter_mut().zip(weights.iter()) {
                *a = keep * *a + (1.0 - keep) * *w;
            }
        });
        if self.overwrite_frequency.is_some_and(|n| (steps + 1).is_multiple_of(n)) {
            weights.copy_from_slice(average);
        }
    }
}
