//! Sets of pictures from the bytes of their files.

use super::catalogue::{Files, Item};
use super::{fetch, stored};
use crate::array::Array;
use crate::data::{Dataset, ImageData};
use crate::error::{Error, Result};
use crate::io::idx::Idx;
use crate::io::npz::{Npz, load_npz};
use std::path::Path;

/// A set of four IDX files, fetched if it is not there.
pub(super) fn of_idx(
    name: &str,
    files: &Files,
    root: &Path,
    classes: &[&str],
) -> Result<ImageData> {
    let folder = root.join(name);
    let contents = match stored::read_all(name, files, &folder)? {
        Some(contents) => contents,
        None => {
            fetch::fetch(name, files, &folder, false)?;
            stored::read_all(name, files, &folder)?.unwrap_or_default()
        }
    };
    let mut parsed = Vec::new();
    for (content, item) in contents.into_iter().zip(&files.items) {
        parsed.push(Idx::parse(&content, folder.join(&item.name))?);
    }
    let Ok([train, train_labels, test, test_labels]) = <[Idx; 4]>::try_from(parsed) else {
        return Err(content(&folder, "four files were expected".to_string()));
    };
    Ok(ImageData::new(
        part(&train, &train_labels, classes)?,
        None,
        part(&test, &test_labels, classes)?,
    ))
}

/// A part of a set from two files that come with the library: pictures and labels.
pub(super) fn embedded(name: &str, files: [&[u8]; 2], classes: &[&str]) -> Result<Dataset> {
    let [pictures, labels] = files.map(|file| Idx::parse(file, name));
    part(&pictures?, &labels?, classes)
}

fn part(pictures: &Idx, labels: &Idx, classes: &[&str]) -> Result<Dataset> {
    let labels = labels.bytes()?.iter().map(|&label| usize::from(label)).collect();
    grey(pictures.shape(), pictures.bytes()?, labels, classes)
}

/// Grey pictures with an axis for their one channel.
pub(super) fn grey(
    shape: &[usize],
    bytes: &[u8],
    labels: Vec<usize>,
    classes: &[&str],
) -> Result<Dataset> {
    let &[n, height, width] = shape else {
        return Err(Error::shape("pictures", shape, "(pictures, height, width) was expected"));
    };
    let x = bytes.iter().map(|&byte| f32::from(byte)).collect();
    Dataset::new(Array::new([n, height, width, 1], x)?, labels, classes.iter().copied())
}

/// The three parts of a set of MedMNIST's layout, fetched if it is not there.
pub(super) fn of_npz(
    name: &str,
    files: &Files,
    root: &Path,
    classes: &[&str],
) -> Result<ImageData> {
    let folder = root.join(name);
    if stored::read_all(name, files, &folder)?.is_none() {
        fetch::fetch(name, files, &folder, false)?;
    }
    let found = |item: &Item| stored::find(files, item, &folder);
    let Some(path) = files.items.first().and_then(found) else {
        return Err(content(&folder, "a file was expected".to_string()));
    };
    let archive = load_npz(&path)?;
    Ok(ImageData::new(
        npz_part(&archive, "train", classes)?,
        npz_part(&archive, "val", classes)?,
        npz_part(&archive, "test", classes)?,
    ))
}

fn npz_part(archive: &Npz, part: &str, classes: &[&str]) -> Result<Dataset> {
    let (shape, pictures) = archive.bytes(&format!("{part}_images"))?;
    let (_, labels) = archive.bytes(&format!("{part}_labels"))?;
    grey(&shape, &pictures, labels.into_iter().map(usize::from).collect(), classes)
}

fn content(path: &Path, problem: String) -> Error {
    Error::Content { path: path.to_path_buf(), row: None, column: None, problem }
}
