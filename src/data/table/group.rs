//! Groups of rows, and their statistics.

use polars::prelude::{
    Column, DataType, Float64Chunked, Int64Chunked, IntoColumn, IntoSeries, NamedFrom, Series,
};

use super::describe::figures;
use super::missing::is_missing;
use super::{ColumnNames, Table};
use crate::data::near::near;
use crate::error::{Error, Result};

/// What a group's figures are called.
const FUNCTIONS: [&str; 12] = [
    "mean", "sum", "min", "max", "median", "std", "var", "count", "size", "nunique", "first",
    "last",
];
/// The most cells that a pivot makes.
const CELLS: usize = 100_000_000;

/// The rows of a table in groups of equal keys, for [`agg`](Self::agg).
#[derive(Clone)]
pub struct GroupBy {
    table: Table,
    keys: Vec<String>,
}

impl Table {
    /// Groups the rows by equal values in these columns; rows with a missing key are dropped
    /// (pandas: `groupby`).
    ///
    /// ```
    /// # use dfdx_lab::data::Table;
    /// # let path = std::env::temp_dir().join(format!("dfdx-lab-group-{}.csv", std::process::id()));
    /// std::fs::write(&path, "sex,age,fare\nf,20,10\nm,30,1\nf,40,30\nm,,2\n")?;
    /// let table = Table::read_csv(&path)?;
    /// let figures = table.group_by("sex")?.agg([("age", "mean"), ("age", "count"), ("fare", "sum")])?;
    /// assert_eq!(figures.columns(), ["sex", "age_mean", "age_count", "fare_sum"]);
    /// assert_eq!(figures.column_f64("age_mean")?, [30.0, 30.0]);
    /// assert_eq!(figures.column_f64("age_count")?, [2.0, 1.0]);
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If a column is missing (the nearest are listed), or none or one twice is named.
    pub fn group_by(&self, keys: impl ColumnNames) -> Result<GroupBy> {
        let keys = keys.into_names();
        if keys.is_empty() {
            return Err(Error::argument("group_by: the number of columns", 0, "at least 1"));
        }
        self.select(keys.clone())?;
        Ok(GroupBy { table: self.drop_missing_in(&keys)?, keys })
    }

    /// A statistic of `values` for each pair of a value of `index` (the rows) and of `columns` (the
    /// columns), both sorted; missing if no row has both (pandas: `pivot_table`). The figures are
    /// those of [`GroupBy::agg`].
    ///
    /// # Errors
    /// As [`GroupBy::agg`], and if a value of `columns` is the name of `index`.
    pub fn pivot(&self, index: &str, columns: &str, values: &str, figure: &str) -> Result<Table> {
        let long = self.group_by([index, columns])?.agg([(values, figure)])?;
        let across = long.sort(columns)?.unique(columns)?;
        if across.iter().any(|name| name == index) {
            let expected = format!("another name than '{index}', which is that of the rows");
            return Err(Error::argument(
                "pivot: a value of the columns",
                format!("'{index}'"),
                expected,
            ));
        }
        let groups = long.groups(&[index.to_string()])?;
        if groups.len().saturating_mul(across.len()) > CELLS {
            let got = format!("{} × {}", groups.len(), across.len());
            let expected = format!("at most {CELLS} cells in all");
            return Err(Error::argument("pivot: the table's size", got, expected));
        }
        let place: std::collections::HashMap<&String, usize> =
            across.iter().enumerate().map(|(i, name)| (name, i)).collect();
        let names = long.optional_strings(columns)?;
        let mut cells = vec![vec![None; groups.len()]; across.len()];
        for (row, group) in groups.iter().enumerate() {
            for &i in group {
                if let Some(&column) = names[i].as_ref().and_then(|n| place.get(n)) {
                    cells[column][row] = Some(i);
                }
            }
        }
        let firsts = groups.iter().map(|g| Some(g[0])).collect();
        let mut out = vec![self.gathered(long.column(index)?, firsts)?];
        let figures = long.frame.columns().last();
        for (name, rows) in across.iter().zip(cells) {
            if let Some(figures) = figures {
                out.push(self.gathered(figures, rows)?.with_name(name.as_str().into()));
            }
        }
        self.made("pivot", out)
    }
}

impl GroupBy {
    /// Figures of the groups, sorted by the keys: pairs of a column and a figure, each in a column
    /// `COLUMN_FIGURE`. Figures are `mean`, `sum`, `median`, `std`, `var` (both of the sample, ddof
    /// = 1) of numbers, `min`, `max`, `first`, `last`, `nunique` (the number of different values)
    /// and `count` of anything, all without the missing values, and `size`, the number of rows.
    ///
    /// # Errors
    /// If a column is missing or is text where numbers are needed; if there is no such figure; if a
    /// sum of whole numbers is beyond 64 bits.
    pub fn agg<C: Into<String>, F: Into<String>>(
        &self,
        figures: impl IntoIterator<Item = (C, F)>,
    ) -> Result<Table> {
        self.figures(figures.into_iter().map(|(c, f)| (c.into(), f.into())).collect())
    }

    /// The mean of each column of numbers.
    ///
    /// # Errors
    /// If there is no column of numbers besides the keys.
    pub fn mean(&self) -> Result<Table> {
        self.of_numbers("mean")
    }

    /// The sum of each column of numbers.
    ///
    /// # Errors
    /// As [`agg`](Self::agg), and if there is no column of numbers besides the keys.
    pub fn sum(&self) -> Result<Table> {
        self.of_numbers("sum")
    }

    /// The number of rows of each group, in a column `size`.
    ///
    /// # Errors
    /// If a key is called `size`.
    pub fn size(&self) -> Result<Table> {
        let name = self.keys[0].clone();
        self.figures(vec![(name.clone(), "size".to_string())])?
            .rename(&format!("{name}_size"), "size")
    }

    fn of_numbers(&self, figure: &str) -> Result<Table> {
        let is_number = |c: &&Column| {
            c.dtype().is_primitive_numeric() && !self.keys.iter().any(|k| k == c.name().as_str())
        };
        let numbers = self.table.frame.columns().iter().filter(is_number);
        let figures: Vec<(String, String)> =
            numbers.map(|c| (c.name().to_string(), figure.to_string())).collect();
        if figures.is_empty() {
            let what = format!("group_by(..).{figure}: the number of columns of numbers");
            return Err(Error::argument(what, 0, "at least 1 besides the keys"));
        }
        self.figures(figures)
    }

    fn figures(&self, wanted: Vec<(String, String)>) -> Result<Table> {
        let table = &self.table;
        let groups = table.groups(&self.keys)?;
        let firsts: Vec<Option<usize>> = groups.iter().map(|g| Some(g[0])).collect();
        let mut out = Vec::with_capacity(self.keys.len() + wanted.len());
        for key in &self.keys {
            out.push(table.gathered(table.column(key)?, firsts.clone())?);
        }
        for (column, figure) in &wanted {
            let name = format!("{column}_{figure}");
            if out.iter().any(|c: &Column| c.name().as_str() == name) {
                let expected = "given once, and of another name than the keys";
                return Err(Error::argument("agg: a figure", format!("'{name}'"), expected));
            }
            out.push(self.figure(column, figure, &groups)?.with_name(name.as_str().into()));
        }
        table.made("agg", out)?.sort(&self.keys)
    }

    /// One figure of one column, a value for each group.
    fn figure(&self, name: &str, figure: &str, groups: &[Vec<usize>]) -> Result<Column> {
        let table = &self.table;
        let column = table.column(name)?;
        let missing = is_missing(column);
        let there = |g: &Vec<usize>| g.iter().copied().filter(|&i| !missing[i]).collect::<Vec<_>>();
        let count = |of: &dyn Fn(&Vec<usize>) -> usize| {
            let counts: Vec<i64> = groups.iter().map(|g| of(g) as i64).collect();
            Ok(Series::new(name.into(), counts).into_column())
        };
        match figure {
            "size" => return count(&Vec::len),
            "count" => return count(&|g| there(g).len()),
            "first" => {
                return table
                    .gathered(column, groups.iter().map(|g| there(g).first().copied()).collect());
            }
            "last" => {
                return table
                    .gathered(column, groups.iter().map(|g| there(g).last().copied()).collect());
            }
            "nunique" => {
                let text = table.optional_strings(name)?;
                let different = |g: &Vec<usize>| {
                    there(g)
                        .iter()
                        .map(|&i| &text[i])
                        .collect::<std::collections::HashSet<_>>()
                        .len()
                };
                return count(&different);
            }
            "min" | "max" => {
                // A row's place in the sorted column compares values of any type.
                let mut rank = vec![0; table.rows()];
                for (place, row) in table.order(&[name.to_string()], false)?.into_iter().enumerate()
                {
                    rank[row] = place;
                }
                let extreme = |g: &Vec<usize>| match figure {
                    "min" => there(g).into_iter().min_by_key(|&i| rank[i]),
                    _ => there(g).into_iter().max_by_key(|&i| rank[i]),
                };
                return table.gathered(column, groups.iter().map(extreme).collect());
            }
            f if FUNCTIONS.contains(&f) => {}
            other => {
                let known: Vec<String> = FUNCTIONS.iter().map(ToString::to_string).collect();
                let expected = format!("one of {}; {}", FUNCTIONS.join(", "), near(other, &known));
                return Err(Error::argument("agg: a figure", format!("'{other}'"), expected));
            }
        }
        if !(column.dtype().is_primitive_numeric() || column.dtype() == &DataType::Boolean) {
            let got = format!("'{name}', which is {}", column.dtype());
            let what = format!("agg: the column for '{figure}'");
            return Err(Error::argument(what, got, "one of numbers")
                .hint("count, size, nunique, first, last, min and max take any; Csv::types reads text as numbers"));
        }
        if figure == "sum" && !column.dtype().is_float() {
            let e = |e| table.polars(name, e);
            let whole = column.cast(&DataType::Int64).map_err(e)?;
            let whole: Vec<Option<i64>> = whole.i64().map_err(e)?.iter().collect();
            let sum = |g: &Vec<usize>| {
                g.iter().filter_map(|&i| whole[i]).try_fold(0i64, i64::checked_add)
            };
            let beyond = || {
                Error::argument(
                    format!("agg: the sum of column '{name}'"),
                    "beyond 64 bits",
                    "a whole number of 64 bits",
                )
                .hint("with_column(name, [name], |v| v[0]) makes its numbers f64")
            };
            let sums: Option<Int64Chunked> = groups.iter().map(|g| sum(g).map(Some)).collect();
            return Ok(sums.ok_or_else(beyond)?.into_series().into_column());
        }
        let values = table.optional_f64(name)?;
        let value = |g: &Vec<usize>| {
            let of: Vec<f64> = g.iter().filter_map(|&i| values[i]).collect();
            let value = match figure {
                "sum" => of.iter().sum(),
                "mean" => figures(of)[1],
                "std" => figures(of)[2],
                "var" => figures(of)[2].powi(2),
                _ => figures(of)[5],
            };
            Some(value).filter(|v| !v.is_nan())
        };
        Ok(groups.iter().map(value).collect::<Float64Chunked>().into_series().into_column())
    }
}

impl std::fmt::Display for GroupBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys: Vec<String> = self.keys.iter().map(|k| format!("'{k}'")).collect();
        let groups = self.table.groups(&self.keys).map_or(0, |g| g.len());
        let (rows, keys) = (self.table.rows(), keys.join(", "));
        write!(f, "{groups} groups of {rows} rows, by {keys}; agg, mean, sum or size make a table")
    }
}

impl std::fmt::Debug for GroupBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
