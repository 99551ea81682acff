//! The kind of a file, and its bytes.

use crate::error::{Error, Result};
use crate::io::{hdf5, keras_archive};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The kind of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::train) enum Form {
    /// Keras' archive.
    Archive,
    /// HDF5: weights alone, or a model of Keras 2.
    Weights,
    /// Another zip archive, as NumPy's are.
    Arrays,
    /// Something else.
    Other,
}

impl Form {
    /// The kind of a file; reads more than its first bytes only for a zip archive.
    pub fn of_file(path: &Path) -> Result<Self> {
        let io = |e| Error::io(path, e);
        let mut start = Vec::new();
        File::open(path).map_err(io)?.take(8).read_to_end(&mut start).map_err(io)?;
        match Form::of(&start) {
            Form::Arrays => Ok(Form::of(&whole(path)?)),
            form => Ok(form),
        }
    }

    pub fn of(bytes: &[u8]) -> Self {
        match () {
            () if bytes.starts_with(&hdf5::MAGIC) => Form::Weights,
            () if keras_archive::is_keras(bytes) => Form::Archive,
            () if keras_archive::is_zip(bytes) => Form::Arrays,
            () => Form::Other,
        }
    }
}

/// All bytes of a file.
///
/// # Errors
/// If the file cannot be read, or there is no memory for it.
pub(in crate::train) fn whole(path: &Path) -> Result<Vec<u8>> {
    let io = |e| Error::io(path, e);
    let mut file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let mut bytes = Vec::new();
    let reserved = usize::try_from(length).ok().and_then(|n| bytes.try_reserve_exact(n).ok());
    if reserved.is_none() {
        let problem = format!("there is no memory for its {length} bytes");
        return Err(content(path, problem));
    }
    file.read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

pub(super) fn content(path: &Path, problem: impl Into<String>) -> Error {
    Error::Content { path: path.to_path_buf(), row: None, column: None, problem: problem.into() }
}

/// The error with the file's path.
pub(super) fn in_file(path: &Path, error: Error) -> Error {
    match error {
        Error::Content { .. } | Error::Io { .. } => error,
        other => content(path, other.to_string()),
    }
}
