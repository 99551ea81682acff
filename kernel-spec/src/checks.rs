//! The checks before a notebook can run, for the command `doctor` and for every kernel.

use crate::kernel::Ready;
use crate::places::Home;
use crate::python;
use crate::setup::Current;
use crate::spec::Kernel;
use crate::system;
use crate::table::Table;
use crate::toolchain::Toolchain;
use anyhow::{Result, anyhow};
use serde_json::json;

/// One check: its subject, its result, and what to do if it failed.
pub struct Check {
    pub what: &'static str,
    pub found: Result<String, String>,
    pub advice: String,
}

/// The checks that a kernel needs; the rest of the doctor's are about the command.
fn of_kernel(home: &Home) -> (Vec<Check>, Option<Current>) {
    let current = Current::read(home);
    let toolchain = Toolchain::find();
    let set_up = || home.advice();
    let mut checks = vec![Check {
        what: "Rust",
        found: said(toolchain.as_ref().map(|toolchain| toolchain.version.clone())),
        advice: "install Rust from https://rustup.rs".to_owned(),
    }];
    let versions = match (&toolchain, &current) {
        (Ok(toolchain), Ok(current)) if toolchain.version == current.rustc => {
            Ok("the library was built by this rustc".to_owned())
        }
        (Ok(toolchain), Ok(current)) => Err(format!(
            "the library was built by {}, but this is {}",
            current.rustc, toolchain.version
        )),
        (_, Err(_)) => Err("nothing is set up yet".to_owned()),
        (Err(_), _) => Err("there is no rustc".to_owned()),
    };
    checks.push(Check { what: "versions", found: versions, advice: set_up() });
    let files = match &current {
        Ok(current) if current.library.is_complete() => {
            Ok(current.library.folder().display().to_string())
        }
        Ok(current) => Err(format!("files are missing in {}", current.library.folder().display())),
        Err(error) => Err(format!("{error:#}")),
    };
    checks.push(Check { what: "prebuilt library", found: files, advice: set_up() });
    let sources = match &current {
        Ok(current) if current.rust_sources.join("core/src/lib.rs").is_file() => {
            Ok(current.rust_sources.display().to_string())
        }
        _ => Err("the types of variables could not be inferred without them".to_owned()),
    };
    checks.push(Check { what: "Rust's sources", found: sources, advice: set_up() });
    (checks, current.ok())
}

/// What our kernel needs to start, or a plain sentence that says why it cannot run cells.
pub fn kernel_ready(home: Result<Home>) -> Result<Ready, String> {
    let current = set_up(home)?;
    Ok(Ready {
        rustc: current.rustc_program(),
        hooks: current.library.hooks(),
        library: current.library.shared_object(),
        flags: current.library.compiler_flags(),
        sources: current.library.facade(),
        rust_sources: current.rust_sources,
        foreign: current.library.foreign(),
    })
}

/// The result of the last set-up if a kernel can run cells with it; otherwise a plain sentence that
/// says why not.
pub fn set_up(home: Result<Home>) -> Result<Current, String> {
    let home = home.map_err(|error| format!("{error:#}: run `dfdx-lab setup`"))?;
    use_toolchain(&home);
    let (checks, current) = of_kernel(&home);
    let wrong = checks.iter().find_map(|check| {
        let problem = check.found.as_ref().err()?;
        Some(format!("{}: {problem}. To mend it, {}.", check.what, check.advice))
    });
    match (wrong, current) {
        (None, Some(current)) => Ok(current),
        (wrong, _) => Err(wrong.unwrap_or_else(|| format!("nothing is set up: {}", home.advice()))),
    }
}

/// Makes `rustc` the compiler that built the library, in whatever folder Jupyter starts the kernel:
/// by the toolchain's name, and by its folder where the user's own rustup does not have it.
#[allow(unsafe_code)]
fn use_toolchain(home: &Home) {
    let Ok(current) = Current::read(home) else { return };
    if let Some(name) = &current.toolchain {
        // SAFETY: the kernel has not started any thread yet.
        unsafe { std::env::set_var("RUSTUP_TOOLCHAIN", name) };
    }
    if current.rustc_program().is_absolute() {
        let programs = current.sysroot.join("bin");
        let old = std::env::var_os("PATH").unwrap_or_default();
        let all = [programs].into_iter().chain(std::env::split_paths(&old));
        if let Ok(path) = std::env::join_paths(all) {
            // SAFETY: as above.
            unsafe { std::env::set_var("PATH", path) };
        }
    }
}

/// The whole list.
pub fn all(home: &Home) -> Vec<Check> {
    let (mut checks, _) = of_kernel(home);
    checks.push(Check {
        what: "Python",
        found: said(python::find().map(|path| path.display().to_string())),
        advice: "install Python 3.11 or newer (Debian: apt install python3 python3-venv)"
            .to_owned(),
    });
    checks.push(Check {
        what: "Jupyter",
        found: if python::Environment::jupyter(home).is_ready() {
            Ok(home.python().display().to_string())
        } else {
            Err("not installed, or of another version".to_owned())
        },
        advice: home.advice(),
    });
    let program = home.program();
    let missing = Kernel::ALL.into_iter().find(|kernel| !kernel.folder(&home.jupyter()).is_dir());
    checks.push(Check {
        what: "kernels",
        found: if !program.is_file() {
            Err(format!("{} is missing", program.display()))
        } else if let Some(kernel) = missing {
            Err(format!("{} is missing", kernel.title()))
        } else {
            Ok(program.display().to_string())
        },
        advice: home.advice(),
    });
    checks.push(disk_space(home));
    checks
}

/// A build from scratch takes about 3 GB, and a kernel's own files take a few MB.
fn disk_space(home: &Home) -> Check {
    const NEEDED: f64 = 4.0;
    let mut folder = home.path();
    while let (false, Some(parent)) = (folder.exists(), folder.parent()) {
        folder = parent;
    }
    let found = match system::free_gigabytes(folder) {
        Some(free) if free >= NEEDED => Ok(format!("{free:.1} GB free")),
        Some(free) => Err(format!("{free:.1} GB free, but {NEEDED:.0} GB are needed to build")),
        None => Ok("unknown".to_owned()),
    };
    let advice = "make room, or set DFDX_LAB_HOME to a folder elsewhere".to_owned();
    Check { what: "disk", found, advice }
}

/// Prints the checks; fails if one of them does.
pub fn doctor(home: &Home, as_json: bool) -> Result<()> {
    // A user without Rust uses the compiler of the installation.
    if Toolchain::find().is_err() {
        use_toolchain(home);
    }
    let checks = all(home);
    let mut table = Table::new(&["check", "state", "found", "to do"]);
    for check in &checks {
        let (state, found, advice) = match &check.found {
            Ok(found) => ("ok", found, ""),
            Err(problem) => ("wrong", problem, &*check.advice),
        };
        table.row(vec![json!(check.what), json!(state), json!(found), json!(advice)]);
    }
    table.print(as_json)?;
    let wrong = checks.iter().filter(|check| check.found.is_err()).count();
    match wrong {
        0 => Ok(()),
        1 => Err(anyhow!("1 check failed")),
        _ => Err(anyhow!("{wrong} checks failed")),
    }
}

fn said<T>(result: Result<T, impl std::borrow::Borrow<anyhow::Error>>) -> Result<T, String> {
    result.map_err(|error| format!("{:#}", error.borrow()))
}
