//! The folder for data sets.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The variable that names another folder than the platform's.
pub(crate) const VARIABLE: &str = "DFDX_LAB_DATA";

/// The folder given, else the one that `DFDX_LAB_DATA` names, else `dfdx-lab` in the platform's
/// cache folder (`$XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`).
///
/// # Errors
/// If none of them is known.
pub(in crate::data) fn root(folder: Option<&Path>) -> Result<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || set("HOME");
    if let Some(root) = folder.map(Path::to_path_buf).or_else(|| set(VARIABLE)) {
        return Ok(root);
    }
    let cache = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Caches"))
    } else {
        set("XDG_CACHE_HOME").or_else(|| home().map(|home| home.join(".cache")))
    };
    cache.map(|cache| cache.join("dfdx-lab")).ok_or_else(|| {
        Error::argument("the cache folder", "unknown", "found from HOME or LOCALAPPDATA")
            .hint("set DFDX_LAB_DATA to a folder for data")
    })
}

/// The `data` folder of a checkout of the library, where whole sets lie: the checkout that the
/// working directory is in, else the one that the library was built from, if it is still there.
pub(in crate::data) fn checkout() -> Option<PathBuf> {
    let here = std::env::current_dir().ok();
    let built = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = here.iter().flat_map(|here| here.ancestors()).chain([built]);
    folders
        .filter(|folder| is_checkout(folder))
        .map(|folder| folder.join("data"))
        .find(|d| d.is_dir())
}

fn is_checkout(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("Cargo.toml"))
        .is_ok_and(|text| text.lines().any(|line| line.trim() == "name = \"dfdx-lab\""))
}

/// As [`root`], or a folder among the system's temporary files where that one cannot be written:
/// for the small sets that any machine must be able to make.
///
/// # Errors
/// As [`root`].
pub(in crate::data) fn writable(folder: Option<&Path>) -> Result<PathBuf> {
    let root = root(folder)?;
    let probe = root.join(format!(".{}.part", std::process::id()));
    let written = std::fs::create_dir_all(&root).and_then(|()| std::fs::write(&probe, b""));
    let _ = std::fs::remove_file(&probe);
    Ok(if written.is_ok() { root } else { std::env::temp_dir().join("dfdx-lab") })
}
