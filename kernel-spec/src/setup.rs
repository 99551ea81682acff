//! Sets up everything that a notebook needs; what is up to date is left alone.

use crate::library::Library;
use crate::places::{Home, Place, write_whole};
use crate::python::Environment;
use crate::toolchain::Toolchain;
use crate::{checks, sources, spec};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What a kernel needs, as the last set-up left it.
pub struct Current {
    pub library: Library,
    pub rust_sources: PathBuf,
    pub rustc: String,
    /// The folder of that compiler, which another user's rustup does not know.
    pub sysroot: PathBuf,
    /// The toolchain's name in rustup, if it has one.
    pub toolchain: Option<String>,
}

impl Current {
    pub fn read(home: &Home) -> Result<Current> {
        let path = home.current();
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("reading {}", path.display()))?;
        let value: Value =
            serde_json::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let missing = || format!("{} has no such entry", path.display());
        Ok(Current {
            library: Library::at(text("library").with_context(missing)?.into()),
            rust_sources: text("rust_sources").with_context(missing)?.into(),
            rustc: text("rustc").with_context(missing)?,
            sysroot: text("sysroot").unwrap_or_default().into(),
            toolchain: text("toolchain"),
        })
    }

    /// The compiler that built the library, by its path, if it can be called there.
    pub fn rustc_program(&self) -> PathBuf {
        let program = self.sysroot.join("bin").join("rustc");
        if program.is_file() { program } else { "rustc".into() }
    }

    fn write(&self, home: &Home) -> Result<()> {
        let value = json!({
            "library": self.library.folder(),
            "rust_sources": self.rust_sources,
            "rustc": self.rustc,
            "sysroot": self.sysroot,
            "toolchain": self.toolchain,
        });
        write_whole(&home.current(), serde_json::to_string_pretty(&value)?.as_bytes())
    }
}

/// What a set-up is asked for, apart from what is missing.
#[derive(Default)]
pub struct Wanted {
    /// Where the library's package is.
    pub library: Option<PathBuf>,
    /// Whether the package is unpacked again.
    pub anew: bool,
}

/// Does what is missing.
pub fn run(place: &Place) -> Result<Current> {
    run_with(place, &Wanted::default())
}

/// Does every step, each with a line of progress on standard error.
pub fn run_with(place: &Place, wanted: &Wanted) -> Result<Current> {
    let home = &place.home;
    let Some(_alone) = only_one(home)? else { return of_somebody_else(home) };
    let toolchain = step("Rust", |_| {
        let toolchain = Toolchain::find()?;
        let said = toolchain.version.clone();
        Ok((toolchain, said))
    })?;
    let rust_sources = step("Rust's sources", |doing| {
        if !toolchain.has_sources() {
            doing("adding the component rust-src");
            toolchain.add_sources()?;
        }
        Ok((toolchain.copy_sources(home)?, "ready".to_owned()))
    })?;
    let sources = match place.is_checkout {
        true => place.folder.clone(),
        false => step("library's package", |doing| {
            // A new program comes with a new library.
            let anew = wanted.anew || !same_file(&own_program()?, &home.program());
            let found = sources::find(home, wanted.library.as_deref(), anew, doing)?;
            Ok((found, "ready".to_owned()))
        })?,
    };
    let jupyter = Environment::jupyter(home);
    let library = std::thread::scope(|scope| -> Result<Library> {
        // One waits for the network, the other for the compiler.
        let installing = (!jupyter.is_ready()).then(|| scope.spawn(|| jupyter.set_up()));
        let library = step("library", |doing| {
            let library = Library::for_project(&sources, home, &toolchain)?;
            if library.is_complete() {
                return Ok((library, "ready".to_owned()));
            }
            doing("building (the first time takes several minutes)");
            // Nobody needs the build output of an installed package again.
            let chosen = place.is_checkout || std::env::var_os("CARGO_TARGET_DIR").is_some();
            let output = (!chosen).then(|| home.path().join("build"));
            library.build(&sources, &toolchain, output.as_deref(), doing)?;
            Ok((library, "built".to_owned()))
        })?;
        step("Jupyter", |doing| {
            let Some(installing) = installing else { return Ok(((), "ready".to_owned())) };
            if !installing.is_finished() {
                doing("installing from PyPI");
            }
            match installing.join() {
                Ok(done) => done.map(|()| ((), "installed".to_owned())),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })?;
        Ok(library)
    })?;
    step("kernels", |_| {
        install_program(home)?;
        spec::write(home, &home.jupyter())?;
        Ok(((), "ready".to_owned()))
    })?;
    let current = Current {
        rust_sources,
        rustc: toolchain.version.clone(),
        sysroot: toolchain.sysroot.clone(),
        toolchain: toolchain.name(),
        library,
    };
    current.write(home)?;
    current.library.prune_others();
    Ok(current)
}

/// Locks the home: two set-ups at once would remove each other's unfinished folders, so the second
/// one waits. None if the home exists and is read-only.
fn only_one(home: &Home) -> Result<Option<std::fs::File>> {
    let path = home.path().join("lock");
    let file = std::fs::create_dir_all(home.path()).and_then(|()| std::fs::File::create(&path));
    let file = match file {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
            ) && home.current().is_file() =>
        {
            return Ok(None);
        }
        file => file.with_context(|| format!("writing {}", path.display()))?,
    };
    file.lock().with_context(|| format!("locking {}", path.display()))?;
    Ok(Some(file))
}

/// An installation that serves several users is used as it is.
fn of_somebody_else(home: &Home) -> Result<Current> {
    let place = home.path().display();
    let whose = format!("you may not write to {place}: ask whoever set it up");
    let current = checks::set_up(Ok(home.clone()))
        .map_err(|problem| anyhow::anyhow!("{problem} ({whose})"))?;
    if !Environment::jupyter(home).is_ready() {
        bail!("Jupyter is missing, or of another version; {whose}");
    }
    eprintln!("{:>15}  {place}, as it was set up", "installation");
    Ok(current)
}

/// Copies this program to where the kernelspecs look for it.
fn install_program(home: &Home) -> Result<()> {
    let own = own_program()?;
    let target = home.program();
    if own == target || same_file(&own, &target) {
        return Ok(());
    }
    let folder = target.parent().context("the program's folder")?;
    std::fs::create_dir_all(folder)?;
    // A kernel may be running from the present file: it is replaced, not overwritten.
    let new = folder.join(format!(".new-{}", std::process::id()));
    std::fs::copy(&own, &new).with_context(|| format!("copying to {}", new.display()))?;
    let times = std::fs::metadata(&own)?.modified()?;
    std::fs::File::options().write(true).open(&new).and_then(|file| file.set_modified(times))?;
    std::fs::rename(&new, &target).with_context(|| format!("writing {}", target.display()))
}

fn own_program() -> Result<PathBuf> {
    std::env::current_exe().context("finding this program")
}

/// Whether one is a copy of the other: the same length, and the same time of the last change.
fn same_file(one: &Path, other: &Path) -> bool {
    let facts = |path: &Path| {
        let data = std::fs::metadata(path).ok()?;
        Some((data.len(), data.modified().ok()?))
    };
    facts(one).is_some() && facts(one) == facts(other)
}

/// One step: its name, what it is doing, how it ended and how long it took.
fn step<T>(name: &str, work: impl FnOnce(&dyn Fn(&str)) -> Result<(T, String)>) -> Result<T> {
    let start = Instant::now();
    let terminal = std::io::stderr().is_terminal();
    let last = std::cell::Cell::new(Instant::now());
    let first = std::cell::Cell::new(true);
    let doing = |what: &str| {
        if terminal {
            let what: String = what.chars().take(100).collect();
            eprint!("\r\x1b[2K{name:>15}  {what}");
        } else if first.replace(false) || last.get().elapsed().as_secs() >= 15 {
            last.set(Instant::now());
            eprintln!("{name:>15}  {what}");
        }
        let _ = std::io::stderr().flush();
    };
    let result = work(&doing);
    if terminal {
        eprint!("\r\x1b[2K");
    }
    let (value, said) = result?;
    let seconds = start.elapsed().as_secs_f64();
    let took = if seconds < 1.0 { String::new() } else { format!(" ({seconds:.0} s)") };
    eprintln!("{name:>15}  {said}{took}");
    Ok(value)
}
