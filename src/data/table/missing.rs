//! Missing cells, empty or NaN: counting, filling and dropping them.

use polars::prelude::{
    Column, DataFrame, DataType, Float64Chunked, Int64Chunked, IntoColumn, IntoSeries, NamedFrom,
    Series, StringChunked,
};

use super::describe::figures;
use super::{ColumnNames, Table};
use crate::error::{Error, Result};

/// The largest whole number up to which `f64` holds all of them.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The replacement of a missing value. A number or a text will do as well:
/// `table.fill_missing("age", 0.0)`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fill {
    /// The mean of the column's other values.
    Mean,
    /// Their median.
    Median,
    /// The most frequent value, the smallest of several, as scikit-learn's `SimpleImputer`.
    MostFrequent,
    /// The value of the row above (pandas: `ffill`); what has none above stays missing.
    Previous,
    /// This number.
    Number(f64),
    /// This text.
    Text(String),
}

impl From<f64> for Fill {
    fn from(value: f64) -> Self {
        Fill::Number(value)
    }
}

impl From<i32> for Fill {
    fn from(value: i32) -> Self {
        Fill::Number(f64::from(value))
    }
}

impl From<&str> for Fill {
    fn from(text: &str) -> Self {
        Fill::Text(text.to_string())
    }
}

impl From<String> for Fill {
    fn from(text: String) -> Self {
        Fill::Text(text)
    }
}

/// For each cell whether it is empty or NaN.
pub(super) fn is_missing(column: &Column) -> Vec<bool> {
    let nulls = column.is_null();
    let nulls = nulls.iter().map(|null| null == Some(true));
    let wide = column.dtype().is_float().then(|| column.cast(&DataType::Float64).ok()).flatten();
    match wide.as_ref().and_then(|c| c.f64().ok()) {
        Some(values) => {
            nulls.zip(values.iter()).map(|(n, v)| n || v.is_some_and(f64::is_nan)).collect()
        }
        None => nulls.collect(),
    }
}

impl Table {
    /// How many cells of each column are missing: empty or NaN (pandas: `isna().sum()`).
    ///
    /// # Errors
    /// If the table has no column.
    pub fn null_count(&self) -> Result<Table> {
        let columns = self.frame.columns();
        let count = |c: &Column| is_missing(c).iter().filter(|m| **m).count() as i64;
        let counts: Vec<i64> = columns.iter().map(count).collect();
        self.made(
            "null_count",
            vec![
                Series::new("column".into(), self.columns()).into_column(),
                Series::new("null_count".into(), counts).into_column(),
            ],
        )
    }

    /// The table with the missing values of these columns filled.
    ///
    /// ```
    /// use dfdx_lab::data::{Fill, Table};
    /// # let path = std::env::temp_dir().join(format!("dfdx-lab-fill-{}.csv", std::process::id()));
    /// std::fs::write(&path, "age,port\n20,S\n,S\n50,\n41,C\n")?;
    /// let table = Table::read_csv(&path)?;
    /// let table = table.fill_missing("age", Fill::Median)?.fill_missing("port", "unknown")?;
    /// assert_eq!(table.column_f64("age")?, [20.0, 41.0, 50.0, 41.0]);
    /// assert_eq!(table.strings("port")?, ["S", "S", "unknown", "C"]);
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// A column of whole numbers stays one if the replacement is whole; otherwise it becomes `f64`.
    /// Means and the like are taken over all rows: before a split into training and test rows, fill
    /// with a constant, or impute in the pipeline.
    ///
    /// # Errors
    /// If a column is missing (the nearest are listed), the filling is not of its type, or has to
    /// be found in a column that has no value.
    pub fn fill_missing(&self, columns: impl ColumnNames, fill: impl Into<Fill>) -> Result<Table> {
        let (columns, fill) = (columns.into_names(), fill.into());
        let mut frame = self.frame.clone();
        for name in &columns {
            let filled = self.filled(name, &fill)?;
            frame.with_column(filled).map_err(|e| self.polars("fill_missing", e))?;
        }
        Ok(Table { frame, origin: self.origin.clone() })
    }

    /// The rows in which nothing is missing (pandas: `dropna`).
    ///
    /// # Errors
    /// If the table has no column.
    pub fn drop_missing(&self) -> Result<Table> {
        self.drop_missing_in(self.columns())
    }

    /// The rows in which nothing of these columns is missing.
    ///
    /// # Errors
    /// If a column is missing.
    pub fn drop_missing_in(&self, columns: impl ColumnNames) -> Result<Table> {
        let mut whole = vec![true; self.rows()];
        for name in columns.into_names() {
            let missing = is_missing(self.column(&name)?);
            whole.iter_mut().zip(missing).for_each(|(w, m)| *w &= !m);
        }
        self.filter(&whole)
    }

    fn filled(&self, name: &str, fill: &Fill) -> Result<Column> {
        let column = self.column(name)?;
        let wrong = |got: &str, expected: &str| {
            Err(Error::argument(
                format!("fill_missing: what to fill column '{name}' with"),
                got,
                expected,
            ))
        };
        if *fill == Fill::Previous {
            return self.forward(column);
        }
        if column.dtype() == &DataType::String {
            let text = column.str().map_err(|e| self.polars(name, e))?;
            let value = match fill {
                Fill::Text(text) => text.clone(),
                Fill::MostFrequent => match most_frequent(text.iter().flatten()) {
                    Some(text) => text.to_string(),
                    None => return wrong("the most frequent text", "a text: the column has none"),
                },
                other => {
                    return wrong(
                        &format!("{other:?}"),
                        "a text, Fill::MostFrequent or Fill::Previous",
                    )
                    .map_err(|e: Error| {
                        e.hint("the column is text; Csv::types reads it as numbers")
                    });
                }
            };
            let filled = text.iter().map(|cell| Some(cell.unwrap_or(&value)));
            return Ok(named::<StringChunked>(filled.collect(), column));
        }
        if !column.dtype().is_primitive_numeric() {
            return wrong(&format!("{fill:?}"), "Fill::Previous, or the column of text or numbers");
        }
        let values = self.numbers(column)?;
        if values.is_empty() && !matches!(fill, Fill::Number(_)) {
            return wrong(&format!("{fill:?}"), "a number: the column has none to find one by");
        }
        let value = match fill {
            Fill::Number(value) => *value,
            Fill::Mean => figures(values)[1],
            Fill::Median => figures(values)[5],
            Fill::MostFrequent => {
                most_frequent(values.into_iter().map(Ordered)).map_or(0.0, |v| v.0)
            }
            Fill::Text(_) | Fill::Previous => {
                return wrong(&format!("{fill:?}"), "a number: the column is one of numbers");
            }
        };
        if !value.is_finite() {
            return wrong(&value.to_string(), "finite");
        }
        if column.dtype().is_integer() && value.fract() == 0.0 && value.abs() <= EXACT {
            let whole = column.cast(&DataType::Int64).map_err(|e| self.polars(name, e))?;
            let whole = whole.i64().map_err(|e| self.polars(name, e))?;
            let filled = whole.iter().map(|v| Some(v.unwrap_or(value as i64)));
            return Ok(named::<Int64Chunked>(filled.collect(), column));
        }
        let wide = column.cast(&DataType::Float64).map_err(|e| self.polars(name, e))?;
        let wide = wide.f64().map_err(|e| self.polars(name, e))?;
        let filled = wide.iter().map(|v| v.filter(|v| !v.is_nan()).or(Some(value)));
        Ok(named::<Float64Chunked>(filled.collect(), column))
    }

    /// Each missing cell with the value above it.
    fn forward(&self, column: &Column) -> Result<Column> {
        let mut last = None;
        let rows = is_missing(column).into_iter().enumerate().map(|(i, missing)| {
            if !missing {
                last = Some(i);
            }
            last
        });
        self.gathered(column, rows.collect())
    }

    /// A table made in memory of these columns.
    pub(super) fn made(&self, what: &str, columns: Vec<Column>) -> Result<Table> {
        let rows = columns.first().map_or(0, Column::len);
        let frame = DataFrame::new(rows, columns).map_err(|e| self.polars(what, e))?;
        Table::from_dataframe(frame)
    }
}

fn named<C>(values: C, column: &Column) -> Column
where
    C: IntoSeries,
{
    values.into_series().with_name(column.name().clone()).into_column()
}

/// The value that occurs most often; of several the smallest.
fn most_frequent<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut counts = std::collections::BTreeMap::<T, usize>::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    // The first of equals is the smallest; `max_by_key` would give the last.
    counts.into_iter().rev().max_by_key(|c| c.1).map(|c| c.0)
}

/// Numbers in `f64::total_cmp`'s order.
struct Ordered(f64);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}
