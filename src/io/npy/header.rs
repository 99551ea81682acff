//! The header of a .npy file.

use crate::io::known;

const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header in bytes; NumPy refuses longer ones by default, too.
const LONGEST: usize = 10_000;
/// Most bytes before the data: magic, version, a 32-bit length, and the longest header.
pub(super) const PREFIX: usize = MAGIC.len() + 6 + LONGEST;
/// Most axes of a NumPy array.
const AXES: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Float,
    Signed,
    Unsigned,
    Bool,
    Unicode,
}

#[derive(Clone, Debug)]
pub(super) struct Header {
    pub descr: String,
    pub kind: Kind,
    pub big_endian: bool,
    /// Bytes of one element.
    pub size: usize,
    pub fortran: bool,
    pub shape: Vec<usize>,
    /// The number of elements.
    pub count: usize,
}

impl Header {
    /// Bytes of all elements; `None` if they are more than memory has addresses.
    pub fn bytes(&self) -> Option<usize> {
        self.count.checked_mul(self.size)
    }

    /// An element's value, from exactly its bytes.
    pub fn number(&self, item: &[u8]) -> f64 {
        let mut b = [0; 8];
        for (i, &byte) in item.iter().enumerate().take(8) {
            b[if self.big_endian { item.len() - 1 - i } else { i }] = byte;
        }
        let word = u64::from_le_bytes(b);
        match (self.kind, self.size) {
            (Kind::Float, 2) => half(word as u16),
            (Kind::Float, 4) => f64::from(f32::from_bits(word as u32)),
            (Kind::Float, _) => f64::from_bits(word),
            (Kind::Signed, n) => {
                let unused = 64 - 8 * n as u32;
                (((word << unused) as i64) >> unused) as f64
            }
            (Kind::Bool, _) => f64::from(u8::from(word != 0)),
            _ => word as f64,
        }
    }
}

/// Half precision (IEEE 754 binary16): a sign, 5 bits of exponent, 10 of fraction.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff) / 1024.0);
    sign * match exponent {
        0 => fraction * 2f64.powi(-14),
        0x1f if fraction > 0.0 => f64::NAN,
        0x1f => f64::INFINITY,
        e => (1.0 + fraction) * 2f64.powi(e - 15),
    }
}

/// Magic, version and header, padded as in NumPy, so that the data begin at a multiple of 64.
pub(super) fn write(descr: &str, shape: &[usize]) -> Vec<u8> {
    let axes: Vec<String> = shape.iter().map(usize::to_string).collect();
    let shape = match axes.as_slice() {
        [one] => format!("({one},)"),
        axes => format!("({})", axes.join(", ")),
    };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    // An array here has few axes, so version 1 with its 16-bit length is always enough.
    let pad = 63 - (MAGIC.len() + 4 + text.len()) % 64;
    text.push_str(&" ".repeat(pad));
    text.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&[1, 0]);
    bytes.extend_from_slice(&(text.len() as u16).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

/// The header of a file and the bytes after it, or the problem.
pub(super) fn read(bytes: &[u8]) -> Result<(Header, &[u8]), String> {
    let other = || known::instead(bytes, ".npy file", "it does not begin as one");
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(other)?;
    let short = "the file ends within its header";
    let (version, rest) = rest.split_first_chunk::<2>().ok_or(short)?;
    let (length, rest) = match version[0] {
        1 => {
            let (n, rest) = rest.split_first_chunk::<2>().ok_or(short)?;
            (usize::from(u16::from_le_bytes(*n)), rest)
        }
        2 | 3 => {
            let (n, rest) = rest.split_first_chunk::<4>().ok_or(short)?;
            (u32::from_le_bytes(*n) as usize, rest)
        }
        v => return Err(format!("version {v} of the format is unknown; 1, 2 and 3 are read")),
    };
    if length > LONGEST {
        return Err(format!("its header claims {length} bytes; at most {LONGEST} are read"));
    }
    let (text, data) = rest.split_at_checked(length).ok_or(short)?;
    let text = std::str::from_utf8(text).map_err(|_| "its header is not text".to_string())?;
    Ok((parse(text)?, data))
}

fn parse(text: &str) -> Result<Header, String> {
    let value = |key: &str| -> Result<&str, String> {
        let missing = || format!("its header has no {key}");
        let (_, after) = text.split_once(&format!("'{key}':")).ok_or_else(missing)?;
        Ok(after.trim_start())
    };
    let descr = value("descr")?;
    let descr = descr
        .strip_prefix('\'')
        .and_then(|d| d.split_once('\''))
        .map(|d| d.0)
        .ok_or("it holds records of several fields, which are not read")?;
    let fortran = match value("fortran_order")? {
        v if v.starts_with("True") => true,
        v if v.starts_with("False") => false,
        _ => return Err("fortran_order in its header is neither True nor False".into()),
    };
    let shape = value("shape")?;
    let shape = shape
        .strip_prefix('(')
        .and_then(|s| s.split_once(')'))
        .ok_or("the shape in its header is not a tuple")?
        .0;
    let shape = shape
        .split(',')
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .map(|s| s.parse().map_err(|_| format!("an axis of its shape is '{s}'")))
        .collect::<Result<Vec<usize>, String>>()?;
    if shape.len() > AXES {
        return Err(format!("it has {} axes; at most {AXES} are read", shape.len()));
    }
    // As in NumPy, the other axes of an empty array must be possible, too.
    let possible = shape.iter().filter(|&&d| d > 0).try_fold(1usize, |n, &d| n.checked_mul(d));
    let possible =
        possible.ok_or_else(|| format!("its shape {shape:?} is more than memory has"))?;
    let count = if shape.contains(&0) { 0 } else { possible };
    let (kind, big_endian, size) = element(descr)?;
    Ok(Header { descr: descr.to_string(), kind, big_endian, size, fortran, shape, count })
}

/// Parses NumPy's short form of an element type: byte order, kind, size.
fn element(descr: &str) -> Result<(Kind, bool, usize), String> {
    let unread = || {
        format!(
            "it holds elements of type '{descr}'; floats of 2, 4 or 8 bytes, integers, truth \
             values and unicode strings are read"
        )
    };
    let mut chars = descr.chars();
    let big_endian = match chars.next() {
        Some('<' | '|') => false,
        Some('>') => true,
        _ => return Err(unread()),
    };
    let kind = chars.next();
    let size: usize = chars.as_str().parse().map_err(|_| unread())?;
    let (kind, size) = match (kind, size) {
        (Some('f'), 2 | 4 | 8) => (Kind::Float, size),
        (Some('i'), 1 | 2 | 4 | 8) => (Kind::Signed, size),
        (Some('u'), 1 | 2 | 4 | 8) => (Kind::Unsigned, size),
        (Some('b'), 1) => (Kind::Bool, size),
        (Some('U'), n) => (Kind::Unicode, n.checked_mul(4).ok_or_else(unread)?),
        _ => return Err(unread()),
    };
    Ok((kind, big_endian, size))
}
