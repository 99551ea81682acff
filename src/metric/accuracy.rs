//! Accuracies.

use super::{Accumulator, MetricFunction, class_of};

/// The share of samples whose class is predicted: the largest output against the largest target,
/// or a single output against its middle (Keras' `accuracy`, which picks the kind by the shapes).
#[derive(Clone, Copy, Debug, Default)]
pub struct Accuracy;

impl Accuracy {
    /// The metric; it has no settings.
    pub fn new() -> Self {
        Accuracy
    }
}

impl MetricFunction for Accuracy {
    fn name(&self) -> String {
        "accuracy".into()
    }

    fn start(&self, _outputs: usize, middle: f32) -> Box<dyn Accumulator> {
        Box::new(Matches { middle, right: 0, all: 0 })
    }
}

struct Matches {
    middle: f32,
    right: u64,
    all: u64,
}

impl Accumulator for Matches {
    fn update(&mut self, truth: &[f32], predictions: &[f32], outputs: usize) {
        for (t, p) in truth.chunks_exact(outputs).zip(predictions.chunks_exact(outputs)) {
            self.right += u64::from(class_of(t, self.middle) == class_of(p, self.middle));
            self.all += 1;
        }
    }

    fn result(&self) -> f64 {
        if self.all == 0 { 0.0 } else { self.right as f64 / self.all as f64 }
    }

    fn reset(&mut self) {
        (self.right, self.all) = (0, 0);
    }
}

/// The share of outputs on the right side of a threshold, each output counted on its own.
#[derive(Clone, Copy, Debug)]
pub struct BinaryAccuracy {
    threshold: Option<f32>,
}

impl BinaryAccuracy {
    /// With the threshold in the middle of the last activation's range: 0.5, or 0 after a tanh.
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

impl MetricFunction for BinaryAccuracy {
    fn name(&self) -> String {
        "binary_accuracy".into()
    }

    fn start(&self, _outputs: usize, middle: f32) -> Box<dyn Accumulator> {
        let middle = self.threshold.unwrap_or(middle);
        Box::new(Sides { middle, inner: Matches { middle, right: 0, all: 0 } })
    }
}

struct Sides {
    middle: f32,
    inner: Matches,
}

impl Accumulator for Sides {
    fn update(&mut self, truth: &[f32], predictions: &[f32], _outputs: usize) {
        for (t, p) in truth.iter().zip(predictions) {
            self.inner.right += u64::from((*t > self.middle) == (*p > self.middle));
            self.inner.all += 1;
        }
    }

    fn result(&self) -> f64 {
        self.inner.result()
    }

    fn reset(&mut self) {
        self.inner.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_the_kind_by_the_shape() {
        let mut many = Accuracy.start(3, 0.5);
        many.update(&[0.0, 1.0, 0.0, 1.0, 0.0, 0.0], &[0.1, 0.6, 0.3, 0.2, 0.3, 0.5], 3);
        assert_eq!(many.result(), 0.5);
        let mut one = Accuracy.start(1, 0.0);
        one.update(&[-1.0, 1.0, 1.0, -1.0], &[-0.2, 0.1, -0.4, -0.9], 1);
        assert_eq!(one.result(), 0.75);
        one.reset();
        assert_eq!(one.result(), 0.0);
        let mut each = BinaryAccuracy::new().start(2, 0.5);
        each.update(&[1.0, 0.0, 1.0, 1.0], &[0.7, 0.6, 0.9, 0.8], 2);
        assert_eq!(each.result(), 0.75);
    }
}
