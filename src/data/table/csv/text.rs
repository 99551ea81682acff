//! A file's bytes as UTF-8 text with line ends that polars knows.

use std::borrow::Cow;

use crate::io::gzip;

/// The most text that a compressed file may hold: 4 GiB.
const MOST: u64 = 1 << 32;
/// How many bytes show whether a text without a mark is UTF-16.
const LOOKED_AT: usize = 64;

/// How characters are written where no mark at the beginning says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    #[default]
    Utf8,
    /// Windows' code page 1252: Latin-1, and letters in place of its control characters.
    Latin1,
}

impl Encoding {
    pub fn from_name(name: &str) -> Option<Self> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        match plain.to_ascii_lowercase().as_str() {
            "utf8" | "utf8sig" => Some(Encoding::Utf8),
            "latin1" | "iso88591" | "cp1252" | "windows1252" => Some(Encoding::Latin1),
            _ => None,
        }
    }
}

/// What of a file's layout decides where its rows begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub encoding: Encoding,
    pub skip_rows: usize,
    pub no_header: bool,
    pub comment: Option<u8>,
    /// Whether any number of spaces and tabs stand between fields.
    pub whitespace: bool,
}

/// What of a file's text is to be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text<'a> {
    pub bytes: Cow<'a, [u8]>,
    /// The line of the file that the text begins with, counted from 1.
    pub first_line: usize,
    /// What Excel's first line `sep=…` says.
    pub separator: Option<u8>,
}

/// The text of a file without the lines to be skipped: decompressed, without a byte order mark, in
/// UTF-8 where it was in UTF-16 or Latin-1, with line feeds where only carriage returns end lines,
/// with one tab for the whitespace between fields.
pub(crate) fn text(file: &[u8], layout: Layout) -> Result<Text<'_>, String> {
    let mut bytes = Cow::Borrowed(file);
    if gzip::is_gzip(&bytes) {
        // One more than may be, so that nothing is cut off without a word.
        let unpacked = gzip::gunzip(&bytes, (MOST + 1).min(gzip::most(bytes.len())))?;
        if unpacked.len() as u64 > MOST {
            return Err(format!("it holds more than {MOST} bytes of text, the most that is read"));
        }
        bytes = Cow::Owned(unpacked);
    }
    bytes = match utf16(&bytes) {
        Some((mark, big_endian)) => Cow::Owned(from_utf16(&bytes[mark..], big_endian)?),
        None if bytes.starts_with(b"\xef\xbb\xbf") => cut(bytes, 3),
        None if layout.encoding == Encoding::Latin1 => Cow::Owned(from_latin1(&bytes)),
        None => bytes,
    };
    if bytes.contains(&b'\r') && !bytes.contains(&b'\n') {
        bytes.to_mut().iter_mut().filter(|b| **b == b'\r').for_each(|b| *b = b'\n');
    }
    let end_of_line = |bytes: &[u8]| bytes.iter().position(|&b| b == b'\n').unwrap_or(bytes.len());
    let separator = excels_line(&bytes[..end_of_line(&bytes)]);
    // The line of Excel's is none of those to be skipped.
    let skipped = layout.skip_rows.saturating_add(usize::from(separator.is_some()));
    let (mut first_line, mut start) = (1, 0);
    while first_line <= skipped && start < bytes.len() {
        start = (start + end_of_line(&bytes[start..]) + 1).min(bytes.len());
        first_line += 1;
    }
    bytes = cut(bytes, start);
    if layout.whitespace {
        bytes = Cow::Owned(squeezed(&bytes, layout.comment));
    }
    Ok(Text { bytes, first_line, separator })
}

fn cut(bytes: Cow<'_, [u8]>, start: usize) -> Cow<'_, [u8]> {
    match bytes {
        Cow::Borrowed(b) => Cow::Borrowed(&b[start..]),
        Cow::Owned(mut b) => {
            b.drain(..start);
            Cow::Owned(b)
        }
    }
}

/// A tab for each run of spaces and tabs between the fields of a line, nothing around a line.
/// Comments stay as they are: a quote in one opens nothing.
fn squeezed(bytes: &[u8], comment: Option<u8>) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let (mut quoted, mut between, mut in_comment) = (false, false, false);
    for &b in bytes {
        in_comment = b != b'\n' && (in_comment || (!quoted && Some(b) == comment));
        match b {
            _ if in_comment => out.push(b),
            b' ' | b'\t' if !quoted => between = true,
            b'\r' if !quoted => {}
            _ => {
                let line_begins = out.last().is_none_or(|&b| b == b'\n');
                if between && !line_begins && b != b'\n' {
                    out.push(b'\t');
                }
                between = false;
                quoted ^= b == b'"';
                out.push(b);
            }
        }
    }
    out
}

/// `sep=;`, by which Excel is told what stands between fields.
fn excels_line(line: &[u8]) -> Option<u8> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(b"\"").and_then(|l| l.strip_suffix(b"\"")).unwrap_or(line);
    let (word, rest) = line.split_at_checked(4)?;
    match rest {
        [one] if word.eq_ignore_ascii_case(b"sep=") && one.is_ascii() && *one != b'"' => Some(*one),
        _ => None,
    }
}

/// Whether the text is UTF-16: the length of its mark, and whether the high bytes come first. A
/// text without a mark is if every other byte of its beginning is zero.
fn utf16(bytes: &[u8]) -> Option<(usize, bool)> {
    match bytes {
        [0xff, 0xfe, ..] => return Some((2, false)),
        [0xfe, 0xff, ..] => return Some((2, true)),
        _ => {}
    }
    let pairs = bytes[..bytes.len().min(LOOKED_AT)].as_chunks::<2>().0;
    let all = |zero: usize| pairs.iter().all(|p| p[zero] == 0 && p[1 - zero] != 0);
    match () {
        () if pairs.len() < 2 => None,
        () if all(1) => Some((0, false)),
        () if all(0) => Some((0, true)),
        () => None,
    }
}

fn from_utf16(bytes: &[u8], big_endian: bool) -> Result<Vec<u8>, String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("the text is UTF-16 and ends within a character".to_string());
    }
    let units = pairs.iter().map(|p| match big_endian {
        true => u16::from_be_bytes(*p),
        false => u16::from_le_bytes(*p),
    });
    let mut text = String::with_capacity(pairs.len());
    for (i, c) in char::decode_utf16(units).enumerate() {
        let broken = |_| format!("the text is UTF-16, and its character {i} is half of one");
        text.push(c.map_err(broken)?);
    }
    Ok(text.into_bytes())
}

/// Windows' characters from 0x80 to 0x9f (the code chart of code page 1252; five are not used).
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn from_latin1(bytes: &[u8]) -> Vec<u8> {
    let letter = |&b: &u8| match b {
        0x80..=0x9f => WINDOWS[usize::from(b - 0x80)],
        b => char::from(b),
    };
    bytes.iter().map(letter).collect::<String>().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &[u8]) -> (String, usize, Option<u8>) {
        let text = text(file, Layout::default()).unwrap();
        (String::from_utf8(text.bytes.to_vec()).unwrap(), text.first_line, text.separator)
    }

    #[test]
    fn every_form_of_a_text_is_the_same_text() {
        let want = ("a,é\n1,😀\n".to_string(), 1, None);
        let units: Vec<u16> = want.0.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|u| u.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|u| u.to_be_bytes()).collect();
        assert_eq!(read(want.0.as_bytes()), want);
        assert_eq!(read(format!("\u{feff}{}", want.0).as_bytes()), want);
        assert_eq!(read(&[b"\xff\xfe", &little[..]].concat()), want);
        assert_eq!(read(&[b"\xfe\xff", &big[..]].concat()), want);
        assert_eq!(read(want.0.replace('\n', "\r").as_bytes()), want);
        assert_eq!(read(&gzip::gzip(want.0.as_bytes())), want);
        let plain: Vec<u8> = "a,b\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&plain).0, "a,b\n");
        let latin =
            text(b"caf\xe9,5 \x80", Layout { encoding: Encoding::Latin1, ..Layout::default() })
                .unwrap();
        assert_eq!(std::str::from_utf8(&latin.bytes).unwrap(), "café,5 €");
    }

    #[test]
    fn half_characters_are_told() {
        let error = |file: &[u8]| text(file, Layout::default()).unwrap_err();
        assert!(error(b"\xff\xfea\0b").contains("ends within"));
        assert!(error(b"\xff\xfea\0\x00\xd8b\0").contains("character 1 is half"));
    }

    #[test]
    fn excels_line_and_skipped_lines_are_cut() {
        assert_eq!(read(b"sep=;\r\na;b\n"), ("a;b\n".to_string(), 2, Some(b';')));
        assert_eq!(read(b"\"SEP=\t\"\na"), ("a".to_string(), 2, Some(b'\t')));
        assert_eq!(read(b"sep=ab\n").1, 1);
        let skip = |skip_rows| Layout { skip_rows, ..Layout::default() };
        let skipped = text(b"sep=;\nby me\n\na;b\n", skip(2)).unwrap();
        assert_eq!((&skipped.bytes[..], skipped.first_line), (&b"a;b\n"[..], 4));
        let beyond = text(b"a\nb\n", skip(usize::MAX)).unwrap();
        assert!(beyond.bytes.is_empty());
    }

    #[test]
    fn whitespace_between_fields_is_one_tab() {
        let layout = Layout { whitespace: true, ..Layout::default() };
        let found = text(b"  a   b\r\n \t \n1\t \"x  y\"  \n", layout).unwrap();
        assert_eq!(std::str::from_utf8(&found.bytes).unwrap(), "a\tb\n\n1\t\"x  y\"\n");
        let layout = Layout { comment: Some(b'#'), ..layout };
        let found = text(b"# 5\" pipes\n1   2 # 3\"  4\n\"#  x\"   6\n", layout).unwrap();
        let want = "# 5\" pipes\n1\t2# 3\"  4\n\"#  x\"\t6\n";
        assert_eq!(std::str::from_utf8(&found.bytes).unwrap(), want);
    }
}
