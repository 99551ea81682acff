//! The Rust compiler and its sources.

use crate::places::{Home, new_folder};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `rustc` says about itself.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// As `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub version: String,
    pub sysroot: PathBuf,
}

impl Toolchain {
    /// The compiler that a build in this folder uses.
    pub fn find() -> Result<Toolchain> {
        let version = ask(&["--version"])?;
        let sysroot = PathBuf::from(ask(&["--print", "sysroot"])?);
        Ok(Toolchain { version, sysroot })
    }

    /// A short name for folders, as `1.95.0-59807616e`.
    pub fn key(&self) -> String {
        let mut words = self.version.split([' ', '(', ')']).filter(|word| !word.is_empty()).skip(1);
        let number = words.next().unwrap_or("unknown");
        format!("{number}-{}", words.next().unwrap_or("local"))
    }

    /// The name rustup knows it by, if rustup installed it.
    pub fn name(&self) -> Option<String> {
        let parent = self.sysroot.parent()?.file_name()?;
        (parent == "toolchains").then(|| self.sysroot.file_name()?.to_str().map(str::to_owned))?
    }

    /// The folder with the shared standard library.
    pub fn libraries(&self) -> Result<PathBuf> {
        Ok(PathBuf::from(ask(&["--print", "target-libdir"])?))
    }

    fn sources(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib/src/rust/library")
    }

    pub fn has_sources(&self) -> bool {
        self.sources().join("core/src/lib.rs").is_file()
    }

    /// Adds the component `rust-src`, without which the types of variables cannot be inferred.
    pub fn add_sources(&self) -> Result<()> {
        let Some(name) = self.name() else {
            bail!(
                "the sources of Rust's standard library are missing in {}: install the package \
                 rust-src of the same origin as your rustc, or use rustup",
                self.sysroot.display()
            );
        };
        let output = Command::new("rustup")
            .args(["component", "add", "rust-src", "--toolchain", &name])
            .output()
            .context("running rustup: install it from https://rustup.rs")?;
        if !output.status.success() || !self.has_sources() {
            bail!(
                "rustup could not add the component rust-src ({}): check the network, then run \
                 `rustup component add rust-src` and this command again",
                last_line(&output.stderr)
            );
        }
        Ok(())
    }

    /// Copies the part of Rust's sources that a notebook needs; rust-analyzer would read the rest
    /// at every start and keep it in memory.
    ///
    /// Without the workspace's `Cargo.toml` no dependencies are resolved either.
    pub fn copy_sources(&self, home: &Home) -> Result<PathBuf> {
        let target = home.rust_sources().join(format!("{}-brief", self.key()));
        // Those of other compilers and of older programs are nobody's any more.
        for entry in std::fs::read_dir(home.rust_sources()).into_iter().flatten().flatten() {
            if entry.path() != target {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        if target.join("core").is_dir() {
            return Ok(target);
        }
        let building = new_folder(&home.rust_sources())?;
        for name in ["alloc", "core", "proc_macro", "std"] {
            copy_rust(&self.sources().join(name), &building.path().join(name), &brief)?;
        }
        // How the standard library calls the operating system, and how it parses and prints
        // numbers, is private.
        for private in PRIVATE {
            let path = building.path().join(private);
            if path.is_dir() {
                std::fs::remove_dir_all(&path).with_context(|| format!("{}", path.display()))?;
            }
        }
        let building = building.keep();
        std::fs::rename(&building, &target)
            .with_context(|| format!("making {}", target.display()))?;
        Ok(target)
    }
}

/// Parts of the standard library that no notebook names.
const PRIVATE: [&str; 4] =
    ["std/src/sys", "std/src/os", "core/src/num/dec2flt", "core/src/num/flt2dec"];

/// The text without its comments, and with only the first paragraph of each doc comment. The rest
/// costs rust-analyzer 60 MB of memory and a third of the time that it takes to get ready.
fn brief(text: &str) -> String {
    let mut short = String::with_capacity(text.len() / 2);
    // Whether the first paragraph of the present doc comment is over.
    let mut over = false;
    for line in text.lines() {
        let code = line.trim();
        // Macros put documentation together: `#[doc = concat!(…)]`.
        let doc = ["///", "//!", "#[doc = "].iter().find(|mark| code.starts_with(**mark));
        match doc {
            Some(mark) => over |= code.len() == mark.len(),
            None => over = false,
        }
        // An attribute that goes on in the next line is kept whole.
        let whole = doc.is_some_and(|mark| !mark.starts_with('#') || code.ends_with(")]"));
        let comment = doc.is_none() && code.starts_with("//");
        if !(comment || whole && over) {
            short.push_str(line);
            short.push('\n');
        }
    }
    short
}

/// Copies a folder's Rust files as they are.
pub fn copy_whole(from: &Path, to: &Path) -> Result<()> {
    copy_rust(from, to, &str::to_owned)
}

/// Copies a folder's Rust files, except tests and benchmarks, changed by `edit`.
fn copy_rust(from: &Path, to: &Path, edit: &dyn Fn(&str) -> String) -> Result<()> {
    let entries = std::fs::read_dir(from).with_context(|| format!("reading {}", from.display()))?;
    std::fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    for entry in entries {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let target = to.join(&name);
        if path.is_dir() {
            if !["tests", "benches", "stdarch"].iter().any(|skip| name == *skip) {
                copy_rust(&path, &target, edit)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            std::fs::copy(&path, &target).with_context(|| format!("copying {}", path.display()))?;
        } else if name.to_string_lossy().ends_with(".rs")
            && !name.to_string_lossy().ends_with("tests.rs")
        {
            let copied = std::fs::read_to_string(&path)
                .and_then(|text| std::fs::write(&target, edit(&text)));
            copied.with_context(|| format!("copying {}", path.display()))?;
        }
    }
    Ok(())
}

/// A cargo with the variables that the user's own would have: this program often runs below another
/// cargo, whose variables make some build scripts run again.
pub fn cargo() -> Command {
    let mut cargo = Command::new("cargo");
    for (name, _) in std::env::vars_os() {
        let own = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if own {
            cargo.env_remove(name);
        }
    }
    cargo
}

fn ask(arguments: &[&str]) -> Result<String> {
    let output = Command::new("rustc")
        .args(arguments)
        .output()
        .context("running rustc: install Rust from https://rustup.rs")?;
    if !output.status.success() {
        bail!("rustc {}: {}", arguments.join(" "), last_line(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The last line that is not empty, for a one-line message.
pub fn last_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("no message")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_compilers_apart() {
        let key =
            |version: &str| Toolchain { version: version.into(), sysroot: PathBuf::new() }.key();
        assert_eq!(key("rustc 1.95.0 (59807616e 2026-04-14)"), "1.95.0-59807616e");
        assert_eq!(key("rustc 1.97.0-nightly (0123 2026-06-01)"), "1.97.0-nightly-0123");
        assert_eq!(key("rustc 1.95.0"), "1.95.0-local");
    }

    #[test]
    fn documentation_is_cut_behind_its_first_paragraph() {
        let text = "// A comment.\n/// One,\n/// two.\n///\n/// # Examples\n#[doc = concat!(\"a\")]\n\
                    #[inline]\n/// Three.\nfn f() { \"// text\"; } // behind\n//! Four.\n//!\n//! Five.\n";
        assert_eq!(
            brief(text),
            "/// One,\n/// two.\n#[inline]\n/// Three.\nfn f() { \"// text\"; } // behind\n//! Four.\n"
        );
    }

    #[test]
    fn rustup_toolchains_have_a_name() {
        let name =
            |sysroot: &str| Toolchain { version: String::new(), sysroot: sysroot.into() }.name();
        assert_eq!(name("/home/a/.rustup/toolchains/stable-x86"), Some("stable-x86".to_owned()));
        assert_eq!(name("/usr"), None);
    }
}
