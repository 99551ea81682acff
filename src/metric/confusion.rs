//! Confusion matrices.

use crate::error::{Error, Result};
use crate::memory;

/// A confusion matrix: counts of true classes (rows) against predicted classes (columns), as in
/// scikit-learn.
#[derive(Clone, PartialEq, Eq)]
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
        let what = "ConfusionMatrix::new: the counts of the classes";
        let mut counts = vec![0; memory::check(what, &[k, k], size_of::<u64>())?];
        for (&t, &p) in truth.iter().zip(predicted) {
            counts[t * k + p] += 1;
        }
        Ok(ConfusionMatrix { classes, counts })
    }

    /// The class names, in the order of rows and columns.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The number of samples of class `truth` that were predicted as `predicted`.
    ///
    /// # Panics
    /// If an index is not below the number of classes, like indexing a slice.
    pub fn count(&self, truth: usize, predicted: usize) -> u64 {
        self.counts[truth * self.classes.len() + predicted]
    }

    /// The number of samples.
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

impl ConfusionMatrix {
    fn table_rows(&self) -> Vec<Vec<String>> {
        let k = self.classes.len();
        let row = |t: usize| {
            let counts = (0..k).map(|p| self.count(t, p));
            let total: u64 = counts.clone().sum();
            let right = match total {
                0 => "–".to_string(),
                n => format!("{:.1} %", 100.0 * self.count(t, t) as f64 / n as f64),
            };
            let cells = counts.map(|n| n.to_string());
            std::iter::once(self.classes[t].clone()).chain(cells).chain([right]).collect()
        };
        (0..k).map(row).collect()
    }

    fn table_head(&self) -> Vec<&str> {
        let names = self.classes.iter().map(String::as_str);
        std::iter::once("true \\ predicted").chain(names).chain(["recall"]).collect()
    }

    /// An HTML table of the counts: true classes in rows, predicted ones in columns, and each row's
    /// share of correct ones.
    pub fn to_html(&self) -> String {
        let caption = format!("Confusion matrix of {} samples", self.total());
        crate::html::table(&caption, &self.table_head(), &self.table_rows())
    }
}

crate::html::debug_as_display!(ConfusionMatrix);

impl std::fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::html::text_table("", &self.table_head(), &self.table_rows()))
    }
}

#[cfg(test)]
mod display_tests {
    use super::*;

    #[test]
    fn the_table_has_names_counts_and_recall() {
        let matrix = ConfusionMatrix::new(["<w>", "n"], &[0, 0, 0, 0], &[0, 0, 0, 1]).unwrap();
        let expected = "true \\ predicted  <w>  n  recall\n<w>                 3  1  75.0 %\nn                   0  0  –";
        assert_eq!(matrix.to_string(), expected.replace("0  –", "0       –"));
        assert!(matrix.to_html().contains("<td style=\"text-align:left\">&lt;w&gt;</td>"));
    }
}
