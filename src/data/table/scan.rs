//! Where the records of a CSV file begin: only to say in which line something is wrong, and which
//! rows are ragged. The values are polars' to read.

use std::path::Path;

/// One record of a CSV file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    /// The line it begins in, counted from 1.
    pub line: usize,
    /// Its bytes, without the line end.
    pub bytes: &'a [u8],
    /// The number of its fields.
    pub fields: usize,
    /// Whether a quote was open where the file ended.
    pub open: bool,
}

/// The records of a CSV text, blank lines left out. A quoted field may contain separators and line ends.
pub(crate) struct Records<'a> {
    rest: &'a [u8],
    line: usize,
    separator: u8,
}

/// Walks the records of a CSV text; the header is the first.
pub(crate) fn records(bytes: &[u8], separator: u8) -> Records<'_> {
    Records { rest: bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), line: 1, separator }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        while !self.rest.is_empty() {
            let (line, mut fields, mut quoted) = (self.line, 1, false);
            let mut end = self.rest.len();
            for (i, &b) in self.rest.iter().enumerate() {
                match b {
                    b'"' => quoted = !quoted,
                    b'\n' => {
                        self.line += 1;
                        if !quoted {
                            end = i;
                            break;
                        }
                    }
                    b if b == self.separator && !quoted => fields += 1,
                    _ => {}
                }
            }
            let (record, rest) = self.rest.split_at(end);
            self.rest = rest.get(1..).unwrap_or(&[]);
            let record = record.strip_suffix(b"\r").unwrap_or(record);
            if !record.is_empty() {
                return Some(Record { line, bytes: record, fields, open: quoted });
            }
        }
        None
    }
}

/// The line of a file in which its `row`-th row (from 0, after the header) begins. If the file is
/// gone by now, the line it would have without quoted line ends.
pub(crate) fn line_of_row(path: &Path, row: usize) -> usize {
    let plain = row + 2;
    let Ok(bytes) = std::fs::read(path) else { return plain };
    // Separators do not matter for where records begin.
    records(&bytes, b',').nth(row + 1).map_or(plain, |r| r.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_blank_lines_and_windows_line_ends() {
        let text = b"\xef\xbb\xbfa,b\r\n1,\"x\r\ny,z\"\r\n\r\n2,\"say \"\"hi\"\"\"\n3";
        let found: Vec<_> = records(text, b',').map(|r| (r.line, r.fields)).collect();
        assert_eq!(found, [(1, 2), (2, 2), (5, 2), (6, 1)]);
        assert_eq!(records(text, b',').next().map(|r| r.bytes), Some(&b"a,b"[..]));
    }

    #[test]
    fn an_open_quote_is_seen() {
        assert!(records(b"a\n\"x\ny", b',').last().is_some_and(|r| r.open));
    }
}
