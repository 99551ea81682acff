//! The targets of a dataset.

use super::Dataset;
use super::exact::Exact;
use crate::array::Array;
use crate::error::{Error, Result};

/// The kind of targets of a [`Dataset`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Targets {
    /// One column for each class, 1 in the row's own and 0 elsewhere.
    OneHot,
    /// One column: +1 for the class of this name, -1 for all others.
    PlusMinus(String),
    /// One column: 1 for the class of this name, 0 for all others.
    Binary(String),
    /// Numbers, one column for each name.
    Values(Vec<String>),
    /// None: the data have no labels.
    None,
}

/// The name of all classes except this one.
pub(super) fn rest(class: &str) -> String {
    format!("not {class}")
}

impl Dataset {
    /// The targets one-hot: shape (rows, classes).
    ///
    /// # Errors
    /// If the data have no labels.
    pub fn one_hot(&self) -> Result<Array> {
        self.need_labels("one_hot")?;
        let mut y = Array::zeros([self.len(), self.classes.len()])?;
        for (row, &label) in y.data_mut().chunks_exact_mut(self.classes.len()).zip(&self.labels) {
            row[label] = 1.0;
        }
        Ok(y)
    }

    /// +1 for the class of this name and -1 for all others: shape (rows, 1).
    ///
    /// # Errors
    /// If there is no such class, or the data have no labels.
    pub fn plus_minus(&self, class: &str) -> Result<Array> {
        self.two("plus_minus", class, -1.0)
    }

    /// 1 for the class of this name and 0 for all others: shape (rows, 1).
    ///
    /// # Errors
    /// If there is no such class, or the data have no labels.
    pub fn binary(&self, class: &str) -> Result<Array> {
        self.two("binary", class, 0.0)
    }

    /// The data with one-hot targets.
    ///
    /// # Errors
    /// As [`one_hot`](Self::one_hot).
    pub fn with_one_hot(&self) -> Result<Dataset> {
        Ok(Dataset { y: self.one_hot()?, targets: Targets::OneHot, ..self.clone() })
    }

    /// The data with targets +1 for this class and -1 for the others, for a tanh output. With more
    /// than two classes, all others become one class with index 0, named `not` and the name.
    ///
    /// # Errors
    /// As [`plus_minus`](Self::plus_minus).
    pub fn with_plus_minus(&self, class: &str) -> Result<Dataset> {
        let data = self.against_rest("with_plus_minus", class)?;
        let targets = Targets::PlusMinus(class.to_string());
        Ok(Dataset { y: data.plus_minus(class)?, targets, ..data })
    }

    /// The data with targets 1 for this class and 0 for the others, for a sigmoid output. With more
    /// than two classes, all others become one class with index 0, named `not` and the name.
    ///
    /// ```
    /// use dfdx_lab::{Array, data::Dataset};
    /// let x = Array::new([3, 1], vec![1.0, 2.0, 3.0])?;
    /// let data = Dataset::new(x, vec![0, 1, 2], ["one", "two", "seven"])?.with_binary("one")?;
    /// assert_eq!(data.y().data(), [1.0, 0.0, 0.0]);
    /// assert_eq!((data.labels(), data.classes()[0].as_str()), (&[1, 0, 0][..], "not one"));
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`binary`](Self::binary).
    pub fn with_binary(&self, class: &str) -> Result<Dataset> {
        let data = self.against_rest("with_binary", class)?;
        let targets = Targets::Binary(class.to_string());
        Ok(Dataset { y: data.binary(class)?, targets, ..data })
    }

    /// The same targets in other units.
    pub(crate) fn with_scaled_targets(&self, y: Array) -> Result<Dataset> {
        if y.shape() != self.y.shape() {
            let expected = format!("the data's are {:?}", self.y.shape());
            return Err(Error::shape("the targets", y.shape(), expected));
        }
        Ok(Dataset { y, exact_y: Exact::default(), ..self.clone() })
    }

    /// The data with two classes: their own if there are two, otherwise this one and all others.
    fn against_rest(&self, what: &str, class: &str) -> Result<Dataset> {
        self.need_labels(what)?;
        let one = self.class_index(class)?;
        if self.classes.len() == 2 {
            return Ok(self.clone());
        }
        let labels = self.labels.iter().map(|&label| usize::from(label == one)).collect();
        Ok(Dataset { labels, classes: vec![rest(class), class.to_string()], ..self.clone() })
    }

    fn two(&self, what: &str, class: &str, other: f32) -> Result<Array> {
        self.need_labels(what)?;
        let one = self.class_index(class)?;
        let y = self.labels.iter().map(|&l| if l == one { 1.0 } else { other }).collect();
        Array::new([self.len(), 1], y)
    }

    pub(in crate::data) fn need_labels(&self, what: &str) -> Result<()> {
        if self.classes.is_empty() {
            let expected = "at least 1: the data have no labels";
            return Err(Error::argument(format!("{what}: the number of classes"), 0, expected)
                .hint("Dataset::from_table takes them from a column"));
        }
        Ok(())
    }
}
