//! All pictures of a folder into one array.

use std::fs;
use std::path::Path;

use rayon::prelude::*;

use super::budget::Budget;
use super::list::Files;
use super::progress::Progress;
use super::resize::resize;
use super::{ImageFolder, decode};
use crate::array::Array;
use crate::data::Dataset;
use crate::error::{Error, Result};

/// What the pictures that are being decoded may take together.
const MEMORY: usize = 150 << 20;
/// The longest file that is read.
const LONGEST: u64 = 1 << 28;
/// How many broken pictures an error names.
const NAMED: usize = 10;

/// Reads the pictures; also gives those that were left out, each with the reason.
pub(super) fn read(folder: &ImageFolder, files: &Files) -> Result<(Dataset, Vec<String>)> {
    let shape = [files.files.len(), folder.height, folder.width, folder.color_mode.channels()];
    let length: usize = shape[1..].iter().product();
    let mut values = memory(&shape)?;
    let label = files.folder.display().to_string();
    let progress =
        Progress::new(folder.verbose == 0, label, files.files.len(), files.classes.len());
    let budget = Budget::new(MEMORY);
    let problems: Vec<Option<String>> = values
        .par_chunks_exact_mut(length)
        .zip(&files.files)
        .map(|(out, (path, _))| {
            crate::stop::step();
            let problem = read_one(folder, path, out, &budget).err();
            progress.step();
            problem
        })
        .collect();
    progress.finish();
    let broken: Vec<(&Path, String)> = files
        .files
        .iter()
        .zip(&problems)
        .filter_map(|((path, _), problem)| Some((path.as_path(), problem.clone()?)))
        .collect();
    if !broken.is_empty() && (!folder.skip_broken || broken.len() == files.files.len()) {
        return Err(unreadable(files, &broken));
    }
    let kept: Vec<usize> = (0..problems.len()).filter(|&i| problems[i].is_none()).collect();
    for (to, &from) in kept.iter().enumerate() {
        if to != from {
            values.copy_within(from * length..(from + 1) * length, to * length);
        }
    }
    values.truncate(kept.len() * length);
    let labels = kept.iter().map(|&i| files.files[i].1).collect();
    let x = Array::new([kept.len(), shape[1], shape[2], shape[3]], values)?;
    let skipped: Vec<String> =
        broken.iter().map(|(path, problem)| format!("{}: {problem}", path.display())).collect();
    for line in skipped.iter().take(NAMED) {
        progress.say(&format!("left out: {line}"));
    }
    if skipped.len() > NAMED {
        progress.say(&format!("left out: {} pictures in all", skipped.len()));
    }
    Ok((Dataset::new(x, labels, files.classes.clone())?, skipped))
}

/// Reads one picture, of shape (1, height, width, channels).
pub(super) fn one(folder: &ImageFolder, path: &Path) -> Result<Array> {
    let shape = [1, folder.height, folder.width, folder.color_mode.channels()];
    let mut values = memory(&shape)?;
    // What the system says of a file that is not there is its own kind of error.
    let found = fs::metadata(path).map_err(|e| Error::io(path, e))?;
    let problem = |problem: String| Error::Content {
        path: path.to_path_buf(),
        row: None,
        column: None,
        problem,
    };
    if found.is_dir() {
        return Err(problem("it is a folder, and load_one reads one picture".to_string()));
    }
    read_one(folder, path, &mut values, &Budget::new(MEMORY)).map_err(problem)?;
    Array::new(shape, values)
}

/// Zeros for pictures of this shape, or an error if there is not the memory.
fn memory(shape: &[usize; 4]) -> Result<Vec<f32>> {
    let length = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
    let mut values = Vec::new();
    match length {
        Some(n) if values.try_reserve_exact(n).is_ok() => {
            values.resize(n, 0.0);
            Ok(values)
        }
        _ => Err(Error::shape(
            "ImageFolder",
            shape,
            "that many pictures (pictures, height, width, channels) are more than there is memory \
             for: choose a smaller .size(height, width) or .grayscale()",
        )),
    }
}

fn read_one(
    folder: &ImageFolder,
    path: &Path,
    out: &mut [f32],
    budget: &Budget,
) -> Result<(), String> {
    let length = fs::metadata(path).map_err(|e| e.to_string())?.len();
    if length > LONGEST {
        return Err(format!("the file has {length} bytes; at most {LONGEST} are read"));
    }
    let bytes = fs::read(path).map_err(|e| e.to_string())?;
    let pixels = decode::decode(&bytes, folder.color_mode, budget)?;
    resize(
        &pixels.values,
        (pixels.height, pixels.width),
        out,
        (folder.height, folder.width),
        folder.color_mode.channels(),
        folder.interpolation,
    );
    Ok(())
}

fn unreadable(files: &Files, broken: &[(&Path, String)]) -> Error {
    let advice = "mend or remove it, or leave it out by .skip_broken(true)";
    let (path, problem) = match broken {
        [(path, problem)] => (path.to_path_buf(), format!("{problem}; {advice}")),
        several => {
            let name = |path: &Path| {
                path.strip_prefix(&files.folder).unwrap_or(path).display().to_string()
            };
            let list: Vec<String> = several
                .iter()
                .take(NAMED)
                .map(|(path, problem)| format!("{}: {problem}", name(path)))
                .collect();
            let more = match several.len() - list.len() {
                0 => String::new(),
                n => format!("; and {n} more"),
            };
            let text = format!(
                "{} of {} pictures cannot be read; mend or remove them, or leave them out by \
                 .skip_broken(true): {}{more}",
                several.len(),
                files.files.len(),
                list.join("; ")
            );
            (files.folder.clone(), text)
        }
    };
    Error::Content { path, row: None, column: None, problem }
}
