//! Reading CSV by polars, with errors that name the line.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use polars::prelude::{CsvParseOptions, CsvReadOptions, DataFrame, PolarsResult, SerReader};

use super::{Table, scan};
use crate::data::origin::Origin;
use crate::error::{Error, Result};

/// Rows that decide a column's type at first; if a later one contradicts, all of them decide.
const TYPE_ROWS: usize = 1000;
/// What stands between fields where it is no comma.
const OTHER_SEPARATORS: [char; 3] = [';', '\t', '|'];

impl Table {
    /// Reads a CSV file with a header line and commas between the fields.
    ///
    /// A column of numbers becomes `i64` or `f64`, one of anything else text; an empty cell is
    /// null. Quoted fields, Windows line ends and a byte order mark are understood. Two columns of
    /// the same name are told apart by a suffix, as polars does it.
    ///
    /// # Errors
    /// A file that cannot be read, is empty or has no rows, is not UTF-8, or has a row with more
    /// or fewer fields than the header: the error names the line. A file whose fields are separated
    /// by something else: the error says by what.
    pub fn read_csv(path: impl AsRef<Path>) -> Result<Self> {
        let (path, bytes) = whole_file(path.as_ref())?;
        if let Some((line, separator)) = other_separator(&bytes) {
            let problem = format!(
                "the header is one field and holds {separator:?}, as the row under it does: \
                 Table::read_delimited(path, {separator:?}) reads such files"
            );
            return Err(Error::Content { path, row: Some(line), column: None, problem });
        }
        table(&path, &bytes, b',')
    }

    /// Reads a table by what its name ends with: `.csv` with commas, `.tsv` or `.tab` with tabs,
    /// `.parquet` or `.pq` as Parquet.
    ///
    /// # Errors
    /// If the name ends with something else, and as [`read_csv`](Self::read_csv) and
    /// [`read_parquet`](Self::read_parquet).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("csv") => Table::read_csv(path),
            Some("tsv" | "tab") => Table::read_delimited(path, '\t'),
            Some("parquet" | "pq") => Table::read_parquet(path),
            _ => {
                let got = format!("'{}'", path.display());
                let expected = "a file that ends with .csv, .tsv, .tab, .parquet or .pq";
                Err(Error::argument("Table::read: the path", got, expected)
                    .hint("Table::read_csv, read_delimited and read_parquet read any name"))
            }
        }
    }

    /// As [`read_csv`](Self::read_csv) with another separator, such as `';'` or `'\t'`.
    ///
    /// # Errors
    /// As `read_csv`, and if the separator is not a single ASCII character.
    pub fn read_delimited(path: impl AsRef<Path>, separator: char) -> Result<Self> {
        let byte = match u8::try_from(separator) {
            Ok(b) if b.is_ascii() && !matches!(b, b'"' | b'\n' | b'\r') => b,
            _ => {
                let expected = "one ASCII character that is not a quote or a line end";
                return Err(Error::argument("the separator", format!("{separator:?}"), expected));
            }
        };
        let (path, bytes) = whole_file(path.as_ref())?;
        table(&path, &bytes, byte)
    }
}

fn whole_file(path: &Path) -> Result<(PathBuf, Vec<u8>)> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, e))?;
    Ok((path, bytes))
}

fn table(path: &Path, bytes: &[u8], separator: u8) -> Result<Table> {
    // polars' panics must not end the notebook.
    let frame = catch_unwind(AssertUnwindSafe(|| parse(path, bytes, separator)));
    let unusable = |problem: &str| Error::Content {
        path: path.to_path_buf(),
        row: None,
        column: None,
        problem: problem.to_string(),
    };
    let damaged = |_| Err(unusable("the file is damaged: its reader failed on it"));
    let frame = frame.unwrap_or_else(damaged)?;
    // Lines of nothing but carriage returns are rows here, and none for polars.
    if frame.height() == 0 {
        return Err(unusable("the file has no rows under its header"));
    }
    let origin = Origin::whole(Some(path), frame.height())?;
    Ok(Table { frame, origin })
}

/// The header's line and what separates its fields, if that is no comma: the header and the row
/// under it have no comma, and the same number of another separator.
fn other_separator(bytes: &[u8]) -> Option<(usize, char)> {
    let mut records = scan::records(bytes, b',');
    let header = records.next().filter(|h| h.fields == 1)?;
    let fields = |separator: char| -> Option<(usize, usize)> {
        let mut records = scan::records(bytes, separator as u8).map(|r| r.fields);
        Some((records.next()?, records.next()?))
    };
    let splits = |c: &char| fields(*c).is_some_and(|(header, row)| header > 1 && header == row);
    OTHER_SEPARATORS.into_iter().find(splits).map(|c| (header.line, c))
}

fn parse(path: &Path, bytes: &[u8], separator: u8) -> Result<DataFrame> {
    let content = |row: Option<usize>, problem: String| Error::Content {
        path: path.to_path_buf(),
        row,
        column: None,
        problem,
    };
    let mut records = scan::records(bytes, separator);
    let Some(header) = records.next().filter(|_| !bytes.trim_ascii().is_empty()) else {
        let problem = "the file is empty; a header line with the column names was expected";
        return Err(content(None, problem.to_string()));
    };
    if records.next().is_none() {
        let problem = format!(
            "the file has {} and no rows under it",
            if header.fields == 1 {
                "one line".into()
            } else {
                format!("a header of {} columns", header.fields)
            }
        );
        return Err(content(Some(header.line), problem));
    }
    // polars looks at the bytes of some columns only.
    if std::str::from_utf8(bytes).is_err()
        && let Some((line, problem)) = defect(bytes, separator, header.fields)
    {
        return Err(content(Some(line), problem));
    }
    let parsed = frame(bytes, separator);
    // polars fills short rows and blank lines with nulls, so one leaves a null in the last column.
    let whole = |f: &DataFrame| f.columns().last().is_some_and(|c| c.null_count() == 0);
    if parsed.as_ref().is_ok_and(whole) {
        return parsed.map_err(|e| content(None, e.to_string()));
    }
    if let Some((line, problem)) = defect(bytes, separator, header.fields) {
        return Err(content(Some(line), problem));
    }
    let text = without_blank_lines(bytes, separator);
    frame(&text, separator).map_err(|e| match stray_quote(bytes, separator) {
        Some(line) => {
            let problem = "a quote (\") stands within a field: write the field in quotes, and those \
                           in it twice";
            content(Some(line), problem.to_string())
        }
        None => content(None, e.to_string()),
    })
}

/// The first line with a quote that neither begins nor ends a field nor is doubled in one.
fn stray_quote(bytes: &[u8], separator: u8) -> Option<usize> {
    let stray = |record: &[u8]| {
        let (mut start, mut quoted) = (true, false);
        let mut rest = record.iter().copied().peekable();
        while let Some(b) = rest.next() {
            let ends = rest.peek().is_none_or(|&next| next == separator);
            match b {
                b'"' if start && !quoted => quoted = true,
                b'"' if quoted && rest.peek() == Some(&b'"') => {
                    rest.next();
                }
                b'"' if quoted && ends => quoted = false,
                b'"' => return true,
                _ => {}
            }
            start = b == separator && !quoted;
        }
        false
    };
    scan::records(bytes, separator).find(|r| stray(r.bytes)).map(|r| r.line)
}

fn without_blank_lines(bytes: &[u8], separator: u8) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    for record in scan::records(bytes, separator) {
        text.extend_from_slice(record.bytes);
        text.push(b'\n');
    }
    text
}

/// The types are those of the first rows, or of all if a later one contradicts.
fn frame(bytes: &[u8], separator: u8) -> PolarsResult<DataFrame> {
    typed_frame(bytes, separator, Some(TYPE_ROWS)).or_else(|_| typed_frame(bytes, separator, None))
}

fn typed_frame(bytes: &[u8], separator: u8, type_rows: Option<usize>) -> PolarsResult<DataFrame> {
    CsvReadOptions::default()
        .with_infer_schema_length(type_rows)
        .with_rechunk(true)
        .with_parse_options(CsvParseOptions::default().with_separator(separator))
        .into_reader_with_file_handle(Cursor::new(bytes))
        .finish()
}

/// The first line that is not UTF-8, has an open quote or another number of fields than the header.
fn defect(bytes: &[u8], separator: u8, fields: usize) -> Option<(usize, String)> {
    scan::records(bytes, separator).find_map(|r| {
        let problem = if r.open {
            "a quote (\") is opened in this row and never closed".to_string()
        } else if r.fields != fields {
            format!("the row has {} fields and the header {fields}", r.fields)
        } else {
            let e = std::str::from_utf8(r.bytes).err()?;
            format!("byte {} of the row is not UTF-8 text: save the file as UTF-8", e.valid_up_to())
        };
        Some((r.line, problem))
    })
}
