//! Precision, recall and F1, as Keras computes them.

use super::accuracy::check_threshold;
use super::config::{counted, read_counted};
use super::{Accumulator, Average, Direction, Form, MetricFunction};
use crate::config::{Config, Configured, Object, Settings};
use crate::error::{Error, Result};
use crate::loss::Scope;

/// Keras adds this to every divisor of F1.
const EPSILON: f64 = 1e-7;

/// Counts of true positives, false positives and false negatives for each class.
struct Counts {
    figure: fn(f64, f64, f64) -> f64,
    average: Average,
    /// Outputs above this are positive; without it, the largest output of a sample is.
    threshold: Option<f32>,
    form: Form,
    classes: Vec<[f64; 3]>,
}

impl Accumulator for Counts {
    fn update(&mut self, truth: &[f32], predictions: &[f32]) {
        let form = self.form;
        for (t, p) in form.samples(truth, predictions) {
            let bound = match self.threshold {
                Some(threshold) => threshold,
                // A tie makes every tied class positive, as in Keras.
                None => p.iter().fold(f32::NEG_INFINITY, |m, v| m.max(*v)),
            };
            for ((output, p), [tp, fp, fn_]) in p.iter().enumerate().zip(&mut self.classes) {
                let positive = if self.threshold.is_some() { *p > bound } else { *p >= bound };
                match (form.is(t, output), positive) {
                    (true, true) => *tp += 1.0,
                    (false, true) => *fp += 1.0,
                    (true, false) => *fn_ += 1.0,
                    (false, false) => {}
                }
            }
        }
    }

    fn result(&self) -> f64 {
        let of = |[tp, fp, fn_]: [f64; 3]| (self.figure)(tp, fp, fn_);
        match self.average {
            Average::Micro => {
                let mut sum = [0.0; 3];
                for class in &self.classes {
                    sum.iter_mut().zip(class).for_each(|(s, c)| *s += c);
                }
                of(sum)
            }
            Average::Macro => {
                self.classes.iter().map(|c| of(*c)).sum::<f64>() / self.classes.len() as f64
            }
            Average::Weighted => {
                let all: f64 = self.classes.iter().map(|[tp, _, fn_]| tp + fn_).sum();
                let sum: f64 = self.classes.iter().map(|c| of(*c) * (c[0] + c[2])).sum();
                if all == 0.0 { 0.0 } else { sum / all }
            }
            Average::Class(i) => self.classes.get(i).map_or(0.0, |c| of(*c)),
        }
    }

    fn reset(&mut self) {
        self.classes.fill([0.0; 3]);
    }
}

macro_rules! counted {
    ($(#[$doc:meta])* $name:ident, $keras:literal, $default:expr, $figure:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            average: Average,
            threshold: Option<f32>,
            name: String,
        }

        impl $name {
            /// The mean over the classes, weighted by their numbers of true samples.
            pub fn weighted() -> Self {
                Self::with(Average::Weighted)
            }

            /// The plain mean over the classes.
            pub fn macro_average() -> Self {
                Self::with(Average::Macro)
            }

            /// The metric of the counts of all classes together.
            pub fn micro() -> Self {
                Self::with(Average::Micro)
            }

            /// The metric of one class, by its index. Its name in the history ends with the index,
            /// unless [`name`](Self::name) sets another.
            pub fn class(index: usize) -> Self {
                let mut metric = Self::with(Average::Class(index));
                metric.name = format!(concat!($keras, "_{}"), index);
                metric
            }

            fn with(average: Average) -> Self {
                $name { average, threshold: None, name: $keras.into() }
            }

            /// Counts outputs above this as positive, instead of the largest of a sample. The
            /// single output of a model always has a threshold: 0.5 by default, or 0 after a tanh.
            pub fn threshold(mut self, threshold: f32) -> Self {
                self.threshold = Some(threshold);
                self
            }

            /// Its name in the history.
            pub fn name(mut self, name: impl Into<String>) -> Self {
                self.name = name.into();
                self
            }
        }

        impl Configured for $name {
            const MODULE: &'static str = "keras.metrics";
            const CLASS: &'static str = stringify!($name);

            fn write(&self, settings: &mut Object) {
                settings.extend(counted(Self::CLASS, self.average, self.threshold).settings().clone());
            }

            fn read(from: &Settings<'_>) -> Result<Self> {
                let (average, threshold) = read_counted(Self::CLASS, from)?;
                let new = match average {
                    Average::Class(index) => Self::class(index),
                    average => Self::with(average),
                };
                Ok($name { threshold, ..new })
            }
        }

        impl MetricFunction for $name {
            fn config(&self) -> Result<Config> {
                Ok(counted(Self::CLASS, self.average, self.threshold))
            }

            fn scope(&self) -> Scope {
                Scope::LastAxis
            }

            fn name(&self) -> String {
                self.name.clone()
            }

            fn direction(&self) -> Direction {
                Direction::Maximize
            }

            fn check(&self, form: Form) -> Result<()> {
                check_threshold(&self.name, self.threshold)?;
                match self.average {
                    Average::Class(class) if class >= form.outputs => Err(Error::argument(
                        format!("{}: the class", self.name),
                        class,
                        format!("below {}, the number of the model's outputs", form.outputs),
                    )),
                    _ => form.check_classes(&self.name),
                }
            }

            fn start(&self, form: Form) -> Box<dyn Accumulator> {
                let threshold = if form.outputs == 1 { Some(form.middle) } else { None };
                Box::new(Counts {
                    figure: $figure,
                    average: self.average,
                    threshold: self.threshold.or(threshold).or($default),
                    form,
                    classes: vec![[0.0; 3]; form.outputs],
                })
            }
        }
    };
}

/// `tp / all`; 0 if `all` is 0.
fn share(tp: f64, all: f64) -> f64 {
    if all == 0.0 { 0.0 } else { tp / all }
}

counted!(
    /// The harmonic mean of precision and recall, as Keras' `F1Score`.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let metrics = (Accuracy::new(), F1Score::weighted());
    /// # let _ = metrics;
    /// ```
    F1Score, "f1_score", None, |tp, fp, fn_| {
        let (p, r) = (tp / (tp + fp + EPSILON), tp / (tp + fn_ + EPSILON));
        2.0 * p * r / (p + r + EPSILON)
    }
);
counted!(
    /// The share of predicted positives that are true, as Keras' `Precision`: an output is positive
    /// above 0.5.
    Precision, "precision", Some(0.5), |tp, fp, _| share(tp, tp + fp)
);
counted!(
    /// The share of positives that are predicted as such, as Keras' `Recall`: an output is positive
    /// above 0.5.
    Recall, "recall", Some(0.5), |tp, _, fn_| share(tp, tp + fn_)
);

/// The macro average.
impl Default for F1Score {
    fn default() -> Self {
        Self::macro_average()
    }
}

impl Precision {
    /// The precision of all outputs together, each positive above 0.5: Keras' default.
    pub fn new() -> Self {
        Self::micro()
    }
}

impl Default for Precision {
    fn default() -> Self {
        Self::new()
    }
}

impl Recall {
    /// The recall of all outputs together, each positive above 0.5: Keras' default.
    pub fn new() -> Self {
        Self::micro()
    }
}

impl Default for Recall {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks::{fixture, floats};

    // Within 1e-6, the rounding of f32: Keras counts in f32, this library in f64.
    #[test]
    fn golden() {
        let golden = fixture();
        let flat = |key: &str| -> Vec<f32> {
            golden[key].as_array().unwrap().iter().flat_map(floats).collect()
        };
        let (truth, predictions) = (flat("y_true"), flat("y_pred"));
        let value = |metric: F1Score| {
            let mut counts = metric.start(Form { targets: 3, outputs: 3, middle: 0.5 });
            // In two batches, as in an epoch.
            counts.update(&truth[..6], &predictions[..6]);
            counts.update(&truth[6..], &predictions[6..]);
            counts.result()
        };
        let f1 = &golden["f1"];
        let close = |got: f64, want: &serde_json::Value| {
            assert!((got - want.as_f64().unwrap()).abs() < 1e-6, "{got} {want}");
        };
        close(value(F1Score::micro()), &f1["micro"]);
        close(value(F1Score::macro_average()), &f1["macro"]);
        close(value(F1Score::weighted()), &f1["weighted"]);
        for class in 0..3 {
            close(value(F1Score::class(class)), &f1["None"][class]);
        }
    }

    #[test]
    fn a_single_tanh_output_is_split_at_zero() {
        let mut f1 = F1Score::class(0).start(Form { targets: 1, outputs: 1, middle: 0.0 });
        f1.update(&[-1.0, 1.0, 1.0, -1.0], &[0.2, 0.1, 0.7, -0.9]);
        assert!((f1.result() - 0.8).abs() < 1e-6);
    }
}
