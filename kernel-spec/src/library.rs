//! Builds the library once, as a shared object that every notebook loads.

use crate::facade;
use crate::foreign::{CRATES, Foreign, Sources};
use crate::places::{Home, UNFINISHED, new_folder, write_whole};
use crate::progress;
use crate::toolchain::{self, Toolchain};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The files of one prebuilt library.
#[derive(Clone, Debug)]
pub struct Library(PathBuf);

impl Library {
    pub fn at(folder: PathBuf) -> Library {
        Library(folder)
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }

    pub fn shared_object(&self) -> PathBuf {
        self.0.join(object_name("dfdx_lab"))
    }

    pub fn hooks(&self) -> PathBuf {
        self.0.join(object_name("dfdx_lab_hooks"))
    }

    /// The program for data sets.
    pub fn data_program(&self) -> PathBuf {
        self.0.join("dfdx-lab-data")
    }

    /// What the compiler must see of the library's dependencies.
    pub fn dependencies(&self) -> PathBuf {
        self.0.join("deps")
    }

    /// The crate that rust-analyzer reads.
    pub fn facade(&self) -> PathBuf {
        self.0.join("facade")
    }

    /// The list of the methods of other crates' types.
    pub fn foreign(&self) -> PathBuf {
        self.0.join("foreign.json")
    }

    /// evcxr's settings.
    fn stock_config(&self) -> PathBuf {
        self.0.join("stock")
    }

    /// A file that is written last: a folder with it is complete.
    fn stamp(&self) -> PathBuf {
        self.0.join("complete")
    }

    pub fn is_complete(&self) -> bool {
        let prelude = self.stock_config().join("prelude.rs");
        let files =
            [self.stamp(), self.shared_object(), self.hooks(), self.data_program(), prelude];
        files.iter().all(|path| path.is_file()) && self.dependencies().is_dir()
    }

    /// The folder for the project's present sources and this compiler.
    pub fn for_project(project: &Path, home: &Home, toolchain: &Toolchain) -> Result<Library> {
        let key = format!("{}-{}-{}", version(project)?, toolchain.key(), hash(project)?);
        Ok(Library(home.libraries().join(key)))
    }

    /// Builds the library into this folder; `line` is called with what cargo is doing. If `output`
    /// is given, cargo builds there, and the folder is removed once the library is complete.
    pub fn build(
        &self,
        project: &Path,
        toolchain: &Toolchain,
        output: Option<&Path>,
        line: &dyn Fn(&str),
    ) -> Result<()> {
        let libraries = self.0.parent().context("the library's folder")?;
        let files = run_cargo(project, toolchain, output, line)?;
        // Built beside its place and moved there whole: a build that is killed leaves nothing
        // that looks like a library.
        let building = new_folder(libraries)?;
        let new = Library(building.path().to_owned());
        std::fs::create_dir_all(new.dependencies())?;
        std::fs::copy(&files.library, new.shared_object()).context("copying the library")?;
        for file in &files.dependencies {
            let name = file.file_name().context("a dependency's name")?;
            std::fs::copy(file, new.dependencies().join(name))
                .with_context(|| format!("copying {}", file.display()))?;
        }
        link(&new, toolchain, ("hooks", "cdylib"), include_str!("kernel/hooks.rs"), None)?;
        build_data_program(&new, project, toolchain)?;
        Foreign::of(&files.foreign).save(&new.foreign())?;
        let facade = self.0.join("facade");
        facade::write(project, &version(project)?, &new.0.join("facade"))?;
        let stock = facade::stock_prelude(&facade);
        write_whole(&new.stock_config().join("prelude.rs"), stock.as_bytes())?;
        write_whole(&new.stamp(), toolchain.version.as_bytes())?;
        let building = building.keep();
        if self.0.exists() {
            std::fs::remove_dir_all(&self.0)
                .with_context(|| format!("removing {}", self.0.display()))?;
        }
        std::fs::rename(&building, &self.0)
            .with_context(|| format!("making {}", self.0.display()))?;
        if let Some(output) = output {
            let _ = std::fs::remove_dir_all(output);
        }
        Ok(())
    }

    /// Removes the libraries of other versions, except the latest of them: a kernel that is still
    /// running with it has it loaded, but could not compile any more without its files.
    pub fn prune_others(&self) {
        let Some(Ok(entries)) = self.0.parent().map(std::fs::read_dir) else { return };
        let mut old: Vec<_> = entries
            .flatten()
            .filter(|entry| entry.path() != self.0)
            .map(|entry| (entry.metadata().and_then(|data| data.modified()).ok(), entry.path()))
            .collect();
        old.sort();
        old.reverse();
        // A set-up that was killed leaves an unfinished folder.
        let unfinished = |path: &Path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNFINISHED))
        };
        let (rubbish, whole): (Vec<_>, Vec<_>) =
            old.into_iter().partition(|(_, path)| unfinished(path));
        for (_, path) in rubbish.into_iter().chain(whole.into_iter().skip(1)) {
            let _ = std::fs::remove_dir_all(path);
        }
    }

    /// The flags with which rustc compiles a cell with the library.
    pub fn compiler_flags(&self) -> Vec<String> {
        vec![
            format!("--extern=dfdx_lab={}", self.shared_object().display()),
            format!("-Ldependency={}", self.dependencies().display()),
            format!("-Ldependency={}", self.0.display()),
            format!("-Clink-arg=-Wl,-rpath,{}", self.0.display()),
        ]
    }

    /// The environment in which evcxr's cargo finds the library.
    pub fn compiler_environment(&self, rust_sources: &Path) -> Vec<(String, String)> {
        let dependencies = self.dependencies();
        let flags = [
            "-Cprefer-dynamic".to_owned(),
            format!("--extern={}={}", facade::PREBUILT, self.shared_object().display()),
            format!("-Ldependency={}", dependencies.display()),
            format!("-Ldependency={}", self.0.display()),
            format!("-Clink-arg=-Wl,-rpath,{}", self.0.display()),
        ];
        vec![
            ("CARGO_ENCODED_RUSTFLAGS".to_owned(), flags.join("\u{1f}")),
            // A cell is a few lines: keeping its parts for the next compilation costs more than it
            // saves (a tenth of `1+1`), and there is nothing in it to strip.
            ("CARGO_PROFILE_DEV_INCREMENTAL".to_owned(), "false".to_owned()),
            ("CARGO_PROFILE_DEV_STRIP".to_owned(), "none".to_owned()),
            ("EVCXR_CONFIG_DIR".to_owned(), self.stock_config().display().to_string()),
            ("RUST_SRC_PATH".to_owned(), rust_sources.display().to_string()),
        ]
    }
}

struct Files {
    library: PathBuf,
    dependencies: Vec<PathBuf>,
    /// The sources of the crates whose values a notebook holds.
    foreign: Vec<Sources>,
}

fn run_cargo(
    project: &Path,
    toolchain: &Toolchain,
    output: Option<&Path>,
    line: &dyn Fn(&str),
) -> Result<Files> {
    let rpath = format!("link-arg=-Wl,-rpath,{}", toolchain.libraries()?.display());
    let mut cargo = toolchain::cargo();
    if let Some(output) = output {
        cargo.env("CARGO_TARGET_DIR", output);
    }
    let mut cargo = cargo
        .args(["rustc", "--release", "--package", "dfdx-lab", "--lib", "--crate-type", "dylib"])
        .args(["--message-format", "json-render-diagnostics", "--", "-C", "prefer-dynamic", "-C"])
        .arg(rpath)
        .current_dir(project)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("running cargo: install Rust from https://rustup.rs")?;
    let stdout = cargo.stdout.take().context("cargo's output")?;
    let stderr = cargo.stderr.take().context("cargo's messages")?;
    let errors = std::thread::spawn(move || std::io::read_to_string(stderr));
    let messages = progress::watch(project, stdout, line)?;
    let status = cargo.wait()?;
    if !status.success() {
        let log = errors.join().ok().context("reading cargo's messages")??;
        let from = log.find("\nerror").map_or(0, |at| at + 1);
        bail!("the library could not be built:\n{}", log[from..].trim_end());
    }
    let mut files =
        Files { library: PathBuf::new(), dependencies: Vec::new(), foreign: Vec::new() };
    for message in messages {
        if message["reason"] != "compiler-artifact" {
            continue;
        }
        let paths: Vec<PathBuf> = message["filenames"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(PathBuf::from))
            .collect();
        let kinds = message["target"]["crate_types"].to_string();
        if message["target"]["name"].as_str().is_some_and(|name| CRATES.contains(&name)) {
            let root = message["target"]["src_path"].as_str().unwrap_or("").into();
            let features = message["features"].as_array().into_iter().flatten();
            let features = features.filter_map(|name| name.as_str().map(str::to_owned)).collect();
            files.foreign.push(Sources { root, features });
        }
        if message["target"]["name"] == "dfdx_lab" {
            files.library = paths.into_iter().next().context("cargo built no library")?;
        } else if kinds.contains("proc-macro") {
            files.dependencies.extend(paths);
        } else if kinds.contains("lib") {
            let metadata = |path: &PathBuf| path.extension().is_some_and(|name| name == "rmeta");
            files.dependencies.extend(paths.into_iter().filter(metadata));
        }
    }
    if !files.library.is_file() {
        bail!("cargo did not say where it built the library");
    }
    Ok(files)
}

/// The program for data sets, from the library's package.
fn build_data_program(library: &Library, project: &Path, toolchain: &Toolchain) -> Result<()> {
    let path = project.join("src/bin/dfdx-lab-data.rs");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let json = std::fs::read_dir(library.dependencies())?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("libserde_json-"))
        })
        .context("the library was built without serde_json")?;
    let json = format!("--extern=serde_json={}", json.display());
    link(library, toolchain, ("data", "bin"), &text, Some(json))
}

/// Compiles one file against the library and the shared standard library.
fn link(
    library: &Library,
    toolchain: &Toolchain,
    (name, kind): (&str, &str),
    text: &str,
    more: Option<String>,
) -> Result<()> {
    let source = library.folder().join(format!("{name}.rs"));
    let made = if kind == "bin" { library.data_program() } else { library.hooks() };
    std::fs::write(&source, text)?;
    let output = Command::new("rustc")
        // Permits the hook that turns a refused allocation into a panic.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["--edition", "2024", "--crate-type", kind, "-C", "prefer-dynamic", "-O"])
        .args(["--crate-name", &format!("dfdx_lab_{name}"), "-C"])
        .arg(format!("link-arg=-Wl,-rpath,{}", toolchain.libraries()?.display()))
        // The library lies beside it, even after this folder has been renamed.
        .arg(if cfg!(target_os = "macos") {
            "-Clink-arg=-Wl,-rpath,@loader_path"
        } else {
            "-Clink-arg=-Wl,-rpath,$ORIGIN"
        })
        .arg(format!("--extern=dfdx_lab={}", library.shared_object().display()))
        .args(more)
        .arg(format!("-Ldependency={}", library.dependencies().display()))
        .arg("-o")
        .arg(made)
        .arg(&source)
        .output()
        .context("running rustc")?;
    if !output.status.success() {
        bail!(
            "the library's {name} could not be built:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

fn object_name(name: &str) -> String {
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    format!("{prefix}{name}{suffix}")
}

/// The library's version, from its manifest.
pub fn version(project: &Path) -> Result<String> {
    let path = project.join("Cargo.toml");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let line = text.lines().find_map(|line| line.strip_prefix("version = \""));
    let version = line.and_then(|rest| rest.split('"').next());
    Ok(version.with_context(|| format!("{} has no version", path.display()))?.to_owned())
}

/// A key that changes with the library's sources, its dependencies and the way they are built.
fn hash(project: &Path) -> Result<String> {
    let mut files = Vec::new();
    list(&project.join("src"), &mut files)?;
    files.extend([project.join("Cargo.toml"), project.join("Cargo.lock")]);
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let name = file.strip_prefix(project).unwrap_or(&file);
        let bytes = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        hash.update(name.as_os_str().as_encoded_bytes());
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    for own in [
        include_str!("library.rs"),
        include_str!("facade.rs"),
        include_str!("foreign.rs"),
        include_str!("kernel/hooks.rs"),
    ] {
        hash.update(own);
    }
    Ok(hex::encode(&hash.finalize()[..6]))
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() { list(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_changes_the_key_and_pruning_keeps_the_latest() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path();
        std::fs::create_dir(project.join("src")).unwrap();
        std::fs::write(project.join("Cargo.toml"), "version = \"1.2.3\"\n").unwrap();
        std::fs::write(project.join("Cargo.lock"), "").unwrap();
        std::fs::write(project.join("src/lib.rs"), "a").unwrap();
        let before = hash(project).unwrap();
        assert_eq!(before, hash(project).unwrap());
        std::fs::write(project.join("src/lib.rs"), "b").unwrap();
        assert_ne!(before, hash(project).unwrap());
        assert_eq!(version(project).unwrap(), "1.2.3");

        let libraries = project.join("library");
        for name in ["old", "older", "current", ".new-1"] {
            std::fs::create_dir_all(libraries.join(name)).unwrap();
        }
        Library(libraries.join("current")).prune_others();
        assert!(libraries.join("current").is_dir());
        assert!(!libraries.join(".new-1").exists());
        assert_eq!(std::fs::read_dir(&libraries).unwrap().count(), 2);
    }

    #[test]
    fn a_folder_without_the_stamp_is_not_a_library() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!Library(folder.path().to_owned()).is_complete());
    }
}
