//! Windows of a time series for forecasting.

use super::exact::Exact;
use super::targets::Targets;
use super::{Dataset, build};
use crate::array::Array;
use crate::data::Table;
use crate::error::{Error, Result};
use crate::memory;

impl Dataset {
    /// Windows of a time series: for each row its targets, and as features the `columns` of the
    /// `sequence_length` rows before it, the oldest first. A target may be among the columns, because
    /// only its past is used. It is Keras'
    /// `timeseries_dataset_from_array(x[:-n], y[n:], n)`, in rows: `Reshape` makes sequences
    /// (steps, columns) of them within the model, so that a pipeline can scale them before.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// # let frame = dfdx_lab::polars::df!("riders" => [1, 2, 3, 4, 5], "rain" => [0, 1, 0, 1, 0]);
    /// # let table = Table::from_dataframe(frame.unwrap())?;
    /// let data = Dataset::timeseries(&table, ["riders"], ["riders", "rain"], 2)?;
    /// assert_eq!(data.columns()[..2], ["riders (t-2)", "rain (t-2)"]);
    /// assert_eq!((data.x().row(0), data.y().row(0)), (&[1.0, 0.0, 2.0, 1.0][..], &[3.0][..]));
    /// let model = Sequential::new([4])
    ///     .add(Reshape::new([2, 2]))
    ///     .add(LSTM::new(8))
    ///     .add(Dense::new(1))
    ///     .compile("adam", "mse", ["mae"])?;
    /// # let _ = model;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// Rows with fewer rows before them in their recording are left out.
    ///
    /// # Errors
    /// If no row has enough before it, the length is 0, or as [`from_table`](Self::from_table);
    /// columns of text are refused.
    pub fn timeseries<T: Into<String>, S: Into<String>>(
        table: &Table,
        targets: impl IntoIterator<Item = T>,
        columns: impl IntoIterator<Item = S>,
        sequence_length: usize,
    ) -> Result<Dataset> {
        let targets = targets.into_iter().map(Into::into).collect();
        let columns = columns.into_iter().map(Into::into).collect();
        windows(table, targets, columns, sequence_length)
    }
}

fn windows(
    table: &Table,
    targets: Vec<String>,
    columns: Vec<String>,
    steps: usize,
) -> Result<Dataset> {
    const WHAT: &str = "Dataset::timeseries: sequence_length";
    if steps == 0 {
        return Err(Error::argument(WHAT, steps, "at least 1"));
    }
    let (y, exact_y) = build::matrix(table, &targets)?;
    let (values, exact) = build::matrix(table, &columns)?;
    let longest = steps.min(table.rows());
    let sizes = [table.rows().saturating_sub(longest), longest, columns.len()];
    memory::check("Dataset::timeseries: the windows", &sizes, size_of::<f32>())?;
    let mut windows = table.origin().windows(longest);
    if windows.is_empty() {
        let expected = format!("below the longest unbroken run of the {} rows", table.rows());
        return Err(Error::argument(WHAT, steps, expected));
    }
    for (_, window) in &mut windows {
        // The row itself is the forecast's target.
        window.remove(0);
        window.reverse();
    }
    let data = windows.iter().flat_map(|(_, window)| window.iter().flat_map(|i| values.row(*i)));
    let width = columns.len() * steps;
    let x = Array::new([windows.len(), width], data.copied().collect())?;
    let rows: Vec<usize> = windows.iter().map(|(row, _)| *row).collect();
    let of = |back: usize| columns.iter().map(move |column| format!("{column} (t-{back})"));
    Ok(Dataset {
        y: y.take(&rows)?,
        targets: Targets::Values(targets),
        columns: (1..=steps).rev().flat_map(of).collect(),
        labels: Vec::new(),
        classes: Vec::new(),
        target: String::new(),
        origin: table.origin().take(&rows),
        prepared: Default::default(),
        exact: exact.windows(columns.len(), &windows),
        texts: Default::default(),
        exact_y: Exact::take(&exact_y, &rows),
        x,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::*;

    fn table(rows: i64) -> Table {
        let frame = df!("a" => (0..rows).collect::<Vec<_>>(), "b" => vec!["x"; rows as usize]);
        Table::from_dataframe(frame.unwrap()).unwrap()
    }

    #[test]
    fn windows_are_keras() {
        // list(keras.utils.timeseries_dataset_from_array(range(5)[:-3], range(5)[3:], 3)):
        // [[0, 1, 2], [1, 2, 3]] and [3, 4], but for the incomplete last ones.
        let data = Dataset::timeseries(&table(5), ["a"], ["a"], 3).unwrap();
        assert_eq!(data.x().data(), [0.0, 1.0, 2.0, 1.0, 2.0, 3.0]);
        assert_eq!(data.y().data(), [3.0, 4.0]);
        assert_eq!(data.row_numbers(), [3, 4]);
        assert_eq!(data.columns(), ["a (t-3)", "a (t-2)", "a (t-1)"]);
    }

    #[test]
    fn windows_do_not_cross_recordings_or_gaps() {
        let both = Table::concat([&table(3), &table(4)]).unwrap();
        let data = Dataset::timeseries(&both, ["a"], ["a"], 2).unwrap();
        assert_eq!(data.y().data(), [2.0, 2.0, 3.0]);
        let gap = table(6).take(&[0, 1, 2, 4, 5]).unwrap();
        assert_eq!(Dataset::timeseries(&gap, ["a"], ["a"], 2).unwrap().y().data(), [2.0]);
        for steps in [0, 3, 100, usize::MAX] {
            let error = Dataset::timeseries(&table(3), ["a"], ["a"], steps).unwrap_err();
            assert!(error.to_string().contains("sequence_length"), "{error}");
        }
        assert!(Dataset::timeseries(&table(3), ["a"], ["b"], 1).is_err());
        assert!(Dataset::timeseries(&table(3), ["c"], ["a"], 1).is_err());
    }
}
