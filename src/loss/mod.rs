//! Losses by Keras' rules (Keras 3.15, `losses/losses.py`). One file each.

mod binary_crossentropy;
mod binary_focal_crossentropy;
mod categorical_crossentropy;
mod categorical_focal_crossentropy;
mod categorical_hinge;
mod config;
mod cosine_similarity;
mod elementwise;
mod hinge;
mod huber;
mod kl_divergence;
mod log_cosh;
mod logits;
mod mean_absolute_error;
mod mean_absolute_percentage_error;
mod mean_squared_error;
mod mean_squared_logarithmic_error;
mod outputs;
mod places;
mod poisson;
mod sparse_categorical_crossentropy;
mod squared_hinge;

pub(crate) use config::Known;
pub(crate) use outputs::{Losses, Output, OutputPlace};

use crate::config::{Config, is_code};
use crate::error::{Error, Result};
use crate::nn::Activation;
use crate::register::register;
use config::known;
use elementwise::{mean, sign};
use std::fmt::Debug;
use std::sync::Arc;

register! {
    /// All losses; each is a metric as well.
    pub(crate) const ALL: &[Known] = known;

    pub use binary_crossentropy::BinaryCrossentropy;
    pub use binary_focal_crossentropy::BinaryFocalCrossentropy;
    pub use categorical_crossentropy::CategoricalCrossentropy;
    pub use categorical_focal_crossentropy::CategoricalFocalCrossentropy;
    pub use categorical_hinge::CategoricalHinge;
    pub use cosine_similarity::CosineSimilarity;
    pub use hinge::Hinge;
    pub use huber::Huber;
    pub use kl_divergence::KLDivergence;
    pub use log_cosh::LogCosh;
    pub use mean_absolute_error::MeanAbsoluteError;
    pub use mean_absolute_percentage_error::MeanAbsolutePercentageError;
    pub use mean_squared_error::MeanSquaredError;
    pub use mean_squared_logarithmic_error::MeanSquaredLogarithmicError;
    pub use poisson::Poisson;
    pub use sparse_categorical_crossentropy::SparseCategoricalCrossentropy;
    pub use squared_hinge::SquaredHinge;

    /// The names that a notebook uses.
    pub mod prelude {
        pub use super::Loss;
    }
}

/// Keras' short names.
pub(crate) const SHORT: &[(&str, &str)] = &[
    ("mse", "mean_squared_error"),
    ("mae", "mean_absolute_error"),
    ("mape", "mean_absolute_percentage_error"),
    ("msle", "mean_squared_logarithmic_error"),
    ("bce", "binary_crossentropy"),
    ("kld", "kl_divergence"),
];

/// The distance from 0 and 1 to which probabilities are clipped before a logarithm, as in Keras.
pub const EPSILON: f32 = 1e-7;

/// The unit of an output that a loss compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All values of a sample. This is the scope of custom code, and of means of elementwise
    /// losses, for which it makes no difference.
    Sample,
    /// The last axis of an output, such as the class probabilities at each step of a sequence.
    LastAxis,
    /// A loss that is already applied at each place.
    #[doc(hidden)]
    Placed,
}

/// The loss of one sample, and its gradient. The training loop averages over batches and applies
/// sample weights.
pub trait LossFunction: Debug + Send + Sync {
    /// Keras' name, as in `categorical_crossentropy`.
    fn name(&self) -> &str;

    /// The settings as in Keras' `get_config`, from which the loss can be made again.
    ///
    /// # Errors
    /// If the loss is custom code, which no configuration can describe, such as a
    /// [`CustomLoss`](crate::bridge::CustomLoss).
    fn config(&self) -> Result<Config> {
        Err(is_code("loss", self.name()))
    }

    /// The loss of a sample; writes its derivative with respect to `prediction` into `gradient`.
    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32;

    /// The activation with which this loss is computed together. This is faster and keeps small
    /// probabilities (Keras on TensorFlow, too, goes back to the logits).
    fn fuses_with(&self) -> Option<Activation> {
        None
    }

    /// Like [`sample`](Self::sample), but with the derivative with respect to the activation's
    /// input.
    fn sample_fused(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        self.sample(truth, prediction, gradient)
    }

    /// The unit that it compares if an output has several axes.
    fn scope(&self) -> Scope {
        Scope::Sample
    }

    /// The sum over the places where `mask` is not 0, and its derivative.
    #[doc(hidden)]
    fn sample_masked(
        &self,
        truth: &[f32],
        prediction: &[f32],
        gradient: &mut [f32],
        _mask: &[f32],
        fused: bool,
    ) -> f32 {
        match fused {
            true => self.sample_fused(truth, prediction, gradient),
            false => self.sample(truth, prediction, gradient),
        }
    }

    /// The activation that makes the probabilities for this loss; none if the loss takes any
    /// numbers.
    fn takes_probabilities(&self) -> Option<Activation> {
        self.fuses_with()
    }

    /// The activation that turns this loss's inputs into probabilities if they are logits; none
    /// otherwise.
    fn takes_logits(&self) -> Option<Activation> {
        None
    }

    /// Whether the metric of this loss is its negative, so that larger is better.
    #[doc(hidden)]
    fn is_negative(&self) -> bool {
        false
    }

    /// The losses of several outputs, if it is such a loss.
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn by_output(&self) -> Option<&Losses> {
        None
    }

    /// Describes the first target for which this loss is not meant, although it can be computed;
    /// `width` is the number of values in a row.
    fn odd_target(&self, _targets: &[f32], _width: usize) -> Option<String> {
        None
    }

    /// Checks the loss's own settings.
    ///
    /// # Errors
    /// If one is out of range.
    fn check_settings(&self) -> Result<()> {
        Ok(())
    }

    /// Checks all target values of a fit, for a model with this many outputs.
    ///
    /// # Errors
    /// If the loss cannot take a value.
    fn check_values(&self, _targets: &[f32], _outputs: usize) -> Result<()> {
        Ok(())
    }

    /// Checks that the number of values in a target fits the model's outputs.
    ///
    /// # Errors
    /// If the loss cannot compare the two.
    fn check(&self, targets: usize, outputs: usize) -> Result<()> {
        if targets == outputs {
            return Ok(());
        }
        Err(Error::argument(
            format!("{}: the number of values in a target", self.name()),
            targets,
            format!("{outputs}, as many as the model has outputs"),
        )
        .hint("one-hot targets go with one output a class, 0 / 1 or -1 / +1 with a single output"))
    }
}

/// A loss of any kind, for [`compile`](crate::nn::Sequential::compile).
#[derive(Clone, Debug)]
pub struct Loss(pub(crate) Arc<dyn LossFunction>);

impl<L: LossFunction + 'static> From<L> for Loss {
    fn from(loss: L) -> Self {
        Loss(Arc::new(loss))
    }
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name())
    }
}

impl Loss {
    /// The loss of this Keras name, with Keras' settings: a function's (`mean_squared_error`), a
    /// class' (`MeanSquaredError`) or a short one (`mse`).
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// assert_eq!(Loss::named("mse")?.to_string(), "mean_squared_error");
    /// assert!(Loss::named("mes").is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no loss of this name.
    pub fn named(name: &str) -> Result<Self> {
        let bare = |name: &str| name.replace('_', "").to_lowercase();
        let long = SHORT.iter().find(|(short, _)| *short == bare(name)).map(|(_, long)| *long);
        let wanted = bare(long.unwrap_or(name));
        let known = || ALL.iter().map(|known| (known.make)());
        known().find(|loss| bare(loss.0.name()) == wanted).ok_or_else(|| {
            let names: Vec<_> = known().map(|loss| loss.to_string()).collect();
            let short: Vec<_> = SHORT.iter().map(|(short, _)| *short).collect();
            Error::argument(
                "the loss' name",
                format!("'{name}'"),
                format!("one of {}, or {} for short", names.join(", "), short.join(", ")),
            )
            .hint("or give the loss itself, as in Huber::new().delta(0.5)")
        })
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// If one is out of range.
    pub fn check(&self) -> Result<()> {
        self.0.check_settings()
    }
}

/// A loss for [`compile`](crate::nn::Sequential::compile): one of this module, a custom one, or a
/// Keras name such as `"mse"`.
pub trait IntoLoss {
    /// The loss.
    ///
    /// # Errors
    /// If there is no loss of this name.
    fn into_loss(self) -> Result<Loss>;
}

impl<L: Into<Loss>> IntoLoss for L {
    fn into_loss(self) -> Result<Loss> {
        Ok(self.into())
    }
}

impl IntoLoss for &str {
    fn into_loss(self) -> Result<Loss> {
        Loss::named(self)
    }
}

/// A loss for each output, by name.
impl<L: IntoLoss, const N: usize> IntoLoss for [(&str, L); N] {
    fn into_loss(self) -> Result<Loss> {
        let part = |(name, loss): (&str, L)| Ok((name.to_string(), loss.into_loss()?, 1.0));
        Ok(Losses::new(self.into_iter().map(part).collect::<Result<_>>()?).into())
    }
}

/// A loss for each output, by name and with its weight, as Keras' `loss_weights`.
impl<L: IntoLoss, const N: usize> IntoLoss for [(&str, L, f64); N] {
    fn into_loss(self) -> Result<Loss> {
        let part = |(name, loss, weight): (&str, L, f64)| {
            Ok((name.to_string(), loss.into_loss()?, weight))
        };
        Ok(Losses::new(self.into_iter().map(part).collect::<Result<_>>()?).into())
    }
}

/// Checks the share of label smoothing.
fn smoothing(loss: &str, value: f32) -> Result<()> {
    share(loss, "label_smoothing", value)
}

fn share(loss: &str, setting: &str, value: f32) -> Result<()> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(Error::argument(format!("{loss}: {setting}"), value, "from 0 to 1"))
}

/// Checks the exponent of a focal loss.
fn focus(loss: &str, gamma: f32) -> Result<()> {
    if gamma >= 0.0 && gamma.is_finite() {
        return Ok(());
    }
    Err(Error::argument(format!("{loss}: gamma"), gamma, "at least 0 and finite"))
}

/// Describes the first target for which `fits` is false, with its row and what it should be.
fn odd(
    loss: &str,
    targets: &[f32],
    width: usize,
    fits: impl Fn(f32) -> bool,
    should: &str,
) -> Option<String> {
    let place = targets.iter().position(|y| !fits(*y))?;
    let row = place / width.max(1);
    Some(format!("{loss}: a target in row {row} is {}, but {should}", targets[place]))
}

/// Like [`odd`], for targets of -1 and +1, or 0 and 1.
fn odd_side(loss: &str, targets: &[f32], width: usize) -> Option<String> {
    let should = "they should be -1 and +1, or 0 and 1 throughout";
    odd(loss, targets, width, |y| [-1.0, 0.0, 1.0].contains(&y), should)
}

/// Like [`odd`], for targets that are the probability of yes.
fn odd_bit(loss: &str, targets: &[f32], width: usize) -> Option<String> {
    let should = "they should be from 0 to 1: Dataset::with_binary makes such targets, bytes can be \
                  divided by 255, and hinge takes -1 and +1";
    odd(loss, targets, width, |y| (-1e-6..=1.0 + 1e-6).contains(&y), should)
}

/// Like [`odd`], for targets that are the probabilities of classes.
fn odd_share(loss: &str, targets: &[f32], width: usize) -> Option<String> {
    let sum = |row: &[f32]| row.iter().sum::<f32>();
    let rows = || targets.chunks_exact(width.max(1));
    if let Some(row) = rows().position(|row| (sum(row) - 1.0).abs() >= 1e-3) {
        let sum = sum(&targets[row * width..(row + 1) * width]);
        return Some(format!(
            "{loss}: the targets of row {row} add up to {sum}, but they should be one-hot, or shares \
             that add up to 1; for several labels at a time, use binary_crossentropy with Sigmoid"
        ));
    }
    odd(loss, targets, width, |y| y >= 0.0, "they should be at least 0")
}

#[cfg(test)]
pub(crate) mod checks;
