//! Categorical cross-entropy of class numbers.

use super::logits::{fused_unless_from_logits, log_sum};
use super::{EPSILON, LossFunction, Scope};
use crate::config::{Config, configured};
use crate::error::{Error, Result};
use crate::kernels::{exp, ln};
use crate::nn::Activation;

/// Categorical cross-entropy of class numbers, `-ln p` of the true class, as Keras'
/// `SparseCategoricalCrossentropy`. A target is one class number, from 0. Probabilities are clipped
/// to 1e-7 and 1 - 1e-7 and divided by their sum.
///
/// After a softmax, the gradient by the softmax' input is `p - y`, without that clipping.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let mut model = Sequential::new([2])
///     .add(Dense::new(3).activation(Softmax))
///     .compile("sgd", SparseCategoricalCrossentropy::new(), ["accuracy"])?;
/// let x = Array::new([3, 2], vec![0., 1., 1., 0., 1., 1.])?;
/// let classes = Array::new([3, 1], vec![2., 0., 1.])?;
/// model.fit((&x, &classes), Fit::epochs(1).verbose(0))?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SparseCategoricalCrossentropy {
    from_logits: bool,
}

impl SparseCategoricalCrossentropy {
    /// The loss of probabilities.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the outputs are logits, to which the loss applies the softmax; false by default.
    /// Such a model ends without an activation and predicts logits.
    pub fn from_logits(mut self, from_logits: bool) -> Self {
        self.from_logits = from_logits;
        self
    }
}

fn inside(p: f32) -> f32 {
    p.clamp(EPSILON, 1.0 - EPSILON)
}

/// The class number of a target; none if there is no such output.
fn class(truth: &[f32], outputs: usize) -> Option<usize> {
    let number = *truth.first()?;
    let whole = number >= 0.0 && number.fract() == 0.0 && (number as usize) < outputs;
    whole.then_some(number as usize)
}

configured!(SparseCategoricalCrossentropy as "keras.losses" "SparseCategoricalCrossentropy", |from| SparseCategoricalCrossentropy::new(), from_logits = from_logits;
    fixed reduction = "sum_over_batch_size");

impl LossFunction for SparseCategoricalCrossentropy {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> &str {
        "sparse_categorical_crossentropy"
    }

    fn scope(&self) -> Scope {
        Scope::LastAxis
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        let Some(class) = class(truth, prediction.len()) else {
            gradient.fill(f32::NAN);
            return f32::NAN;
        };
        if self.from_logits {
            let log_sum = log_sum(prediction);
            prediction.iter().zip(gradient.iter_mut()).for_each(|(z, g)| *g = exp(z - log_sum));
            gradient[class] -= 1.0;
            return log_sum - prediction[class];
        }
        let total: f32 = prediction.iter().map(|p| inside(*p)).sum();
        for (i, (p, g)) in prediction.iter().zip(gradient).enumerate() {
            let own = if i == class { 1.0 / p } else { 0.0 };
            *g = if inside(*p) == *p { 1.0 / total - own } else { 0.0 };
        }
        ln(total) - ln(inside(prediction[class]))
    }

    fused_unless_from_logits!(Softmax);

    fn sample_fused(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        let Some(class) = class(truth, prediction.len()) else {
            gradient.fill(f32::NAN);
            return f32::NAN;
        };
        gradient.copy_from_slice(prediction);
        gradient[class] -= 1.0;
        -ln(inside(prediction[class]))
    }

    fn check(&self, targets: usize, _outputs: usize) -> Result<()> {
        if targets == 1 {
            return Ok(());
        }
        Err(Error::argument(
            format!("{}: the number of values in a target", self.name()),
            targets,
            "1, the class number",
        )
        .hint("one-hot targets go with CategoricalCrossentropy"))
    }

    fn check_values(&self, targets: &[f32], outputs: usize) -> Result<()> {
        let bad = targets.iter().position(|t| class(&[*t], outputs).is_none());
        bad.map_or(Ok(()), |row| {
            Err(Error::argument(
                format!("{}: the target in row {row}", self.name()),
                targets[row],
                format!("the number of a class, from 0 to {}", outputs.saturating_sub(1)),
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;

    #[test]
    fn golden_and_gradients() {
        let loss = SparseCategoricalCrossentropy::new();
        checks::follows_keras(&loss, "sparse_categorical_crossentropy");
        checks::follows_keras_fused(&loss, "sparse_categorical_crossentropy_softmax");
        checks::gradient_is_right(&loss, &[1.0], &[0.2, 0.5, 0.3]);
        checks::fusion_is_consistent(&loss, &[2.0], &[0.3, -1.2, 0.8]);
    }

    #[test]
    fn only_classes_are_targets() {
        let loss = SparseCategoricalCrossentropy::new();
        assert!(loss.check(3, 3).unwrap_err().to_string().contains("one-hot"));
        assert!(loss.check_values(&[0.0, 2.0], 3).is_ok());
        for (wrong, shown) in [(3.0, "3"), (-1.0, "-1"), (0.5, "0.5"), (f32::NAN, "NaN")] {
            let error = loss.check_values(&[0.0, wrong], 3).unwrap_err().to_string();
            assert!(error.contains("row 1") && error.contains(shown), "{error}");
            assert!(loss.sample(&[wrong], &[0.2, 0.5, 0.3], &mut [0.0; 3]).is_nan());
        }
    }
}
