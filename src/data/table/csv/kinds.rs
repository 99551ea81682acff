//! What the columns of a text file hold, from all of their cells.

use super::numbers::Numbers;
use super::options::ColumnType;
use super::scan::content;

/// How cells are told from one another.
pub(super) struct Cells<'a> {
    pub numbers: Numbers,
    pub null_values: &'a [String],
    pub separator: u8,
}

/// What was seen in a column, and the type that was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub wanted: Option<ColumnType>,
    text: bool,
    boolean: bool,
    integer: bool,
    /// A whole number that 64 bits do not hold.
    long: bool,
    float: bool,
    /// A number or truth value in quotes.
    name: bool,
}

impl Cells<'_> {
    /// Whether a cell counts as empty.
    pub fn is_null(&self, cell: &str) -> bool {
        cell.is_empty() || self.null_values.iter().any(|n| n == cell || n == cell.trim())
    }

    /// Whether a number counts as empty: where `-999` does, so does `-999.0`.
    pub fn is_null_number(&self, cell: &str) -> bool {
        let same =
            |number: f64| self.null_values.iter().any(|n| self.numbers.float(n) == Some(number));
        !self.null_values.is_empty() && self.numbers.float(cell).is_some_and(same)
    }

    /// Looks at one more field of a column. The error is the cell that is not what was asked for.
    pub fn see(&self, field: &[u8], column: &mut Seen) -> Result<(), String> {
        match column.wanted {
            None if column.text => return Ok(()),
            Some(ColumnType::Text) => return Ok(()),
            _ => {}
        }
        let plain = self.numbers.plain() && self.null_values.is_empty();
        if plain && column.wanted.is_none() {
            // The common case, without a look at text.
            let digits = field.strip_prefix(b"-").unwrap_or(field);
            let short = (1..=18).contains(&digits.len());
            if short && digits.iter().all(u8::is_ascii_digit) && !leading_zero(digits) {
                column.integer = true;
                return Ok(());
            }
        }
        let cell = content(field);
        if self.is_null(&cell) {
            return Ok(());
        }
        if let Some(wanted) = column.wanted {
            let fits = match wanted {
                ColumnType::Text => true,
                ColumnType::Integer => self.numbers.integer(&cell).is_some(),
                ColumnType::Float => self.numbers.float(&cell).is_some(),
                ColumnType::Boolean => boolean(&cell).is_some(),
            };
            return if fits { Ok(()) } else { Err(cell.into_owned()) };
        }
        // A number is quoted because it is a name, or because it holds the separator.
        let name = field.starts_with(b"\"") && !field.contains(&self.separator);
        let trimmed = cell.trim();
        let digits = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
        let whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        match () {
            () if whole && leading_zero(digits.as_bytes()) => column.text = true,
            () if whole && trimmed.parse::<i64>().is_err() => column.long = true,
            () if whole => column.integer = true,
            () if !plain && self.numbers.integer(trimmed).is_some() => column.integer = true,
            () if self.numbers.float(trimmed).is_some() => column.float = true,
            () if boolean(trimmed).is_some() => column.boolean = true,
            () => column.text = true,
        }
        column.name |= name;
        Ok(())
    }
}

impl Seen {
    /// The type that holds every cell without a loss: whole numbers beyond 64 bits, with leading
    /// zeros, or in quotes where quotes tell texts from numbers, are text.
    pub fn kind(self, quotes_tell: bool) -> ColumnType {
        let number = self.integer || self.float;
        match self.wanted {
            Some(wanted) => wanted,
            None if self.text || (self.name && quotes_tell) => ColumnType::Text,
            None if self.boolean && (number || self.long) => ColumnType::Text,
            None if self.boolean => ColumnType::Boolean,
            None if self.float => ColumnType::Float,
            None if self.integer && !self.long => ColumnType::Integer,
            None => ColumnType::Text,
        }
    }
}

/// Whether cells with these contents, unquoted, would be read as text.
pub(crate) fn would_be_text<'a>(cells: impl Iterator<Item = &'a str>) -> bool {
    let numbers = Numbers { decimal: b'.', thousands: None };
    let usual = Cells { numbers, null_values: &[], separator: b',' };
    let mut seen = Seen::default();
    for cell in cells {
        // Nothing was asked for, so nothing can be otherwise.
        let _ = usual.see(cell.as_bytes(), &mut seen);
    }
    seen.kind(true) == ColumnType::Text
}

/// `true` and `false`, as Python, R and programs write them.
pub(super) fn boolean(cell: &str) -> Option<bool> {
    match cell.trim() {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn leading_zero(digits: &[u8]) -> bool {
    digits.len() > 1 && digits[0] == b'0'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_keeps_what_its_cells_say() {
        let numbers = Numbers { decimal: b'.', thousands: None };
        let cells = Cells { numbers, null_values: &["NA".into()], separator: b',' };
        let kind = |fields: &[&str]| {
            let mut seen = Seen::default();
            for field in fields {
                cells.see(field.as_bytes(), &mut seen).unwrap();
            }
            seen.kind(true)
        };
        use ColumnType::*;
        for (fields, want) in [
            (&["1", "", "-20", "NA", "0"][..], Integer),
            (&["1", "2.5", "1e3", " 7 "], Float),
            (&["1", "NaN"], Float),
            (&["00123", "456"], Text),
            (&["0.5", "00.5"], Float),
            (&["-0", "0"], Integer),
            (&["\"1\"", "\"2\""], Text),
            (&["\"\"", "2"], Integer),
            (&["18446744073709551616", "1"], Text),
            (&["18446744073709551616", "1.5"], Float),
            (&["9223372036854775807"], Integer),
            (&["true", "False", ""], Boolean),
            (&["true", "1"], Text),
            (&["1", "x"], Text),
            (&["", "NA"], Text),
            (&["2024-01-01"], Text),
        ] {
            assert_eq!(kind(fields), want, "{fields:?}");
        }
        let thousands = Numbers { decimal: b'.', thousands: Some(',') };
        let cells = Cells { numbers: thousands, null_values: &[], separator: b',' };
        let mut seen = Seen::default();
        cells.see(b"\"1,234\"", &mut seen).unwrap();
        assert_eq!(seen.kind(true), Integer);
        let mut seen = Seen::default();
        cells.see(b"\"7\"", &mut seen).unwrap();
        assert_eq!((seen.kind(true), seen.kind(false)), (Text, Integer));
        let mut seen = Seen { wanted: Some(Integer), ..Seen::default() };
        assert_eq!(cells.see(b"\"7\"", &mut seen), Ok(()));
        assert_eq!(cells.see(b"7.5", &mut seen), Err("7.5".to_string()));
    }
}
