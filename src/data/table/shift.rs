//! A column's values of rows before.

use super::{ColumnNames, Table};
use crate::error::{Error, Result};

impl Table {
    /// The table with columns `COLUMN_lag1`, `COLUMN_lag7`, … at its end: the values of so many rows
    /// before, missing in the first rows (pandas: `df["COLUMN_lag1"] = df["COLUMN"].shift(1)`). A
    /// model of a time series may see these, where the column itself is what it is to predict.
    ///
    /// ```
    /// # use dfdx_lab::data::Table;
    /// # let frame = dfdx_lab::polars::df!("day" => [1, 2, 3], "riders" => [100.0, 120.0, 90.0]);
    /// let table = Table::from_dataframe(frame.unwrap())?.shift("riders", [1])?;
    /// assert_eq!(table.columns(), ["day", "riders", "riders_lag1"]);
    /// assert_eq!(table.optional_f64("riders_lag1")?, [None, Some(100.0), Some(120.0)]);
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a column is missing (the nearest are listed), a number of rows is 0, or a new column would
    /// have the name of another.
    pub fn shift(
        &self,
        columns: impl ColumnNames,
        rows: impl IntoIterator<Item = usize>,
    ) -> Result<Table> {
        let (columns, lags): (_, Vec<usize>) = (columns.into_names(), rows.into_iter().collect());
        if lags.contains(&0) {
            return Err(Error::argument("Table::shift: a number of rows", 0, "at least 1"));
        }
        let mut table = self.clone();
        for name in &columns {
            let column = self.column(name)?;
            for lag in &lags {
                let lagged = format!("{name}_lag{lag}");
                if table.has_column(&lagged) {
                    let expected = "no column's name: rename that column first";
                    let what = "Table::shift: the name";
                    return Err(Error::argument(what, format!("'{lagged}'"), expected));
                }
                let before = (0..self.rows()).map(|row| row.checked_sub(*lag)).collect();
                let mut before = self.gathered(column, before)?;
                before.rename(lagged.as_str().into());
                table = table.with_series(before)?;
            }
        }
        Ok(table)
    }
}
