//! Optimisers by Keras' rules (Keras 3.15, `optimizers/`). One file each.

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod adamw;
mod clip;
mod common;
mod config;
mod ema;
mod ftrl;
mod lion;
mod nadam;
mod rmsprop;
mod schedule;
mod sgd;

pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adamax::Adamax;
pub use adamw::AdamW;
pub use clip::Clip;
pub use common::Common;
pub use ema::Ema;
pub use ftrl::Ftrl;
pub use lion::Lion;
pub use nadam::Nadam;
pub use rmsprop::RmsProp;
pub use schedule::{
    CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, LearningRate,
    OwnSchedule, PiecewiseConstantDecay, PolynomialDecay,
};
pub use sgd::Sgd;

use crate::config::Settings;
use crate::error::{Error, Result};
use std::fmt::Debug;
use std::sync::Arc;

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::{
        Adadelta, Adagrad, Adam, AdamW, Adamax, CosineDecay, CosineDecayRestarts, ExponentialDecay,
        Ftrl, InverseTimeDecay, LearningRate, Lion, Nadam, Optimizer, PiecewiseConstantDecay,
        PolynomialDecay, RmsProp, Sgd,
    };
    /// Keras' spelling of [`Sgd`].
    pub type SGD = Sgd;
    /// Keras' spelling of [`RmsProp`].
    pub type RMSprop = RmsProp;
}

/// An optimiser that can be called by its name, and read from a configuration.
struct Known {
    class: &'static str,
    make: fn() -> Optimizer,
    read: fn(&Settings<'_>) -> Result<Optimizer>,
}

const fn known<O: Readable>() -> Known {
    Known { class: O::CLASS, make: || O::default().into(), read: |from| O::read(from).map(O::into) }
}

/// What [`optimizer!`] gives a rule for configurations.
trait Readable: Default + Into<Optimizer> {
    const CLASS: &'static str;

    fn read(from: &Settings<'_>) -> Result<Self>;
}

/// Every optimiser. A new one needs a line here.
const ALL: &[Known] = &[
    known::<Sgd>(),
    known::<RmsProp>(),
    known::<Adam>(),
    known::<AdamW>(),
    known::<Adagrad>(),
    known::<Adadelta>(),
    known::<Adamax>(),
    known::<Nadam>(),
    known::<Lion>(),
    known::<Ftrl>(),
];

/// The largest number of values that a rule may keep for each weight.
pub const MAX_SLOTS: usize = 3;

/// One step's numbers.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Steps taken, this one counted: 1 at the first.
    pub number: u64,
    /// The learning rate now.
    pub learning_rate: f32,
}

/// The update rule of an optimiser. It works element by element, so that any part of the weights
/// can be updated separately.
pub trait UpdateRule: Debug + Send + Sync {
    /// Keras' class name, as in `Adam`.
    fn name(&self) -> &'static str;

    /// Adds the settings that are the rule's own, under Keras' names.
    fn write(&self, settings: &mut serde_json::Map<String, serde_json::Value>);

    /// Values kept for each weight, at most [`MAX_SLOTS`].
    fn slots(&self) -> usize;

    /// What a slot holds before the first step.
    fn slot_start(&self, _slot: usize) -> f32 {
        0.0
    }

    /// Checks the settings that are the rule's own.
    ///
    /// # Errors
    /// If one is outside its range.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Changes `weights` by their `gradients`. The first [`slots`](Self::slots) of `slots` have
    /// their length, the others are empty.
    fn update(
        &self,
        step: Step,
        weights: &mut [f32],
        gradients: &[f32],
        slots: [&mut [f32]; MAX_SLOTS],
    );
}

/// Any optimiser, as [`compile`](crate::nn::Sequential::compile) takes it.
#[derive(Clone, Debug)]
pub struct Optimizer {
    pub(crate) rule: Arc<dyn UpdateRule>,
    pub(crate) common: Common,
}

impl std::fmt::Display for Optimizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({})", self.rule.name(), self.common.learning_rate)
    }
}

/// Gives an optimiser with a field `common` the settings that all share, makes it an
/// [`Optimizer`], and tells Keras' names of its own settings and their fields.
macro_rules! optimizer {
    ($name:ident $class:literal: $($key:ident = $($field:ident).+),*) => {
        impl $name {
            /// `w -= w · decay · learning_rate` before each step; 0 by default.
            pub fn weight_decay(mut self, decay: f32) -> Self {
                self.common.weight_decay = decay;
                self
            }

            /// Scales the gradient of each weight array to at most this norm.
            pub fn clipnorm(mut self, norm: f32) -> Self {
                self.common.set_clip($crate::optim::Clip::Norm(norm));
                self
            }

            /// Scales all gradients together to at most this norm.
            pub fn global_clipnorm(mut self, norm: f32) -> Self {
                self.common.set_clip($crate::optim::Clip::GlobalNorm(norm));
                self
            }

            /// Keeps each element of the gradients within this distance of 0.
            pub fn clipvalue(mut self, value: f32) -> Self {
                self.common.set_clip($crate::optim::Clip::Value(value));
                self
            }
        }

        impl $name {
            /// Trains on a moving average of the weights: after each batch
            /// `average = 0.99 · average + 0.01 · weight`, and the averages take the weights' places
            /// at the end of the fit.
            pub fn use_ema(mut self) -> Self {
                self.common.ema.get_or_insert_default();
                self
            }

            /// [`use_ema`](Self::use_ema) with an average that keeps this share of itself.
            pub fn ema_momentum(mut self, momentum: f32) -> Self {
                self.common.ema.get_or_insert_default().momentum = momentum;
                self
            }

            /// [`use_ema`](Self::use_ema) whose averages take the weights' places after every so
            /// many steps as well.
            pub fn ema_overwrite_frequency(mut self, steps: u64) -> Self {
                self.common.ema.get_or_insert_default().overwrite_frequency = Some(steps);
                self
            }

            /// Multiplies the loss by this before its gradients are taken, and divides them by it
            /// after: against gradients that are too small for f32.
            pub fn loss_scale_factor(mut self, factor: f32) -> Self {
                self.common.loss_scale_factor = Some(factor);
                self
            }

            /// Makes one step from the mean gradient of this many batches, at least 2. A schedule
            /// of the learning rate counts batches, as in Keras.
            pub fn gradient_accumulation_steps(mut self, batches: u64) -> Self {
                self.common.gradient_accumulation_steps = Some(batches);
                self
            }
        }

        impl $name {
            fn write_own(&self, settings: &mut $crate::config::Object) {
                $(
                    let value = $crate::config::Value::to_value(&self.$($field).+);
                    settings.insert(stringify!($key).into(), value);
                )*
            }
        }

        impl $crate::optim::Readable for $name {
            const CLASS: &'static str = $class;

            fn read(from: &$crate::config::Settings<'_>) -> $crate::error::Result<Self> {
                let mut new = $name::default();
                new.common.read(from)?;
                $(from.read(stringify!($key), &mut new.$($field).+)?;)*
                from.end()?;
                Ok(new)
            }
        }

        impl From<$name> for $crate::optim::Optimizer {
            fn from(optimizer: $name) -> Self {
                let common = optimizer.common.clone();
                $crate::optim::Optimizer { rule: std::sync::Arc::new(optimizer), common }
            }
        }
    };
}
pub(crate) use optimizer;

impl Optimizer {
    /// The update rule.
    pub fn rule(&self) -> &dyn UpdateRule {
        &*self.rule
    }

    /// The optimiser of a Keras name, large or small letters alike, with Keras' settings.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// assert_eq!(Optimizer::named("adam")?.to_string(), "Adam(0.001)");
    /// assert!(Optimizer::named("adem").is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no optimiser of this name.
    pub fn named(name: &str) -> Result<Self> {
        let known = || ALL.iter().map(|known| (known.make)());
        known().find(|o| o.rule.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
            let names: Vec<_> = known().map(|o| o.rule.name().to_lowercase()).collect();
            Error::argument(
                "the optimizer's name",
                format!("'{name}'"),
                format!("one of {}", names.join(", ")),
            )
            .hint("or give the optimizer itself, as in Adam::new(0.001)")
        })
    }

    /// Checks every setting against its range.
    ///
    /// # Errors
    /// If one is outside, or more than one way to clip gradients is set.
    pub fn check(&self) -> Result<()> {
        self.common.check(self.rule.name())?;
        self.rule.check()
    }

    /// The steps that this many batches make.
    pub(crate) fn steps_of(&self, batches: u64) -> u64 {
        batches / self.common.gradient_accumulation_steps.unwrap_or(1).max(1)
    }

    /// Weight decay, before the step itself.
    pub(crate) fn decay(&self, step: Step, weights: &mut [f32]) {
        if self.common.weight_decay != 0.0 {
            let keep = self.common.weight_decay * step.learning_rate;
            crate::kernels::vectorized(|| {
                for w in weights.iter_mut() {
                    *w -= *w * keep;
                }
            });
        }
    }
}

/// What [`compile`](crate::nn::Sequential::compile) takes as an optimiser: one of this module, or
/// a Keras name such as `"adam"` for one with Keras' settings.
pub trait IntoOptimizer {
    /// The optimiser.
    ///
    /// # Errors
    /// If there is no optimiser of this name.
    fn into_optimizer(self) -> Result<Optimizer>;
}

impl<O: Into<Optimizer>> IntoOptimizer for O {
    fn into_optimizer(self) -> Result<Optimizer> {
        Ok(self.into())
    }
}

impl IntoOptimizer for &str {
    fn into_optimizer(self) -> Result<Optimizer> {
        Optimizer::named(self)
    }
}

#[cfg(test)]
pub(crate) mod checks;
