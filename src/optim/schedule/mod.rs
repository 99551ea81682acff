//! Learning rates, fixed or by schedule (Keras 3.15, `optimizers/schedules/`).

mod cosine;
mod cosine_restarts;
mod decay;
mod exponential;
mod inverse_time;
mod own;
mod piecewise;
mod polynomial;

pub use cosine::CosineDecay;
pub use cosine_restarts::CosineDecayRestarts;
pub use exponential::ExponentialDecay;
pub use inverse_time::InverseTimeDecay;
pub use own::OwnSchedule;
pub use piecewise::PiecewiseConstantDecay;
pub use polynomial::PolynomialDecay;

use crate::error::{Error, Result};
use std::fmt;

/// A learning rate schedule, in f64.
trait Schedule {
    fn at(&self, steps: f64) -> f64;

    /// Checks the settings; `name` is the schedule's name for errors.
    fn check(&self, name: &str) -> Result<()>;
}

macro_rules! schedules {
    ($($name:ident),*) => {
        /// A learning rate as a function of the steps taken.
        ///
        /// A plain number is a fixed rate, `Adam::new(0.001)`; a schedule can replace it:
        ///
        /// ```
        /// use dfdx_lab::prelude::*;
        /// let falling = ExponentialDecay::new(0.1, 1000, 0.5);
        /// assert_eq!(LearningRate::from(falling).at(2000), 0.025);
        /// let optimizer = Adam::new(falling.staircase(true));
        /// # let _ = optimizer;
        /// ```
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum LearningRate {
            /// A fixed rate.
            Constant(f32),
            $(
                #[doc = concat!("By [`", stringify!($name), "`].")]
                $name($name),
            )*
        }

        impl LearningRate {
            /// The schedule and its name.
            fn schedule(&self) -> Option<(&'static str, &dyn Schedule)> {
                match self {
                    LearningRate::Constant(_) => None,
                    $(LearningRate::$name(schedule) => Some((stringify!($name), schedule)),)*
                }
            }
        }

        $(
            impl From<$name> for LearningRate {
                fn from(schedule: $name) -> Self {
                    LearningRate::$name(schedule)
                }
            }
        )*
    };
}
schedules!(
    ExponentialDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
    InverseTimeDecay,
    CosineDecay,
    CosineDecayRestarts,
    OwnSchedule
);

impl LearningRate {
    /// The rate after this many steps.
    pub fn at(&self, steps: u64) -> f32 {
        match (self, self.schedule()) {
            (LearningRate::Constant(rate), _) => *rate,
            (_, Some((_, schedule))) => schedule.at(steps as f64) as f32,
            (_, None) => f32::NAN,
        }
    }

    /// Checks the settings; `optimizer` is the optimiser's name for errors.
    pub(super) fn check(&self, optimizer: &str) -> Result<()> {
        match (self, self.schedule()) {
            (LearningRate::Constant(rate), _) => {
                not_negative(optimizer, "learning rate", *rate as f64)
            }
            (_, Some((name, schedule))) => schedule.check(&format!("{optimizer}: {name}")),
            (_, None) => Ok(()),
        }
    }
}

impl From<f32> for LearningRate {
    fn from(rate: f32) -> Self {
        LearningRate::Constant(rate)
    }
}

impl From<i32> for LearningRate {
    fn from(rate: i32) -> Self {
        LearningRate::Constant(rate as f32)
    }
}

impl From<f64> for LearningRate {
    fn from(rate: f64) -> Self {
        LearningRate::Constant(rate as f32)
    }
}

impl fmt::Display for LearningRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.schedule() {
            None => write!(f, "{}", self.at(0)),
            Some((name, _)) => write!(f, "{name} from {}", self.at(0)),
        }
    }
}

/// Checks that a rate or a factor is at least 0 and finite.
fn not_negative(name: &str, setting: &str, value: f64) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::argument(format!("{name}: {setting}"), value, "at least 0 and finite"))
}

/// Checks that a number of steps is at least 1.
fn some_steps(name: &str, setting: &str, steps: u64) -> Result<()> {
    if steps > 0 {
        return Ok(());
    }
    Err(Error::argument(format!("{name}: {setting}"), steps, "at least 1"))
}

#[cfg(test)]
mod checks;
