//! Datasets: features, labels with class names, and targets.

mod align;
mod build;
mod decode;
mod exact;
mod images;
mod predictions;
mod resampled;
mod show;
mod split;
mod targets;
mod texts;
mod timeseries;
mod weights;
mod window;

pub(crate) use exact::{Values, rounded};
pub use predictions::fill_rows;
pub use split::TrainTest;
pub use targets::Targets;

use super::FittedPipeline;
use super::near::near;
use super::origin::Origin;
use crate::array::{Array, row_range};
use crate::error::{Error, Result};
use crate::memory;
use exact::Exact;
use std::ops::RangeBounds;
use texts::Texts;

/// Features, class labels and targets, row by row.
///
/// `x` has a row for each sample; `labels` are indices into `classes`, whose order is explicit; `y`
/// are the targets of the network, one-hot by default. Each row knows its recording, so that a past
/// window does not cross from one recording into another.
///
/// Data from a table may also have text columns and missing cells, which the
/// [`Pipeline`](super::Pipeline) of a fit turns into numbers. Until then `x` holds the index of a text
/// among the column's sorted values, and NaN for a missing cell; computations refuse such data.
///
/// ```
/// use dfdx_lab::data::{Classes, Dataset, Table};
/// # let path = std::env::temp_dir().join(format!("dfdx-lab-dataset-{}.csv", std::process::id()));
/// # std::fs::write(&path, "state,power\nw,1.5\nn,2.5\nr,3.5\n")?;
/// let table = Table::read_csv(&path)?;
/// let data = Dataset::from_table(&table, "state", ["power"])?; // classes n, r, w
/// let data = data.with_classes(&Classes::new([("w", "awake"), ("n", "asleep"), ("r", "asleep")]))?;
/// assert_eq!(data.labels(), [0, 1, 1]);
/// assert_eq!(data.y().data(), [1.0, 0.0, 0.0, 1.0, 0.0, 1.0]);
/// let data = data.with_plus_minus("awake")?;
/// assert_eq!(data.y().data(), [1.0, -1.0, -1.0]);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Dataset {
    x: Array,
    y: Array,
    targets: Targets,
    columns: Vec<String>,
    labels: Vec<usize>,
    classes: Vec<String>,
    target: String,
    origin: Origin,
    /// The pipeline steps that these rows have gone through.
    prepared: FittedPipeline,
    exact: Exact,
    texts: Texts,
    /// The targets that lose precision as `f32`, as `f64`.
    exact_y: Exact,
}

impl Dataset {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.x.rows()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The features, shape (rows, columns), or (rows, height, width, channels) of images.
    pub fn x(&self) -> &Array {
        &self.x
    }

    /// The targets, shape (rows, values); no values for data without labels.
    pub fn y(&self) -> &Array {
        &self.y
    }

    /// The kind of targets.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// The class index of each row; empty for regression and for data without labels.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// The classes' names, in the order of the indices.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The fitted pipeline steps that the features have gone through. A model applies the missing
    /// steps, and refuses data prepared by other steps.
    pub fn prepared(&self) -> FittedPipeline {
        self.prepared.clone()
    }

    /// Records what was done to the features.
    pub(crate) fn with_prepared(self, prepared: FittedPipeline) -> Dataset {
        Dataset { prepared, ..self }
    }

    /// Records a change to prepared features.
    fn changed(&self, what: impl FnOnce() -> String) -> FittedPipeline {
        self.prepared.clone().by_hand(what, &self.columns)
    }

    /// The features' names; empty for images.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many rows each class has, in the classes' order.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for &label in &self.labels {
            counts[label] += 1;
        }
        counts
    }

    /// The recording of each row, as an index into [`group_names`](Self::group_names).
    pub fn groups(&self) -> Vec<usize> {
        self.origin.groups()
    }

    /// The recordings' file names.
    pub fn group_names(&self) -> Vec<String> {
        self.origin.names()
    }

    /// Each row's number in its recording, counted from 0 without the header.
    pub fn row_numbers(&self) -> Vec<usize> {
        self.origin.positions()
    }

    /// The index of a class by its name.
    ///
    /// # Errors
    /// If there is no such class; the error lists the nearest.
    pub fn class_index(&self, name: &str) -> Result<usize> {
        self.classes.iter().position(|c| c == name).ok_or_else(|| {
            Error::argument("the class", format!("'{name}'"), "one of the data's classes")
                .hint(near(name, &self.classes))
        })
    }

    /// The rows of these indices, in this order.
    ///
    /// # Errors
    /// If an index is not below the number of rows.
    pub fn take(&self, rows: &[usize]) -> Result<Dataset> {
        let x = self.x.take(rows)?;
        let y = self.y.take(rows)?;
        let labels = match self.labels.is_empty() {
            true => Vec::new(),
            false => rows.iter().map(|&i| self.labels[i]).collect(),
        };
        let (origin, exact) = (self.origin.take(rows), self.exact.take(rows));
        let exact_y = self.exact_y.take(rows);
        Ok(Dataset { x, y, labels, origin, exact, exact_y, ..self.without_rows() })
    }

    /// The rows of a range, as pandas' `data[2:5]`: `data.slice(2..5)?`, `data.slice(..5)?`.
    ///
    /// # Errors
    /// If the range ends beyond the last row, or before it begins.
    pub fn slice(&self, rows: impl RangeBounds<usize>) -> Result<Dataset> {
        let rows = row_range("Dataset::slice", rows, self.len())?;
        self.take(&rows.collect::<Vec<_>>())
    }

    /// The features of these names only, in this order.
    ///
    /// # Errors
    /// If a name is missing; the error lists the nearest.
    pub fn select_columns<S: Into<String>>(
        &self,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<Dataset> {
        let find = |name: String| {
            self.columns.iter().position(|c| *c == name).ok_or_else(|| {
                Error::argument("the column", format!("'{name}'"), "one of the data's columns")
                    .hint(near(&name, &self.columns))
            })
        };
        let indices = columns.into_iter().map(|c| find(c.into())).collect::<Result<Vec<_>>>()?;
        self.select_features(&indices)
    }

    /// The features of these indices only, in this order.
    ///
    /// # Errors
    /// If an index is not below the number of features, or the data are not two-dimensional.
    pub fn select_features(&self, indices: &[usize]) -> Result<Dataset> {
        let data = self.with_features(indices)?;
        let what = || format!("Dataset::select_features of {indices:?}");
        Ok(Dataset { prepared: self.changed(what), ..data })
    }

    /// The features of these indices only, without recording the change.
    pub(crate) fn with_features(&self, indices: &[usize]) -> Result<Dataset> {
        let n = self.features()?;
        if let Some(&bad) = indices.iter().find(|&&i| i >= n) {
            let expected = format!("below {n}, the number of features");
            return Err(Error::argument("a feature's index", bad, expected));
        }
        let sizes = [self.len(), indices.len()];
        let count = memory::check("the features of these indices", &sizes, size_of::<f32>())?;
        let mut data = Vec::with_capacity(count);
        for row in self.x.data().chunks_exact(n) {
            data.extend(indices.iter().map(|&i| row[i]));
        }
        let x = Array::new([self.len(), indices.len()], data)?;
        let columns = indices.iter().filter_map(|&i| self.columns.get(i).cloned()).collect();
        let (exact, texts) = (self.exact.select(indices), self.texts.select(indices));
        Ok(Dataset { x, columns, exact, texts, ..self.clone() })
    }

    /// The same rows with other features, such as a filter's output. The column names are kept if
    /// their number is the same.
    ///
    /// # Errors
    /// If `x` has another number of rows.
    pub fn with_x(&self, x: Array) -> Result<Dataset> {
        if x.rows() != self.len() {
            let expected = format!("the data have {} rows", self.len());
            return Err(Error::shape("Dataset::with_x", x.shape(), expected));
        }
        let columns = match x.shape() == self.x.shape() {
            true => self.columns.clone(),
            false => build::numbered(&x),
        };
        let prepared = self.changed(|| "Dataset::with_x".to_string());
        let (exact, texts) = Default::default();
        Ok(Dataset { x, columns, prepared, exact, texts, ..self.clone() })
    }

    /// The number of features of two-dimensional data.
    fn features(&self) -> Result<usize> {
        match self.x.shape() {
            [_, n] if *n > 0 => Ok(*n),
            other => Err(Error::shape("the data", other, "(rows, columns) was expected")),
        }
    }

    /// The same features under other names.
    pub(crate) fn with_columns(&self, columns: Vec<String>) -> Dataset {
        Dataset { columns, ..self.clone() }
    }

    /// The data without rows: names, classes and kinds.
    fn without_rows(&self) -> Dataset {
        Dataset {
            x: Array::default(),
            y: Array::default(),
            targets: self.targets.clone(),
            columns: self.columns.clone(),
            labels: Vec::new(),
            classes: self.classes.clone(),
            target: self.target.clone(),
            origin: Origin::default(),
            prepared: self.prepared.clone(),
            exact: Exact::default(),
            texts: self.texts.clone(),
            exact_y: Exact::default(),
        }
    }
}
