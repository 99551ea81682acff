//! Which pictures there are, and of which class each is.

use std::fs;
use std::path::{Path, PathBuf};

use crate::data::near::near;
use crate::error::{Error, Result};

/// The names that the part to validate with goes by.
const VALIDATION: [&str; 3] = ["val", "validation", "valid"];

/// What systems leave in folders, beside hidden files: nobody put it there.
const LITTER: [&str; 4] = ["__macosx", "thumbs.db", "desktop.ini", "icon\r"];
/// What files end with that tell of pictures and are none.
const COMPANIONS: [&str; 12] =
    ["md", "txt", "csv", "tsv", "json", "xml", "yaml", "yml", "html", "pdf", "ini", "db"];
/// The names of such files that end with nothing.
const NOTES: [&str; 4] = ["readme", "license", "licence", "copying"];

/// The folders of the Kaggle layout.
pub(super) struct Parts {
    pub train: PathBuf,
    pub validation: Option<PathBuf>,
    pub test: PathBuf,
}

/// The pictures of one folder with a folder for each class.
#[derive(Debug)]
pub(super) struct Files {
    pub folder: PathBuf,
    pub classes: Vec<String>,
    /// Each file and its class, class by class.
    pub files: Vec<(PathBuf, usize)>,
}

/// Finds the parts of the Kaggle layout in a folder.
pub(super) fn parts(folder: &Path) -> Result<Parts> {
    let (folders, _) = entries(folder)?;
    let find = |names: &[&str]| -> Vec<&PathBuf> {
        let is_one = |f: &&PathBuf| names.iter().any(|n| name(f).eq_ignore_ascii_case(n));
        folders.iter().filter(is_one).collect()
    };
    let need = |part: &str| -> Result<PathBuf> {
        find(&[part]).first().map(|f| f.to_path_buf()).ok_or_else(|| {
            let found: Vec<String> = folders.iter().map(|f| name(f)).collect();
            let found = if found.is_empty() { "none".to_string() } else { quoted(&found) };
            problem(
                folder,
                format!(
                    "there is no folder '{part}'; ImageFolder::load reads folders 'train', 'test' \
                     and 'val' with a folder for each class in them, and load_flat() one folder of \
                     classes; the folders here: {found}"
                ),
            )
        })
    };
    let validation = match find(&VALIDATION).as_slice() {
        [] => None,
        [one] => Some(one.to_path_buf()),
        several => {
            let names: Vec<String> = several.iter().map(|f| name(f)).collect();
            let text = "each of these could be the part to validate with; leave one";
            return Err(problem(folder, format!("{text}: {}", quoted(&names))));
        }
    };
    Ok(Parts { train: need("train")?, validation, test: need("test")? })
}

/// Lists a folder of class folders: all of them, sorted by name, or those given, in that order.
pub(super) fn classes(folder: &Path, wanted: Option<&[String]>) -> Result<Files> {
    let (folders, files) = entries(folder)?;
    if let Some(file) = files.iter().find(|f| !is_companion(f)) {
        let text = "a folder for each class was expected here, and this is a file";
        return Err(problem(file, text.to_string()));
    }
    if folders.is_empty() {
        let text = "there is no class folder: each class' pictures belong in a folder of its name";
        return Err(problem(folder, text.to_string()));
    }
    let found: Vec<String> = folders.iter().map(|f| name(f)).collect();
    let names = match wanted {
        None => found.clone(),
        Some(names) => names.to_vec(),
    };
    if names.is_empty() {
        return Err(Error::argument(
            "ImageFolder::classes: the number of classes",
            0,
            "at least 1",
        ));
    }
    let mut files = Vec::new();
    for (class, wanted) in names.iter().enumerate() {
        if names[..class].contains(wanted) {
            let what = "ImageFolder::classes: a class";
            return Err(Error::argument(what, format!("'{wanted}'"), "given once"));
        }
        let Some(at) = found.iter().position(|f| f == wanted) else {
            let known = near(wanted, &found);
            return Err(problem(folder, format!("there is no class folder '{wanted}'; {known}")));
        };
        let before = files.len();
        pictures(&folders[at], class, &mut files)?;
        if files.len() == before {
            let text =
                "the class folder has no pictures; remove it, or choose others by .classes([…])";
            return Err(problem(&folders[at], text.to_string()));
        }
    }
    Ok(Files { folder: folder.to_path_buf(), classes: names, files })
}

/// Lists another part of the same set: its classes have to be those of the part to train on.
pub(super) fn same_classes(folder: &Path, train: &Files, train_folder: &Path) -> Result<Files> {
    let (folders, _) = entries(folder)?;
    // A class that was not chosen for training is left out here too.
    let (all, _) = entries(train_folder)?;
    let all: Vec<String> = all.iter().map(|f| name(f)).collect();
    if let Some(strange) = folders.iter().find(|f| !all.contains(&name(f))) {
        let text = format!(
            "{} has no class of this name, so nothing can learn it; the classes there: {}",
            train.folder.display(),
            quoted(&train.classes)
        );
        return Err(problem(strange, text));
    }
    classes(folder, Some(&train.classes))
}

/// All files of a class: those of its folder by name, then those of each folder in it.
fn pictures(folder: &Path, class: usize, out: &mut Vec<(PathBuf, usize)>) -> Result<()> {
    let (folders, files) = entries(folder)?;
    out.extend(files.into_iter().filter(|f| !is_companion(f)).map(|f| (f, class)));
    for folder in folders {
        // A link to a folder above would lead round for ever.
        if !folder.is_symlink() {
            pictures(&folder, class, out)?;
        }
    }
    Ok(())
}

/// Whether a file stands beside pictures to tell of them, by its name.
fn is_companion(file: &Path) -> bool {
    let ending = file.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some(ending) => COMPANIONS.contains(&ending),
        None => NOTES.contains(&name(file).to_ascii_lowercase().as_str()),
    }
}

/// The folders and the files in a folder, by name; hidden ones and litter are left out.
fn entries(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| Error::io(folder, e))? {
        let entry = entry.map_err(|e| Error::io(folder, e))?;
        let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
        if !name.starts_with('.') && !LITTER.contains(&name.as_str()) {
            paths.push(entry.path());
        }
    }
    paths.sort_unstable();
    Ok(paths.into_iter().partition(|p| p.is_dir()))
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|n| format!("'{n}'")).collect::<Vec<_>>().join(", ")
}

fn problem(path: &Path, problem: String) -> Error {
    Error::Content { path: path.to_path_buf(), row: None, column: None, problem }
}
