//! The confusion matrix, and the figures read off it.

use crate::error::{Error, Result};

/// Counts of true against predicted classes: rows are the true class, columns the predicted one,
/// as in scikit-learn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix {
    classes: Vec<String>,
    counts: Vec<u64>,
}

impl ConfusionMatrix {
    /// Counts pairs of class indices.
    ///
    /// # Errors
    /// If the lists differ in length, or an index has no class name.
    pub fn new<S: Into<String>>(
        classes: impl IntoIterator<Item = S>,
        truth: &[usize],
        predicted: &[usize],
    ) -> Result<Self> {
        let classes: Vec<String> = classes.into_iter().map(Into::into).collect();
        if truth.len() != predicted.len() {
            return Err(Error::argument(
                "ConfusionMatrix::new: the number of predicted classes",
                predicted.len(),
                format!("the number of true ones, {}", truth.len()),
            ));
        }
        let k = classes.len();
        if let Some(&bad) = truth.iter().chain(predicted).find(|&&c| c >= k) {
            return Err(Error::argument(
                "ConfusionMatrix::new: a class index",
                bad,
                format!("below {k}, the number of class names"),
            ));
        }
        let mut counts = vec![0; k * k];
        for (&t, &p) in truth.iter().zip(predicted) {
            counts[t * k + p] += 1;
        }
        Ok(ConfusionMatrix { classes, counts })
    }

    /// The class names, in the order of rows and columns.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// How many samples of class `truth` were called `predicted`.
    ///
    /// # Panics
    /// If an index is not below the number of classes, like indexing a slice.
    pub fn count(&self, truth: usize, predicted: usize) -> u64 {
        self.counts[truth * self.classes.len() + predicted]
    }

    /// All samples.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

impl ConfusionMatrix {
    pub(super) fn add_counts(&mut self, other: &ConfusionMatrix) {
        for (mine, more) in self.counts.iter_mut().zip(&other.counts) {
            *mine += more;
        }
    }
}
