//! Optimisers by Keras' rules (Keras 3.15, `optimizers/`). One file each.

mod adam;
mod clip;
mod rmsprop;
mod schedule;
mod sgd;

pub use adam::Adam;
pub use clip::Clip;
pub use rmsprop::RmsProp;
pub use schedule::LearningRate;
pub use sgd::Sgd;

use std::fmt::Debug;
use std::sync::Arc;

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::{Adam, LearningRate, Optimizer, RmsProp, Sgd};
    /// Keras' spelling of [`Sgd`].
    pub type SGD = Sgd;
    /// Keras' spelling of [`RmsProp`].
    pub type RMSprop = RmsProp;
}

/// The most values that a rule may keep for each weight.
pub const MAX_SLOTS: usize = 3;

/// One step's numbers.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Steps taken, this one counted: 1 at the first.
    pub number: u64,
    /// The learning rate now.
    pub learning_rate: f32,
}

/// What an optimiser does to a weight: element by element, so that any part of the weights can be
/// updated on its own.
pub trait UpdateRule: Debug + Send + Sync {
    /// Keras' class name, as in `Adam`.
    fn name(&self) -> &'static str;

    /// Values kept for each weight, at most [`MAX_SLOTS`].
    fn slots(&self) -> usize;

    /// What a slot holds before the first step.
    fn slot_start(&self, _slot: usize) -> f32 {
        0.0
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

/// What every optimiser can be told besides its own settings.
#[derive(Clone, Debug)]
pub struct Common {
    /// The learning rate, fixed or by schedule.
    pub learning_rate: LearningRate,
    /// `w -= w · weight_decay · learning_rate` before each step; none by default.
    pub weight_decay: f32,
    /// What is done to large gradients; nothing by default.
    pub clip: Clip,
}

impl Common {
    fn new(learning_rate: impl Into<LearningRate>) -> Self {
        Common { learning_rate: learning_rate.into(), weight_decay: 0.0, clip: Clip::None }
    }
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

/// Gives an optimiser with a field `common` the settings that all share, and makes it an
/// [`Optimizer`].
macro_rules! optimizer {
    ($name:ident) => {
        impl $name {
            /// `w -= w · decay · learning_rate` before each step; 0 by default.
            pub fn weight_decay(mut self, decay: f32) -> Self {
                self.common.weight_decay = decay;
                self
            }

            /// Scales the gradient of each weight array to at most this norm.
            pub fn clipnorm(mut self, norm: f32) -> Self {
                self.common.clip = $crate::optim::Clip::Norm(norm);
                self
            }

            /// Scales all gradients together to at most this norm.
            pub fn global_clipnorm(mut self, norm: f32) -> Self {
                self.common.clip = $crate::optim::Clip::GlobalNorm(norm);
                self
            }

            /// Keeps each element of the gradients within this distance of 0.
            pub fn clipvalue(mut self, value: f32) -> Self {
                self.common.clip = $crate::optim::Clip::Value(value);
                self
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

#[cfg(test)]
pub(crate) mod checks {
    use super::*;
    use crate::loss::checks::{fixture, floats};

    /// Follows Keras for ten steps within 1e-5 relative (2e-6 absolute near 0): the same formulas
    /// in f32, evaluated in another order.
    pub fn follows_keras(optimizer: impl Into<Optimizer>, name: &str) {
        let optimizer = optimizer.into();
        let golden = fixture();
        let mut w = floats(&golden["w0"]);
        let n = w.len();
        let mut slots: Vec<Vec<f32>> = (0..MAX_SLOTS)
            .map(|s| match s < optimizer.rule.slots() {
                true => vec![optimizer.rule.slot_start(s); n],
                false => vec![],
            })
            .collect();
        let gradients = golden["grads"].as_array().unwrap();
        let trajectory = golden["trajectories"][name].as_array().unwrap();
        for (i, (g, want)) in gradients.iter().zip(trajectory).enumerate() {
            let mut g = floats(g);
            optimizer.common.clip.apply(&mut g, std::iter::once(0..n));
            let step = Step {
                number: i as u64 + 1,
                learning_rate: optimizer.common.learning_rate.at(i as u64),
            };
            let [a, b, c] = &mut slots[..] else { unreachable!() };
            optimizer.decay(step, &mut w);
            optimizer.rule.update(step, &mut w, &g, [a, b, c]);
            for (got, want) in w.iter().zip(floats(want)) {
                let difference = (got - want).abs();
                assert!(difference <= 1e-5 * want.abs() + 2e-6, "{name} step {i}: {got} {want}");
            }
        }
    }
}
