//! The history of a fit.

use crate::data::Table;
use crate::error::{Error, Result};
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};
use std::path::Path;

/// The loss and each metric after every epoch, as Keras' `History`.
///
/// Series are named as in Keras: `loss`, `accuracy`, …, and `val_loss`, `val_accuracy`, … for the
/// validation data; their order is that in which they were first logged.
#[derive(Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct History {
    epochs: Vec<usize>,
    series: Vec<(String, Vec<f64>)>,
}

impl History {
    /// The epochs that were run, counted from 0.
    pub fn epochs(&self) -> &[usize] {
        &self.epochs
    }

    /// The names of the series.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.series.iter().map(|(name, _)| name.as_str())
    }

    /// The values of one series, or `None` if there is no series of this name.
    pub fn get(&self, name: &str) -> Option<&[f64]> {
        self.series.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_slice())
    }

    /// The last value of one series.
    pub fn last(&self, name: &str) -> Option<f64> {
        self.get(name)?.last().copied()
    }

    /// A series, or an error that lists those there are.
    pub(crate) fn need(&self, who: &str, name: &str) -> Result<&[f64]> {
        self.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.names().collect();
            Error::argument(format!("{who}: the series"), format!("'{name}'"), {
                format!("one of {}", names.join(", "))
            })
        })
    }

    /// From the epochs and as many values of each series; nothing if there are more or fewer.
    pub(super) fn from_parts(epochs: Vec<usize>, series: Vec<(String, Vec<f64>)>) -> Option<Self> {
        let fits = series.iter().all(|(_, values)| values.len() == epochs.len());
        fits.then_some(History { epochs, series })
    }

    /// Appends an epoch. A new series is filled with NaN for earlier epochs; a missing one gets NaN
    /// for this epoch.
    pub fn push(&mut self, epoch: usize, logs: &[(String, f64)]) {
        let before = self.epochs.len();
        self.epochs.push(epoch);
        for (name, value) in logs {
            match self.series.iter_mut().find(|(n, _)| n == name) {
                Some((_, values)) => values.push(*value),
                None => {
                    let mut values = vec![f64::NAN; before];
                    values.push(*value);
                    self.series.push((name.clone(), values));
                }
            }
        }
        for (_, values) in &mut self.series {
            values.resize(before + 1, f64::NAN);
        }
    }
}

/// `history["loss"]`.
///
/// # Panics
/// If nothing of this name was logged; [`History::get`] says so.
impl std::ops::Index<&str> for History {
    type Output = [f64];

    fn index(&self, name: &str) -> &[f64] {
        match self.get(name) {
            Some(values) => values,
            None => panic!("{}", super::scores::unlogged(name, self.names())),
        }
    }
}

impl History {
    /// A table with a row for each epoch: `epoch`, counted from 0, and each series, with NaN where
    /// it was not logged.
    ///
    /// # Errors
    /// If two series have the same name.
    pub fn table(&self) -> Result<Table> {
        let epochs: Vec<i64> = self.epochs.iter().map(|e| *e as i64).collect();
        let mut columns = vec![Series::new("epoch".into(), epochs).into_column()];
        let series = self.series.iter();
        columns.extend(series.map(|(n, v)| Series::new(n.as_str().into(), v).into_column()));
        let frame = DataFrame::new(self.epochs.len(), columns)
            .map_err(|e| Error::argument("History::table", e, "a table of different names"))?;
        Table::from_dataframe(frame)
    }

    /// Writes the [`table`](Self::table) as a CSV file.
    ///
    /// # Errors
    /// If the file cannot be written, or as [`table`](Self::table).
    pub fn to_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        self.table()?.write_csv(path)
    }

    /// Writes the [`table`](Self::table) as a Parquet file.
    ///
    /// # Errors
    /// As [`to_csv`](Self::to_csv).
    pub fn to_parquet(&self, path: impl AsRef<Path>) -> Result<()> {
        self.table()?.write_parquet(path)
    }
}

impl History {
    /// The figures by epoch as rows of text: all of a short history, else the first and last five.
    fn table_rows(&self) -> Vec<Vec<String>> {
        const ENDS: usize = 5;
        let n = self.epochs.len();
        let mut rows = Vec::new();
        for (i, epoch) in self.epochs.iter().enumerate() {
            if n > 2 * ENDS + 1 && (ENDS..n - ENDS).contains(&i) {
                if i == ENDS {
                    rows.push(vec!["…".to_string(); self.series.len() + 1]);
                }
                continue;
            }
            let values = self.series.iter().map(|(_, v)| crate::html::number(v[i], 4));
            rows.push(std::iter::once((epoch + 1).to_string()).chain(values).collect());
        }
        rows
    }

    fn table_head(&self) -> Vec<&str> {
        std::iter::once("epoch").chain(self.names()).collect()
    }

    fn caption(&self) -> String {
        match self.epochs.len() {
            1 => "History of 1 epoch".to_string(),
            n => format!("History of {n} epochs"),
        }
    }

    /// The figures by epoch as a table; epochs count from 1 here.
    pub fn to_html(&self) -> String {
        crate::html::table(&self.caption(), &self.table_head(), &self.table_rows())
    }
}

crate::html::debug_as_display!(History);

impl std::fmt::Display for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::html::text_table(
            &self.caption(),
            &self.table_head(),
            &self.table_rows(),
        ))
    }
}

#[cfg(test)]
mod display_tests {
    use super::*;

    #[test]
    fn a_history_is_a_table_and_a_file() {
        let mut history = History::default();
        let logs = |pairs: &[(&str, f64)]| -> Vec<(String, f64)> {
            pairs.iter().map(|(n, v)| (n.to_string(), *v)).collect()
        };
        history.push(3, &logs(&[("loss", 0.1 + 0.2)]));
        history.push(4, &logs(&[("loss", 1e-300), ("val_loss", 0.5)]));
        let folder = tempfile::tempdir().unwrap();
        let (csv, parquet) = (folder.path().join("h.csv"), folder.path().join("h.parquet"));
        history.to_csv(&csv).unwrap();
        history.to_parquet(&parquet).unwrap();
        let text = std::fs::read_to_string(&csv).unwrap();
        assert!(text.starts_with("epoch,loss,val_loss\n3,0.30000000000000004,"), "{text}");
        for table in [Table::read(&csv).unwrap(), Table::read(&parquet).unwrap()] {
            assert_eq!(table.column_f64("epoch").unwrap(), [3.0, 4.0]);
            assert_eq!(table.column_f64("loss").unwrap(), [0.1 + 0.2, 1e-300]);
        }
        assert_eq!(History::default().table().unwrap().rows(), 0);
    }

    #[test]
    fn a_long_history_shows_its_ends() {
        let mut history = History::default();
        for epoch in 0..50 {
            history.push(epoch, &[("loss".to_string(), 1.0 / (epoch + 1) as f64)]);
        }
        let text = history.to_string();
        assert!(text.starts_with("History of 50 epochs\nepoch  loss"), "{text}");
        assert_eq!(text.lines().count(), 2 + 5 + 1 + 5);
        assert!(text.ends_with("0.02000"), "{text}");
        assert!(history.to_html().contains("<td style=\"text-align:right\">50</td>"));
        assert!(History::default().to_html().contains("0 epochs"));
    }
}
