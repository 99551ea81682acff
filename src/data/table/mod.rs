//! Tables by polars: a frame that remembers which file and line each row came from.

mod columns;
pub(crate) mod csv;
mod describe;
mod feature;
mod footer;
mod frame;
mod group;
mod join;
mod missing;
mod names;
mod one_hot;
mod pages;
mod parquet;
mod rows;
mod shift;
mod show;
mod thrift;
mod write;

use polars::prelude::{DataFrame, DataType, IdxCa, IdxSize, NamedFrom};

pub use csv::{ColumnType, Csv};
pub(crate) use feature::Feature;
pub use frame::{frame_html, series_html};
pub use group::GroupBy;
pub use missing::Fill;
pub use names::ColumnNames;

use super::near::near;
use super::origin::Origin;
use crate::array::row_range;
use crate::error::{Error, Result};
use std::ops::RangeBounds;

/// A table of named columns, read by polars.
///
/// In a cell it shows itself as HTML: the first and last rows and columns, the types under the
/// names, the shape. Errors about its content name the file, the line and the column.
///
/// ```
/// use dfdx_lab::data::Table;
/// # let path = std::env::temp_dir().join(format!("dfdx-lab-doc-{}.csv", std::process::id()));
/// std::fs::write(&path, "state,power\nw,1.5\nn,2.5\n")?;
/// let table = Table::read_csv(&path)?;
/// assert_eq!(table.shape(), (2, 2));
/// assert_eq!(table.column_f64("power")?, [1.5, 2.5]);
/// assert_eq!(table.strings("state")?, ["w", "n"]);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Table {
    frame: DataFrame,
    origin: Origin,
}

impl Table {
    /// A table around a polars frame made in memory.
    ///
    /// # Errors
    /// If it has more than 2^32 rows.
    pub fn from_dataframe(frame: DataFrame) -> Result<Self> {
        let origin = Origin::whole(frame.height())?;
        Ok(Table { frame, origin })
    }

    /// The number of rows and of columns.
    pub fn shape(&self) -> (usize, usize) {
        self.frame.shape()
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.frame.height()
    }

    /// The number of rows, as Python's `len`.
    pub fn len(&self) -> usize {
        self.rows()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows() == 0
    }

    /// The column names, in order.
    pub fn columns(&self) -> Vec<String> {
        self.frame.get_column_names().iter().map(|n| n.to_string()).collect()
    }

    /// The columns' types, in order, by polars' short names: `f64`, `i64`, `str`, `bool`.
    pub fn dtypes(&self) -> Vec<String> {
        self.frame.dtypes().iter().map(|t| t.to_string()).collect()
    }

    /// Whether there is a column of this name.
    pub fn has_column(&self, name: &str) -> bool {
        self.frame.get_column_index(name).is_some()
    }

    /// The first `n` rows, or all if there are fewer.
    pub fn head(&self, n: usize) -> Table {
        let n = n.min(self.rows());
        let rows: Vec<usize> = (0..n).collect();
        Table { frame: self.frame.head(Some(n)), origin: self.origin.take(&rows) }
    }

    /// The last `n` rows, or all if there are fewer.
    pub fn tail(&self, n: usize) -> Table {
        let n = n.min(self.rows());
        let rows: Vec<usize> = (self.rows() - n..self.rows()).collect();
        Table { frame: self.frame.tail(Some(n)), origin: self.origin.take(&rows) }
    }

    /// The rows of a range, as pandas' `df[2:5]`: `table.slice(2..5)?`, `table.slice(..5)?`.
    ///
    /// # Errors
    /// If the range ends beyond the last row, or before it begins.
    pub fn slice(&self, rows: impl RangeBounds<usize>) -> Result<Table> {
        let rows = row_range("Table::slice", rows, self.rows())?;
        self.take(&rows.collect::<Vec<_>>())
    }

    /// The columns of these names, in this order.
    ///
    /// # Errors
    /// If a name is missing (the nearest are listed) or given twice.
    pub fn select<S: Into<String>>(&self, columns: impl IntoIterator<Item = S>) -> Result<Table> {
        let names: Vec<String> = columns.into_iter().map(Into::into).collect();
        for (i, name) in names.iter().enumerate() {
            self.column(name)?;
            if names[..i].contains(name) {
                let expected = "given once; a table's column names differ";
                return Err(Error::argument("select: a column", format!("'{name}'"), expected));
            }
        }
        let frame = self.frame.select(names).map_err(|e| self.polars("select", e))?;
        Ok(Table { frame, origin: self.origin.clone() })
    }

    /// The rows of these indices, in this order.
    ///
    /// # Errors
    /// If an index is not below the number of rows.
    pub fn take(&self, rows: &[usize]) -> Result<Table> {
        if let Some(&bad) = rows.iter().find(|&&i| i >= self.rows()) {
            let expected = format!("below the {} rows", self.rows());
            return Err(Error::argument("Table::take: a row index", bad, expected));
        }
        let index: Vec<IdxSize> = rows.iter().map(|&i| i as IdxSize).collect();
        let index = IdxCa::new("".into(), index);
        let frame = self.frame.take(&index).map_err(|e| self.polars("take", e))?;
        Ok(Table { frame, origin: self.origin.take(rows) })
    }

    /// The rows where `mask` is true.
    ///
    /// # Errors
    /// If the mask's length is not the number of rows.
    pub fn filter(&self, mask: &[bool]) -> Result<Table> {
        if mask.len() != self.rows() {
            let expected = format!("the number of rows, {}", self.rows());
            return Err(Error::argument("Table::filter: the mask's length", mask.len(), expected));
        }
        let rows: Vec<usize> = (0..mask.len()).filter(|&i| mask[i]).collect();
        self.take(&rows)
    }

    /// The tables under one another. Rows keep their recording: a past window does not reach from
    /// one table into the one above it.
    ///
    /// # Errors
    /// If there is none, or names or types of the columns differ.
    pub fn concat<'a>(tables: impl IntoIterator<Item = &'a Table>) -> Result<Table> {
        let tables: Vec<&Table> = tables.into_iter().collect();
        let Some((first, others)) = tables.split_first() else {
            return Err(Error::argument("Table::concat: the number of tables", 0, "at least 1"));
        };
        for table in others {
            first.same_columns(table)?;
        }
        // A column of whole numbers in one table and of fractions in another becomes f64.
        let mixed: Vec<usize> = (0..first.shape().1)
            .filter(|&c| others.iter().any(|t| t.dtype(c) != first.dtype(c)))
            .collect();
        let mut frame = first.widened(&mixed)?;
        for table in others {
            frame
                .vstack_mut_owned(table.widened(&mixed)?)
                .map_err(|e| table.polars("concat", e))?;
        }
        frame.rechunk_mut();
        Ok(Table { frame, origin: Origin::concat(tables.iter().map(|t| &t.origin)) })
    }

    fn dtype(&self, column: usize) -> &DataType {
        self.frame.columns()[column].dtype()
    }

    /// The frame with these columns as f64.
    fn widened(&self, columns: &[usize]) -> Result<DataFrame> {
        let mut frame = self.frame.clone();
        for &c in columns {
            let cast = frame.columns()[c].cast(&DataType::Float64);
            let cast = cast.map_err(|e| self.polars("concat", e))?;
            frame.replace_column(c, cast).map_err(|e| self.polars("concat", e))?;
        }
        Ok(frame)
    }

    fn same_columns(&self, other: &Table) -> Result<()> {
        let (mine, theirs) = (self.columns(), other.columns());
        let problem = |column: Option<&String>, problem: String| Error::Content {
            path: other.origin.path(None),
            row: Some(1),
            column: column.cloned(),
            problem,
        };
        if mine.len() != theirs.len() {
            let (n, m) = (theirs.len(), mine.len());
            return Err(problem(
                None,
                format!("there are {n} columns, but {m} in the first table"),
            ));
        }
        for (i, (a, b)) in mine.iter().zip(&theirs).enumerate() {
            let (s, t) = (self.dtype(i), other.dtype(i));
            let fits = s == t || (s.is_primitive_numeric() && t.is_primitive_numeric());
            if a != b || !fits {
                let text = format!("it is '{b}' ({t}), but '{a}' ({s}) in the first table");
                return Err(problem(Some(b), text));
            }
        }
        Ok(())
    }

    /// A polars column, or an error with the nearest names.
    pub(crate) fn column(&self, name: &str) -> Result<&polars::prelude::Column> {
        self.frame.column(name).map_err(|_| {
            let names = self.columns();
            Error::Content {
                path: self.origin.path(None),
                row: Some(1),
                column: Some(name.to_string()),
                problem: format!("there is no such column; {}", near(name, &names)),
            }
        })
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    fn polars(&self, what: &str, e: polars::prelude::PolarsError) -> Error {
        Error::Content {
            path: self.origin.path(None),
            row: None,
            column: None,
            problem: format!("{what}: {e}"),
        }
    }
}

#[cfg(test)]
mod pandas_tests;
#[cfg(test)]
mod write_tests;
