//! A column's values as numbers or as text.

use polars::prelude::{Column, DataType, IntoColumn, NamedFrom, Series};

use super::Table;
use super::missing::is_missing;
use crate::error::{Error, Result};

impl Table {
    /// A column as `f64`. Text that is a number (as quoted numbers are read) counts as one, `true`
    /// and `false` as 1 and 0.
    ///
    /// # Errors
    /// A missing column (the nearest names are listed); an empty cell, text, NaN or an infinite
    /// value: the error names the first such line.
    pub fn column_f64(&self, name: &str) -> Result<Vec<f64>> {
        let values = self.parsed(name)?;
        match values.iter().position(|v| !v.is_finite()) {
            Some(i) => {
                let what = if values[i].is_nan() { "NaN" } else { "infinite" };
                let problem = format!("the value is {what}; filter the row out or correct it");
                Err(self.origin.error(i, name, problem))
            }
            None => Ok(values),
        }
    }

    /// A column's numbers, those that are not finite included.
    fn parsed(&self, name: &str) -> Result<Vec<f64>> {
        let column = self.column(name)?;
        let bad = |i: usize, problem: String| Err(self.origin.error(i, name, problem));
        let mut values = Vec::with_capacity(column.len());
        if let Ok(text) = column.str() {
            for (i, cell) in text.iter().enumerate() {
                let Some(cell) = cell else { return bad(i, empty()) };
                let Ok(v) = cell.trim().parse::<f64>() else {
                    let advice = match cell.trim().replacen(',', ".", 1).parse::<f64>() {
                        Ok(_) if cell.contains(',') => {
                            "write decimals with a point, or read the file by Table::read_with(path, \
                             Csv::new().decimal(','))"
                        }
                        _ => {
                            "correct the cell, filter the row out, or choose other columns; if it \
                             stands for a missing value, name it in Csv::null_values"
                        }
                    };
                    let cell: String = cell.chars().take(40).collect();
                    return bad(
                        i,
                        format!(
                            "'{cell}' is not a number, and the column is used as numbers: {advice}"
                        ),
                    );
                };
                values.push(v);
            }
        } else {
            let numbers = column.cast(&DataType::Float64).map_err(|e| self.polars(name, e))?;
            let numbers = numbers.f64().map_err(|e| self.polars(name, e))?;
            for (i, cell) in numbers.iter().enumerate() {
                let Some(v) = cell else { return bad(i, empty()) };
                values.push(v);
            }
        }
        Ok(values)
    }

    /// A column as `f64`, with `None` where a cell is empty or NaN.
    ///
    /// # Errors
    /// A missing column (the nearest names are listed), or text that is no number.
    pub fn optional_f64(&self, name: &str) -> Result<Vec<Option<f64>>> {
        let missing = is_missing(self.column(name)?);
        let rows: Vec<usize> = (0..missing.len()).filter(|&i| !missing[i]).collect();
        let mut out = vec![None; missing.len()];
        // An infinite number is one here, as in a filter.
        for (i, value) in rows.iter().zip(self.take(&rows)?.parsed(name)?) {
            out[*i] = Some(value);
        }
        Ok(out)
    }

    /// A column as text, numbers in their shortest form, with `None` where a cell is empty or NaN.
    ///
    /// # Errors
    /// A missing column: the nearest names are listed.
    pub fn optional_strings(&self, name: &str) -> Result<Vec<Option<String>>> {
        let column = self.column(name)?;
        let text = column.cast(&DataType::String).map_err(|e| self.polars(name, e))?;
        let text = text.str().map_err(|e| self.polars(name, e))?;
        let cells = text.iter().zip(is_missing(column));
        let one = one_zero(column);
        Ok(cells.map(|(cell, missing)| cell.filter(|_| !missing).map(&one)).collect())
    }

    /// A column as `f32`, the type models compute in.
    ///
    /// # Errors
    /// As [`column_f64`](Self::column_f64), and if a value is beyond the range of `f32`
    /// (3.4e38).
    pub fn column_f32(&self, name: &str) -> Result<Vec<f32>> {
        Ok(self.column_in_f32(name)?.into_iter().map(|v| v as f32).collect())
    }

    /// A column of values within the range of `f32`, as they are.
    pub(crate) fn column_in_f32(&self, name: &str) -> Result<Vec<f64>> {
        let values = self.column_f64(name)?;
        if let Some(i) = values.iter().position(|v| v.abs() > f64::from(f32::MAX)) {
            let problem = format!("{:e} is beyond the range of f32, 3.4e38", values[i]);
            return Err(self.origin.error(i, name, problem));
        }
        Ok(values)
    }

    /// A column as text; numbers in their shortest form.
    ///
    /// # Errors
    /// A missing column, or a cell that is empty or NaN: the error names the first such line.
    pub fn strings(&self, name: &str) -> Result<Vec<String>> {
        let column = self.column(name)?;
        let text = column.cast(&DataType::String).map_err(|e| self.polars(name, e))?;
        let text = text.str().map_err(|e| self.polars(name, e))?;
        let cells = text.iter().zip(is_missing(column)).enumerate();
        let one = one_zero(column);
        cells
            .map(|(i, (cell, missing))| match cell.filter(|_| !missing) {
                Some(cell) => Ok(one(cell)),
                None => Err(self.origin.error(i, name, empty())),
            })
            .collect()
    }

    /// The table with a new or replaced column of text.
    ///
    /// # Errors
    /// If the number of values is not that of the rows.
    pub fn with_strings(&self, name: &str, values: &[String]) -> Result<Table> {
        self.with_series(Series::new(name.into(), values).into_column())
    }

    /// The table with a new or replaced column of numbers, `f32`, `f64` or whole ones:
    /// `table.with_numbers("output", model.predict(&data)?.data())?`.
    ///
    /// # Errors
    /// If the number of values is not that of the rows.
    pub fn with_numbers(&self, name: &str, values: &[impl Into<f64> + Copy]) -> Result<Table> {
        let values: Vec<f64> = values.iter().map(|value| (*value).into()).collect();
        self.with_series(Series::new(name.into(), values).into_column())
    }

    pub(super) fn with_series(&self, column: Column) -> Result<Table> {
        if column.len() != self.rows() {
            let expected = format!("the number of rows, {}", self.rows());
            let what = format!("the number of values of column '{}'", column.name());
            return Err(Error::argument(what, column.len(), expected));
        }
        let mut frame = self.frame.clone();
        frame.with_column(column).map_err(|e| self.polars("with_column", e))?;
        Ok(Table { frame, origin: self.origin.clone() })
    }
}

fn empty() -> String {
    "the cell is empty; fill it (fill_missing) or leave the row out (drop_missing)".to_string()
}

/// A cell of a column as text: of numbers -0 is 0, as pandas has one category for the two.
fn one_zero(column: &Column) -> impl Fn(&str) -> String + use<> {
    let float = column.dtype().is_float();
    move |cell| if float && cell == "-0.0" { "0.0".to_string() } else { cell.to_string() }
}
