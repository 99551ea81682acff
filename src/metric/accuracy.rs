//! Accuracy metrics.

use super::{Accumulator, Form, MetricFunction, class_of};
use crate::config::{Config, Configured, Object, Settings, Value, configured};
use crate::error::{Error, Result};
use crate::loss::Scope;

/// A count of correct samples among all.
#[derive(Clone, Copy, Default)]
pub(super) struct Share {
    right: u64,
    all: u64,
}

impl Share {
    pub fn count(&mut self, right: bool) {
        self.right += u64::from(right);
        self.all += 1;
    }

    /// The share; 0 if nothing was counted.
    pub fn get(&self) -> f64 {
        if self.all == 0 { 0.0 } else { self.right as f64 / self.all as f64 }
    }
}

macro_rules! accuracy_of_classes {
    ($(#[$doc:meta])* $name:ident, $module:literal $class:literal, $keras:literal, |$own:ident, $form:ident| $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name;

        impl $name {
            /// The metric; it has no settings.
            pub fn new() -> Self {
                $name
            }
        }

        configured!($name as $module $class, |from| $name);

        impl MetricFunction for $name {
            fn config(&self) -> Result<Config> {
                Ok(Config::of(self))
            }

            fn name(&self) -> String {
                $keras.into()
            }

            fn scope(&self) -> Scope {
                Scope::LastAxis
            }

            fn heeds_masks(&self) -> bool {
                true
            }

            fn check(&self, $form: Form) -> Result<()> {
                let $own = $keras;
                $check
            }

            fn start(&self, form: Form) -> Box<dyn Accumulator> {
                Box::new(Classes { form, share: Share::default() })
            }
        }
    };
}

accuracy_of_classes!(
    /// The share of samples whose class is predicted, as Keras' `"accuracy"`. The kind depends on
    /// the shapes: the largest output is compared with the largest target or with the class number,
    /// a single output with its threshold.
    ///
    /// ```
    /// use dfdx_lab::metric::{Accuracy, Form, MetricFunction};
    /// let mut accuracy = Accuracy::new().start(Form { targets: 1, outputs: 3, middle: 0.5 });
    /// accuracy.update(&[1.0, 0.0], &[0.1, 0.6, 0.3, 0.2, 0.3, 0.5]);
    /// assert_eq!(accuracy.result(), 0.5);
    /// ```
    Accuracy, "dfdx_lab.metrics" "Accuracy", "accuracy", |name, form| form.check_classes(name)
);
accuracy_of_classes!(
    /// The share of samples whose largest output is at the index of the largest target.
    CategoricalAccuracy, "keras.metrics" "CategoricalAccuracy", "categorical_accuracy", |name, form| {
        form.check_many(name)?;
        form.check_same(name)
    }
);
accuracy_of_classes!(
    /// The share of samples whose largest output is at the index in the target, a class number from
    /// 0.
    SparseCategoricalAccuracy, "keras.metrics" "SparseCategoricalAccuracy", "sparse_categorical_accuracy", |name, form| {
        form.check_many(name)?;
        Form { outputs: 1, ..form }.check_same(name)
    }
);

struct Classes {
    form: Form,
    share: Share,
}

impl Accumulator for Classes {
    fn update(&mut self, truth: &[f32], predictions: &[f32]) {
        for (t, p) in self.form.samples(truth, predictions) {
            self.share.count(self.form.class(t) == Some(class_of(p, self.form.middle)));
        }
    }

    fn result(&self) -> f64 {
        self.share.get()
    }

    fn reset(&mut self) {
        self.share = Share::default();
    }
}

/// The share of outputs on the right side of a threshold; every output counts separately.
#[derive(Clone, Copy, Debug)]
pub struct BinaryAccuracy {
    threshold: Option<f32>,
}

impl BinaryAccuracy {
    /// The metric with the threshold in the middle of the last activation's range: 0.5, or 0 after
    /// a tanh.
    pub fn new() -> Self {
        BinaryAccuracy { threshold: None }
    }

    /// Outputs above this count as 1.
    pub fn threshold(mut self, threshold: f32) -> Self {
        self.threshold = Some(threshold);
        self
    }
}

impl Default for BinaryAccuracy {
    fn default() -> Self {
        Self::new()
    }
}

impl Configured for BinaryAccuracy {
    const MODULE: &'static str = "keras.metrics";
    const CLASS: &'static str = "BinaryAccuracy";

    /// Writes nothing if the threshold is the activation's default, which is 0.5 in Keras.
    fn write(&self, settings: &mut Object) {
        if let Some(threshold) = self.threshold {
            settings.insert("threshold".into(), threshold.to_value());
        }
    }

    fn read(from: &Settings<'_>) -> Result<Self> {
        let threshold = from.get("threshold")?;
        from.end()?;
        Ok(BinaryAccuracy { threshold })
    }
}

/// Checks a metric's threshold.
///
/// # Errors
/// If it is NaN.
pub(super) fn check_threshold(metric: &str, threshold: Option<f32>) -> Result<()> {
    match threshold.filter(|t| t.is_nan()) {
        None => Ok(()),
        Some(nan) => Err(Error::argument(format!("{metric}: the threshold"), nan, "a number")),
    }
}

impl MetricFunction for BinaryAccuracy {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn name(&self) -> String {
        "binary_accuracy".into()
    }

    fn heeds_masks(&self) -> bool {
        true
    }

    fn check(&self, form: Form) -> Result<()> {
        check_threshold(&self.name(), self.threshold)?;
        form.check_same(&self.name())
    }

    fn start(&self, form: Form) -> Box<dyn Accumulator> {
        let threshold = self.threshold.unwrap_or(form.middle);
        Box::new(Sides { middle: form.middle, threshold, share: Share::default() })
    }
}

struct Sides {
    middle: f32,
    threshold: f32,
    share: Share,
}

impl Accumulator for Sides {
    fn update(&mut self, truth: &[f32], predictions: &[f32]) {
        for (t, p) in truth.iter().zip(predictions) {
            self.share.count((*t > self.middle) == (*p > self.threshold));
        }
    }

    fn result(&self) -> f64 {
        self.share.get()
    }

    fn reset(&mut self) {
        self.share = Share::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(targets: usize, outputs: usize, middle: f32) -> Form {
        Form { targets, outputs, middle }
    }

    #[test]
    fn picks_the_kind_by_the_shape() {
        let mut many = Accuracy.start(form(3, 3, 0.5));
        many.update(&[0.0, 1.0, 0.0, 1.0, 0.0, 0.0], &[0.1, 0.6, 0.3, 0.2, 0.3, 0.5]);
        assert_eq!(many.result(), 0.5);
        let mut one = Accuracy.start(form(1, 1, 0.0));
        one.update(&[-1.0, 1.0, 1.0, -1.0], &[-0.2, 0.1, -0.4, -0.9]);
        assert_eq!(one.result(), 0.75);
        one.reset();
        assert_eq!(one.result(), 0.0);
        let mut each = BinaryAccuracy::new().start(form(2, 2, 0.5));
        each.update(&[1.0, 0.0, 1.0, 1.0], &[0.7, 0.6, 0.9, 0.8]);
        assert_eq!(each.result(), 0.75);
        let mut numbered = Accuracy.start(form(1, 3, 0.5));
        numbered.update(&[2.0, 1.0, 7.0], &[0.1, 0.2, 0.7, 0.1, 0.2, 0.7, 0.1, 0.2, 0.7]);
        assert!((numbered.result() - 1.0 / 3.0).abs() < 1e-12);
    }
}
