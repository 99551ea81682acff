//! The form of outputs and targets.

use crate::error::{Error, Result};

/// The form of one sample of targets and predictions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Form {
    /// The number of values in a target: that of the outputs, or 1 for a class number.
    pub targets: usize,
    /// The number of the model's outputs.
    pub outputs: usize,
    /// The threshold between the two classes of a single output: 0.5, or 0 after a tanh.
    pub middle: f32,
}

impl Form {
    /// Whether a target is a class number, for several outputs.
    pub fn is_numbered(&self) -> bool {
        self.targets == 1 && self.outputs > 1
    }

    /// The class of a target: its number, the index of the largest value, or 1 for a single value
    /// above the middle. None if the number is not that of a class.
    pub(super) fn class(&self, truth: &[f32]) -> Option<usize> {
        if !self.is_numbered() {
            return Some(super::class_of(truth, self.middle));
        }
        let number = truth[0];
        let known = number >= 0.0 && number.fract() == 0.0 && (number as usize) < self.outputs;
        known.then_some(number as usize)
    }

    /// Whether the target of this output is positive.
    pub(super) fn is(&self, truth: &[f32], output: usize) -> bool {
        if self.is_numbered() { truth[0] == output as f32 } else { truth[output] > self.middle }
    }

    /// Targets and predictions, sample by sample.
    pub(super) fn samples<'a>(
        &self,
        truth: &'a [f32],
        predictions: &'a [f32],
    ) -> impl Iterator<Item = (&'a [f32], &'a [f32])> + use<'a> {
        let (targets, outputs) = (self.targets.max(1), self.outputs.max(1));
        truth.chunks_exact(targets).zip(predictions.chunks_exact(outputs))
    }

    /// Checks that a target has as many values as the model has outputs.
    pub(super) fn check_same(&self, name: &str) -> Result<()> {
        if self.targets == self.outputs {
            return Ok(());
        }
        Err(self.error(name, format!("{}, as many as the model has outputs", self.outputs)))
    }

    /// Checks that a target has as many values as the model has outputs, or is a class number.
    pub(super) fn check_classes(&self, name: &str) -> Result<()> {
        if self.targets == self.outputs || self.targets == 1 {
            return Ok(());
        }
        let outputs = self.outputs;
        Err(self.error(name, format!("{outputs}, one for each output, or 1, the class number")))
    }

    /// Checks that the model has more than one output.
    pub(super) fn check_many(&self, name: &str) -> Result<()> {
        if self.outputs > 1 {
            return Ok(());
        }
        Err(Error::argument(
            format!("{name}: the number of the model's outputs"),
            self.outputs,
            "at least 2, one for each class",
        )
        .hint("Accuracy and BinaryAccuracy are for a single output"))
    }

    fn error(&self, name: &str, expected: String) -> Error {
        Error::argument(format!("{name}: the number of values in a target"), self.targets, expected)
    }
}
