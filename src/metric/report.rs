//! Precision, recall and F1 of a confusion matrix, and their table.

use super::ConfusionMatrix;
use crate::error::{Error, Result};
use crate::html::escape;
use std::fmt;

/// A ratio; 0 / 0 is 0, as with scikit-learn's `zero_division=0`.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Precision, recall and F1 by scikit-learn's definitions (`metrics/_classification.py`). Classes
/// are given by index.
impl ConfusionMatrix {
    /// The number of true samples of a class.
    ///
    /// # Panics
    /// If `class` is not below the number of classes, like indexing a slice.
    pub fn support(&self, class: usize) -> u64 {
        (0..self.classes().len()).map(|p| self.count(class, p)).sum()
    }

    /// The number of samples predicted as this class.
    pub fn predicted(&self, class: usize) -> u64 {
        (0..self.classes().len()).map(|t| self.count(t, class)).sum()
    }

    /// The share of samples that are predicted correctly; equals the micro-averaged F1.
    pub fn accuracy(&self) -> f64 {
        let right = (0..self.classes().len()).map(|c| self.count(c, c)).sum();
        ratio(right, self.total())
    }

    /// The share of samples predicted as this class that belong to it.
    pub fn precision(&self, class: usize) -> f64 {
        ratio(self.count(class, class), self.predicted(class))
    }

    /// The share of samples of this class that are predicted as such.
    pub fn recall(&self, class: usize) -> f64 {
        ratio(self.count(class, class), self.support(class))
    }

    /// The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN).
    pub fn f1(&self, class: usize) -> f64 {
        ratio(2 * self.count(class, class), self.support(class) + self.predicted(class))
    }

    /// The mean F1 over the classes.
    pub fn f1_macro(&self) -> f64 {
        let k = self.classes().len();
        (0..k).map(|c| self.f1(c)).sum::<f64>() / k.max(1) as f64
    }

    /// The mean F1 over the classes, weighted by their numbers of true samples.
    pub fn f1_weighted(&self) -> f64 {
        let sum: f64 = (0..self.classes().len()).map(|c| self.f1(c) * self.support(c) as f64).sum();
        if self.total() == 0 { 0.0 } else { sum / self.total() as f64 }
    }

    /// The F1 of all classes' counts together, which is the accuracy.
    pub fn f1_micro(&self) -> f64 {
        self.accuracy()
    }

    /// The index of the class with this name.
    ///
    /// # Errors
    /// If there is no class of this name.
    pub fn class(&self, name: &str) -> Result<usize> {
        self.classes().iter().position(|c| c == name).ok_or_else(|| {
            Error::argument(
                "ConfusionMatrix::class: the name",
                format!("'{name}'"),
                format!("one of {}", self.classes().join(", ")),
            )
        })
    }

    /// Adds the counts of another matrix with the same classes, for example of another fold.
    ///
    /// # Errors
    /// If the classes or their order differ.
    pub fn pool(&mut self, other: &ConfusionMatrix) -> Result<()> {
        if self.classes() != other.classes() {
            return Err(Error::argument(
                "ConfusionMatrix::pool: the classes",
                other.classes().join(", "),
                format!("{}, in this order", self.classes().join(", ")),
            ));
        }
        self.add_counts(other);
        Ok(())
    }

    /// Precision, recall, F1 and support of each class with their averages, as scikit-learn's
    /// `classification_report`.
    pub fn report(&self) -> ClassificationReport {
        let class = |c: usize| {
            (
                self.classes()[c].clone(),
                self.precision(c),
                self.recall(c),
                self.f1(c),
                self.support(c),
            )
        };
        let mut rows: Vec<_> = (0..self.classes().len()).map(class).collect();
        let k = rows.len().max(1) as f64;
        let total = self.total();
        let mean = |figure: &dyn Fn(usize) -> f64, weighted: bool| {
            let sum: f64 = (0..self.classes().len())
                .map(|c| figure(c) * if weighted { self.support(c) as f64 } else { 1.0 })
                .sum();
            sum / if weighted { total.max(1) as f64 } else { k }
        };
        for (name, weighted) in [("macro average", false), ("weighted average", true)] {
            rows.push((
                name.into(),
                mean(&|c| self.precision(c), weighted),
                mean(&|c| self.recall(c), weighted),
                mean(&|c| self.f1(c), weighted),
                total,
            ));
        }
        ClassificationReport { accuracy: self.accuracy(), rows }
    }
}

/// The table returned by [`ConfusionMatrix::report`].
#[derive(Clone)]
pub struct ClassificationReport {
    accuracy: f64,
    /// Name, precision, recall, F1, support.
    rows: Vec<(String, f64, f64, f64, u64)>,
}

impl ClassificationReport {
    /// The table as HTML.
    pub fn to_html(&self) -> String {
        let mut html = String::from(
            "<table><thead><tr><th></th><th>precision</th><th>recall</th><th>F1</th>\
             <th>support</th></tr></thead><tbody>",
        );
        for (name, p, r, f1, n) in &self.rows {
            html += &format!(
                "<tr><th style=\"text-align:left\">{}</th><td>{p:.4}</td><td>{r:.4}</td>\
                 <td>{f1:.4}</td><td>{n}</td></tr>",
                escape(name)
            );
        }
        html += &format!("</tbody></table><p>accuracy {:.4}</p>", self.accuracy);
        html
    }
}

crate::html::debug_as_display!(ClassificationReport);

impl fmt::Display for ClassificationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|r| r.0.chars().count()).max().unwrap_or(0);
        writeln!(f, "{:width$}  precision  recall      F1  support", "")?;
        for (name, p, r, f1, n) in &self.rows {
            writeln!(f, "{name:width$}  {p:9.4}  {r:6.4}  {f1:6.4}  {n:7}")?;
        }
        write!(f, "accuracy {:.4}", self.accuracy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(counts: &[&[u64]]) -> ConfusionMatrix {
        let (mut truth, mut predicted) = (vec![], vec![]);
        for (t, row) in counts.iter().enumerate() {
            for (p, n) in row.iter().enumerate() {
                truth.extend(std::iter::repeat_n(t, *n as usize));
                predicted.extend(std::iter::repeat_n(p, *n as usize));
            }
        }
        ConfusionMatrix::new(["n-rem", "rem", "awake"], &truth, &predicted).unwrap()
    }

    // The published matrix of the sleep-stage report's second experiment, and its figures.
    #[test]
    fn published_figures() {
        let m = matrix(&[&[12079, 129, 1456], &[340, 1092, 1407], &[1177, 282, 22901]]);
        let close = |got: f64, want: f64| assert!((got - want).abs() < 5e-5, "{got} {want}");
        close(m.f1(0), 0.8862);
        close(m.f1(1), 0.5030);
        close(m.f1(2), 0.9138);
        close(m.accuracy(), 0.8828);
        close(m.f1_micro(), 0.8828);
        close(m.f1_weighted(), 0.8760);
        close(m.f1_macro(), 0.7677);
        assert_eq!(m.class("rem").unwrap(), 1);
        assert!(m.class("dreaming").unwrap_err().to_string().contains("awake"));
        assert!(m.report().to_html().contains("0.8862"));
        assert!(m.report().to_string().contains("0.8828"));
    }

    #[test]
    fn folds_are_pooled() {
        let mut m = matrix(&[&[1, 0, 0], &[0, 1, 1], &[0, 0, 0]]);
        m.pool(&m.clone()).unwrap();
        assert_eq!((m.total(), m.count(1, 2), m.recall(2), m.precision(2)), (6, 2, 0.0, 0.0));
        let other = ConfusionMatrix::new(["a"], &[0], &[0]).unwrap();
        assert!(m.pool(&other).is_err());
    }
}
