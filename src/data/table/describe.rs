//! Summary statistics, as in pandas.

use polars::prelude::{Column, DataType, IntoColumn, NamedFrom, Series};

use super::Table;
use crate::data::quantile::{mean, quantile};
use crate::error::Result;

const FIGURES: [&str; 9] =
    ["count", "null_count", "mean", "std", "min", "25%", "50%", "75%", "max"];

impl Table {
    /// Count, number of missing cells, mean, standard deviation (of the sample, ddof = 1), minimum,
    /// quartiles (linear between neighbours) and maximum of each column of numbers, as pandas'
    /// `describe`. Empty and NaN cells are missing: they are only counted.
    ///
    /// A table without columns of numbers is described as by pandas, too: count, missing cells, the
    /// number of different values, the most frequent one and how often it occurs.
    ///
    /// # Errors
    /// If the table has no column.
    pub fn describe(&self) -> Result<Table> {
        let names = Series::new("statistic".into(), FIGURES).into_column();
        let mut columns = vec![names];
        for column in self.frame.columns().iter().filter(|c| c.dtype().is_primitive_numeric()) {
            let values = self.numbers(column)?;
            let missing = (column.len() - values.len()) as f64;
            let figures = figures(values);
            let figures = [&figures[..1], &[missing], &figures[1..]].concat();
            columns.push(Series::new(column.name().clone(), figures).into_column());
        }
        if columns.len() == 1 {
            return self.describe_text();
        }
        self.made("describe", columns)
    }

    fn describe_text(&self) -> Result<Table> {
        let figures = ["count", "null_count", "unique", "top", "freq"];
        let mut columns = vec![Series::new("statistic".into(), figures).into_column()];
        for name in self.columns() {
            let values: Vec<String> = self.optional_strings(&name)?.into_iter().flatten().collect();
            let counts = self.counts(&name)?;
            let there: Vec<&(Option<String>, i64)> =
                counts.iter().filter(|c| c.0.is_some()).collect();
            let (top, often) = there.first().map_or((None, 0), |c| (c.0.clone(), c.1));
            let cells = [
                Some(values.len().to_string()),
                Some((self.rows() - values.len()).to_string()),
                Some(there.len().to_string()),
                top,
                Some(often.to_string()),
            ];
            columns.push(Series::new(name.as_str().into(), cells.as_slice()).into_column());
        }
        self.made("describe", columns)
    }

    /// The distinct values of a column with their counts, the most frequent first, and equally
    /// frequent ones in text order. Missing cells have a row of their own (pandas:
    /// `value_counts(dropna=False)`).
    ///
    /// # Errors
    /// If the column is missing.
    pub fn value_counts(&self, name: &str) -> Result<Table> {
        let (values, counts): (Vec<Option<String>>, Vec<i64>) =
            self.counts(name)?.into_iter().unzip();
        let count = if name == "count" { "count of values" } else { "count" };
        self.made(
            "value_counts",
            vec![
                Series::new(name.into(), values).into_column(),
                Series::new(count.into(), counts).into_column(),
            ],
        )
    }

    fn counts(&self, name: &str) -> Result<Vec<(Option<String>, i64)>> {
        let mut counts = std::collections::BTreeMap::<Option<String>, i64>::new();
        for value in self.optional_strings(name)? {
            *counts.entry(value).or_default() += 1;
        }
        let mut counts: Vec<(Option<String>, i64)> = counts.into_iter().collect();
        counts.sort_by_key(|c| std::cmp::Reverse(c.1));
        Ok(counts)
    }

    /// The column's numbers, without missing ones.
    pub(super) fn numbers(&self, column: &Column) -> Result<Vec<f64>> {
        let e = |e| self.polars("describe", e);
        let column = column.cast(&DataType::Float64).map_err(e)?;
        let numbers = column.f64().map_err(e)?.iter().flatten();
        Ok(numbers.filter(|v| !v.is_nan()).collect())
    }
}

/// Count, mean, standard deviation, minimum, quartiles, maximum.
pub(super) fn figures(mut values: Vec<f64>) -> [f64; 8] {
    let n = values.len() as f64;
    values.sort_by(f64::total_cmp);
    let mean = mean(&values);
    // What rounding left in the mean of large numbers.
    let rest = values.iter().map(|v| v - mean).sum::<f64>() / n;
    let mean = if rest.is_finite() { mean + rest } else { mean };
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    // pandas: NaN for a single value.
    let std = if values.len() > 1 { (squares / (n - 1.0)).sqrt() } else { f64::NAN };
    let q = [0.0, 0.25, 0.5, 0.75, 1.0].map(|q| quantile(&values, q));
    [n, mean, std, q[0], q[1], q[2], q[3], q[4]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::DataFrame;

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
        let figures = t.describe().unwrap();
        assert_eq!(figures.strings("s").unwrap(), ["4", "0", "3", "b", "2"]);
    }

    #[test]
    fn missing_cells_are_counted() {
        let s = Series::new("s".into(), [Some("b"), None, Some("b"), None, None]).into_column();
        let n = [Some(1.0), None, Some(f64::NAN), Some(3.0), None];
        let n = Series::new("n".into(), n).into_column();
        let t = Table::from_dataframe(DataFrame::new(5, vec![s, n]).unwrap()).unwrap();
        let counts = t.value_counts("s").unwrap();
        assert_eq!(counts.optional_strings("s").unwrap(), [None, Some("b".to_string())]);
        assert_eq!(counts.column_f64("count").unwrap(), [3.0, 2.0]);
        let figures = t.describe().unwrap().column_f64("n").unwrap();
        assert_eq!(figures[..3], [2.0, 3.0, 2.0]);
        let counts = t.null_count().unwrap();
        assert_eq!(counts.strings("column").unwrap(), ["s", "n"]);
        assert_eq!(counts.column_f64("null_count").unwrap(), [3.0, 3.0]);
    }
}
