//! The library's package, for an installation outside a checkout: unpacked once below the home, so
//! that neither a checkout nor a registry is needed later, and every user can read it.

use crate::places::{Home, checkout_around, new_folder};
use crate::toolchain::{self, last_line};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The library has this program's version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The folder with the package. It is unpacked if it is not there, or if `anew`: from the place
/// given (a package's folder, a checkout, or a file NAME.crate), else from the checkout that this
/// program was built in, else from the registry.
pub fn find(
    home: &Home,
    given: Option<&Path>,
    anew: bool,
    doing: &dyn Fn(&str),
) -> Result<PathBuf> {
    let folder = home.sources();
    let is_there = is_package(&folder);
    let built_in = checkout_around(Path::new(env!("CARGO_MANIFEST_DIR")));
    let from = given.or(built_in.as_deref());
    if is_there && !(anew && from.is_some()) {
        return Ok(folder);
    }
    let unpacked = new_folder(home.path()).context(
        "the installation has no library package yet: its owner runs `dfdx-lab setup`, which puts it there",
    )?;
    match from {
        Some(from) => {
            doing(&format!("taking it from {}", from.display()));
            unpack(from, unpacked.path())?;
        }
        None => {
            doing("fetching it from the registry");
            fetch(unpacked.path())?;
        }
    }
    if !is_package(unpacked.path()) {
        let place = from.map_or("the registry".to_owned(), |from| from.display().to_string());
        bail!("{place} does not hold dfdx-lab {VERSION}, the version of this program");
    }
    let unpacked = unpacked.keep();
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("removing {}", folder.display()))?;
    }
    std::fs::rename(&unpacked, &folder).with_context(|| format!("making {}", folder.display()))?;
    Ok(folder)
}

/// Whether the folder is the library's package in this program's version, as cargo packs it.
fn is_package(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|text| {
        let version = format!("version = \"{VERSION}\"");
        let has = |wanted: &str| text.lines().any(|line| line == wanted);
        has("name = \"dfdx-lab\"") && has(&version)
    }) && folder.join("src/lib.rs").is_file()
}

/// Puts the package at `from` into the folder.
fn unpack(from: &Path, to: &Path) -> Result<()> {
    if from.is_file() {
        return untar(from, to);
    }
    if checkout_around(from).as_deref() != Some(from) && from.join("Cargo.toml.orig").is_file() {
        return copy(from, to, &|_| true);
    }
    // A checkout's manifest is that of a workspace: cargo writes the package's.
    let packed = tempfile::tempdir()?;
    let output = toolchain::cargo()
        .args(["package", "--package", "dfdx-lab", "--no-verify", "--allow-dirty", "--quiet"])
        .arg("--target-dir")
        .arg(packed.path())
        .current_dir(from)
        .output()
        .context("running cargo: install Rust from https://rustup.rs")?;
    if !output.status.success() {
        bail!("cargo could not pack {} ({})", from.display(), last_line(&output.stderr));
    }
    let name = format!("package/dfdx-lab-{VERSION}.crate");
    untar(&packed.path().join(name), to)
}

fn untar(file: &Path, to: &Path) -> Result<()> {
    let output = Command::new("tar")
        .arg("-xzf")
        .arg(file)
        // The user and group ids of whoever packed it mean nothing here.
        .args(["--no-same-owner", "--strip-components", "1", "-C"])
        .arg(to)
        .output()
        .context("running tar")?;
    if !output.status.success() {
        bail!("{} could not be unpacked ({})", file.display(), last_line(&output.stderr));
    }
    Ok(())
}

/// Lets cargo fetch the package of this version, and copies it.
fn fetch(to: &Path) -> Result<()> {
    let asking = tempfile::tempdir()?;
    std::fs::create_dir(asking.path().join("src"))?;
    std::fs::write(asking.path().join("src/lib.rs"), "")?;
    let manifest = format!(
        "[package]\nname = \"asking\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\ndfdx-lab = \"={VERSION}\"\n\n[workspace]\n"
    );
    std::fs::write(asking.path().join("Cargo.toml"), manifest)?;
    let output = toolchain::cargo()
        .args(["metadata", "--format-version", "1"])
        .current_dir(asking.path())
        .output()
        .context("running cargo: install Rust from https://rustup.rs")?;
    if !output.status.success() {
        bail!(
            "the registry has no dfdx-lab {VERSION}, or cannot be reached ({}): name a checkout \
             or a file dfdx-lab-{VERSION}.crate by `dfdx-lab setup --library PATH`",
            last_line(&output.stderr)
        );
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo's answer")?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let manifest = packages
        .filter(|package| package["name"] == "dfdx-lab")
        .find_map(|package| package["manifest_path"].as_str())
        .context("cargo did not say where it put the library")?;
    unpack(Path::new(manifest).parent().context("the library's folder")?, to)
}

/// Copies the files below a folder. Only folders and files that are `wanted` are looked at.
pub fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<()> {
    let entries = std::fs::read_dir(from).with_context(|| format!("reading {}", from.display()))?;
    for entry in entries {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if !wanted(&path) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &target, wanted)?;
        } else {
            std::fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
            std::fs::copy(&path, &target).with_context(|| format!("copying {}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(folder: &Path, version: &str) {
        let manifest = format!("[package]\nname = \"dfdx-lab\"\nversion = \"{version}\"\n");
        std::fs::create_dir_all(folder.join("src")).unwrap();
        for (name, text) in
            [("Cargo.toml", &*manifest), ("Cargo.toml.orig", ""), ("src/lib.rs", "")]
        {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }

    #[test]
    fn a_package_is_taken_from_a_folder_or_a_file_and_only_in_this_version() {
        let place = tempfile::tempdir().unwrap();
        let given = place.path().join(format!("dfdx-lab-{VERSION}"));
        package(&given, VERSION);
        let silent = |_: &str| {};
        for from in ["folder", "file"] {
            let home = Home::at(place.path().join(format!("home-{from}")));
            let given = if from == "file" {
                let file = place.path().join("a.crate");
                let name = given.file_name().unwrap();
                let mut tar = Command::new("tar");
                tar.arg("-czf").arg(&file).arg("-C").arg(place.path()).arg(name);
                assert!(tar.status().unwrap().success());
                file
            } else {
                given.clone()
            };
            let found = find(&home, Some(&given), true, &silent).unwrap();
            assert!(is_package(&found) && found == home.sources());
            // It stays without the place it came from.
            assert_eq!(find(&home, Some(Path::new("/nowhere")), false, &silent).unwrap(), found);
        }
        let other = place.path().join("other");
        package(&other, "0.0.1");
        let home = Home::at(place.path().join("home-other"));
        let error = find(&home, Some(&other), true, &silent).unwrap_err().to_string();
        assert!(error.contains(VERSION) && error.contains("other"), "{error}");
        assert!(!home.sources().exists());
    }
}
