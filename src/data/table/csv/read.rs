//! What a table is read by.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::options::Csv;
use super::parse::{Wanted, parse};
use super::text::{Layout, text};
use crate::data::origin::Origin;
use crate::data::table::Table;
use crate::error::{Error, Result};
use crate::io::{gzip, known};

impl Table {
    /// Reads a CSV file with a header line and commas between the fields.
    ///
    /// A column of whole numbers becomes `i64`, one of numbers `f64`, one of `true` and `false`
    /// `bool`, one of anything else text; an empty cell is null. Nothing is lost: whole numbers
    /// beyond 64 bits, with leading zeros (`00123`), or in quotes where not all of the file is in
    /// quotes, are text (pandas makes numbers of the last two); [`column_f64`](Self::column_f64) takes them as numbers all the same, and
    /// [`read_with`](Self::read_with) reads them as what you say. Quoted fields, the line ends of
    /// all systems, byte order marks, UTF-16, Excel's line `sep=;` and files compressed by gzip are
    /// understood. Columns of the same name are told apart as by pandas: `x`, `x.1`; one without a
    /// name is `Unnamed: 0`, by its place.
    ///
    /// # Errors
    /// A file that cannot be read, is empty or has no rows, is not UTF-8, or has a row with more
    /// or fewer fields than the header: the error names the line. A file whose fields are separated
    /// by something else: the error says by what.
    pub fn read_csv(path: impl AsRef<Path>) -> Result<Self> {
        read(path.as_ref(), &Csv::new(), b',')
    }

    /// Reads a table by what its name ends with: `.csv` with commas, `.tsv` or `.tab` with tabs,
    /// each also with `.gz` after it, `.parquet` or `.pq` as Parquet.
    ///
    /// # Errors
    /// If the name ends with something else, and as [`read_csv`](Self::read_csv) and
    /// [`read_parquet`](Self::read_parquet).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        match extension(path).as_str() {
            "csv" => Table::read_csv(path),
            "tsv" | "tab" => Table::read_delimited(path, '\t'),
            "parquet" | "pq" => Table::read_parquet(path),
            _ => {
                let got = format!("'{}'", path.display());
                let expected = "a file that ends with .csv, .tsv, .tab, .parquet or .pq";
                Err(Error::argument("Table::read: the path", got, expected)
                    .hint("Table::read_csv, read_delimited and read_parquet read any name"))
            }
        }
    }

    /// Reads a text file with these options: see [`Csv`].
    ///
    /// # Errors
    /// As [`read_csv`](Self::read_csv); an option that cannot be, a name in [`Csv::types`] that no
    /// column has (the nearest are listed), or a cell that is not of its column's type: the error
    /// names the line.
    pub fn read_with(path: impl AsRef<Path>, csv: Csv) -> Result<Self> {
        let path = path.as_ref();
        let usual = if matches!(extension(path).as_str(), "tsv" | "tab") { b'\t' } else { b',' };
        read(path, &csv, usual)
    }

    /// As [`read_csv`](Self::read_csv) with another separator, such as `';'` or `'\t'`.
    ///
    /// # Errors
    /// As `read_csv`, and if the separator is not a single ASCII character.
    pub fn read_delimited(path: impl AsRef<Path>, separator: char) -> Result<Self> {
        read(path.as_ref(), &Csv::new().separator(separator), b',')
    }
}

/// What the name ends with, in small letters; a compressed file's ending is that before `.gz`.
fn extension(path: &Path) -> String {
    let last = |p: &Path| p.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    match last(path).as_deref() {
        Some("gz") => last(&path.with_extension("")).unwrap_or_default(),
        other => other.unwrap_or_default().to_string(),
    }
}

fn read(path: &Path, csv: &Csv, usual: u8) -> Result<Table> {
    let layout = Layout {
        encoding: csv.checked_encoding()?,
        skip_rows: csv.skip_rows,
        no_header: csv.no_header,
        comment: csv.checked_comment()?,
        whitespace: csv.whitespace,
    };
    let (given, numbers) = (csv.checked_separator()?, csv.checked_numbers()?);
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, e))?;
    let unusable =
        |problem: String| Error::Content { path: path.clone(), row: None, column: None, problem };
    let is_text = |bytes: &[u8]| match known::binary(bytes) {
        Some(kind) => Err(unusable(format!("it is no text of rows and columns: it is {kind}"))),
        None => Ok(()),
    };
    if !gzip::is_gzip(&bytes) {
        is_text(&bytes)?;
    }
    let text = text(&bytes, layout).map_err(unusable)?;
    is_text(&text.bytes)?;
    let separator = match csv.whitespace {
        true => b'\t',
        false => given.or(text.separator).unwrap_or(usual),
    };
    if let Some(c) = layout.comment
        && (c == separator || csv.whitespace && c == b' ')
    {
        let expected = "another character than that between fields";
        return Err(Error::argument("Csv::comment", format!("{:?}", char::from(c)), expected));
    }
    let sure = csv.whitespace || given.is_some() || text.separator.is_some();
    let wanted = Wanted { csv, layout, numbers, separator, sure };
    // polars' panics must not end the notebook.
    let frame = catch_unwind(AssertUnwindSafe(|| parse(&path, &text, &wanted)));
    let damaged = |_| Err(unusable("the file is damaged: its reader failed on it".to_string()));
    let frame = frame.unwrap_or_else(damaged)?;
    let origin = Origin::of_text(&path, layout, frame.height())?;
    Ok(Table { frame, origin })
}
