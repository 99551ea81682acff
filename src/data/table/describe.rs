//! A table's figures, as pandas describes them.

use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, Series};

use super::Table;
use crate::error::{Error, Result};

const FIGURES: [&str; 8] = ["count", "mean", "std", "min", "25%", "50%", "75%", "max"];

impl Table {
    /// Count, mean, standard deviation (of the sample, ddof = 1), minimum, quartiles (linear
    /// between neighbours) and maximum of each column of numbers, as pandas' `describe`. Empty and
    /// NaN cells are not counted.
    ///
    /// # Errors
    /// If no column holds numbers.
    pub fn describe(&self) -> Result<Table> {
        let names = Series::new("statistic".into(), FIGURES).into_column();
        let mut columns = vec![names];
        for column in self.frame.columns().iter().filter(|c| c.dtype().is_primitive_numeric()) {
            let figures = figures(self.numbers(column)?);
            columns.push(Series::new(column.name().clone(), figures.as_slice()).into_column());
        }
        if columns.len() == 1 {
            let expected = "at least 1; value_counts(column) counts the values of a column of text";
            return Err(Error::argument("describe: the number of columns of numbers", 0, expected));
        }
        let frame =
            DataFrame::new(FIGURES.len(), columns).map_err(|e| self.polars("describe", e))?;
        Table::from_dataframe(frame)
    }

    /// The different values of a column and how often each occurs, the most frequent first.
    ///
    /// # Errors
    /// If the column is missing or has an empty cell.
    pub fn value_counts(&self, name: &str) -> Result<Table> {
        let mut counts = std::collections::BTreeMap::<String, i64>::new();
        for value in self.strings(name)? {
            *counts.entry(value).or_default() += 1;
        }
        let mut counts: Vec<(String, i64)> = counts.into_iter().collect();
        counts.sort_by_key(|c| std::cmp::Reverse(c.1));
        let (values, counts): (Vec<String>, Vec<i64>) = counts.into_iter().unzip();
        let count = if name == "count" { "count of values" } else { "count" };
        let columns = vec![
            Series::new(name.into(), values).into_column(),
            Series::new(count.into(), counts).into_column(),
        ];
        let rows = columns[0].len();
        let frame = DataFrame::new(rows, columns).map_err(|e| self.polars("value_counts", e))?;
        Table::from_dataframe(frame)
    }

    fn numbers(&self, column: &Column) -> Result<Vec<f64>> {
        let e = |e| self.polars("describe", e);
        let column = column.cast(&DataType::Float64).map_err(e)?;
        let numbers = column.f64().map_err(e)?.iter().flatten();
        Ok(numbers.filter(|v| !v.is_nan()).collect())
    }
}

fn figures(mut values: Vec<f64>) -> [f64; 8] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    // pandas: NaN for a single value.
    let std = if values.len() > 1 { (squares / (n - 1.0)).sqrt() } else { f64::NAN };
    values.sort_by(f64::total_cmp);
    let quantile = |q: f64| {
        let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
        let place = q * last as f64;
        let (low, share) = (place.floor() as usize, place.fract());
        if share == 0.0 {
            return values[low];
        }
        values[low] + share * (values[low + 1] - values[low])
    };
    let q = [0.0, 0.25, 0.5, 0.75, 1.0].map(quantile);
    [n, mean, std, q[0], q[1], q[2], q[3], q[4]]
}

#[cfg(test)]
mod tests {
    use super::*;

    // pandas 2: Series([3., 1., 2., 10.]).describe()
    #[test]
    fn figures_are_those_of_pandas() {
        let got = figures(vec![3.0, 1.0, 2.0, 10.0]);
        let want = [4.0, 4.0, 4.08248290463863, 1.0, 1.75, 2.5, 4.75, 10.0];
        for (g, w) in got.iter().zip(want) {
            assert!((g - w).abs() < 1e-12, "{g} is not {w}");
        }
        assert!(figures(vec![1.0])[2].is_nan() && figures(vec![])[1].is_nan());
    }

    #[test]
    fn value_counts_sorts_by_count() {
        let s = Series::new("s".into(), ["b", "a", "b", "c"]).into_column();
        let t = Table::from_dataframe(DataFrame::new(4, vec![s]).unwrap()).unwrap();
        let counts = t.value_counts("s").unwrap();
        assert_eq!(counts.strings("s").unwrap(), ["b", "a", "c"]);
        assert_eq!(counts.column_f64("count").unwrap(), [2.0, 1.0, 1.0]);
        assert!(t.describe().is_err());
    }
}
