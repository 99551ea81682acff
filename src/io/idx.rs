//! IDX files, the format of MNIST: a magic number, the lengths of the axes, then the elements.
//!
//! The format is described on MNIST's page: two zero bytes, a byte for the element type, a byte for
//! the number of axes, each axis' length in four big-endian bytes, then the elements, row-major and
//! big-endian. Gzip-compressed files are recognised by their first bytes.

use std::path::{Path, PathBuf};

use super::{gzip, known};
use crate::array::Array;
use crate::error::{Error, Result};

/// Most bytes of elements that are read, 4 GiB: more than any data set in this format has.
const MOST: u64 = 1 << 32;
/// Most axes that are read.
const AXES: u8 = 8;

/// The type of the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    U8,
    I8,
    I16,
    I32,
    F32,
    F64,
}

impl Kind {
    fn from_code(code: u8) -> Option<Kind> {
        match code {
            0x08 => Some(Kind::U8),
            0x09 => Some(Kind::I8),
            0x0b => Some(Kind::I16),
            0x0c => Some(Kind::I32),
            0x0d => Some(Kind::F32),
            0x0e => Some(Kind::F64),
            _ => None,
        }
    }

    fn size(self) -> u64 {
        match self {
            Kind::U8 | Kind::I8 => 1,
            Kind::I16 => 2,
            Kind::I32 | Kind::F32 => 4,
            Kind::F64 => 8,
        }
    }
}

/// The content of an IDX file.
///
/// ```
/// use dfdx_lab::io::idx::Idx;
/// let file = [0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 10, 20, 255];
/// let idx = Idx::parse(&file, "labels")?;
/// assert_eq!(idx.shape(), [1, 3]);
/// assert_eq!(idx.bytes()?, [10, 20, 255]);
/// assert_eq!(idx.to_array()?.data(), [10.0, 20.0, 255.0]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Idx {
    name: PathBuf,
    kind: Kind,
    shape: Vec<usize>,
    data: Vec<u8>,
}

/// Shows the shape and the type, without the elements.
impl std::fmt::Debug for Idx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Idx({}, shape {:?}, {:?})", self.name.display(), self.shape, self.kind)
    }
}

/// Reads an IDX file, compressed by gzip or not, as numbers: unsigned and signed integers of 1, 2
/// and 4 bytes and floats of 4 and 8 bytes, each as the nearest `f32`.
///
/// # Errors
/// If the file cannot be read, is not an IDX file, is shorter or longer than its header says, holds
/// more than 4 GiB, or has a finite element beyond the range of `f32`.
///
/// ```no_run
/// let digits = dfdx_lab::io::read_idx("train-images-idx3-ubyte.gz")?;
/// assert_eq!(digits.shape(), [60000, 28, 28]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
pub fn read_idx(path: impl AsRef<Path>) -> Result<Array> {
    Idx::read(path)?.to_array()
}

impl Idx {
    /// Reads a file, compressed by gzip or not.
    ///
    /// # Errors
    /// As [`read_idx`].
    pub fn read(path: impl AsRef<Path>) -> Result<Idx> {
        let path = path.as_ref();
        let found = std::fs::metadata(path).map_err(|e| Error::io(path, e))?.len();
        if found > MOST + 4 + 4 * u64::from(AXES) {
            return Err(content(path, format!("it has {found} bytes; at most {MOST} are read")));
        }
        Idx::parse(&std::fs::read(path).map_err(|e| Error::io(path, e))?, path)
    }

    /// Parses a file that is in memory already; errors use this name.
    ///
    /// # Errors
    /// As [`read_idx`].
    pub fn parse(file: &[u8], name: impl AsRef<Path>) -> Result<Idx> {
        parse(file, name.as_ref()).map_err(|problem| content(name.as_ref(), problem))
    }

    /// The lengths of the axes.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The elements of a file of unsigned bytes, row-major.
    ///
    /// # Errors
    /// If the file holds another type.
    pub fn bytes(&self) -> Result<&[u8]> {
        match self.kind {
            Kind::U8 => Ok(&self.data),
            other => Err(content(&self.name, format!("it holds {other:?}, not unsigned bytes"))),
        }
    }

    /// The elements as numbers.
    ///
    /// # Errors
    /// If a finite element is beyond the range of `f32`.
    pub fn to_array(&self) -> Result<Array> {
        let values = match self.kind {
            Kind::U8 => self.data.iter().map(|&v| f32::from(v)).collect(),
            Kind::I8 => self.data.iter().map(|&v| f32::from(v as i8)).collect(),
            Kind::I16 => self.items().map(|b| f32::from(i16::from_be_bytes(b))).collect(),
            Kind::I32 => self.items().map(|b| i32::from_be_bytes(b) as f32).collect(),
            Kind::F32 => self.items().map(f32::from_be_bytes).collect(),
            Kind::F64 => self.narrowed()?,
        };
        Array::new(self.shape.clone(), values)
    }

    fn items<const N: usize>(&self) -> impl Iterator<Item = [u8; N]> {
        self.data.as_chunks::<N>().0.iter().copied()
    }

    fn narrowed(&self) -> Result<Vec<f32>> {
        let narrow = |(i, item): (usize, [u8; 8])| {
            let wide = f64::from_be_bytes(item);
            match wide as f32 {
                v if v.is_infinite() && wide.is_finite() => {
                    let problem = format!("element {i} is {wide:e}, beyond the range of f32");
                    Err(content(&self.name, problem))
                }
                v => Ok(v),
            }
        };
        self.items().enumerate().map(narrow).collect()
    }
}

/// Parses a file. The size that the header claims is checked against what the file can hold before
/// memory is allocated.
fn parse(file: &[u8], name: &Path) -> Result<Idx, String> {
    let longest = 4 + 4 * usize::from(AXES);
    let packed = gzip::is_gzip(file);
    let head = match packed {
        true => gzip::gunzip(file, longest as u64)?,
        false => file[..file.len().min(longest)].to_vec(),
    };
    let (kind, shape, start) = header(&head)?;
    let claimed = shape.iter().try_fold(kind.size(), |n, &d| n.checked_mul(d as u64));
    let needed = match claimed {
        Some(n) if n <= MOST => n,
        _ => {
            let n = claimed.map_or("more than 2^64".to_string(), |n| n.to_string());
            return Err(format!(
                "its header claims shape {shape:?}, {n} bytes; at most {MOST} are read"
            ));
        }
    };
    let whole = start as u64 + needed;
    let announced = format!("its header claims shape {shape:?}, {needed} bytes after byte {start}");
    let data = if packed {
        let most = gzip::most(file.len());
        if whole > most {
            let n = file.len();
            return Err(format!(
                "{announced}, but its {n} compressed bytes hold {most} at the most"
            ));
        }
        // One byte more than needed shows whether the file is longer.
        let mut data = gzip::gunzip(file, whole + 1)?;
        match data.len() as u64 {
            n if n > whole => return Err(format!("{announced}, and more follow")),
            n if n < whole => return Err(format!("{announced}, but it ends at byte {n}")),
            _ => data.drain(..start),
        };
        data
    } else {
        match file.len() as u64 {
            n if n == whole => file[start..].to_vec(),
            n => return Err(format!("{announced}, but it has {n} bytes instead of {whole}")),
        }
    };
    Ok(Idx { name: name.to_path_buf(), kind, shape, data })
}

/// The element type, the lengths of the axes, and the offset of the elements.
fn header(head: &[u8]) -> Result<(Kind, Vec<usize>, usize), String> {
    let Some((&[zero_1, zero_2, code, axes], rest)) = head.split_first_chunk::<4>() else {
        return Err(format!("it ends at byte {}, within the magic number", head.len()));
    };
    if (zero_1, zero_2) != (0, 0) {
        let otherwise = format!("it begins with {zero_1} and {zero_2} instead of two zeros");
        return Err(known::instead(head, "IDX file", &otherwise));
    }
    let kind = Kind::from_code(code).ok_or_else(|| {
        format!("byte 2 is {code:#04x}, which is no type of element (0x08, 0x09, 0x0b … 0x0e)")
    })?;
    if !(1..=AXES).contains(&axes) {
        return Err(format!("byte 3 claims {axes} axes; 1 to {AXES} are read"));
    }
    let axes = usize::from(axes);
    let lengths = rest.as_chunks::<4>().0;
    if lengths.len() < axes {
        let n = head.len();
        return Err(format!("it ends at byte {n}, within the lengths of its {axes} axes"));
    }
    let shape = lengths[..axes].iter().map(|b| u32::from_be_bytes(*b) as usize).collect();
    Ok((kind, shape, 4 + 4 * axes))
}

fn content(path: &Path, problem: String) -> Error {
    Error::Content { path: path.to_path_buf(), row: None, column: None, problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::gzip::gzip;

    fn file(code: u8, shape: &[u32], data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, code, shape.len() as u8];
        bytes.extend(shape.iter().flat_map(|d| d.to_be_bytes()));
        bytes.extend_from_slice(data);
        bytes
    }

    #[track_caller]
    fn refused(bytes: &[u8], parts: &[&str]) {
        let error = Idx::parse(bytes, "digits/train").unwrap_err().to_string();
        for part in parts.iter().chain(&["digits/train: "]) {
            assert!(error.contains(part), "'{error}' does not say '{part}'");
        }
    }

    #[test]
    fn every_type_is_read_compressed_or_not() {
        let cases: [(u8, Vec<u8>, f32); 6] = [
            (0x08, vec![200], 200.0),
            (0x09, vec![200], -56.0),
            (0x0b, (-300i16).to_be_bytes().to_vec(), -300.0),
            (0x0c, 70_000i32.to_be_bytes().to_vec(), 70_000.0),
            (0x0d, 1.5f32.to_be_bytes().to_vec(), 1.5),
            (0x0e, (-0.25f64).to_be_bytes().to_vec(), -0.25),
        ];
        for (code, item, value) in cases {
            let bytes = file(code, &[2, 1], &[item.clone(), item].concat());
            for bytes in [gzip(&bytes), bytes] {
                let array = Idx::parse(&bytes, "a").unwrap().to_array().unwrap();
                assert_eq!((array.shape(), array.data()), (&[2, 1][..], &[value; 2][..]));
            }
        }
        let wide = file(0x0e, &[1], &1e300f64.to_be_bytes());
        let error = Idx::parse(&wide, "a").unwrap().to_array().unwrap_err().to_string();
        assert!(error.contains("element 0 is 1e300"), "{error}");
        assert!(Idx::parse(&wide, "a").unwrap().bytes().unwrap_err().to_string().contains("F64"));
        assert_eq!(Idx::parse(&file(8, &[0, 28], &[]), "a").unwrap().shape(), [0, 28]);
    }

    #[test]
    fn headers_that_are_none() {
        refused(b"", &["ends at byte 0"]);
        refused(&[0, 0, 8], &["ends at byte 3", "magic"]);
        refused(b"PK\x03\x04", &["no IDX file", "a zip archive"]);
        refused(&[1, 2, 8, 1], &["no IDX file", "1 and 2"]);
        refused(&[0, 0, 10, 1, 0, 0, 0, 0], &["byte 2 is 0x0a"]);
        refused(&[0, 0, 8, 0], &["0 axes"]);
        refused(&[0, 0, 8, 255, 0, 0, 0, 0], &["255 axes"]);
        refused(&file(8, &[1, 1, 1], &[])[..14], &["ends at byte 14", "3 axes"]);
        refused(&gzip(&[0, 0, 8]), &["ends at byte 3"]);
    }

    #[test]
    fn too_few_or_too_many_elements() {
        let good = file(8, &[2, 3], &[1, 2, 3, 4, 5, 6]);
        refused(&good[..good.len() - 1], &["[2, 3]", "17 bytes instead of 18"]);
        refused(&[&good[..], &[0]].concat(), &["19 bytes instead of 18"]);
        refused(&gzip(&good[..good.len() - 1]), &["[2, 3]", "ends at byte 17"]);
        refused(&gzip(&[&good[..], &[0]].concat()), &["more follow"]);
        let packed = gzip(&good);
        refused(&packed[..packed.len() - 9], &["cannot be decompressed"]);
    }

    #[test]
    fn claims_are_checked_before_memory_is_taken() {
        // 2^40 elements, then more than 64 bits can count.
        let much = file(8, &[1 << 20, 1 << 20], &[0; 100]);
        refused(&much, &["1099511627776 bytes", "at most"]);
        refused(&gzip(&much), &["1099511627776 bytes"]);
        refused(&file(14, &[u32::MAX; 8], &[]), &["more than 2^64"]);
        // Within the limit, but not what a file of this size can hold.
        let large = file(8, &[1 << 16, 1 << 15], &[0; 100]);
        refused(&large, &["2147483648 bytes", "has 112 bytes"]);
        refused(&gzip(&large), &["2147483648 bytes", "at the most"]);
    }

    #[test]
    fn a_gzip_bomb_ends_where_its_header_says() {
        let bomb = file(8, &[10], &vec![0; 50_000_000]);
        refused(&gzip(&bomb), &["[10]", "more follow"]);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read_idx("/no/such/digits").unwrap_err().to_string();
        assert!(error.contains("/no/such/digits"), "{error}");
    }
}
