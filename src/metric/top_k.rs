//! Top-k accuracy.

use super::accuracy::Share;
use super::{Accumulator, Form, MetricFunction};
use crate::config::{Config, configured};
use crate::error::{Error, Result};
use crate::loss::Scope;

/// The share of samples whose class is among the k largest outputs, including ties, as Keras'
/// `TopKCategoricalAccuracy`, or `SparseTopKCategoricalAccuracy` if targets are class numbers.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let metrics = (Accuracy::new(), TopKCategoricalAccuracy::new(3));
/// # let _ = metrics;
/// ```
#[derive(Clone, Debug)]
pub struct TopKCategoricalAccuracy {
    k: usize,
    name: String,
}

impl TopKCategoricalAccuracy {
    /// The share of samples whose class is among the k largest outputs.
    pub fn new(k: usize) -> Self {
        TopKCategoricalAccuracy { k, name: "top_k_categorical_accuracy".into() }
    }

    /// Its name in the history; `top_k_categorical_accuracy` by default.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

impl Default for TopKCategoricalAccuracy {
    /// Keras' k, 5.
    fn default() -> Self {
        TopKCategoricalAccuracy::new(5)
    }
}

configured!(TopKCategoricalAccuracy as "keras.metrics" "TopKCategoricalAccuracy",
    |from| TopKCategoricalAccuracy::default(), k = k);

impl MetricFunction for TopKCategoricalAccuracy {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn scope(&self) -> Scope {
        Scope::LastAxis
    }

    fn heeds_masks(&self) -> bool {
        true
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn check(&self, form: Form) -> Result<()> {
        if self.k == 0 {
            return Err(Error::argument(format!("{}: k", self.name), self.k, "at least 1"));
        }
        form.check_many(&self.name)?;
        form.check_classes(&self.name)
    }

    fn start(&self, form: Form) -> Box<dyn Accumulator> {
        Box::new(TopK { k: self.k, form, share: Share::default() })
    }
}

struct TopK {
    k: usize,
    form: Form,
    share: Share,
}

impl Accumulator for TopK {
    fn update(&mut self, truth: &[f32], predictions: &[f32]) {
        for (t, p) in self.form.samples(truth, predictions) {
            let among = self.form.class(t).is_some_and(|class| {
                let larger = p.iter().filter(|other| **other > p[class]).count();
                // A sample with NaN or infinite outputs is not correct.
                larger < self.k && p.iter().all(|p| p.is_finite())
            });
            self.share.count(among);
        }
    }

    fn result(&self) -> f64 {
        self.share.get()
    }

    fn reset(&mut self) {
        self.share = Share::default();
    }
}
