//! The area under a curve over thresholds.

use super::{Accumulator, Form, MetricFunction};
use crate::config::{Config, configured, named};
use crate::error::{Error, Result};
use crate::loss::Scope;

/// The curve whose area is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Curve {
    /// The true positive rate against the false positive rate.
    #[default]
    Roc,
    /// Precision against recall.
    Pr,
}

/// The area under the ROC or the precision-recall curve, from 200 evenly spaced thresholds, as
/// Keras' `AUC` with `summation_method="interpolation"` (for precision and recall: Davis and
/// Goadrich, 2006).
///
/// Predictions must lie between 0 and 1, or -1 and 1 for a single tanh output. Several outputs are
/// counted together, or separately with [`multi_label`](Self::multi_label).
///
/// ```
/// use dfdx_lab::prelude::*;
/// let metrics = (Auc::new(), Auc::new().curve(Curve::Pr).name("auc_pr"));
/// # let _ = metrics;
/// ```
#[derive(Clone, Debug)]
pub struct Auc {
    thresholds: usize,
    curve: Curve,
    multi_label: bool,
    name: String,
}

impl Auc {
    /// The area under the ROC curve, with 200 thresholds and all outputs together.
    pub fn new() -> Self {
        Auc { thresholds: 200, curve: Curve::Roc, multi_label: false, name: "auc".into() }
    }

    /// The number of thresholds; 200 by default, at least 2.
    pub fn num_thresholds(mut self, thresholds: usize) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// The curve; ROC by default.
    pub fn curve(mut self, curve: Curve) -> Self {
        self.curve = curve;
        self
    }

    /// Whether the area is computed for each output and averaged; false by default.
    pub fn multi_label(mut self, multi_label: bool) -> Self {
        self.multi_label = multi_label;
        self
    }

    /// Its name in the history; `auc` by default.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

impl Default for Auc {
    fn default() -> Self {
        Self::new()
    }
}

named!(Curve: Roc = "ROC", Pr = "PR");

configured!(Auc as "keras.metrics" "AUC", |from| Auc::new(),
    num_thresholds = thresholds, curve = curve, multi_label = multi_label;
    fixed summation_method = "interpolation", from_logits = false);

impl MetricFunction for Auc {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn scope(&self) -> Scope {
        Scope::LastAxis
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn check(&self, form: Form) -> Result<()> {
        if !(2..=1_000_000).contains(&self.thresholds) {
            return Err(Error::argument(
                format!("{}: num_thresholds", self.name),
                self.thresholds,
                "from 2 to 1000000",
            ));
        }
        form.check_classes(&self.name)
    }

    fn start(&self, form: Form) -> Box<dyn Accumulator> {
        let labels = if self.multi_label { form.outputs } else { 1 };
        let buckets = vec![[0; 2]; self.thresholds.max(2) - 1];
        Box::new(Area { form, curve: self.curve, labels: vec![buckets; labels] })
    }
}

/// The number of negatives and positives between each pair of neighbouring thresholds (above the
/// lower one, but not above the upper one), for each label.
struct Area {
    form: Form,
    curve: Curve,
    labels: Vec<Vec<[u64; 2]>>,
}

impl Accumulator for Area {
    fn update(&mut self, truth: &[f32], predictions: &[f32]) {
        for (t, p) in self.form.samples(truth, predictions) {
            for (output, p) in p.iter().enumerate() {
                let p = if self.form.middle == 0.0 { 0.5 + 0.5 * p } else { *p };
                let last = self.labels.len() - 1;
                let buckets = &mut self.labels[output.min(last)];
                let n = buckets.len();
                // The cast turns NaN and numbers below 0 into 0.
                let bucket = ((p.clamp(0.0, 1.0) * n as f32).ceil() - 1.0) as usize;
                buckets[bucket.min(n - 1)][usize::from(self.form.is(t, output))] += 1;
            }
        }
    }

    fn result(&self) -> f64 {
        let sum: f64 = self.labels.iter().map(|buckets| area(buckets, self.curve)).sum();
        sum / self.labels.len() as f64
    }

    fn reset(&mut self) {
        self.labels.iter_mut().for_each(|buckets| buckets.fill([0; 2]));
    }
}

/// `a / b`; 0 if b is 0.
fn ratio(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a / b }
}

/// The area, summed over neighbouring thresholds from the highest down.
fn area(buckets: &[[u64; 2]], curve: Curve) -> f64 {
    let total = |side: usize| buckets.iter().map(|b| b[side]).sum::<u64>() as f64;
    let (negatives, positives) = (total(0), total(1));
    let (mut fp, mut tp, mut area) = (0.0, 0.0, 0.0);
    for [more_fp, more_tp] in buckets.iter().rev().map(|b| b.map(|n| n as f64)) {
        area += match curve {
            Curve::Roc => {
                let height = ratio(tp, positives) + ratio(tp + more_tp, positives);
                ratio(more_fp, negatives) * height / 2.0
            }
            Curve::Pr => {
                // Between two thresholds, true positives grow linearly with predicted positives,
                // and precision is their quotient.
                let slope = ratio(more_tp, more_tp + more_fp);
                let (before, after) = (tp + fp, tp + fp + more_tp + more_fp);
                let growth = if before > 0.0 { (after / before).ln() } else { 0.0 };
                ratio(slope * (more_tp + (tp - slope * before) * growth), positives)
            }
        };
        (fp, tp) = (fp + more_fp, tp + more_tp);
    }
    // The sum of hundreds of rounded shares may be slightly more than 1.
    area.clamp(0.0, 1.0)
}
