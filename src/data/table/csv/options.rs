//! How a text file is to be read: an option each, with pandas' names.

use super::numbers::Numbers;
use super::text::Encoding;
use crate::error::{Error, Result};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Text as it stands in the file: `00123` keeps its zeros.
    Text,
    /// Whole numbers of 64 bits.
    Integer,
    /// Numbers of double precision.
    Float,
    /// `true` and `false`.
    Boolean,
}

impl ColumnType {
    /// What a cell of another kind is told that it is not.
    pub(super) fn name(self) -> &'static str {
        match self {
            ColumnType::Text => "text",
            ColumnType::Integer => "a whole number of 64 bits",
            ColumnType::Float => "a number",
            ColumnType::Boolean => "true or false",
        }
    }
}

/// How a text file is to be read, for [`Table::read_with`](crate::data::Table::read_with). What is
/// not set is as [`Table::read_csv`](crate::data::Table::read_csv) has it.
///
/// ```
/// use dfdx_lab::data::{ColumnType::Text, Csv, Table};
/// # let path = std::env::temp_dir().join(format!("dfdx-lab-csv-{}.csv", std::process::id()));
/// std::fs::write(&path, "# rents of 2024\nzip;rent\n01067;1.250,50\n04109;?\n")?;
/// let how = Csv::new().separator(';').comment('#').null_values(["?"]).decimal(',').thousands('.');
/// let table = Table::read_with(&path, how.types([("zip", Text)]))?;
/// assert_eq!(table.strings("zip")?, ["01067", "04109"]);
/// assert_eq!(table.head(1).column_f64("rent")?, [1250.5]);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Csv {
    pub(super) separator: Option<char>,
    pub(super) whitespace: bool,
    pub(super) no_header: bool,
    pub(super) names: Option<Vec<String>>,
    pub(super) comment: Option<char>,
    pub(super) skip_rows: usize,
    pub(super) skip_initial_space: bool,
    pub(super) null_values: Vec<String>,
    pub(super) decimal: Option<char>,
    pub(super) thousands: Option<char>,
    pub(super) types: Vec<(String, ColumnType)>,
    pub(super) encoding: Option<String>,
}

impl Csv {
    /// A header line, commas between fields, points in numbers, UTF-8.
    pub fn new() -> Self {
        Csv::default()
    }

    /// The ASCII character between fields (pandas: `sep`). Without it, a comma; a tab for a file
    /// that ends with `.tsv` or `.tab`; and what Excel's line `sep=;` at the file's beginning says.
    pub fn separator(mut self, separator: char) -> Self {
        self.separator = Some(separator);
        self
    }

    /// Any number of spaces and tabs stand between fields, and those around a line mean nothing
    /// (pandas: `sep=r"\s+"`).
    pub fn whitespace(mut self) -> Self {
        self.whitespace = true;
        self
    }

    /// The first line is a row already: the columns are called `column_1`, `column_2` … (pandas:
    /// `header=None`).
    pub fn no_header(mut self) -> Self {
        self.no_header = true;
        self
    }

    /// The columns' names, for a file without a header line (pandas: `names`).
    pub fn names<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self.no_header = true;
        self
    }

    /// Ignores the rest of a line from this ASCII character on; a line that begins with it is
    /// skipped. Within quotes it is an ordinary character.
    pub fn comment(mut self, comment: char) -> Self {
        self.comment = Some(comment);
        self
    }

    /// Skips this many lines at the beginning of the file (pandas: `skiprows`).
    pub fn skip_rows(mut self, lines: usize) -> Self {
        self.skip_rows = lines;
        self
    }

    /// Leaves out the spaces before a field (pandas: `skipinitialspace`). Without it they belong to
    /// text; around numbers they never mean anything.
    pub fn skip_initial_space(mut self) -> Self {
        self.skip_initial_space = true;
        self
    }

    /// Cells that hold one of these are empty (pandas: `na_values`); in a column of numbers those
    /// that are the same number, `-999.0` where `"-999"` is given. An empty cell always is; no word
    /// is without this call, since `NA` is also Namibia.
    pub fn null_values<S: Into<String>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
        self.null_values.extend(values.into_iter().map(Into::into));
        self
    }

    /// The character before a number's decimals, `','` in much of Europe.
    pub fn decimal(mut self, decimal: char) -> Self {
        self.decimal = Some(decimal);
        self
    }

    /// The character between the groups of three digits of a number. Where it stands elsewhere, the
    /// cell is no number: `1,5` is not 15.
    pub fn thousands(mut self, thousands: char) -> Self {
        self.thousands = Some(thousands);
        self
    }

    /// What columns hold, by their names (pandas: `dtype`). A cell that is nothing of the kind is
    /// an error with its line. The other columns' types follow from their cells.
    pub fn types<S: Into<String>>(
        mut self,
        types: impl IntoIterator<Item = (S, ColumnType)>,
    ) -> Self {
        self.types.extend(types.into_iter().map(|(name, kind)| (name.into(), kind)));
        self
    }

    /// How characters are written: `"utf-8"`, `"latin-1"` (also called `"cp1252"`, the encoding of
    /// Windows in Western Europe). UTF-16 is recognised without being told.
    pub fn encoding(mut self, name: impl Into<String>) -> Self {
        self.encoding = Some(name.into());
        self
    }

    pub(super) fn checked_encoding(&self) -> Result<Encoding> {
        let Some(name) = &self.encoding else { return Ok(Encoding::Utf8) };
        Encoding::from_name(name).ok_or_else(|| {
            let expected = "\"utf-8\" or \"latin-1\" (\"cp1252\")";
            Error::argument("Csv::encoding", format!("{name:?}"), expected)
                .hint("UTF-16 is recognised without this call")
        })
    }

    /// The separator as a byte, if one was given.
    pub(super) fn checked_separator(&self) -> Result<Option<u8>> {
        if self.whitespace && self.separator.is_some_and(|c| c != ' ') {
            let got = format!("{:?}", self.separator.unwrap_or_default());
            let expected = "left out where Csv::whitespace is called";
            return Err(Error::argument("Csv::separator", got, expected));
        }
        self.separator.map(|c| ascii("the separator", c)).transpose()
    }

    pub(super) fn checked_comment(&self) -> Result<Option<u8>> {
        self.comment.map(|c| ascii("Csv::comment", c)).transpose()
    }

    /// How numbers are written.
    pub(super) fn checked_numbers(&self) -> Result<Numbers> {
        let decimal = match self.decimal {
            None => b'.',
            Some(c @ ('.' | ',')) => c as u8,
            Some(c) => {
                let expected = "a point or a comma";
                return Err(Error::argument("Csv::decimal", format!("{c:?}"), expected));
            }
        };
        let thousands = match self.thousands {
            None => None,
            Some(c) if c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '"' | '\n' | '\r') => {
                let expected = "a character that no number has, such as ',', '.', ' ' or '\\''";
                return Err(Error::argument("Csv::thousands", format!("{c:?}"), expected));
            }
            Some(c) if c == char::from(decimal) => {
                let expected = "another character than that before decimals";
                return Err(Error::argument("Csv::thousands", format!("{c:?}"), expected)
                    .hint("Csv::decimal names that one"));
            }
            Some(c) => Some(c),
        };
        Ok(Numbers { decimal, thousands })
    }
}

fn ascii(what: &str, c: char) -> Result<u8> {
    match u8::try_from(c) {
        Ok(b) if b.is_ascii() && !matches!(b, b'"' | b'\n' | b'\r') => Ok(b),
        _ => {
            let expected = "one ASCII character that is not a quote or a line end";
            Err(Error::argument(what, format!("{c:?}"), expected))
        }
    }
}
