//! Atomic file writes: complete or not at all.

use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The ending of a file that is being written.
const PART: &str = ".part";

/// Writes a file next to `path`, waits until the bytes are on the disk, and renames it: after a
/// crash at any moment `path` holds the old bytes or the new ones. A missing folder is created.
pub(crate) fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|e| Error::io(path, e))?;
    }
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut part = path.as_os_str().to_owned();
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    part.push(format!(".{}-{number}{PART}", std::process::id()));
    let part = PathBuf::from(part);
    let written = File::create(&part)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&part, path))
        .and_then(|()| sync_folder(path));
    written.map_err(|e| {
        let _ = fs::remove_file(&part);
        Error::io(path, e)
    })
}

/// Removes partial files that a killed process left while writing to `path`.
pub(crate) fn remove_parts(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let file = entry.file_name();
        let (file, name) = (file.to_string_lossy(), name.to_string_lossy());
        if file.starts_with(&*name) && file.ends_with(PART) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Syncs the folder, without which a rename may be lost; Windows cannot open a folder.
#[cfg(unix)]
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
