//! A CSV file of the epochs, written while the fit runs.

use super::{Callback, Memory, Training};
use crate::config::setters;
use crate::error::{Error, Result};
use crate::train::scores::Scores;
use std::fs::{File, OpenOptions, create_dir_all};
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;

/// Writes a line for each epoch into a CSV file: the epoch (from 0) and everything logged, with the
/// columns in alphabetical order, as Keras' `CSVLogger`.
///
/// A value that is not logged in an epoch is written as `NA`. In a search each trial, and in a
/// cross-validation each fold, writes to its own folder, such as `trial-7/fold-2`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let fit = Fit::epochs(100).callback(CSVLogger::new("training.csv").separator(';'));
/// # let _ = fit;
/// ```
#[derive(Clone, Debug)]
pub struct CsvLogger {
    path: PathBuf,
    separator: char,
    append: bool,
    columns: Vec<String>,
    /// The length of the file after the last line, once there is one.
    length: Option<u64>,
}

impl CsvLogger {
    /// Writes to this file, and replaces an existing one.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let (columns, length) = (Vec::new(), None);
        CsvLogger { path: path.into(), separator: ',', append: false, columns, length }
    }

    /// Metrics' names can hold the separator.
    fn quoted(&self, text: &str) -> String {
        match text.contains([self.separator, '"', '\n', '\r']) {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text.to_string(),
        }
    }

    fn line(&self, cells: impl Iterator<Item = String>) -> String {
        let cells: Vec<String> = cells.map(|c| self.quoted(&c)).collect();
        cells.join(&self.separator.to_string()) + "\n"
    }
}

setters!(CsvLogger {
    /// The separator between columns; a comma by default.
    separator: char;
    /// Whether to append to an existing file; false by default.
    append: bool;
});

/// The shortest text that reads back as the same number.
fn cell(value: Option<f64>) -> String {
    match value {
        None => "NA".into(),
        Some(v) if v.is_nan() => "nan".into(),
        Some(v) => format!("{v:?}"),
    }
}

impl Callback for CsvLogger {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.path = training.place(&self.path);
        // Keras' columns: what the first epoch logs; where it validates nothing, room for it.
        self.columns = training.names().to_vec();
        self.columns.sort();
        if !self.columns.iter().any(|c| c.starts_with("val_")) {
            self.columns.extend(self.columns.clone().iter().map(|c| format!("val_{c}")));
        }
        let open = || -> std::io::Result<u64> {
            if let Some(folder) = self.path.parent() {
                create_dir_all(folder)?;
            }
            let file = OpenOptions::new().create(true).append(true).open(&self.path)?;
            let there = file.metadata()?.len();
            let keep = match self.length {
                // Epochs after the backup are run again, and their lines written again.
                Some(length) => length.min(there),
                None if self.append => there,
                None => 0,
            };
            file.set_len(keep)?;
            Ok(keep)
        };
        self.length = Some(open().map_err(|e| Error::io(&self.path, e))?);
        Ok(())
    }

    fn on_epoch_end(&mut self, epoch: usize, logs: &Scores, _: &mut Training<'_>) -> Result<()> {
        let mut text = String::new();
        if self.length == Some(0) {
            let names = std::iter::once("epoch".to_string()).chain(self.columns.iter().cloned());
            text += &self.line(names);
        }
        let values = self.columns.iter().map(|c| cell(logs.get(c)));
        text += &self.line(std::iter::once(epoch.to_string()).chain(values));
        let write = |mut file: File| -> std::io::Result<u64> {
            file.seek(SeekFrom::End(0))?;
            file.write_all(text.as_bytes())?;
            file.stream_position()
        };
        let file = OpenOptions::new().append(true).create(true).open(&self.path);
        self.length = Some(file.and_then(write).map_err(|e| Error::io(&self.path, e))?);
        Ok(())
    }

    fn memory(&self) -> Memory {
        let length = self.length.unwrap_or(0) as f64;
        Memory { numbers: vec![length], weights: Vec::new() }
    }

    fn remember(&mut self, memory: Memory) -> Result<()> {
        let [length] = memory.numbers()?;
        self.length = Some(length as u64);
        Ok(())
    }
}
