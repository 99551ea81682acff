//! The kernelspec: how Jupyter finds and starts the kernel.

use crate::places::{HOME, Home, write_whole};
use anyhow::{Context, Result};
use serde_json::json;
use std::path::{Path, PathBuf};

/// The kernelspec's name; notebooks name it in their metadata.
pub const NAME: &str = "dfdx-lab";

/// Writes the kernelspec below one of Jupyter's data folders.
pub fn write(home: &Home, jupyter: &Path) -> Result<PathBuf> {
    let folder = jupyter.join("kernels").join(NAME);
    let spec = json!({
        "argv": [home.program(), "kernel", "--connection-file", "{connection_file}"],
        "display_name": "Rust (dfdx-lab)",
        "language": "rust",
        "interrupt_mode": "message",
        "env": { HOME: home.path() },
        "metadata": { "debugger": false },
    });
    let text = serde_json::to_string_pretty(&spec)? + "\n";
    for (name, logo) in [
        ("logo-32x32.png", include_bytes!("../logos/logo-32x32.png").as_slice()),
        ("logo-64x64.png", include_bytes!("../logos/logo-64x64.png").as_slice()),
    ] {
        write_whole(&folder.join(name), logo)?;
    }
    write_whole(&folder.join("kernel.json"), text.as_bytes())?;
    Ok(folder)
}

/// Jupyter's data folder for all notebooks of a person, by its conventions.
pub fn user_folder() -> Result<PathBuf> {
    let set =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = set("JUPYTER_DATA_DIR") {
        return Ok(folder);
    }
    let home = set("HOME").context("the variable HOME is not set: use --prefix")?;
    if cfg!(target_os = "macos") {
        return Ok(home.join("Library/Jupyter"));
    }
    Ok(set("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share")).join("jupyter"))
}

/// Jupyter's data folder below an installation prefix, as that of a conda or virtual environment.
pub fn prefix_folder(prefix: &Path) -> Result<PathBuf> {
    Ok(std::path::absolute(prefix)?.join("share").join("jupyter"))
}

/// Takes the kernelspec out; says whether it was there.
pub fn remove(jupyter: &Path) -> Result<bool> {
    let folder = jupyter.join("kernels").join(NAME);
    if !folder.join("kernel.json").is_file() {
        return Ok(false);
    }
    std::fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    Ok(true)
}
