//! Folders of chest X-rays: a person's own, or the sample of a checkout.

use super::LUNGS as CLASSES;
use crate::error::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The parts, each a folder with a folder for each class.
pub(super) const PARTS: [&str; 3] = ["train", "val", "test"];
/// How many files the set has of each class in each part.
pub(super) const COUNTS: [[usize; 2]; 3] = [[1341, 3875], [8, 8], [234, 390]];
/// The folder of the sample in a data folder.
pub(super) const SAMPLE: &str = "chest-xray-sample";
/// How many files the sample has of each class in each part.
pub(super) const SAMPLE_COUNTS: [[usize; 2]; 3] = [[140, 404], [8, 8], [78, 130]];

/// The folder with the parts, under one of the names that it has when it is unpacked.
pub(super) fn find(root: &Path) -> Option<PathBuf> {
    let names = ["chest-xray", "chest_xray", "chest-xray/chest_xray"];
    names.iter().map(|name| root.join(name)).find(|folder| is_whole(folder))
}

/// The folder of the sample, in this data folder or the checkout's.
pub(super) fn find_sample(root: &Path, checkout: Option<PathBuf>) -> Option<PathBuf> {
    let roots = [Some(root.to_path_buf()), checkout];
    roots.into_iter().flatten().map(|root| root.join(SAMPLE)).find(|folder| is_whole(folder))
}

fn is_whole(folder: &Path) -> bool {
    PARTS.iter().all(|part| CLASSES.iter().all(|class| folder.join(part).join(class).is_dir()))
}

pub(super) fn folder(root: &Path) -> Result<PathBuf> {
    find(root).ok_or_else(|| {
        missing(
            root.join("chest-xray"),
            "They cannot be fetched, since Kaggle gives them only to people with an account: get \
             `paultimothymooney/chest-xray-pneumonia` there and put its",
            "; datasets::chest_xray_quick() is a sample of them that comes with the checkout",
        )
    })
}

pub(super) fn sample(root: &Path, checkout: Option<PathBuf>) -> Result<PathBuf> {
    find_sample(root, checkout).ok_or_else(|| {
        missing(
            root.join(SAMPLE),
            "They come with a checkout of dfdx-lab, in data/chest-xray-sample: run inside it, or put \
             its",
            "",
        )
    })
}

fn missing(path: PathBuf, how: &str, or: &str) -> Error {
    let (parts, classes) = (PARTS.join(", "), CLASSES.join(" and "));
    let problem = format!(
        "the chest X-rays are not there, or not all of their folders. {how} folders {parts} into \
         this one, each with its folders {classes}{or}"
    );
    Error::Content { path, row: None, column: None, problem }
}

/// How many files each part has of each class; hidden ones do not count.
pub(super) fn counts(folder: &Path) -> Result<[[usize; 2]; 3]> {
    let mut counts = [[0; 2]; 3];
    for (row, part) in counts.iter_mut().zip(PARTS) {
        for (count, class) in row.iter_mut().zip(CLASSES) {
            let folder = folder.join(part).join(class);
            let entries = fs::read_dir(&folder).map_err(|e| Error::io(&folder, e))?;
            let seen = |entry: &fs::DirEntry| !entry.file_name().to_string_lossy().starts_with('.');
            *count = entries.flatten().filter(seen).count();
        }
    }
    Ok(counts)
}
