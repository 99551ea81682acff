//! Where the records and fields of a text file begin: to say in which line something is wrong, which
//! rows are ragged, and what the columns hold. The values are polars' to read.

use std::path::Path;

use super::text::{Layout, text};

/// One record of a CSV file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    /// The line it begins in, counted from 1.
    pub line: usize,
    /// Its bytes, without a comment and the line end.
    pub bytes: &'a [u8],
    /// Whether a quote was open where the file ended.
    pub open: bool,
}

/// The records of a CSV text; blank lines and comments are left out. A quoted field may contain
/// separators and line ends.
pub(crate) struct Records<'a> {
    rest: &'a [u8],
    line: usize,
    comment: Option<u8>,
    /// Whether bytes were left out between records.
    pub gaps: bool,
}

/// Walks the records of a text that begins in this line of its file; the header is the first.
pub(crate) fn records(bytes: &[u8], first_line: usize, comment: Option<u8>) -> Records<'_> {
    Records { rest: bytes, line: first_line, comment, gaps: false }
}

impl<'a> Records<'a> {
    /// What is not walked yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        while !self.rest.is_empty() {
            let (line, mut quoted, mut comment) = (self.line, false, None);
            let mut end = self.rest.len();
            for (i, &b) in self.rest.iter().enumerate() {
                match b {
                    b'\n' => {
                        self.line += 1;
                        if !quoted {
                            end = i;
                            break;
                        }
                    }
                    _ if comment.is_some() => {}
                    b'"' => quoted = !quoted,
                    b if Some(b) == self.comment && !quoted => comment = Some(i),
                    _ => {}
                }
            }
            let (record, rest) = self.rest.split_at(end);
            self.rest = rest.get(1..).unwrap_or(&[]);
            let record = &record[..comment.unwrap_or(end)];
            let record = record.strip_suffix(b"\r").unwrap_or(record);
            self.gaps |= comment.is_some();
            if record.iter().any(|&b| b != b'\r') {
                return Some(Record { line, bytes: record, open: quoted });
            }
            self.gaps = true;
        }
        None
    }
}

/// The fields of a record, quotes included.
pub(crate) fn fields(record: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    record.split(move |&b| {
        quoted ^= b == b'"';
        b == separator && !quoted
    })
}

/// A field's content: without the quotes around it, and with those in it once.
pub(crate) fn content(field: &[u8]) -> std::borrow::Cow<'_, str> {
    let inner = field.strip_prefix(b"\"").and_then(|f| f.strip_suffix(b"\""));
    match inner {
        Some(inner) => String::from_utf8_lossy(inner).replace("\"\"", "\"").into(),
        None => String::from_utf8_lossy(field),
    }
}

/// The line of a file in which its `row`-th row (from 0) begins. If the file is gone by now, the
/// line it would have without quoted line ends.
pub(crate) fn line_of_row(path: &Path, row: usize, layout: Layout) -> usize {
    let place = row + usize::from(!layout.no_header);
    let line = || {
        let bytes = std::fs::read(path).ok()?;
        let text = text(&bytes, layout).ok()?;
        Some(records(&text.bytes, text.first_line, layout.comment).nth(place)?.line)
    };
    line().unwrap_or(place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &[u8], comment: Option<u8>) -> Vec<(usize, usize)> {
        let count = |r: Record<'_>| (r.line, fields(r.bytes, b',').count());
        records(text, 1, comment).map(count).collect()
    }

    #[test]
    fn quotes_blank_lines_and_windows_line_ends() {
        let text = b"a,b\r\n1,\"x\r\ny,z\"\r\n\r\n2,\"say \"\"hi\"\"\"\n3";
        assert_eq!(found(text, None), [(1, 2), (2, 2), (5, 2), (6, 1)]);
        assert_eq!(records(text, 1, None).next().map(|r| r.bytes), Some(&b"a,b"[..]));
        let last: Vec<&[u8]> = fields(b"2,\"say \"\"hi\"\"\"", b',').collect();
        assert_eq!(content(last[1]), "say \"hi\"");
    }

    #[test]
    fn comments_are_left_out() {
        let text = b"# it's \"open\na,b # names\n\n1,\"x#y\"\n#\n2,3#4,5";
        assert_eq!(found(text, Some(b'#')), [(2, 2), (4, 2), (6, 2)]);
        let mut records = records(text, 1, Some(b'#'));
        assert_eq!(records.next().map(|r| r.bytes), Some(&b"a,b "[..]));
        assert_eq!(records.last().map(|r| r.bytes), Some(&b"2,3"[..]));
    }

    #[test]
    fn an_open_quote_is_seen() {
        assert!(records(b"a\n\"x\ny", 1, None).last().is_some_and(|r| r.open));
    }
}
