//! Reading Parquet by polars, with errors that name the column.
//!
//! A file's own words about its sizes are checked first, and what comes out is checked after: the
//! reader trusts them, and panics on some damaged files, which is an error here.

use std::io::Cursor;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use polars::prelude::{ArrowDataType, DataFrame, ParquetReader, PolarsResult, SerReader};

use super::{Table, footer, pages};
use crate::data::near::near;
use crate::data::origin::Origin;
use crate::error::{Error, Result};
use crate::io::known;

/// What a Parquet file begins and ends with.
const MAGIC: &[u8] = b"PAR1";
/// The shortest file: both of them and the length of the footer.
const SHORTEST: usize = 12;

impl Table {
    /// Reads a Parquet file: columns of numbers (32- and 64-bit integers, floats), truth values and
    /// text, compressed or not.
    ///
    /// # Errors
    /// A file that cannot be read, is no Parquet file, is cut off or damaged, or has no rows; a
    /// column of another type: the error names all of them and what to do
    /// ([`read_parquet_columns`](Self::read_parquet_columns) leaves them out).
    pub fn read_parquet(path: impl AsRef<Path>) -> Result<Self> {
        read(path.as_ref(), None)
    }

    /// As [`read_parquet`](Self::read_parquet), only the columns of these names, in the file's
    /// order.
    ///
    /// # Errors
    /// As `read_parquet`, of these columns only, and if a name is missing (the nearest are listed).
    pub fn read_parquet_columns<S: Into<String>>(
        path: impl AsRef<Path>,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<Self> {
        let columns: Vec<String> = columns.into_iter().map(Into::into).collect();
        read(path.as_ref(), Some(&columns))
    }
}

fn read(path: &Path, wanted: Option<&[String]>) -> Result<Table> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, e))?;
    // polars' panics on damaged files must not end the notebook.
    let frame = catch_unwind(AssertUnwindSafe(|| parse(&path, &bytes, wanted)));
    let frame = frame.unwrap_or_else(|_| {
        Err(content(&path, "the file is damaged: its reader failed on it".to_string()))
    })?;
    let origin = Origin::without_lines(&path, frame.height())?;
    Ok(Table { frame, origin })
}

fn parse(path: &Path, bytes: &[u8], wanted: Option<&[String]>) -> Result<DataFrame> {
    let problem = match bytes {
        [] => Some("the file is empty".to_string()),
        _ if !bytes.starts_with(MAGIC) => {
            let otherwise = "it does not begin with PAR1; Table::read_csv reads text";
            Some(known::instead(bytes, "Parquet file", otherwise))
        }
        _ if bytes.len() < SHORTEST || !bytes.ends_with(MAGIC) => {
            Some("the file is cut off: it does not end with PAR1".to_string())
        }
        _ => None,
    };
    if let Some(problem) = problem {
        return Err(content(path, problem));
    }
    let damaged = |e: &dyn std::fmt::Display| content(path, format!("the file is damaged: {e}"));
    footer::check(bytes).map_err(|e| damaged(&e))?;
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let schema = reader.schema().map_err(|e| damaged(&e))?;
    let names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
    if let Some(missing) = wanted.into_iter().flatten().find(|w| !names.contains(w)) {
        let problem = format!("there is no such column; {}", near(missing, &names));
        return Err(in_column(path, missing, problem));
    }
    let chosen: Vec<usize> = (0..names.len())
        .filter(|&i| wanted.is_none_or(|wanted| wanted.contains(&names[i])))
        .collect();
    let fields: Vec<(&String, &ArrowDataType)> = chosen
        .iter()
        .filter_map(|&i| Some((&names[i], schema.get_at_index(i)?.1.dtype())))
        .collect();
    usable(path, &fields)?;
    let rows = reader.num_rows().map_err(|e| damaged(&e))?;
    if rows == 0 || chosen.is_empty() {
        let problem = format!("the file has {} columns and {rows} rows", chosen.len());
        return Err(content(path, problem));
    }
    // The file only claims its rows: whether there could be the memory shows before polars tries.
    let claimed = rows.checked_mul(8 * chosen.len());
    if claimed.is_none_or(|n| Vec::<u8>::new().try_reserve_exact(n).is_err()) {
        let problem = format!(
            "the file claims {rows} rows of {} columns, which are more than there is memory for",
            chosen.len()
        );
        return Err(content(path, problem));
    }
    let metadata = reader.get_metadata().map_err(|e| damaged(&e))?.clone();
    for group in &metadata.row_groups {
        for (name, _) in &fields {
            for chunk in group.columns_under_root_iter(name).into_iter().flatten() {
                claims(bytes, chunk.byte_range(), chunk.num_values(), group.num_rows())
                    .map_err(|problem| in_column(path, name, problem))?;
            }
        }
    }
    let frame: PolarsResult<DataFrame> = reader.with_projection(Some(chosen)).finish();
    let mut frame = frame.map_err(|e| damaged(&e))?;
    // What a file says of all its rows and of those of each group may differ.
    if frame.height() != rows {
        let problem = format!("the file claims {rows} rows and its groups {}", frame.height());
        return Err(content(path, problem));
    }
    if let Some(column) = frame.columns().iter().find(|c| c.len() != rows) {
        let problem = format!("it has {} values and the file claims {rows} rows", column.len());
        return Err(in_column(path, column.name(), problem));
    }
    frame.rechunk_mut();
    Ok(frame)
}

/// Checks what a column says of itself in one group of rows against the file and the group.
fn claims(bytes: &[u8], range: Range<u64>, values: i64, rows: usize) -> Result<(), String> {
    if i64::try_from(rows) != Ok(values) {
        return Err(format!("it claims {values} values for {rows} rows"));
    }
    let place = |at: u64| usize::try_from(at).ok();
    let chunk = place(range.start).zip(place(range.end)).and_then(|(a, b)| bytes.get(a..b));
    let chunk = chunk.ok_or("it claims to lie beyond the file's end")?;
    pages::check(chunk, values)
}

/// Refuses columns that polars as it is built here cannot hold, or that are no plain values.
fn usable(path: &Path, fields: &[(&String, &ArrowDataType)]) -> Result<()> {
    use ArrowDataType as T;
    let bad: Vec<String> = fields
        .iter()
        .filter_map(|(name, dtype)| {
            let advice = match dtype {
                T::Boolean | T::Int32 | T::Int64 | T::UInt32 | T::UInt64 => return None,
                T::Float32 | T::Float64 | T::Utf8 | T::LargeUtf8 | T::Utf8View => return None,
                T::Int8 | T::Int16 | T::UInt8 | T::UInt16 => "int32",
                T::Float16 | T::Decimal(..) | T::Decimal32(..) | T::Decimal64(..) => "float64",
                T::Dictionary(..) => "text",
                T::Date32 | T::Date64 | T::Timestamp(..) | T::Time32(..) | T::Time64(..) => {
                    "text or a number"
                }
                _ => "a column a value",
            };
            Some(format!("'{name}' ({dtype:?}: write it as {advice})"))
        })
        .collect();
    match bad.as_slice() {
        [] => Ok(()),
        bad => Err(content(
            path,
            format!(
                "numbers of 32 or 64 bits, truth values and text are read; leave other columns out \
                 by Table::read_parquet_columns(path, […]) or write them otherwise: {}",
                bad.join(", ")
            ),
        )),
    }
}

fn in_column(path: &Path, column: &str, problem: String) -> Error {
    let column = Some(column.to_string());
    Error::Content { path: path.to_path_buf(), row: None, column, problem }
}

fn content(path: &Path, problem: String) -> Error {
    Error::Content { path: path.to_path_buf(), row: None, column: None, problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{ParquetCompression, ParquetWriter};
    use std::path::PathBuf;

    fn golden(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/parquet").join(name)
    }

    #[track_caller]
    fn says(result: Result<Table>, parts: &[&str]) {
        let error = result.unwrap_err().to_string();
        for part in parts {
            assert!(error.contains(part), "'{error}' does not say '{part}'");
        }
    }

    fn read_bytes(bytes: &[u8]) -> Result<Table> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bad.parquet");
        std::fs::write(&path, bytes).unwrap();
        Table::read_parquet(&path)
    }

    #[test]
    fn pandas_files_are_read() {
        for name in ["snappy.parquet", "zstd.parquet", "plain.parquet"] {
            let table = Table::read_parquet(golden(name)).unwrap();
            assert_eq!(table.columns(), ["state", "power", "count", "awake", "single"]);
            assert_eq!(table.dtypes(), ["str", "f64", "i64", "bool", "f32"]);
            assert_eq!(table.strings("state").unwrap(), ["w", "n", "r", "état"]);
            assert_eq!(table.column_f64("count").unwrap(), [1.0, -2.0, 3.0, 4e9]);
            assert_eq!(table.column_f64("awake").unwrap(), [1.0, 0.0, 0.0, 1.0]);
            assert_eq!(table.column_f64("single").unwrap(), [0.5, 1.5, 2.5, 3.5]);
            // The empty cell's place: a Parquet file has rows and no lines.
            let error = table.column_f64("power").unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("'power': row 2"), "{error}");
            assert!(error.contains("empty"), "{error}");
        }
    }

    #[test]
    fn columns_of_other_types_are_named() {
        let parts = ["types.parquet", "'day'", "'small'", "'list'", "'kind'", "'price'"];
        says(Table::read_parquet(golden("types.parquet")), &parts);
        let table = Table::read_parquet_columns(golden("types.parquet"), ["fine"]).unwrap();
        assert_eq!((table.shape(), table.columns()), ((2, 1), vec!["fine".to_string()]));
        says(Table::read_parquet_columns(golden("types.parquet"), ["fin"]), &["'fin'", "'fine'"]);
        says(Table::read_parquet_columns(golden("types.parquet"), ["day"]), &["'day' (Timestamp"]);
    }

    #[test]
    fn files_that_are_no_parquet_are_refused() {
        says(read_bytes(b""), &["bad.parquet", "empty"]);
        says(read_bytes(b"state,power\nw,1\n"), &["no Parquet file", "read_csv"]);
        says(read_bytes(b"PAR1PAR1"), &["cut off"]);
        says(Table::read_parquet("/no/such.parquet"), &["/no/such.parquet"]);
    }

    #[test]
    fn every_cut_of_a_file_is_an_error() {
        let whole = std::fs::read(golden("plain.parquet")).unwrap();
        for n in 0..whole.len() {
            says(read_bytes(&whole[..n]), &["bad.parquet"]);
        }
    }

    #[test]
    fn a_row_group_that_claims_other_rows_than_the_file_is_refused() {
        let mut bytes = std::fs::read(golden("plain.parquet")).unwrap();
        // The number of rows of the only group, 4 in zigzag coding; now 6. polars makes a table of
        // 6 rows of it whose columns have 4 values.
        assert_eq!(bytes[979..983], [0xf0, 0x06, 0x16, 8]);
        bytes[982] = 12;
        says(read_bytes(&bytes), &["bad.parquet, column 'state'", "4 values for 6 rows"]);
    }

    // Found by fuzzing: a page of -27 values, for which polars asks for 2 EiB and the process ends.
    #[test]
    fn a_page_that_claims_impossible_values_is_refused() {
        let parts = ["negative_values.parquet, column", "claims"];
        says(Table::read_parquet(golden("negative_values.parquet")), &parts);
    }

    // Found by fuzzing: a list in the footer for which polars asks for 37 GB.
    #[test]
    fn a_footer_that_claims_an_endless_list_is_refused() {
        let parts = ["endless_list.parquet", "its footer is cut off"];
        says(Table::read_parquet(golden("endless_list.parquet")), &parts);
    }

    #[test]
    fn an_empty_table_is_refused() {
        let mut frame = Table::read_parquet(golden("plain.parquet")).unwrap().frame().head(Some(0));
        let mut bytes = Vec::new();
        let writer = ParquetWriter::new(&mut bytes);
        writer.with_compression(ParquetCompression::Uncompressed).finish(&mut frame).unwrap();
        says(read_bytes(&bytes), &["5 columns and 0 rows"]);
    }
}
