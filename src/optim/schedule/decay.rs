//! The common part of exponential and inverse-time decay.

/// Declares a schedule that decays by `decay_rate` over `decay_steps` steps. Its arguments are the
/// documentation of the type and of `new`, and the rate after `p · decay_steps` steps.
macro_rules! decay {
    (
        $(#[$doc:meta])+ $name:ident, $class:literal:
        $(#[$new:meta])+ |$initial:ident, $rate:ident, $p:ident| $after:expr
    ) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name {
            initial: f64,
            decay_steps: u64,
            decay_rate: f64,
            staircase: bool,
        }

        impl $name {
            $(#[$new])+
            pub fn new(initial_learning_rate: f64, decay_steps: u64, decay_rate: f64) -> Self {
                $name { initial: initial_learning_rate, decay_steps, decay_rate, staircase: false }
            }

            /// Whether the rate changes only every `decay_steps` steps; false by default.
            pub fn staircase(mut self, staircase: bool) -> Self {
                self.staircase = staircase;
                self
            }
        }

        $crate::config::configured!($name as "keras.optimizers.schedules" $class, |from| {
                let (initial, steps) = (from.get("initial_learning_rate")?, from.get("decay_steps")?);
                $name::new(initial, steps, from.get("decay_rate")?)
            },
            initial_learning_rate = initial, decay_steps = decay_steps, decay_rate = decay_rate,
            staircase = staircase);

        impl $crate::optim::schedule::Schedule for $name {
            fn at(&self, steps: f64) -> f64 {
                let p = steps / self.decay_steps as f64;
                let $p = if self.staircase { p.floor() } else { p };
                let ($initial, $rate) = (self.initial, self.decay_rate);
                $after
            }

            fn check(&self, name: &str) -> $crate::error::Result<()> {
                use $crate::optim::schedule::{not_negative, some_steps};
                not_negative(name, "initial_learning_rate", self.initial)?;
                some_steps(name, "decay_steps", self.decay_steps)?;
                not_negative(name, "decay_rate", self.decay_rate)
            }
        }
    };
}
pub(super) use decay;
