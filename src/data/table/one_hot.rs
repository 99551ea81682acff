//! A column of categories as a column of zeros and ones for each.

use polars::prelude::{IntoColumn, NamedFrom, Series};

use super::{ColumnNames, Table};
use crate::error::{Error, Result};

/// The most categories of a column: more are names or measurements.
const MOST: usize = 1000;

impl Table {
    /// The table with each of these columns replaced by a column `COLUMN_VALUE` for each of its
    /// values, sorted, which is 1 in the rows that have the value and 0 in the others; where the
    /// value is missing, all are 0 (pandas: `get_dummies`). The new columns stand at the end.
    ///
    /// ```
    /// # use dfdx_lab::data::Table;
    /// # let path = std::env::temp_dir().join(format!("dfdx-lab-hot-{}.csv", std::process::id()));
    /// # std::fs::write(&path, "port,fare\nS,1\nC,2\n,3\n")?;
    /// # let table = Table::read_csv(&path)?;
    /// let table = table.one_hot("port")?;
    /// assert_eq!(table.columns(), ["fare", "port_C", "port_S"]);
    /// assert_eq!(table.column_f64("port_S")?, [1.0, 0.0, 0.0]);
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If a column is missing (the nearest are listed), has no value or more than 1000, or a new
    /// column would have the name of another.
    pub fn one_hot(&self, columns: impl ColumnNames) -> Result<Table> {
        let columns = columns.into_names();
        let mut table = self.drop(&columns)?;
        for (i, name) in columns.iter().enumerate() {
            if columns[..i].contains(name) {
                let got = format!("'{name}'");
                return Err(Error::argument("one_hot: a column", got, "given once"));
            }
            let categories = self.sort(name.as_str())?.unique(name)?;
            if categories.is_empty() || categories.len() > MOST {
                let what = format!("one_hot: the number of values of column '{name}'");
                let expected = format!("1 to {MOST}");
                return Err(Error::argument(what, categories.len(), expected));
            }
            let cells = self.optional_strings(name)?;
            for category in categories {
                let hot = format!("{name}_{category}");
                if table.has_column(&hot) {
                    let expected = "no column's name: rename that column first";
                    return Err(Error::argument("one_hot: the name", format!("'{hot}'"), expected));
                }
                let is = |cell: &Option<String>| i64::from(cell.as_ref() == Some(&category));
                let values: Vec<i64> = cells.iter().map(is).collect();
                table =
                    table.with_series(Series::new(hot.as_str().into(), values).into_column())?;
            }
        }
        Ok(table)
    }
}
