//! Keras' `.keras` archives: a zip of `metadata.json`, the architecture in `config.json` and the
//! weights in `model.weights.h5`.
//!
//! An archive is not trusted: nothing is unpacked to disk, names that would lead out of a folder
//! and encrypted members are refused, and no more is unpacked than the archive can hold.

use super::atomic::write_atomic;
use super::gzip;
use crate::error::{Error, Result};
use std::io::{Cursor, Read, Write};
use std::path::Path;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

const METADATA: &str = "metadata.json";
const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.weights.h5";
/// Largest text of an architecture; a model of a thousand layers takes 1 MB.
const TEXT: u64 = 64 << 20;
/// Most names that an error lists.
const LISTED: usize = 20;
/// The version of Keras whose format is written.
pub(crate) const KERAS_VERSION: &str = "3.15.1";

/// The contents of an archive.
pub(crate) struct KerasArchive {
    /// The architecture, JSON.
    pub config: String,
    /// The weights, an HDF5 file.
    pub weights: Vec<u8>,
}

/// Whether these bytes begin like a zip archive.
pub(crate) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Whether these bytes are an archive with a member that only Keras' archives have.
pub(crate) fn is_keras(bytes: &[u8]) -> bool {
    let archive = is_zip(bytes).then(|| ZipArchive::new(Cursor::new(bytes)).ok()).flatten();
    archive.is_some_and(|a| a.file_names().flatten().any(|name| name == CONFIG || name == WEIGHTS))
}

/// Unpacks an archive; `path` is for errors.
pub(crate) fn unpack(path: &Path, bytes: &[u8]) -> Result<KerasArchive> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(path, &e))?;
    for i in 0..archive.len() {
        let entry = archive.by_index_raw(i).map_err(|e| broken(path, &e))?;
        let name = entry.name().map_err(|e| broken(path, &e))?.into_owned();
        if !super::npz::stays_inside(name.trim_end_matches('/')) {
            return Err(content(path, format!("'{name}': its name would lead out of a folder")));
        }
        if entry.encrypted() {
            return Err(content(path, format!("'{name}': it is encrypted")));
        }
    }
    if archive.has_duplicate_names() {
        return Err(content(path, "two of its members have the same name"));
    }
    let config = member(path, &mut archive, CONFIG, TEXT)?;
    let config = String::from_utf8(config)
        .map_err(|_| content(path, format!("'{CONFIG}': it is not UTF-8 text")))?;
    let weights = member(path, &mut archive, WEIGHTS, u64::MAX)?;
    Ok(KerasArchive { config, weights })
}

/// The bytes of a member, at most `most`.
fn member(
    path: &Path,
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
    most: u64,
) -> Result<Vec<u8>> {
    let names = archive.file_names().flatten().take(LISTED);
    let there = names.map(|n| format!("'{n}'")).collect::<Vec<_>>();
    let wrong = |problem: String| content(path, format!("'{name}': {problem}"));
    let file = archive.by_name(name).map_err(|e| match e {
        ZipError::FileNotFound => content(
            path,
            format!(
                "it is no Keras model (.keras): it has no {name}; it holds {}",
                there.join(", ")
            ),
        ),
        e => wrong(e.to_string()),
    })?;
    let (size, packed) = (file.size(), file.compressed_size());
    let packed = usize::try_from(packed).unwrap_or(usize::MAX);
    if size > most || size > gzip::most(packed).saturating_add(1024) {
        return Err(wrong(format!("it claims {size} bytes, unpacked from {packed}")));
    }
    let mut bytes = Vec::new();
    let length = usize::try_from(size).unwrap_or(usize::MAX);
    let reserved = bytes.try_reserve_exact(length);
    reserved.map_err(|_| wrong(format!("there is no memory for its {size} bytes")))?;
    let read = file.take(size.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|e| wrong(format!("it cannot be unpacked: {e}")))?;
    match bytes.len() == length {
        true => Ok(bytes),
        false => Err(wrong(format!("it claims {size} bytes and has {}", bytes.len()))),
    }
}

/// Writes an archive atomically, uncompressed as Keras does.
pub(crate) fn write(path: &Path, config: &str, weights: &[u8]) -> Result<()> {
    let metadata = format!("{{\"keras_version\": \"{KERAS_VERSION}\"}}");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let members =
        [(METADATA, metadata.as_bytes()), (CONFIG, config.as_bytes()), (WEIGHTS, weights)];
    for (name, bytes) in members {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(bytes.len() as u64 > u64::from(u32::MAX));
        zip.start_file(name, options).map_err(|e| broken(path, &e))?;
        zip.write_all(bytes).map_err(|e| Error::io(path, e))?;
    }
    let bytes = zip.finish().map_err(|e| broken(path, &e))?.into_inner();
    write_atomic(path, &bytes)
}

fn content(path: &Path, problem: impl Into<String>) -> Error {
    Error::Content { path: path.to_path_buf(), row: None, column: None, problem: problem.into() }
}

fn broken(path: &Path, error: &ZipError) -> Error {
    content(path, format!("it is no complete Keras model (.keras): {error}"))
}
