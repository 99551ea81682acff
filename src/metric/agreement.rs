//! The agreement of predicted and true classes, by scikit-learn's rules
//! (`metrics/_classification.py`).

use super::ConfusionMatrix;
use crate::error::{Error, Result};

/// The most classes, because every pair of them is counted.
const MOST: usize = 5000;

/// The mean recall over the true classes (scikit-learn's `balanced_accuracy_score`). Classes are
/// numbers, names or any other ordered type.
///
/// ```
/// use dfdx_lab::metric;
/// assert_eq!(metric::balanced_accuracy(&["w", "w", "n", "n"], &["w", "n", "n", "n"])?, 0.75);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If there are no samples, or the lengths differ.
pub fn balanced_accuracy<T: Ord>(truth: &[T], predicted: &[T]) -> Result<f64> {
    Ok(counted("balanced_accuracy", truth, predicted)?.balanced_accuracy())
}

/// Cohen's kappa: the agreement beyond chance, 1 for perfect agreement (scikit-learn's
/// `cohen_kappa_score`). NaN if both have the same single class.
///
/// # Errors
/// As [`balanced_accuracy`].
pub fn cohen_kappa<T: Ord>(truth: &[T], predicted: &[T]) -> Result<f64> {
    Ok(counted("cohen_kappa", truth, predicted)?.cohen_kappa())
}

/// The correlation of true and predicted classes, -1 to 1 (scikit-learn's `matthews_corrcoef`;
/// Gorodkin's R_k for more than two classes). 0 if one of the two has a single class.
///
/// # Errors
/// As [`balanced_accuracy`].
pub fn matthews<T: Ord>(truth: &[T], predicted: &[T]) -> Result<f64> {
    Ok(counted("matthews", truth, predicted)?.matthews())
}

impl ConfusionMatrix {
    /// The mean recall of the classes that have samples; see [`balanced_accuracy`].
    pub fn balanced_accuracy(&self) -> f64 {
        let there = || (0..self.classes().len()).filter(|c| self.support(*c) > 0);
        there().map(|c| self.recall(c)).sum::<f64>() / there().count() as f64
    }

    /// The agreement beyond chance; see [`cohen_kappa`].
    pub fn cohen_kappa(&self) -> f64 {
        let (n, right, chance) = self.agreement();
        // scikit-learn's 1 - disagreements / disagreements by chance, from counts.
        1.0 - (n - right) / (n - chance / n)
    }

    /// The correlation of true and predicted classes; see [`matthews`].
    pub fn matthews(&self) -> f64 {
        let (n, right, chance) = self.agreement();
        let squares = |of: fn(&Self, usize) -> u64| -> f64 {
            let squares = (0..self.classes().len()).map(|c| (of(self, c) as f64).powi(2));
            n * n - squares.sum::<f64>()
        };
        let width = squares(Self::support) * squares(Self::predicted);
        if width == 0.0 { 0.0 } else { (right * n - chance) / width.sqrt() }
    }

    /// The number of samples n, the number of correct ones, and n times the number of correct ones
    /// by chance.
    fn agreement(&self) -> (f64, f64, f64) {
        let classes = || 0..self.classes().len();
        let right: u64 = classes().map(|c| self.count(c, c)).sum();
        let chance = classes().map(|c| self.support(c) as f64 * self.predicted(c) as f64).sum();
        (self.total() as f64, right as f64, chance)
    }
}

/// The confusion matrix, with the classes in ascending order.
fn counted<T: Ord>(what: &str, truth: &[T], predicted: &[T]) -> Result<ConfusionMatrix> {
    if truth.len() != predicted.len() || truth.is_empty() {
        let expected = format!("{}, and not 0: one for each true class", truth.len());
        let what = format!("{what}: the number of predicted classes");
        return Err(Error::argument(what, predicted.len(), expected));
    }
    let mut classes: Vec<&T> = truth.iter().chain(predicted).collect();
    classes.sort();
    classes.dedup();
    if classes.len() > MOST {
        let what = format!("{what}: the number of classes");
        return Err(Error::argument(what, classes.len(), format!("at most {MOST}")));
    }
    let index = |of: &[T]| -> Vec<usize> {
        of.iter().map(|c| classes.partition_point(|known| *known < c)).collect()
    };
    let names: Vec<String> = (0..classes.len()).map(|i| i.to_string()).collect();
    ConfusionMatrix::new(names, &index(truth), &index(predicted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_may_be_anything_in_order() {
        let (truth, found) = (["b", "a", "c", "a"], ["b", "c", "c", "a"]);
        let numbers = |of: [&str; 4]| of.map(|c| c.as_bytes()[0] as usize);
        for figure in [balanced_accuracy::<&str>, cohen_kappa, matthews] {
            let by_name = figure(&truth, &found).unwrap();
            assert!((0.0..1.0).contains(&by_name));
        }
        let by_number = balanced_accuracy(&numbers(truth), &numbers(found)).unwrap();
        assert_eq!(by_number, balanced_accuracy(&truth, &found).unwrap());
        assert_eq!(matthews(&[1, 1], &[1, 1]).unwrap(), 0.0);
        assert!(cohen_kappa(&[1, 1], &[1, 1]).unwrap().is_nan());
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        let error = matthews(&[1, 2, 3], &[1, 2]).unwrap_err().to_string();
        assert!(error.contains("predicted classes is 2") && error.contains('3'), "{error}");
        assert!(balanced_accuracy::<usize>(&[], &[]).is_err());
        let many: Vec<usize> = (0..6000).collect();
        assert!(cohen_kappa(&many, &many).unwrap_err().to_string().contains("at most 5000"));
    }
}
