//! How numbers are written in a text file.

use std::borrow::Cow;

/// The characters in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    pub decimal: u8,
    pub thousands: Option<char>,
}

impl Numbers {
    /// Whether polars' own parser reads such numbers.
    pub fn plain(self) -> bool {
        self.decimal == b'.' && self.thousands.is_none()
    }

    /// A whole number of 64 bits.
    pub fn integer(self, cell: &str) -> Option<i64> {
        let cell = self.usual(cell.trim())?;
        if cell.is_empty() || !digits(cell.strip_prefix(['-', '+']).unwrap_or(&cell)) {
            return None;
        }
        cell.parse().ok()
    }

    /// A number; `inf` and `NaN` as Python and R write them are some.
    pub fn float(self, cell: &str) -> Option<f64> {
        let cell = self.usual(cell.trim())?;
        match cell.strip_prefix(['-', '+']).unwrap_or(&cell) {
            "inf" | "Inf" | "nan" | "NaN" => cell.parse().ok(),
            // The parser knows more words.
            number if number.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
                cell.parse().ok()
            }
            _ => None,
        }
    }

    /// The number with a point before its decimals and nothing between its thousands; `None` if
    /// they stand where no thousands are.
    fn usual(self, cell: &str) -> Option<Cow<'_, str>> {
        if self.plain() {
            return Some(Cow::Borrowed(cell));
        }
        let decimal = char::from(self.decimal);
        let (whole, rest) = match cell.find([decimal, 'e', 'E']) {
            Some(at) => cell.split_at(at),
            None => (cell, ""),
        };
        let mut number = match self.thousands {
            Some(mark) if whole.contains(mark) => {
                let sign = whole.len() - whole.trim_start_matches(['-', '+']).len();
                let mut groups = whole[sign..].split(mark);
                let first = groups.next().is_some_and(|g| digits(g) && g.len() <= 3);
                if !first || !groups.all(|g| digits(g) && g.len() == 3) {
                    return None;
                }
                whole.replace(mark, "")
            }
            _ => whole.to_string(),
        };
        if number.contains('.') || (decimal != '.' && rest.contains('.')) {
            return None;
        }
        number.push_str(&rest.replacen(decimal, ".", 1));
        Some(Cow::Owned(number))
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let usual = Numbers { decimal: b'.', thousands: None };
        let english = Numbers { decimal: b'.', thousands: Some(',') };
        let german = Numbers { decimal: b',', thousands: Some('.') };
        let swiss = Numbers { decimal: b'.', thousands: Some('’') };
        let comma = Numbers { decimal: b',', thousands: None };
        for (how, cell, number) in [
            (usual, "1.5", Some(1.5)),
            (usual, " -2e3 ", Some(-2000.0)),
            (usual, "+.5", Some(0.5)),
            (usual, "5.", Some(5.0)),
            (usual, "1,5", None),
            (usual, "infinity", None),
            (usual, "-Inf", Some(f64::NEG_INFINITY)),
            (usual, "", None),
            (usual, "1_000", None),
            (usual, "0x10", None),
            (english, "1,234,567.25", Some(1_234_567.25)),
            (english, "-1,234", Some(-1234.0)),
            (english, "1,5", None),
            (english, "1,23,456", None),
            (english, ",123", None),
            (english, "1234.5", Some(1234.5)),
            (english, "1.234,5", None),
            (german, "1.234,5", Some(1234.5)),
            (german, "1,5e3", Some(1500.0)),
            (german, "1,234.5", None),
            (german, "1.5", None),
            (comma, "1.5", None),
            (comma, "1,5", Some(1.5)),
            (swiss, "1’000", Some(1000.0)),
        ] {
            assert_eq!(how.float(cell), number, "{cell}");
        }
        assert_eq!(german.integer("-1.234"), Some(-1234));
        assert_eq!(usual.integer("+7"), Some(7));
        assert_eq!(usual.integer("9223372036854775807"), Some(i64::MAX));
        assert_eq!(usual.integer("9223372036854775808"), None);
        assert_eq!(usual.integer("1.0"), None);
    }
}
