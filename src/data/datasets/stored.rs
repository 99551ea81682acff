//! Files of a set that are on this machine already.

use super::catalogue::{Files, Item};
use super::digest::{Sum, sha256};
use crate::error::{Error, Result};
use crate::io::gzip;
use std::path::{Path, PathBuf};

/// Where a file of a set is: in the set's own folder, else in one of the others that may have it.
pub(super) fn find(files: &Files, item: &Item, folder: &Path) -> Option<PathBuf> {
    let elsewhere = files.elsewhere.iter().flat_map(|other| places(item, other));
    places(item, folder).into_iter().chain(elsewhere).find(|path| path.is_file())
}

/// The paths at which a folder may have the file.
pub(super) fn places(item: &Item, folder: &Path) -> Vec<PathBuf> {
    let plain = folder.join(&item.name);
    if item.gzip { vec![plain, folder.join(item.published())] } else { vec![plain] }
}

/// A file's content: read, decompressed and known to be the right one.
pub(super) fn read(item: &Item, path: &Path) -> Result<Vec<u8>, String> {
    let length = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
    if length > item.most_stored() {
        let most = item.most_stored();
        return Err(format!("it has {length} bytes, and the right file at most {most}"));
    }
    checked(item, std::fs::read(path).map_err(|e| e.to_string())?)
}

/// The content of a file that is in memory, if it is the right one.
pub(super) fn checked(item: &Item, file: Vec<u8>) -> Result<Vec<u8>, String> {
    let content = match item.gzip && gzip::is_gzip(&file) {
        true => gzip::gunzip(&file, item.most + 1)?,
        false => file,
    };
    if item.sums.iter().any(|sum| sum.is_of(&content)) {
        return Ok(content);
    }
    let (n, found) = (content.len(), sha256(&content));
    let wanted: Vec<String> = item.sums.iter().map(Sum::to_string).collect();
    let wanted = wanted.join(" or ");
    Err(format!("it is not the right file: its {n} bytes have sha256 {found} instead of {wanted}"))
}

/// The content of all files of a set, in the catalogue's order, if all are there.
pub(super) fn read_all(name: &str, files: &Files, folder: &Path) -> Result<Option<Vec<Vec<u8>>>> {
    let mut contents = Vec::new();
    for item in &files.items {
        let Some(path) = find(files, item, folder) else { return Ok(None) };
        let content = read(item, &path).map_err(|problem| {
            let advice = format!("; `cargo lab data fetch {name}` fetches it anew");
            Error::Content { path, row: None, column: None, problem: problem + &advice }
        })?;
        contents.push(content);
    }
    Ok(Some(contents))
}
