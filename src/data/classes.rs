//! The mapping from labels to classes, and the order of the classes.

use crate::error::{Error, Result};

/// An explicit order of named classes: pairs of a label in the file and the name of its class.
/// Labels with the same name belong to one class; classes are in the order in which their names
/// first appear.
///
/// ```
/// use dfdx_lab::data::Classes;
/// let states = Classes::new([("w", "awake"), ("n", "n-rem"), ("r", "rem")]);
/// assert_eq!(states.names(), ["awake", "n-rem", "rem"]);
/// let asleep = Classes::new([("w", "awake"), ("n", "asleep"), ("r", "asleep")]);
/// assert_eq!(asleep.names(), ["awake", "asleep"]);
/// assert_eq!(asleep.labels_of("asleep"), ["n", "r"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes {
    pairs: Vec<(String, String)>,
}

impl Classes {
    /// Classes from pairs of a label and its class' name.
    pub fn new<L: Into<String>, N: Into<String>>(pairs: impl IntoIterator<Item = (L, N)>) -> Self {
        Classes { pairs: pairs.into_iter().map(|(l, n)| (l.into(), n.into())).collect() }
    }

    /// The classes' names, in their order.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (_, name) in &self.pairs {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// All labels, in the order given.
    pub fn labels(&self) -> Vec<String> {
        self.pairs.iter().map(|p| p.0.clone()).collect()
    }

    /// The labels that mean the class of this name; none if there is no such class.
    pub fn labels_of(&self, name: &str) -> Vec<String> {
        self.pairs.iter().filter(|p| p.1 == name).map(|p| p.0.clone()).collect()
    }

    /// The index of the class that a label means.
    pub fn index_of(&self, label: &str) -> Option<usize> {
        let name = &self.pairs.iter().find(|p| p.0 == label)?.1;
        self.names().iter().position(|n| n == name)
    }

    /// # Errors
    /// If there are no classes, or a label belongs to two of them.
    pub(crate) fn check(&self) -> Result<()> {
        if self.pairs.is_empty() {
            return Err(Error::argument("Classes: the number of classes", 0, "at least 1"));
        }
        for (i, (label, name)) in self.pairs.iter().enumerate() {
            if let Some((_, other)) = self.pairs[..i].iter().find(|p| p.0 == *label) {
                let expected = format!("given once; it is both '{other}' and '{name}'");
                return Err(Error::argument("Classes: a label", format!("'{label}'"), expected));
            }
        }
        Ok(())
    }
}

/// The different labels, sorted: as numbers where all are numbers, else as text (scikit-learn's
/// LabelEncoder of a column of either type).
pub(crate) fn sorted_labels(labels: &[String]) -> Vec<String> {
    let mut names: Vec<String> =
        labels.iter().collect::<std::collections::BTreeSet<_>>().into_iter().cloned().collect();
    // Whole numbers first, because f64 does not tell all of them apart.
    let whole = |s: &String| s.parse::<i64>().ok();
    let number = |s: &String| s.parse::<f64>().ok().filter(|v| v.is_finite());
    if names.iter().all(|n| whole(n).is_some()) {
        names.sort_by_key(whole);
    } else if names.iter().all(|n| number(n).is_some()) {
        // Stable, so that two ways to write a number stay as text has them.
        names
            .sort_by(|a, b| number(a).partial_cmp(&number(b)).unwrap_or(std::cmp::Ordering::Equal));
    }
    names
}

/// The column names `amplitude_around_1_Hertz`, … of the sleep recordings for these frequencies.
///
/// ```
/// use dfdx_lab::data::frequencies;
/// assert_eq!(frequencies(1..=25)[24], "amplitude_around_25_Hertz");
/// ```
pub fn frequencies(hertz: impl IntoIterator<Item = usize>) -> Vec<String> {
    hertz.into_iter().map(|k| format!("amplitude_around_{k}_Hertz")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_as_numbers() {
        let labels = ["10", "9", "9", "1"].map(String::from);
        assert_eq!(sorted_labels(&labels), ["1", "9", "10"]);
        let labels = ["10.0", "2.0", "-1.5", "0.0", "1.0", "-10.0", "2"].map(String::from);
        assert_eq!(sorted_labels(&labels), ["-10.0", "-1.5", "0.0", "1.0", "2", "2.0", "10.0"]);
        let labels = ["9007199254740993", "9007199254740992", "-3"].map(String::from);
        assert_eq!(sorted_labels(&labels), ["-3", "9007199254740992", "9007199254740993"]);
        let labels = ["10", "9", "nan"].map(String::from);
        assert_eq!(sorted_labels(&labels), ["10", "9", "nan"]);
        let labels = ["w", "n", "r", "n"].map(String::from);
        assert_eq!(sorted_labels(&labels), ["n", "r", "w"]);
    }

    #[test]
    fn a_label_of_two_classes_is_refused() {
        assert!(Classes::new([("w", "awake"), ("w", "asleep")]).check().is_err());
        assert!(Classes::new(Vec::<(String, String)>::new()).check().is_err());
    }
}
