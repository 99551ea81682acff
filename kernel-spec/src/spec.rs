//! The kernelspecs: how Jupyter finds and starts the two kernels.

use crate::places::{HOME, Home, user_data, variable, write_whole};
use crate::stock;
use anyhow::{Context, Result};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The kernel that runs a notebook's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kernel {
    /// The project's own kernel.
    #[value(name = "dfdx-lab")]
    Lab,
    /// The stock kernel for Rust, on the same prebuilt library.
    #[value(name = "evcxr_jupyter", alias = "stock")]
    Stock,
}

impl Kernel {
    pub const ALL: [Kernel; 2] = [Kernel::Lab, Kernel::Stock];

    /// The kernelspec's name; notebooks name it in their metadata.
    pub fn name(self) -> &'static str {
        match self {
            Kernel::Lab => "dfdx-lab",
            Kernel::Stock => "dfdx-lab-evcxr",
        }
    }

    /// Its name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Kernel::Lab => "dfdx-lab",
            Kernel::Stock => "evcxr_jupyter",
        }
    }

    /// The name by which a user chooses it in Jupyter.
    pub fn title(self) -> &'static str {
        match self {
            Kernel::Lab => "Rust (dfdx-lab)",
            Kernel::Stock => "Rust (evcxr_jupyter)",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Kernel::Lab => &["kernel", "--connection-file"],
            Kernel::Stock => &[stock::FLAG],
        }
    }

    /// Its folder below one of Jupyter's data folders.
    pub fn folder(self, jupyter: &Path) -> PathBuf {
        jupyter.join("kernels").join(self.name())
    }

    fn spec(self, home: &Home) -> Value {
        let mut command = vec![json!(home.program())];
        command.extend(self.arguments().iter().map(|argument| json!(argument)));
        command.push(json!("{connection_file}"));
        json!({
            "argv": command,
            "display_name": self.title(),
            "language": "rust",
            "interrupt_mode": "message",
            "env": { HOME: home.path() },
            "metadata": { "debugger": false },
        })
    }
}

/// Writes the kernelspecs below one of Jupyter's data folders, and says where.
pub fn write(home: &Home, jupyter: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for kernel in Kernel::ALL {
        let folder = kernel.folder(jupyter);
        for (name, logo) in [
            ("logo-32x32.png", include_bytes!("../logos/logo-32x32.png").as_slice()),
            ("logo-64x64.png", include_bytes!("../logos/logo-64x64.png").as_slice()),
        ] {
            write_whole(&folder.join(name), logo)?;
        }
        let text = serde_json::to_string_pretty(&kernel.spec(home))? + "\n";
        write_whole(&folder.join("kernel.json"), text.as_bytes())?;
        folders.push(folder);
    }
    Ok(folders)
}

/// Jupyter's data folder of a user, by Jupyter's conventions.
pub fn user_folder() -> Result<PathBuf> {
    if let Some(folder) = variable("JUPYTER_DATA_DIR") {
        return Ok(folder);
    }
    if cfg!(target_os = "macos") {
        let home = variable("HOME").context("the variable HOME is not set: use --prefix")?;
        return Ok(home.join("Library/Jupyter"));
    }
    Ok(user_data().context("use --prefix")?.join("jupyter"))
}

/// Jupyter's data folder below an installation prefix, such as a conda or virtual environment.
pub fn prefix_folder(prefix: &Path) -> Result<PathBuf> {
    Ok(std::path::absolute(prefix)?.join("share").join("jupyter"))
}

/// Removes the kernelspecs; returns whether there was one.
pub fn remove(jupyter: &Path) -> Result<bool> {
    let mut found = false;
    for kernel in Kernel::ALL {
        let folder = kernel.folder(jupyter);
        if folder.join("kernel.json").is_file() {
            std::fs::remove_dir_all(&folder)
                .with_context(|| format!("removing {}", folder.display()))?;
            found = true;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kernels_come_and_go_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join(".lab"));
        let other = folder.path().join("kernels/rust/kernel.json");
        write_whole(&other, b"{}").unwrap();
        assert!(!remove(folder.path()).unwrap());
        let written = write(&home, folder.path()).unwrap();
        let specs = written.iter().map(|folder| {
            let text = std::fs::read_to_string(folder.join("kernel.json")).unwrap();
            serde_json::from_str::<Value>(&text).unwrap()
        });
        let specs: Vec<Value> = specs.collect();
        assert_eq!(specs[0]["display_name"], "Rust (dfdx-lab)");
        assert_eq!(specs[1]["display_name"], "Rust (evcxr_jupyter)");
        assert_eq!(specs[1]["argv"][1], "--control_file");
        assert_eq!(specs[1]["argv"][2], "{connection_file}");
        assert!(remove(folder.path()).unwrap());
        assert_eq!(written.iter().filter(|folder| folder.exists()).count(), 0);
        assert!(other.is_file());
    }
}
