//! Filtering, sorting and changing rows and columns.

use polars::prelude::{
    Column, DataFrame, DataType, Float64Chunked, IdxCa, IdxSize, IntoColumn, IntoSeries, NamedFrom,
    Series, SortMultipleOptions,
};

use super::missing::is_missing;
use super::{ColumnNames, Table};
use crate::error::{Error, Result};

impl Table {
    /// The rows whose number in this column satisfies the condition; a missing one never does
    /// (pandas: `df[df["age"] > 30]`).
    ///
    /// ```
    /// # use dfdx_lab::data::Table;
    /// # let path = std::env::temp_dir().join(format!("dfdx-lab-rows-{}.csv", std::process::id()));
    /// # std::fs::write(&path, "name,age\nAda,36\nBob,\nEve,9\n")?;
    /// # let table = Table::read_csv(&path)?;
    /// let adults = table.filter_numbers("age", |age| age >= 18.0)?;
    /// assert_eq!(adults.strings("name")?, ["Ada"]);
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the column is missing (the nearest are listed) or has text that is no number.
    pub fn filter_numbers(&self, column: &str, wished: impl Fn(f64) -> bool) -> Result<Table> {
        let values = self.optional_f64(column)?;
        let mask: Vec<bool> = values.iter().map(|v| v.is_some_and(&wished)).collect();
        self.filter(&mask)
    }

    /// The rows whose text in this column satisfies the condition; an empty cell never does.
    /// Numbers are compared by their shortest text.
    ///
    /// # Errors
    /// If the column is missing.
    pub fn filter_strings(&self, column: &str, wished: impl Fn(&str) -> bool) -> Result<Table> {
        let values = self.optional_strings(column)?;
        let mask: Vec<bool> = values.iter().map(|v| v.as_deref().is_some_and(&wished)).collect();
        self.filter(&mask)
    }

    /// The rows in ascending order of these columns, the first of them first; rows that are equal
    /// in them keep their order, missing values come last (pandas: `sort_values`).
    ///
    /// # Errors
    /// If a column is missing.
    pub fn sort(&self, columns: impl ColumnNames) -> Result<Table> {
        self.take(&self.order(&columns.into_names(), false)?)
    }

    /// As [`sort`](Self::sort), the largest first; missing values still come last.
    ///
    /// # Errors
    /// If a column is missing.
    pub fn sort_descending(&self, columns: impl ColumnNames) -> Result<Table> {
        self.take(&self.order(&columns.into_names(), true)?)
    }

    /// The different values of a column as text, in the order in which they first occur; missing
    /// ones are left out.
    ///
    /// # Errors
    /// If the column is missing.
    pub fn unique(&self, column: &str) -> Result<Vec<String>> {
        let mut seen = std::collections::HashSet::new();
        let values = self.optional_strings(column)?.into_iter().flatten();
        Ok(values.filter(|v| seen.insert(v.clone())).collect())
    }

    /// The rows without duplicates of an earlier row.
    ///
    /// # Errors
    /// If the table has no column.
    pub fn drop_duplicates(&self) -> Result<Table> {
        let firsts: Vec<usize> = self.groups(&self.columns())?.into_iter().map(|g| g[0]).collect();
        self.take(&firsts)
    }

    /// The table without these columns.
    ///
    /// # Errors
    /// If a column is missing.
    pub fn drop(&self, columns: impl ColumnNames) -> Result<Table> {
        let dropped = columns.into_names();
        dropped.iter().try_for_each(|name| self.column(name).map(|_| ()))?;
        self.select(self.columns().into_iter().filter(|name| !dropped.contains(name)))
    }

    /// The table with a column under another name.
    ///
    /// # Errors
    /// If there is no such column, or one of the new name already.
    pub fn rename(&self, column: &str, name: &str) -> Result<Table> {
        self.column(column)?;
        if column != name && self.has_column(name) {
            let expected = "the name of no other column";
            return Err(Error::argument("rename: the new name", format!("'{name}'"), expected));
        }
        let mut frame = self.frame.clone();
        frame.rename(column, name.into()).map_err(|e| self.polars("rename", e))?;
        Ok(Table { frame, origin: self.origin.clone() })
    }

    /// The table with a new or replaced column of numbers, computed from other columns of the same
    /// row. The result is missing if one of them is, or if it is NaN.
    ///
    /// ```
    /// # use dfdx_lab::data::Table;
    /// # let path = std::env::temp_dir().join(format!("dfdx-lab-with-{}.csv", std::process::id()));
    /// # std::fs::write(&path, "kg,m\n81,1.8\n50,\n")?;
    /// # let table = Table::read_csv(&path)?;
    /// let table = table.with_column("bmi", ["kg", "m"], |v| v[0] / (v[1] * v[1]))?;
    /// assert_eq!(table.head(1).column_f64("bmi")?, [25.0]);
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If a column is missing or has text that is no number.
    pub fn with_column(
        &self,
        name: &str,
        from: impl ColumnNames,
        value: impl Fn(&[f64]) -> f64,
    ) -> Result<Table> {
        let from = from.into_names();
        let columns: Vec<Vec<Option<f64>>> =
            from.iter().map(|c| self.optional_f64(c)).collect::<Result<_>>()?;
        let mut row = vec![0.0; from.len()];
        let values: Float64Chunked = (0..self.rows())
            .map(|i| {
                for (cell, column) in row.iter_mut().zip(&columns) {
                    *cell = column[i]?;
                }
                Some(value(&row)).filter(|v| !v.is_nan())
            })
            .collect();
        self.with_series(values.into_series().with_name(name.into()).into_column())
    }

    /// The rows of equal values in these columns, in the order of their first rows.
    pub(super) fn groups(&self, columns: &[String]) -> Result<Vec<Vec<usize>>> {
        let keys = self.select(columns.to_vec())?;
        let groups = keys.frame.group_by_stable(columns.to_vec());
        let groups = groups.map_err(|e| self.polars("group_by", e))?.into_groups();
        let groups = (*groups).clone().into_idx();
        Ok(groups.iter().map(|(_, rows)| rows.iter().map(|&i| i as usize).collect()).collect())
    }

    /// The column's cells at these places, missing where there is none.
    pub(super) fn gathered(&self, column: &Column, rows: Vec<Option<usize>>) -> Result<Column> {
        let rows: IdxCa = rows.into_iter().map(|i| i.map(|i| i as IdxSize)).collect();
        column.take(&rows).map_err(|e| self.polars(column.name(), e))
    }

    /// The rows' indices in the order of these columns, missing values last.
    pub(super) fn order(&self, columns: &[String], descending: bool) -> Result<Vec<usize>> {
        let mut keys = Vec::with_capacity(columns.len() + 1);
        for (i, name) in columns.iter().enumerate() {
            let column = self.column(name)?;
            // NaN is missing, and polars' largest number.
            let missing = is_missing(column);
            let rows = missing.iter().enumerate().map(|(i, m)| (!m).then_some(i)).collect();
            keys.push(self.gathered(column, rows)?.with_name(format!("{i}").into()));
        }
        if keys.is_empty() {
            return Err(Error::argument("sort: the number of columns", 0, "at least 1"));
        }
        let names: Vec<String> = (0..keys.len()).map(|i| i.to_string()).collect();
        let rows: Vec<IdxSize> = (0..self.rows() as IdxSize).collect();
        keys.push(Series::new("row".into(), rows).into_column());
        let e = |e| self.polars("sort", e);
        let how = SortMultipleOptions::default()
            .with_order_descending(descending)
            .with_nulls_last(true)
            .with_maintain_order(true);
        let sorted =
            DataFrame::new(self.rows(), keys).and_then(|f| f.sort(names, how)).map_err(e)?;
        let rows = sorted.column("row").and_then(|c| c.cast(&DataType::UInt64)).map_err(e)?;
        Ok(rows.u64().map_err(e)?.iter().flatten().map(|i| i as usize).collect())
    }
}
