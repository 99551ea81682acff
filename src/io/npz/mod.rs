//! NumPy's .npz archives: named .npy files in a zip, as `numpy.savez` and `numpy.savez_compressed`
//! write them.
//!
//! An archive is not trusted. Nothing is unpacked to disk; names that would lead out of a folder,
//! two members of one name, encrypted members and pickled objects are refused; and no more of a
//! member is unpacked than its own header announces.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};

use zip::read::ZipFile;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::atomic::write_atomic;
use super::{known, npy};
use crate::array::Array;
use crate::error::{Error, Result};

/// Deflate's best compression, 258 bytes in 2 bits or 1032 to 1; a greater claim is false.
const RATIO: u64 = 1032;
/// Overhead that a deflate stream may have.
const SLACK: u64 = 1024;
/// Bytes of a file that are read to recognise its kind.
const LOOKED_AT: u64 = 512;
/// Most names that an error lists.
const LISTED: usize = 20;

/// An .npz archive, which reads each array when it is asked for.
///
/// ```
/// use dfdx_lab::{Array, io::npz::{load_npz, save_npz}};
/// # let folder = std::env::temp_dir().join(format!("dfdx-lab-npz-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("arrays.npz");
/// let weights = Array::new([2, 2], vec![1.0, 2.0, 3.0, 4.0])?;
/// save_npz(&path, [("weights", &weights)])?; // numpy.load(path)["weights"]
/// let archive = load_npz(&path)?;
/// assert_eq!(archive.names(), ["weights"]);
/// assert_eq!(archive.array("weights")?, weights);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Npz {
    path: PathBuf,
    /// The members' names as in the archive.
    members: Vec<String>,
}

/// Opens an .npz archive and reads its list of arrays.
///
/// # Errors
/// If the file cannot be read, is not a complete zip archive, or has a member that is encrypted,
/// whose name would lead out of a folder, or whose name occurs twice.
pub fn load_npz(path: impl AsRef<Path>) -> Result<Npz> {
    let path = path.as_ref();
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut archive = open(&path)?;
    if archive.has_duplicate_names() {
        return Err(content(&path, "two of its members have the same name"));
    }
    let mut members: Vec<String> = Vec::with_capacity(archive.len());
    for i in 0..archive.len() {
        let entry = archive.by_index_raw(i).map_err(|e| broken(&path, &e))?;
        let name = entry.name().map_err(|e| broken(&path, &e))?.into_owned();
        let problem = match () {
            () if !stays_inside(&name) => "its name would lead out of a folder",
            () if entry.encrypted() => "it is encrypted; only plain archives are read",
            () => {
                members.push(name);
                continue;
            }
        };
        return Err(member_error(&path, &name, problem));
    }
    let mut plain: Vec<&str> = members.iter().map(|m| stem(m)).collect();
    plain.sort_unstable();
    if let Some(pair) = plain.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(member_error(&path, pair[0], "the name occurs twice in the archive"));
    }
    Ok(Npz { path, members })
}

/// Writes arrays as `float32` under their names, uncompressed, as `numpy.savez` does.
///
/// # Errors
/// If a name is given twice or would lead out of a folder, or the file cannot be written.
pub fn save_npz<'a, S: AsRef<str>>(
    path: impl AsRef<Path>,
    arrays: impl IntoIterator<Item = (S, &'a Array)>,
) -> Result<()> {
    let path = path.as_ref();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut names: Vec<String> = Vec::new();
    for (name, array) in arrays {
        let name = stem(name.as_ref());
        if !stays_inside(name) || names.iter().any(|n| n == name) {
            let expected = "a relative path without '..' that is given once";
            return Err(Error::argument("save_npz: a name", format!("'{name}'"), expected));
        }
        let bytes = npy::written(array);
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(bytes.len() as u64 > u64::from(u32::MAX));
        zip.start_file(format!("{name}.npy"), options).map_err(|e| broken(path, &e))?;
        zip.write_all(&bytes).map_err(|e| Error::io(path, e))?;
        names.push(name.to_string());
    }
    let bytes = zip.finish().map_err(|e| broken(path, &e))?.into_inner();
    write_atomic(path, &bytes)
}

impl Npz {
    /// The arrays' names, without ".npy", in the archive's order.
    pub fn names(&self) -> Vec<String> {
        self.members.iter().map(|m| stem(m).to_string()).collect()
    }

    /// Reads an array of numbers, by its name with or without ".npy": floats of 2, 4 or 8
    /// bytes, integers, truth values, of either byte order, row- or column-major. Values become the
    /// nearest `f32`.
    ///
    /// # Errors
    /// If there is no such array; if it is damaged, or larger or smaller than its header announces;
    /// if it holds text or pickled objects, or a finite value beyond the range of `f32`. The error
    /// names the file and the member.
    pub fn array(&self, name: &str) -> Result<Array> {
        self.read(name, npy::numbers)
    }

    /// Reads an array of `uint8`, such as images, without conversion: shape and elements,
    /// row-major.
    ///
    /// # Errors
    /// As [`array`](Self::array), and if the elements are of another type.
    pub fn bytes(&self, name: &str) -> Result<(Vec<usize>, Vec<u8>)> {
        self.read(name, npy::bytes)
    }

    /// Reads an array of unicode strings, of any shape in row-major order.
    ///
    /// # Errors
    /// As [`array`](Self::array), and if the elements are not strings.
    pub fn strings(&self, name: &str) -> Result<Vec<String>> {
        self.read(name, npy::strings)
    }

    fn read<T>(&self, name: &str, take: fn(&[u8]) -> Result<T, String>) -> Result<T> {
        let Some(member) = self.members.iter().find(|m| stem(m) == stem(name)) else {
            let names: Vec<String> =
                self.members.iter().take(LISTED).map(|m| format!("'{}'", stem(m))).collect();
            let more = if self.members.len() > LISTED { ", …" } else { "" };
            let problem = format!("there is no such array; it holds {}{more}", names.join(", "));
            return Err(member_error(&self.path, name, &problem));
        };
        let mut archive = open(&self.path)?;
        let wrong = |problem: String| member_error(&self.path, member, &problem);
        let file = archive.by_name(member).map_err(|e| wrong(e.to_string()))?;
        let bytes = unpacked(file).map_err(wrong)?;
        take(&bytes).map_err(wrong)
    }
}

/// The bytes of a member: as many as its own header announces, and one more if there are more, so
/// that the parser notices.
fn unpacked<R: Read>(mut file: ZipFile<'_, R>) -> Result<Vec<u8>, String> {
    let damaged = |e: std::io::Error| format!("it cannot be unpacked: {e}");
    let (size, packed) = (file.size(), file.compressed_size());
    let mut bytes = Vec::new();
    file.by_ref().take(npy::PREFIX as u64).read_to_end(&mut bytes).map_err(damaged)?;
    let announced = npy::announced(&bytes)?;
    if announced as u64 != size || size > packed.saturating_mul(RATIO).saturating_add(SLACK) {
        return Err(format!(
            "its header announces {announced} bytes, the archive {size} unpacked from {packed}"
        ));
    }
    let rest = announced.saturating_sub(bytes.len());
    let no_memory = |_| format!("there is no memory for its {announced} bytes");
    bytes.try_reserve_exact(rest).map_err(no_memory)?;
    file.take(rest as u64 + 1).read_to_end(&mut bytes).map_err(damaged)?;
    Ok(bytes)
}

fn open(path: &Path) -> Result<ZipArchive<BufReader<File>>> {
    let mut file = File::open(path).map_err(|e| Error::io(path, e))?;
    let mut start = Vec::new();
    let read = (&file).take(LOOKED_AT).read_to_end(&mut start);
    read.and_then(|_| file.rewind()).map_err(|e| Error::io(path, e))?;
    let kind = match start.starts_with(b"PK") {
        true => known::other_archive(&start),
        false => known::what(&start),
    };
    if let Some(kind) = kind {
        return Err(content(path, format!("it is no .npz archive: it is {kind}")));
    }
    ZipArchive::new(BufReader::new(file)).map_err(|e| broken(path, &e))
}

/// A member's name without ".npy", as in NumPy.
fn stem(name: &str) -> &str {
    name.strip_suffix(".npy").unwrap_or(name)
}

/// Whether the name is a relative path without "..", on every platform.
pub(super) fn stays_inside(name: &str) -> bool {
    let drive = name.as_bytes().get(1) == Some(&b':');
    let parts_are_names = name.split('/').all(|part| !matches!(part, "" | "." | ".."));
    parts_are_names && !drive && !name.contains(['\\', '\0'])
}

fn content(path: &Path, problem: impl Into<String>) -> Error {
    Error::Content { path: path.to_path_buf(), row: None, column: None, problem: problem.into() }
}

fn member_error(path: &Path, member: &str, problem: &str) -> Error {
    content(path, format!("'{member}': {problem}"))
}

fn broken(path: &Path, error: &ZipError) -> Error {
    match error {
        ZipError::Io(e) if e.kind() != std::io::ErrorKind::UnexpectedEof => {
            content(path, format!("the archive cannot be read: {e}"))
        }
        e => content(path, format!("it is no complete .npz archive: {e}")),
    }
}

#[cfg(test)]
mod tests;
