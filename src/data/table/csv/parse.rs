//! A text into a frame: the columns' names, types and defects from all rows, the values by polars.

use std::borrow::Cow;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::{
    CsvParseOptions, CsvReadOptions, DataFrame, DataType, Field, PolarsResult, Schema, SerReader,
};

use super::convert::{converted, without_empty_texts};
use super::kinds::{Cells, Seen};
use super::numbers::Numbers;
use super::options::{ColumnType, Csv};
use super::scan::{Record, content, fields, records};
use super::text::{Layout, Text};
use crate::data::near::near;
use crate::error::{Error, Result};

/// What stands between fields where it is no comma.
const OTHER_SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// How much of a cell an error shows.
const SHOWN: usize = 40;

/// How a text is to be read.
pub(super) struct Wanted<'a> {
    pub csv: &'a Csv,
    pub layout: Layout,
    pub numbers: Numbers,
    pub separator: u8,
    /// Whether the separator was given, by the caller or the file.
    pub sure: bool,
}

/// Errors about places in one file.
struct Place<'a>(&'a Path);

impl Place<'_> {
    fn error(&self, line: Option<usize>, column: Option<&str>, problem: String) -> Error {
        let (path, column) = (self.0.to_path_buf(), column.map(str::to_string));
        Error::Content { path, row: line, column, problem }
    }
}

pub(super) fn parse(path: &Path, text: &Text<'_>, wanted: &Wanted<'_>) -> Result<DataFrame> {
    let place = Place(path);
    let Wanted { csv, layout, separator, .. } = *wanted;
    let all = || records(&text.bytes, text.first_line, layout.comment);
    let first = all().next().filter(|_| !text.bytes.trim_ascii().is_empty());
    let Some(first) = first else {
        let problem = "the file is empty; a header line with the column names was expected";
        return Err(place.error(None, None, problem.to_string()));
    };
    if !wanted.sure {
        other_separator(&place, text, wanted, first)?;
    }
    let names = names(&place, first, wanted)?;
    let mut rows = all();
    if !layout.no_header {
        rows.next();
    }
    let (mut seen, start) = (asked_for(&place, &names, csv)?, text.bytes.len() - rows.rest().len());
    let cells = Cells { numbers: wanted.numbers, null_values: &csv.null_values, separator };
    rows.gaps = false;
    let (mut height, utf8) = (0usize, std::str::from_utf8(&text.bytes).is_ok());
    // The header's own defects are told first.
    let header = (!layout.no_header).then_some(first);
    // Where all fields are in quotes, these do not tell texts from numbers.
    let plain = |field: &[u8]| !field.is_empty() && !field.starts_with(b"\"");
    let mut quotes_tell = false;
    for record in header.iter().copied() {
        sound(&place, record, names.len(), separator, utf8)?;
        quotes_tell = fields(record.bytes, separator).any(plain);
    }
    for record in rows.by_ref() {
        sound(&place, record, names.len(), separator, utf8)?;
        for (i, field) in fields(record.bytes, separator).enumerate() {
            let field = if csv.skip_initial_space { field.trim_ascii_start() } else { field };
            quotes_tell |= plain(field);
            cells.see(field, &mut seen[i]).map_err(|cell| {
                let kind = seen[i].wanted.unwrap_or(ColumnType::Text).name();
                let cell: String = cell.chars().take(SHOWN).collect();
                let problem = format!(
                    "'{cell}' is not {kind}, which Csv::types says of this column: correct the \
                     cell, name it in Csv::null_values, or read the column as Text"
                );
                place.error(Some(record.line), Some(&names[i]), problem)
            })?;
        }
        height += 1;
    }
    if height == 0 {
        let n = names.len();
        let header = if n == 1 { "one line".into() } else { format!("a header of {n} columns") };
        let problem = format!("the file has {header} and no rows under it");
        return Err(place.error(Some(first.line), None, problem));
    }
    let mut body = Cow::Borrowed(&text.bytes[start..]);
    if rows.gaps || csv.skip_initial_space {
        body = without_gaps(all().skip(usize::from(!layout.no_header)), wanted).into();
    }
    let kinds: Vec<ColumnType> = seen.iter().map(|s| s.kind(quotes_tell)).collect();
    let whole = |frame: &DataFrame| frame.height() == height;
    if wanted.numbers.plain()
        && csv.null_values.is_empty()
        && let Some(frame) = frame(&body, separator, &names, &kinds).ok().filter(whole)
        && let Ok(frame) = without_empty_texts(frame)
    {
        return Ok(frame);
    }
    // What polars does not read as numbers, we do, from its text.
    let text_only = vec![ColumnType::Text; names.len()];
    let frame = frame(&body, separator, &names, &text_only).ok().filter(whole);
    let frame = frame.and_then(|frame| converted(&frame, &kinds, &cells));
    frame.ok_or_else(|| {
        let line = all().find(|r| stray_quote(r.bytes, separator)).map(|r| r.line);
        let problem = match line {
            Some(_) => {
                "a quote (\") stands within a field: write the field in quotes, and those in it \
                 twice"
            }
            None => "the file is damaged: its rows could not be read",
        };
        place.error(line, None, problem.to_string())
    })
}

/// An error that says what separates the fields, if it is something else: the first two rows are
/// one field each, and the same number of more fields with another separator.
fn other_separator(
    place: &Place<'_>,
    text: &Text<'_>,
    wanted: &Wanted<'_>,
    first: Record<'_>,
) -> Result<()> {
    let counts = |separator: u8| -> Option<(usize, usize)> {
        let mut rows = records(&text.bytes, text.first_line, wanted.layout.comment)
            .map(|r| fields(r.bytes, separator).count());
        Some((rows.next()?, rows.next()?))
    };
    if fields(first.bytes, wanted.separator).count() != 1 {
        return Ok(());
    }
    let splits = |s: &u8| counts(*s).is_some_and(|(header, row)| header > 1 && header == row);
    let Some(found) = OTHER_SEPARATORS.into_iter().find(splits) else { return Ok(()) };
    let found = char::from(found);
    let problem = format!(
        "the header is one field and holds {found:?}, as the row under it does: \
         Table::read_delimited(path, {found:?}) reads such files, and so does Table::read_with(path, \
         Csv::new().separator({found:?}))"
    );
    Err(place.error(Some(first.line), None, problem))
}

/// The columns' names, each another.
fn names(place: &Place<'_>, first: Record<'_>, wanted: &Wanted<'_>) -> Result<Vec<String>> {
    let found: Vec<&[u8]> = fields(first.bytes, wanted.separator).collect();
    let raw: Vec<String> = match &wanted.csv.names {
        Some(names) if names.len() != found.len() => {
            let problem =
                format!("the row has {} fields and Csv::names {}", found.len(), names.len());
            return Err(place.error(Some(first.line), None, problem));
        }
        Some(names) => names.clone(),
        None if wanted.layout.no_header => {
            (1..=found.len()).map(|i| format!("column_{i}")).collect()
        }
        None => {
            let space = wanted.csv.skip_initial_space;
            let field = |f: &&[u8]| content(if space { f.trim_ascii_start() } else { f }).into();
            found.iter().map(field).collect()
        }
    };
    let mut names: Vec<String> = Vec::with_capacity(raw.len());
    let mut taken: std::collections::HashSet<String> = raw.iter().cloned().collect();
    let mut counts = std::collections::HashMap::<String, usize>::new();
    for (i, name) in raw.into_iter().enumerate() {
        let name = if name.is_empty() { format!("Unnamed: {i}") } else { name };
        let count = counts.entry(name.clone()).or_default();
        let mut unique = name.clone();
        while *count > 0 {
            unique = format!("{name}.{count}");
            if taken.insert(unique.clone()) {
                break;
            }
            *count += 1;
        }
        *count += 1;
        names.push(unique);
    }
    Ok(names)
}

/// The types that were asked for, by column.
fn asked_for(place: &Place<'_>, names: &[String], csv: &Csv) -> Result<Vec<Seen>> {
    let mut seen = vec![Seen::default(); names.len()];
    for (name, kind) in &csv.types {
        let Some(at) = names.iter().position(|n| n == name) else {
            let problem = format!("Csv::types: there is no such column; {}", near(name, names));
            return Err(place.error(None, Some(name), problem));
        };
        seen[at].wanted = Some(*kind);
    }
    Ok(seen)
}

/// An error if the record is not UTF-8, has an open quote or another number of fields than needed.
fn sound(
    place: &Place<'_>,
    r: Record<'_>,
    columns: usize,
    separator: u8,
    utf8: bool,
) -> Result<()> {
    let problem = if r.open {
        "a quote (\") is opened in this row and never closed".to_string()
    } else if !utf8 && let Err(e) = std::str::from_utf8(r.bytes) {
        format!(
            "byte {} of the row is not UTF-8 text: save the file as UTF-8, or read it by \
             Table::read_with(path, Csv::new().encoding(\"latin-1\"))",
            e.valid_up_to()
        )
    } else {
        match fields(r.bytes, separator).count() {
            n if n == columns => return Ok(()),
            n => format!("the row has {n} fields and the header {columns}"),
        }
    };
    Err(place.error(Some(r.line), None, problem))
}

/// The records under one another, with nothing between them.
fn without_gaps<'a>(rows: impl Iterator<Item = Record<'a>>, wanted: &Wanted<'_>) -> Vec<u8> {
    let mut text = Vec::new();
    for record in rows {
        if wanted.csv.skip_initial_space {
            for (i, field) in fields(record.bytes, wanted.separator).enumerate() {
                if i > 0 {
                    text.push(wanted.separator);
                }
                text.extend_from_slice(field.trim_ascii_start());
            }
        } else {
            text.extend_from_slice(record.bytes);
        }
        text.push(b'\n');
    }
    text
}

/// polars' frame of these rows.
fn frame(
    rows: &[u8],
    separator: u8,
    names: &[String],
    kinds: &[ColumnType],
) -> PolarsResult<DataFrame> {
    let field = |(name, kind): (&String, &ColumnType)| {
        let dtype = match kind {
            ColumnType::Text => DataType::String,
            ColumnType::Integer => DataType::Int64,
            ColumnType::Float => DataType::Float64,
            ColumnType::Boolean => DataType::Boolean,
        };
        Field::new(name.as_str().into(), dtype)
    };
    let schema: Schema = names.iter().zip(kinds).map(field).collect();
    // polars takes a mark at the beginning of a text for no character of it. Ours is gone already,
    // and this one is a cell's: it stands at the beginning no more.
    let marked = rows.starts_with("\u{feff}".as_bytes());
    let name = if separator == b'h' { "k" } else { "h" };
    let header = vec![name; names.len()].join(&char::from(separator).to_string()) + "\n";
    let rows = if marked { [header.as_bytes(), rows].concat().into() } else { Cow::Borrowed(rows) };
    CsvReadOptions::default()
        .with_has_header(marked)
        .with_schema(Some(Arc::new(schema)))
        .with_rechunk(true)
        .with_parse_options(CsvParseOptions::default().with_separator(separator))
        .into_reader_with_file_handle(Cursor::new(&*rows))
        .finish()
}

/// Whether a quote neither begins nor ends a field nor is doubled in one.
fn stray_quote(record: &[u8], separator: u8) -> bool {
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
}
