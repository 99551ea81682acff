//! Tables into files, which are there whole or not at all.

use std::path::Path;

use polars::prelude::{CsvWriter, IntoSeries, ParquetWriter, QuoteStyle, SerWriter, StringChunked};

use super::Table;
use super::csv::would_be_text;
use crate::error::{Error, Result};
use crate::io::atomic::write_atomic;

impl Table {
    /// Writes the table as a CSV file: a header line, commas, UTF-8; missing values are empty cells.
    /// Text that would be read as numbers is quoted, so that [`read_csv`](Self::read_csv) gives the
    /// same table again.
    ///
    /// # Errors
    /// If the file cannot be written, or a column is of a type that CSV does not hold.
    pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let header: Vec<String> = self.columns().iter().map(|n| field(n, false)).collect();
        let mut bytes = (header.join(",") + "\n").into_bytes();
        let mut frame = self.frame.clone();
        for (i, column) in self.frame.columns().iter().enumerate() {
            let Ok(text) = column.str() else { continue };
            let numbers = !would_be_text(text.iter().flatten());
            let fields = text.iter().map(|cell| cell.map(|c| field(c, numbers)));
            let fields = fields.collect::<StringChunked>().into_series();
            let fields = fields.with_name(column.name().clone()).into();
            frame.replace_column(i, fields).map_err(|e| unwritten(path, &e))?;
        }
        // A line of nothing would be no row.
        let missing = if frame.width() == 1 { "\"\"" } else { "" };
        CsvWriter::new(&mut bytes)
            .include_header(false)
            .with_quote_style(QuoteStyle::Never)
            .with_null_value(missing.into())
            .finish(&mut frame)
            .map_err(|e| unwritten(path, &e))?;
        write_atomic(path, &bytes)
    }

    /// Writes the table as a Parquet file, with the types of its columns.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_parquet(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes)
            .finish(&mut self.frame.clone())
            .map_err(|e| unwritten(path, &e))?;
        write_atomic(path, &bytes)
    }
}

/// A text as a field: in quotes where it has to be, or should.
fn field(text: &str, quoted: bool) -> String {
    match quoted || text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_string(),
    }
}

fn unwritten(path: &Path, error: &polars::prelude::PolarsError) -> Error {
    Error::Content {
        path: path.to_path_buf(),
        row: None,
        column: None,
        problem: format!("the table could not be written: {error}"),
    }
}
