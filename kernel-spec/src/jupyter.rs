//! Starts programs of the Python environment so that they find this kernel.

use crate::places::{Home, PROGRAM, user_cache};
use crate::spec::Kernel;
use crate::system;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A command of the environment.
pub fn command(home: &Home, program: &str) -> Command {
    let mut command = Command::new(home.python_program(program));
    without_cargo(&mut command);
    let mut path = OsString::from(home.jupyter());
    if let Some(old) = std::env::var_os("JUPYTER_PATH").filter(|old| !old.is_empty()) {
        path.push(":");
        path.push(old);
    }
    command.env("JUPYTER_PATH", path).env("PYTHONNOUSERSITE", "1");
    command
}

/// A Python script of ours, which ignores the user's own Jupyter settings.
pub fn script(home: &Home, text: &str) -> Command {
    let mut command = command(home, "python");
    let own = own_folder(home);
    command
        .env("JUPYTER_CONFIG_DIR", own.join("config"))
        .env("JUPYTER_RUNTIME_DIR", own.join("runtime"))
        .args(["-c", text]);
    command
}

/// The folder for Jupyter's settings and connection files: in the home, or in the user's cache
/// folder if the home cannot be written to.
fn own_folder(home: &Home) -> PathBuf {
    let cache = || Some(user_cache().ok()?.join(PROGRAM));
    let elsewhere = if tempfile::tempfile_in(home.path()).is_ok() { None } else { cache() };
    elsewhere.unwrap_or_else(|| home.path().to_owned()).join("jupyter")
}

/// `cargo run` sets variables for the program it runs; a notebook's own cargo must not see them,
/// and the dynamic linker must find the prebuilt library, not the one in the build folder.
fn without_cargo(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let of_package = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if of_package.iter().any(|start| text.starts_with(start)) || text == "CARGO" {
            command.env_remove(&name);
        }
    }
    let variable =
        if cfg!(target_os = "macos") { "DYLD_FALLBACK_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };
    let Some(value) = std::env::var_os(variable) else { return };
    let built = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_owned));
    let foreign = |path: &PathBuf| {
        let of_build = built.as_ref().is_some_and(|built| path.starts_with(built));
        let of_rust = path
            .components()
            .any(|part| part.as_os_str() == "rustlib" || part.as_os_str() == "toolchains");
        !of_build && !of_rust && !path.as_os_str().is_empty()
    };
    let kept: Vec<PathBuf> = std::env::split_paths(&value).filter(foreign).collect();
    match std::env::join_paths(&kept) {
        Ok(kept) if !kept.is_empty() => command.env(variable, kept),
        _ => command.env_remove(variable),
    };
}

/// Opens JupyterLab on the notebooks, and returns when it is closed.
pub fn open(home: &Home, notebooks: &Path) -> Result<()> {
    let mut command = command(home, "jupyter-lab");
    command.arg("--notebook-dir").arg(notebooks);
    command.arg(format!("--MultiKernelManager.default_kernel_name={}", Kernel::Lab.name()));
    if system::is_root() {
        // Jupyter refuses to run for root otherwise, as in a container.
        command.arg("--allow-root");
    }
    let status = command.status().context("starting JupyterLab")?;
    // Ctrl-C is a normal way to close it.
    if status.success() || status.code().is_none() || status.code() == Some(130) {
        return Ok(());
    }
    anyhow::bail!("JupyterLab ended with {status}")
}
