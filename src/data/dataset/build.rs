//! Datasets from tables and arrays.

use rayon::prelude::*;

use super::exact::Exact;
use super::texts::Texts;
use super::{Dataset, Targets};
use crate::array::Array;
use crate::data::classes::{Classes, sorted_labels};
use crate::data::near::near;
use crate::data::origin::Origin;
use crate::data::table::Feature;
use crate::data::{FittedPipeline, Table};
use crate::error::{Error, Result};

impl Dataset {
    /// Features and class labels from a table: the labels are in column `target`, the features in
    /// `columns`. Classes are the distinct labels in the order of scikit-learn's LabelEncoder,
    /// unless [`with_classes`](Self::with_classes) gives them names and another order. Targets are
    /// one-hot.
    ///
    /// Text columns and missing cells are kept for the pipeline of a fit, which turns them into numbers
    /// ([`one_hot`](crate::data::Pipeline::one_hot), [`impute`](crate::data::Pipeline::impute)).
    ///
    /// # Errors
    /// If a column is missing, or has an infinite number, or a text among numbers, or a label is missing:
    /// the error names file, line and column. If there are no rows or no columns, or the target is among
    /// the features.
    pub fn from_table<S: Into<String>>(
        table: &Table,
        target: &str,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<Dataset> {
        let columns: Vec<String> = columns.into_iter().map(Into::into).collect();
        if columns.iter().any(|c| c == target) {
            let what = "Dataset::from_table: a feature column";
            let expected = "a column other than the target, which would give the answer away";
            return Err(Error::argument(what, format!("'{target}'"), expected));
        }
        let found = table.strings(target)?;
        let classes = sorted_labels(&found);
        let most = (found.len() / 2).clamp(2, 1000);
        if classes.len() > most && found.len() > 10 {
            let what = format!("the number of different labels in column '{target}'");
            let expected = format!("at most {most} for {} rows", found.len());
            return Err(Error::argument(what, classes.len(), expected)
                .hint("Dataset::regression takes a column of numbers as target"));
        }
        let at: std::collections::HashMap<&str, usize> =
            classes.iter().enumerate().map(|(i, c)| (c.as_str(), i)).collect();
        let labels = found.iter().map(|l| at[l.as_str()]).collect();
        let mut data = Dataset::unlabelled(table, columns)?;
        (data.labels, data.classes, data.target) = (labels, classes, target.to_string());
        data.with_one_hot()
    }

    /// As [`from_table`](Self::from_table), with every column but the target as a feature.
    ///
    /// ```
    /// use dfdx_lab::data::{Dataset, Table};
    /// # let path = std::env::temp_dir().join(format!("dfdx-lab-all-{}.csv", std::process::id()));
    /// # std::fs::write(&path, "length,width,species\n5.1,3.5,setosa\n6.3,2.9,virginica\n")?;
    /// let data = Dataset::from_table_all(&Table::read_csv(&path)?, "species")?;
    /// assert_eq!(data.columns(), ["length", "width"]);
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As `from_table`.
    pub fn from_table_all(table: &Table, target: &str) -> Result<Dataset> {
        table.strings(target)?;
        Dataset::from_table(table, target, others(table, &[target.to_string()]))
    }

    /// As [`regression`](Self::regression), with every column but the targets as a feature.
    ///
    /// # Errors
    /// As `regression`.
    pub fn regression_all<T: Into<String>>(
        table: &Table,
        targets: impl IntoIterator<Item = T>,
    ) -> Result<Dataset> {
        let targets: Vec<String> = targets.into_iter().map(Into::into).collect();
        let columns = others(table, &targets);
        Dataset::regression(table, targets, columns)
    }

    /// Features without labels, for data whose classes are to be predicted.
    ///
    /// # Errors
    /// As [`from_table`](Self::from_table).
    pub fn unlabelled<S: Into<String>>(
        table: &Table,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<Dataset> {
        let columns: Vec<String> = columns.into_iter().map(Into::into).collect();
        let (x, exact, texts) = features(table, &columns)?;
        let y = Array::empty_rows(x.rows());
        Ok(Dataset {
            x,
            y,
            targets: Targets::None,
            columns,
            labels: Vec::new(),
            classes: Vec::new(),
            target: String::new(),
            origin: table.origin().clone(),
            prepared: FittedPipeline::default(),
            exact,
            texts,
            exact_y: Exact::default(),
        })
    }

    /// Features and numeric targets for a regression: the targets are the columns `targets`.
    ///
    /// # Errors
    /// As [`from_table`](Self::from_table).
    pub fn regression<T: Into<String>, S: Into<String>>(
        table: &Table,
        targets: impl IntoIterator<Item = T>,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<Dataset> {
        let targets: Vec<String> = targets.into_iter().map(Into::into).collect();
        let columns: Vec<String> = columns.into_iter().map(Into::into).collect();
        if let Some(target) = targets.iter().find(|target| columns.contains(target)) {
            let what = "Dataset::regression: a feature column";
            let expected = "a column other than the targets, which would give the answer away";
            return Err(Error::argument(what, format!("'{target}'"), expected)
                .hint("the past of a target may be seen: Dataset::timeseries, Table::shift"));
        }
        let (y, exact_y) = matrix(table, &targets)?;
        let data = Dataset::unlabelled(table, columns)?;
        Ok(Dataset { y, exact_y, targets: Targets::Values(targets), ..data })
    }

    /// Data from arrays: features of any shape, a class index for each row, the classes' names.
    /// Targets are one-hot.
    ///
    /// # Errors
    /// If the numbers of rows differ, an index has no name, or a feature is not finite.
    pub fn new<S: Into<String>>(
        x: Array,
        labels: Vec<usize>,
        classes: impl IntoIterator<Item = S>,
    ) -> Result<Dataset> {
        let classes: Vec<String> = classes.into_iter().map(Into::into).collect();
        if labels.len() != x.rows() {
            let expected = format!("the number of rows of x, {}", x.rows());
            return Err(Error::argument(
                "Dataset::new: the number of labels",
                labels.len(),
                expected,
            ));
        }
        if let Some(&bad) = labels.iter().find(|&&l| l >= classes.len()) {
            let expected = format!("below {}, the number of class names", classes.len());
            return Err(Error::argument("Dataset::new: a label", bad, expected));
        }
        if let Some(i) = x.data().iter().position(|v| !v.is_finite()) {
            let what = format!("Dataset::new: an element of row {} of x", i / x.row_len().max(1));
            return Err(Error::argument(what, x.data()[i], "finite"));
        }
        let origin = Origin::whole(x.rows())?;
        let columns = numbered(&x);
        let data = Dataset {
            y: Array::empty_rows(x.rows()),
            x,
            targets: Targets::None,
            columns,
            labels,
            classes,
            target: "label".to_string(),
            origin,
            prepared: FittedPipeline::default(),
            exact: Exact::default(),
            texts: Texts::default(),
            exact_y: Exact::default(),
        };
        data.with_one_hot()
    }

    /// The same rows with classes in this order and with these names; several labels may form one
    /// class. Targets are one-hot again.
    ///
    /// # Errors
    /// If a label of the data is missing in `classes`; the error names its first line. A class
    /// whose labels do not occur has no rows.
    pub fn with_classes(&self, classes: &Classes) -> Result<Dataset> {
        classes.check()?;
        self.need_labels("with_classes")?;
        let map: Vec<Option<usize>> = self.classes.iter().map(|c| classes.index_of(c)).collect();
        let recode = |(row, &label): (usize, &usize)| {
            map[label].ok_or_else(|| {
                let found = &self.classes[label];
                let known = near(found, &classes.labels());
                self.origin.error(
                    row,
                    &self.target,
                    format!("the label '{found}' is unknown; {known}"),
                )
            })
        };
        let labels = self.labels.iter().enumerate().map(recode).collect::<Result<_>>()?;
        Dataset { labels, classes: classes.names(), ..self.clone() }.with_one_hot()
    }
}

/// Default names for features.
pub(super) fn numbered(x: &Array) -> Vec<String> {
    match x.shape() {
        [_, n] => (0..*n).map(|i| format!("x{i}")).collect(),
        _ => Vec::new(),
    }
}

/// All columns except these.
fn others(table: &Table, targets: &[String]) -> Vec<String> {
    table.columns().into_iter().filter(|name| !targets.contains(name)).collect()
}

/// The columns as rows, and the columns that lose precision as `f32`.
pub(super) fn matrix(table: &Table, columns: &[String]) -> Result<(Array, Exact)> {
    check_size(table, columns)?;
    let read: Vec<Result<Vec<f64>>> = columns.par_iter().map(|c| table.column_in_f32(c)).collect();
    // The first column's error is returned, whichever thread was faster.
    let read = read.into_iter().collect::<Result<Vec<_>>>()?;
    Ok((side_by_side(table, &read)?, Exact::of(&read)))
}

/// The same for features, with the columns that lose precision as `f32`, and the text columns.
fn features(table: &Table, columns: &[String]) -> Result<(Array, Exact, Texts)> {
    check_size(table, columns)?;
    let read: Vec<Result<Feature>> = columns.par_iter().map(|c| table.feature(c)).collect();
    let (mut values, mut texts) = (Vec::new(), Vec::new());
    for (place, feature) in read.into_iter().enumerate() {
        values.push(match feature? {
            Feature::Numbers(values) => values,
            Feature::Text(codes, names) => {
                texts.push((place, names));
                codes
            }
        });
    }
    Ok((side_by_side(table, &values)?, Exact::of(&values), Texts::of(texts)))
}

fn check_size(table: &Table, columns: &[String]) -> Result<()> {
    match columns.is_empty() || table.rows() == 0 {
        false => Ok(()),
        true => Err(Error::shape(
            "a dataset's table (rows, columns)",
            &[table.rows(), columns.len()],
            "there must be at least one of each",
        )),
    }
}

fn side_by_side(table: &Table, columns: &[Vec<f64>]) -> Result<Array> {
    let mut data = vec![0.0; table.rows() * columns.len()];
    for (i, row) in data.chunks_exact_mut(columns.len()).enumerate() {
        for (value, column) in row.iter_mut().zip(columns) {
            *value = column[i] as f32;
        }
    }
    Array::new([table.rows(), columns.len()], data)
}
