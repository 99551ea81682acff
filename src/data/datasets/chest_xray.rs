//! Folders of chest X-rays: a person's own, or drawn ones.

use super::cache;
use super::stand_in::{self, CLASSES};
use crate::error::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The parts, each a folder with a folder for each class.
pub(super) const PARTS: [&str; 3] = ["train", "val", "test"];
/// How many files the set has of each class in each part.
pub(super) const COUNTS: [[usize; 2]; 3] = [[1341, 3875], [8, 8], [234, 390]];
/// How many drawn pictures of each class the quick set has: the published shares.
pub(super) const QUICK: [[usize; 2]; 3] = [[40, 116], [16, 16], [24, 40]];
/// Height and width of the drawn pictures.
const SIZE: [usize; 2] = [112, 128];
/// Changes whenever the drawn pictures do.
const VERSION: u32 = 1;

/// The folder with the parts, under one of the names that it has when it is unpacked.
pub(super) fn find(root: &Path) -> Option<PathBuf> {
    let names = ["chest-xray", "chest_xray", "chest-xray/chest_xray"];
    let whole = |folder: &PathBuf| {
        PARTS.iter().all(|part| CLASSES.iter().all(|class| folder.join(part).join(class).is_dir()))
    };
    names.iter().map(|name| root.join(name)).find(whole)
}

pub(super) fn folder(root: &Path) -> Result<PathBuf> {
    find(root).ok_or_else(|| Error::Content {
        path: root.join("chest-xray"),
        row: None,
        column: None,
        problem: format!(
            "the chest X-rays are not there, or not all of their folders. They cannot be fetched, \
             since Kaggle gives them only to people with an account: get \
             `paultimothymooney/chest-xray-pneumonia` there and put its folders {} into this one, \
             each with its folders {}; datasets::chest_xray_quick() needs no files",
            PARTS.join(", "),
            CLASSES.join(" and ")
        ),
    })
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

/// The folder of the drawn pictures, which are written if they are not there.
pub(super) fn quick(folder: Option<&Path>) -> Result<PathBuf> {
    let target = cache::writable(folder)?.join(format!("chest-xray-quick-{VERSION}"));
    if target.is_dir() {
        return Ok(target);
    }
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let making = target.with_extension(format!("{}-{number}.part", std::process::id()));
    let written = write_quick(&making).and_then(|()| match fs::rename(&making, &target) {
        // Another process was faster: its pictures are the same.
        Err(_) if target.is_dir() => Ok(()),
        other => other.map_err(|e| Error::io(&target, e)),
    });
    let _ = fs::remove_dir_all(&making);
    written.map(|()| target)
}

fn write_quick(to: &Path) -> Result<()> {
    let [height, width] = SIZE;
    for (stream, (part, counts)) in PARTS.iter().zip(QUICK).enumerate() {
        let folders = CLASSES.map(|class| to.join(part).join(class));
        for folder in &folders {
            fs::create_dir_all(folder).map_err(|e| Error::io(folder, e))?;
        }
        let pictures = stand_in::pictures(counts, height, width, 10 + stream as u64);
        for (i, picture) in pictures.iter().enumerate() {
            let (class, name) = match i.checked_sub(counts[0]) {
                None => (0, format!("normal-{:04}.jpeg", i + 1)),
                Some(i) => (1, format!("pneumonia-{:04}.jpeg", i + 1)),
            };
            let path = folders[class].join(name);
            let bytes = stand_in::jpeg(picture, height as u32, width as u32)?;
            fs::write(&path, bytes).map_err(|e| Error::io(&path, e))?;
        }
    }
    Ok(())
}
