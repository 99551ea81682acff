//! NumPy's .npy files: arrays of numbers and of text, written so that `numpy.load` reads them.
//!
//! The format is described in `numpy.lib.format`: a magic string, a version, and a header that is a
//! Python dictionary of type, order and shape. Objects (pickles) are refused, because reading one
//! runs the code in it.

mod header;

use std::path::Path;

use crate::array::Array;
use crate::error::{Error, Result};
use crate::io::atomic::write_atomic;
use header::{Header, Kind};

/// Writes text as a one-dimensional NumPy array of unicode strings (`<U1` for single letters).
///
/// # Errors
/// If the file cannot be written.
///
/// ```
/// use dfdx_lab::io::npy::{load_npy_strings, save_npy_strings};
/// # let folder = std::env::temp_dir().join(format!("dfdx-lab-npy-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("test_pred.npy");
/// save_npy_strings(&path, ["w", "n", "r"])?; // numpy.load: array(['w', 'n', 'r'], dtype='<U1')
/// assert_eq!(load_npy_strings(&path)?, ["w", "n", "r"]);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn save_npy_strings<S: AsRef<str>>(
    path: impl AsRef<Path>,
    strings: impl IntoIterator<Item = S>,
) -> Result<()> {
    let strings: Vec<Vec<char>> =
        strings.into_iter().map(|s| s.as_ref().chars().collect()).collect();
    // NumPy has no strings of length 0.
    let width = strings.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let mut bytes = header::write(&format!("<U{width}"), &[strings.len()]);
    bytes.reserve(strings.len() * width * 4);
    for s in &strings {
        for i in 0..width {
            let c = s.get(i).map_or(0, |&c| u32::from(c));
            bytes.extend_from_slice(&c.to_le_bytes());
        }
    }
    write_atomic(path.as_ref(), &bytes)
}

/// Reads a NumPy array of unicode strings, of any shape in row-major order.
///
/// # Errors
/// If the file cannot be read, is not an .npy file of strings, or is shorter or longer than its
/// header says.
pub fn load_npy_strings(path: impl AsRef<Path>) -> Result<Vec<String>> {
    read(path.as_ref(), strings)
}

impl Array {
    /// Writes the array as a NumPy file of `float32`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save_npy(&self, path: impl AsRef<Path>) -> Result<()> {
        write_atomic(path.as_ref(), &written(self))
    }

    /// Reads a NumPy file of numbers: floats of 2, 4 or 8 bytes, integers, truth values, of either
    /// byte order, row- or column-major. Values become the nearest `f32`.
    ///
    /// # Errors
    /// If the file cannot be read, is not an .npy file of numbers, is shorter or longer than its
    /// header says, or holds a finite value beyond the range of `f32`.
    pub fn load_npy(path: impl AsRef<Path>) -> Result<Array> {
        read(path.as_ref(), numbers)
    }
}

/// The bytes of a file of the array as `float32`.
pub(super) fn written(array: &Array) -> Vec<u8> {
    let mut bytes = header::write("<f4", array.shape());
    bytes.extend(array.data().iter().flat_map(|v| v.to_le_bytes()));
    bytes
}

/// Reads and parses a whole file; errors name the file.
fn read<T>(path: &Path, take: fn(&[u8]) -> Result<T, String>) -> Result<T> {
    let bytes = std::fs::read(path).map_err(|e| Error::io(path, e))?;
    take(&bytes).map_err(|problem| content(path, problem))
}

/// Most bytes before the data.
pub(super) const PREFIX: usize = header::PREFIX;

/// The length of a file by its header, from its first [`PREFIX`] bytes.
pub(super) fn announced(prefix: &[u8]) -> Result<usize, String> {
    let (header, data) = header::read(prefix)?;
    let whole = header.bytes().and_then(|n| n.checked_add(prefix.len() - data.len()));
    whole.ok_or_else(|| format!("its shape {:?} is more than memory has", header.shape))
}

/// The strings of a file with exactly these bytes.
pub(super) fn strings(bytes: &[u8]) -> Result<Vec<String>, String> {
    let (header, data) = split(bytes)?;
    if header.kind != Kind::Unicode {
        return Err(format!("it holds {}, not strings", header.descr));
    }
    if header.fortran && header.shape.len() > 1 {
        let problem = "its strings are in Fortran order; numpy.ascontiguousarray converts them";
        return Err(problem.to_string());
    }
    let width = header.size;
    if width == 0 {
        return Err("it holds strings of length 0, which NumPy does not write".to_string());
    }
    let read = |item: &[u8]| -> Option<String> {
        let codes = item.as_chunks::<4>().0.iter().map(|c| match header.big_endian {
            true => u32::from_be_bytes(*c),
            false => u32::from_le_bytes(*c),
        });
        let text = codes.map(char::from_u32).collect::<Option<String>>()?;
        Some(text.trim_end_matches('\0').to_string())
    };
    let bad = |i| format!("string {i} holds an invalid character code");
    data.chunks_exact(width).enumerate().map(|(i, item)| read(item).ok_or_else(|| bad(i))).collect()
}

/// The numbers of a file with exactly these bytes, as `f32`.
pub(super) fn numbers(bytes: &[u8]) -> Result<Array, String> {
    let (header, data) = split(bytes)?;
    if header.kind == Kind::Unicode {
        return Err("it holds strings; load_npy_strings reads them".to_string());
    }
    let mut values = Vec::with_capacity(header.count);
    for (i, item) in data.chunks_exact(header.size).enumerate() {
        let v = header.number(item);
        let narrow = v as f32;
        if narrow.is_infinite() && v.is_finite() {
            return Err(format!("element {i} is {v:e}, beyond the range of f32"));
        }
        values.push(narrow);
    }
    if header.fortran {
        values = transposed(&values, &header.shape);
    }
    Array::new(header.shape, values).map_err(|e| e.to_string())
}

/// Shape and elements, row-major, of a file of `uint8` with exactly these bytes.
pub(super) fn bytes(bytes: &[u8]) -> Result<(Vec<usize>, Vec<u8>), String> {
    let (header, data) = split(bytes)?;
    if header.kind != Kind::Unsigned || header.size != 1 {
        return Err(format!("it holds elements of type '{}', not uint8 ('|u1')", header.descr));
    }
    let data = match header.fortran {
        true => transposed(data, &header.shape),
        false => data.to_vec(),
    };
    Ok((header.shape, data))
}

/// Converts column-major elements to row-major order.
fn transposed<T: Copy>(values: &[T], shape: &[usize]) -> Vec<T> {
    let mut strides = vec![1; shape.len()];
    for i in 1..shape.len() {
        strides[i] = strides[i - 1] * shape[i - 1];
    }
    let mut place = vec![0; shape.len()];
    let mut out = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        out.push(values[place.iter().zip(&strides).map(|(p, s)| p * s).sum::<usize>()]);
        for axis in (0..shape.len()).rev() {
            place[axis] += 1;
            if place[axis] < shape[axis] {
                break;
            }
            place[axis] = 0;
        }
    }
    out
}

/// The header and exactly the data it announces.
fn split(bytes: &[u8]) -> Result<(Header, &[u8]), String> {
    let (header, data) = header::read(bytes)?;
    // The header only claims a size; nothing is allocated before the file is found to have it.
    let needed = header.bytes();
    if needed != Some(data.len()) {
        let claimed = needed.map_or("more than memory has".to_string(), |n| n.to_string());
        return Err(format!(
            "the header announces {} of shape {:?}, {claimed} bytes, and {} follow",
            header.descr,
            header.shape,
            data.len()
        ));
    }
    Ok((header, data))
}

fn content(path: &Path, problem: String) -> Error {
    Error::Content { path: path.to_path_buf(), row: None, column: None, problem }
}

#[cfg(test)]
mod tests;
