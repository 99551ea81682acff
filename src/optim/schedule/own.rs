//! A learning rate from a closure.

use super::{LearningRate, Schedule, not_negative};
use crate::error::Result;
use std::fmt;
use std::sync::Arc;

/// A learning rate from a closure, by [`LearningRate::from_fn`].
#[derive(Clone)]
pub struct OwnSchedule(Arc<dyn Fn(u64) -> f64 + Send + Sync>);

impl LearningRate {
    /// A learning rate from a closure of the number of steps so far, from 0, like a subclass of
    /// Keras' `LearningRateSchedule`.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let rate = LearningRate::from_fn(|step| 0.1 / (1.0 + step as f64 / 100.0));
    /// assert_eq!(rate.at(100), 0.05);
    /// let optimizer = Adam::new(rate);
    /// # let _ = optimizer;
    /// ```
    pub fn from_fn(rate: impl Fn(u64) -> f64 + Send + Sync + 'static) -> Self {
        OwnSchedule(Arc::new(rate)).into()
    }

    /// Whether it is custom code, which no file can contain.
    pub(crate) fn is_code(&self) -> bool {
        matches!(self, LearningRate::OwnSchedule(_))
    }
}

impl fmt::Debug for OwnSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LearningRate::from_fn")
    }
}

impl PartialEq for OwnSchedule {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Schedule for OwnSchedule {
    fn at(&self, steps: f64) -> f64 {
        (self.0)(steps as u64)
    }

    fn check(&self, name: &str) -> Result<()> {
        not_negative(name, "the rate of step 0", (self.0)(0))
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn a_closure_is_the_schedule_it_computes() {
        let fit = |rate: LearningRate| {
            let net = Sequential::new([1]).add(Dense::new(1));
            let mut model = net.compile(Sgd::new(rate), "mse", ()).unwrap();
            let x = Array::new([8, 1], (0..8).map(|i| i as f32 / 8.0).collect()).unwrap();
            model.fit((&x, &x), Fit::epochs(5).batch_size(2).verbose(0)).unwrap();
            model
        };
        let own = fit(LearningRate::from_fn(|step| 0.1 / (1.0 + 0.5 * step as f64 / 4.0)));
        let keras = fit(InverseTimeDecay::new(0.1, 4, 0.5).into());
        assert_eq!(own.flat_weights(), keras.flat_weights());
        let error = own.to_config().unwrap_err().to_string();
        assert!(error.contains("LearningRate::from_fn") && error.contains("code"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.dfdx");
        own.save(&path).unwrap();
        assert!(Model::load(&path).unwrap_err().to_string().contains("load_with"));
        let again = Model::load_with(fit(LearningRate::from_fn(|_| 0.1)), &path).unwrap();
        assert_eq!(again.flat_weights(), own.flat_weights());
        let net = Sequential::new([1]).add(Dense::new(1));
        let error = net.compile(Sgd::new(LearningRate::from_fn(|_| -1.0)), "mse", ()).unwrap_err();
        assert!(error.to_string().contains("step 0 is -1"), "{error}");
    }
}
