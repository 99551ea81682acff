//! Steps that prepare a set of pictures for an experiment. Each returns new data and leaves the old
//! unchanged.

use super::{Dataset, build};
use crate::data::near::near;
use crate::data::split::stratified;
use crate::error::{Error, Result};

impl Dataset {
    /// Every feature times `factor`; `1.0 / 255.0` takes the bytes of pictures to 0 … 1.
    ///
    /// # Errors
    /// If `factor`, or a feature times `factor`, is not finite.
    ///
    /// ```
    /// use dfdx_lab::{Array, data::Dataset};
    /// let x = Array::new([2, 1, 2, 1], vec![0.0, 51.0, 102.0, 255.0])?;
    /// let data = Dataset::new(x, vec![0, 1], ["no", "yes"])?.rescaled(1.0 / 255.0)?.flattened()?;
    /// assert_eq!(data.x().shape(), [2, 2]);
    /// assert_eq!(data.x().data()[3], 1.0);
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    pub fn rescaled(&self, factor: f32) -> Result<Dataset> {
        if !factor.is_finite() {
            return Err(Error::argument("rescaled: the factor", factor, "finite"));
        }
        let mut x = self.x.map(|value| value * factor);
        if let Some(i) = x.data().iter().position(|value| !value.is_finite()) {
            let what = format!("rescaled: the factor for a feature of {:e}", self.x.data()[i]);
            return Err(Error::argument(what, factor, "a number that keeps all features finite"));
        }
        let exact = self.exact.map(|v| v * f64::from(factor));
        exact.round_into(&mut x);
        let prepared = self.changed(|| format!("Dataset::rescaled by {factor}"));
        Ok(Dataset { x, exact, prepared, ..self.clone() })
    }

    /// Each row's features in one axis: shape (rows, height × width × channels), in this order.
    ///
    /// # Errors
    /// If the features have no axis of rows.
    pub fn flattened(&self) -> Result<Dataset> {
        let shape = [self.x.rows(), self.x.row_len()];
        if self.x.shape() == shape {
            return Ok(self.clone());
        }
        let x = self.x.reshape(shape)?;
        let prepared = self.changed(|| "Dataset::flattened".to_string());
        Ok(Dataset { columns: build::numbered(&x), x, prepared, ..self.clone() })
    }

    /// The rows of these classes only. The classes are in the given order, so the first has index
    /// 0; rows keep their order. Targets are one-hot again.
    ///
    /// # Errors
    /// If a class is missing (the error lists the nearest) or named twice, if none is named, or if
    /// no row has one of them.
    ///
    /// ```
    /// use dfdx_lab::data::datasets;
    /// let digits = datasets::mnist_quick()?.train.only_classes(["2", "7"])?;
    /// assert_eq!(digits.classes(), ["2", "7"]);
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    pub fn only_classes<S: Into<String>>(
        &self,
        names: impl IntoIterator<Item = S>,
    ) -> Result<Dataset> {
        self.only(names.into_iter().map(Into::into).collect())
    }

    pub(crate) fn only(&self, names: Vec<String>) -> Result<Dataset> {
        self.need_labels("only_classes")?;
        if names.is_empty() {
            let what = "only_classes: the number of classes";
            return Err(Error::argument(what, 0, "at least 1")
                .hint(format!("there are {}", self.classes.join(", "))));
        }
        let mut new_label = vec![None; self.classes.len()];
        for (i, name) in names.iter().enumerate() {
            let old = self.classes.iter().position(|c| c == name).ok_or_else(|| {
                let expected = "one of the data's classes";
                Error::argument("only_classes: the class", format!("'{name}'"), expected)
                    .hint(near(name, &self.classes))
            })?;
            if new_label[old].replace(i).is_some() {
                let got = format!("'{name}' a second time");
                return Err(Error::argument("only_classes: a class", got, "named once"));
            }
        }
        let rows: Vec<usize> =
            (0..self.len()).filter(|&row| new_label[self.labels[row]].is_some()).collect();
        if rows.is_empty() {
            let expected = format!("at least 1; none is of {}", names.join(", "));
            return Err(Error::argument("only_classes: the number of rows", 0, expected));
        }
        let mut data = self.take(&rows)?;
        data.labels = data.labels.iter().filter_map(|&label| new_label[label]).collect();
        data.classes = names;
        data.with_one_hot()
    }

    /// The first `n` rows, or all if there are fewer.
    ///
    /// # Errors
    /// If `n` is 0.
    pub fn head(&self, n: usize) -> Result<Dataset> {
        if n == 0 {
            return Err(Error::argument("head: the number of rows", 0, "at least 1"));
        }
        let rows: Vec<usize> = (0..n.min(self.len())).collect();
        self.take(&rows)
    }

    /// `n` rows drawn at random (ChaCha8 by `seed`), stratified by class; all rows if there are at most
    /// `n`. Rows keep their order.
    ///
    /// # Errors
    /// If `n` is 0, or the data have no labels.
    pub fn sample(&self, n: usize, seed: u64) -> Result<Dataset> {
        self.need_labels("sample")?;
        if n == 0 {
            return Err(Error::argument("sample: the number of rows", 0, "at least 1"));
        }
        if n >= self.len() {
            return Ok(self.clone());
        }
        let mut rows = stratified(&self.labels, n, seed)?.test;
        rows.sort_unstable();
        self.take(&rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;

    /// Rows 0, 1, 2, … of class `row % 3`, each a picture of 1 × 2 whose values are the row.
    fn pictures(n: usize) -> Dataset {
        let x = (0..2 * n).map(|i| (i / 2) as f32).collect();
        let x = Array::new([n, 1, 2, 1], x).unwrap();
        Dataset::new(x, (0..n).map(|i| i % 3).collect(), ["a", "b", "c"]).unwrap()
    }

    #[test]
    fn classes_by_name_in_the_order_given() {
        let data = pictures(9).only_classes(["c", "a"]).unwrap();
        assert_eq!(data.classes(), ["c", "a"]);
        assert_eq!(data.labels(), [1, 0, 1, 0, 1, 0]);
        let first: Vec<f32> = (0..6).map(|i| data.x().row(i)[0]).collect();
        assert_eq!(first, [0.0, 2.0, 3.0, 5.0, 6.0, 8.0]);
        assert_eq!(data.y().row(0), [0.0, 1.0]);
        assert_eq!(data.y().shape(), [6, 2]);
        assert_eq!(data.row_numbers(), [0, 2, 3, 5, 6, 8]);
    }

    #[test]
    fn wrong_classes_are_refused() {
        let error = |names: &[&str]| {
            pictures(9).only_classes(names.iter().copied()).unwrap_err().to_string()
        };
        assert!(error(&["aa"]).contains("'aa'") && error(&["aa"]).contains("nearest"));
        assert!(error(&["a", "a"]).contains("second time"));
        assert!(error(&[]).contains("at least 1"));
        let none = pictures(2).only_classes(["c"]).unwrap_err().to_string();
        assert!(none.contains("none is of c"), "{none}");
    }

    #[test]
    fn steps_leave_the_data_as_they_are_and_copy_only_what_changes() {
        let data = pictures(9);
        let flat = data.flattened().unwrap();
        assert_eq!(flat.x().data().as_ptr(), data.x().data().as_ptr());
        assert_eq!((data.x().shape(), flat.x().shape()), (&[9, 1, 2, 1][..], &[9, 2][..]));
        assert_eq!(flat.columns(), ["x0", "x1"]);
        let half = flat.rescaled(0.5).unwrap();
        assert_eq!((flat.x().row(4), half.x().row(4)), (&[4.0, 4.0][..], &[2.0, 2.0][..]));
        assert!(half.rescaled(f32::NAN).is_err());
        assert!(half.rescaled(f32::MAX).unwrap_err().to_string().contains("keeps all"));
        assert_eq!(data.only_classes(["b"]).unwrap().head(2).unwrap().len(), 2);
        assert_eq!(data.len(), 9);
    }

    #[test]
    fn first_rows_and_stratified_samples() {
        assert_eq!(pictures(9).head(4).unwrap().x().data().len(), 8);
        assert_eq!(pictures(9).head(100).unwrap().len(), 9);
        assert!(pictures(9).head(0).is_err() && pictures(9).sample(0, 1).is_err());
        for n in [3, 10, 59, 60, 90] {
            let data = pictures(90).sample(n, 7).unwrap();
            assert_eq!(data.len(), n);
            assert!(data.class_counts().iter().all(|c| c.abs_diff(n / 3) <= 1));
            let rows = data.row_numbers();
            assert!(rows.is_sorted());
            assert!(rows.iter().zip(0..).all(|(&r, i)| data.x().row(i)[0] == r as f32));
        }
        assert_ne!(
            pictures(90).sample(9, 1).unwrap().row_numbers(),
            pictures(90).sample(9, 2).unwrap().row_numbers()
        );
    }
}
