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

pub use clip::Clip;
pub use common::Common;
pub use ema::Ema;
pub use schedule::{
    CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, LearningRate,
    OwnSchedule, PiecewiseConstantDecay, PolynomialDecay,
};

use crate::config::Settings;
use crate::error::{Error, Result};
use crate::register::register;
use std::fmt::Debug;
use std::sync::Arc;

/// An optimiser that can be made from its name or read from a configuration.
struct Known {
    class: &'static str,
    make: fn() -> Optimizer,
    read: fn(&Settings<'_>) -> Result<Optimizer>,
}

const fn known<O: Readable>() -> Known {
    Known { class: O::CLASS, make: || O::default().into(), read: |from| O::read(from).map(O::into) }
}

/// The reader of an optimiser's configuration, implemented by [`optimizer!`].
trait Readable: Default + Into<Optimizer> {
    const CLASS: &'static str;

    fn read(from: &Settings<'_>) -> Result<Self>;
}

register! {
    /// All optimisers.
    const ALL: &[Known] = known;

    pub use sgd::Sgd;
    pub use rmsprop::RmsProp;
    pub use adam::Adam;
    pub use adamw::AdamW;
    pub use adagrad::Adagrad;
    pub use adadelta::Adadelta;
    pub use adamax::Adamax;
    pub use nadam::Nadam;
    pub use lion::Lion;
    pub use ftrl::Ftrl;

    /// The names that a notebook uses.
    pub mod prelude {
        pub use super::{
            CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, LearningRate,
            Optimizer, PiecewiseConstantDecay, PolynomialDecay,
        };
        /// Keras' spelling of [`Sgd`].
        pub type SGD = Sgd;
        /// Keras' spelling of [`RmsProp`].
        pub type RMSprop = RmsProp;
    }
}

/// The largest number of values that an update rule may keep for each weight.
pub const MAX_SLOTS: usize = 3;

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The number of steps so far, including this one: 1 for the first.
    pub number: u64,
    /// The learning rate of this step.
    pub learning_rate: f32,
}

/// The update rule of an optimiser. It works element by element, so that any part of the weights
/// can be updated separately.
pub trait UpdateRule: Debug + Send + Sync {
    /// Keras' class name, as in `Adam`.
    fn name(&self) -> &'static str;

    /// Adds the rule's own settings, under Keras' names.
    fn write(&self, settings: &mut serde_json::Map<String, serde_json::Value>);

    /// The number of values kept for each weight, at most [`MAX_SLOTS`].
    fn slots(&self) -> usize;

    /// The value of a slot before the first step.
    fn slot_start(&self, _slot: usize) -> f32 {
        0.0
    }

    /// Checks the rule's own settings.
    ///
    /// # Errors
    /// If one is out of range.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Updates `weights` by their `gradients`. The first [`slots`](Self::slots) of `slots` have the
    /// length of the weights, the others are empty.
    fn update(
        &self,
        step: Step,
        weights: &mut [f32],
        gradients: &[f32],
        slots: [&mut [f32]; MAX_SLOTS],
    );
}

/// An optimiser of any kind, for [`compile`](crate::nn::Sequential::compile).
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

/// Gives an optimiser with a field `common` the settings that all share and a conversion to
/// [`Optimizer`]. Its arguments are Keras' names of the optimiser's own settings and their fields.
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

            /// Clips each element of the gradients to this distance from 0.
            pub fn clipvalue(mut self, value: f32) -> Self {
                self.common.set_clip($crate::optim::Clip::Value(value));
                self
            }
        }

        impl $name {
            /// Keeps a moving average of the weights: after each batch, `average = 0.99 · average +
            /// 0.01 · weight`, and at the end of the fit the averages replace the weights.
            pub fn use_ema(mut self) -> Self {
                self.common.ema.get_or_insert_default();
                self
            }

            /// Like [`use_ema`](Self::use_ema), with another momentum than 0.99.
            pub fn ema_momentum(mut self, momentum: f32) -> Self {
                self.common.ema.get_or_insert_default().momentum = momentum;
                self
            }

            /// Like [`use_ema`](Self::use_ema), but the averages also replace the weights whenever
            /// this many steps have passed.
            pub fn ema_overwrite_frequency(mut self, steps: u64) -> Self {
                self.common.ema.get_or_insert_default().overwrite_frequency = Some(steps);
                self
            }

            /// Multiplies the loss by this before its gradients are taken, and divides the
            /// gradients by it, so that gradients are not too small for f32.
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

    /// The optimiser of this Keras name, in upper or lower case, with Keras' settings.
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

    /// Checks all settings.
    ///
    /// # Errors
    /// If one is out of range, or more than one way to clip gradients is set.
    pub fn check(&self) -> Result<()> {
        self.common.check(self.rule.name())?;
        self.rule.check()
    }

    /// The number of steps in this many batches.
    pub(crate) fn steps_of(&self, batches: u64) -> u64 {
        batches / self.common.gradient_accumulation_steps.unwrap_or(1).max(1)
    }

    /// Applies weight decay, before the step itself.
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

/// An optimiser for [`compile`](crate::nn::Sequential::compile): one of this module, or a Keras
/// name such as `"adam"` for one with Keras' settings.
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
