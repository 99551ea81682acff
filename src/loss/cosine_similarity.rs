//! Cosine similarity.

use super::{EPSILON, LossFunction, Scope};
use crate::config::{Config, configured};
use crate::error::Result;

/// Cosine similarity, `-Σ y p / (‖y‖ ‖p‖)`, as Keras' `CosineSimilarity` loss: -1 if prediction and
/// target have the same direction, 0 if they are at right angles or one of them is 0.
///
/// The gradient of a prediction that is exactly 0 is 0; in Keras it is NaN.
#[derive(Clone, Copy, Debug, Default)]
pub struct CosineSimilarity;

impl CosineSimilarity {
    /// The loss; it has no settings.
    pub fn new() -> Self {
        CosineSimilarity
    }
}

/// `1 / ‖v‖`, at most 1e7.
fn inverse_norm(v: &[f32]) -> f32 {
    let square: f32 = v.iter().map(|x| x * x).sum();
    (1.0 / square.sqrt()).min(1.0 / EPSILON)
}

configured!(CosineSimilarity as "keras.losses" "CosineSimilarity", |from| CosineSimilarity::new();
    fixed reduction = "sum_over_batch_size");

impl LossFunction for CosineSimilarity {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "cosine_similarity"
    }

    fn scope(&self) -> Scope {
        Scope::LastAxis
    }

    // The metric is the cosine itself.
    fn is_negative(&self) -> bool {
        true
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        let (of_truth, of_prediction) = (inverse_norm(truth), inverse_norm(prediction));
        let scale = of_truth * of_prediction;
        let cosine: f32 = truth.iter().zip(prediction).map(|(y, p)| y * p * scale).sum();
        if prediction.iter().all(|p| *p == 0.0) {
            gradient.fill(0.0);
            return -cosine;
        }
        // The part along the prediction changes only its length.
        let along = if of_prediction < 1.0 / EPSILON { cosine } else { 0.0 };
        for ((y, p), g) in truth.iter().zip(prediction).zip(gradient) {
            *g = of_prediction * (along * p * of_prediction - y * of_truth);
        }
        -cosine
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradient() {
        checks::matches_keras(&CosineSimilarity, "cosine_similarity");
        checks::follows_keras(&CosineSimilarity, "cosine_similarity");
        checks::gradient_is_right(&CosineSimilarity, &[0.3, 1.0, -1.0], &[0.2, 0.5, 0.9]);
    }
}
