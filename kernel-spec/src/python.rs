//! The Python environment with Jupyter, of the project's own.

use crate::places::{Home, write_whole};
use crate::toolchain::last_line;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Every package with its version.
const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// Whether the environment is the one that the requirements describe.
pub fn is_ready(home: &Home) -> bool {
    std::fs::read_to_string(stamp(home)).is_ok_and(|text| text == REQUIREMENTS)
        && home.python_program("jupyter-lab").is_file()
        && works(&home.python_program("python"))
}

/// Makes the environment anew.
pub fn set_up(home: &Home) -> Result<()> {
    let python = find()?;
    let folder = home.python();
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("removing {}", folder.display()))?;
    }
    std::fs::create_dir_all(home.path())?;
    make_environment(&python, &folder)?;
    let file = home.path().join("requirements.txt");
    write_whole(&file, REQUIREMENTS.as_bytes())?;
    let output = Command::new(home.python_program("python"))
        .args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"])
        .arg("--requirement")
        .arg(&file)
        .output()
        .context("running pip")?;
    if !output.status.success() {
        bail!(
            "pip could not install Jupyter ({}): check the network and the space on the disk, \
             then run `cargo lab setup` again",
            last_line(&output.stderr)
        );
    }
    // The stamp is written last: an environment that was interrupted is made anew.
    write_whole(&stamp(home), REQUIREMENTS.as_bytes())
}

/// The name and version of the Python that would be used.
pub fn find() -> Result<PathBuf> {
    for name in ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"] {
        let check = "import sys; sys.exit(sys.version_info < (3, 11))";
        if run(Path::new(name), &["-c", check]).is_ok_and(|output| output.status.success()) {
            return Ok(PathBuf::from(name));
        }
    }
    bail!("Python 3.11 or newer is needed for Jupyter: install it (Debian: apt install python3)")
}

fn make_environment(python: &Path, folder: &Path) -> Result<()> {
    let target = folder.display().to_string();
    let tries: [&[&str]; 2] = [&["-m", "venv", &target], &["-m", "virtualenv", "--quiet", &target]];
    let mut first = None;
    for arguments in tries {
        let output = run(python, arguments)?;
        if output.status.success() && works(&folder.join("bin/python")) {
            return Ok(());
        }
        // Debian leaves an environment without pip behind.
        let _ = std::fs::remove_dir_all(folder);
        first.get_or_insert(output);
    }
    if let Some(()) = borrow_pip(python, folder) {
        return Ok(());
    }
    let message = first.map(|output| {
        let text = if output.stderr.is_empty() { output.stdout } else { output.stderr };
        last_line(&text)
    });
    bail!(
        "Python could not make an environment ({}): install its venv module (Debian: apt install \
         python3-venv), then run `cargo lab setup` again",
        message.unwrap_or_default()
    )
}

/// A Python without `ensurepip` may still have a pip of its own, which can install another one.
fn borrow_pip(python: &Path, folder: &Path) -> Option<()> {
    let target = folder.display().to_string();
    let made = run(python, &["-m", "venv", "--without-pip", &target]).ok()?;
    let inner = folder.join("bin/python").display().to_string();
    let installed =
        run(python, &["-m", "pip", "--python", &inner, "install", "--quiet", "pip"]).ok()?;
    (made.status.success() && installed.status.success()).then_some(())
}

fn works(python: &Path) -> bool {
    run(python, &["-c", "import pip"]).is_ok_and(|output| output.status.success())
}

fn run(python: &Path, arguments: &[&str]) -> Result<Output> {
    Command::new(python)
        .args(arguments)
        .output()
        .with_context(|| format!("running {}", python.display()))
}

fn stamp(home: &Home) -> PathBuf {
    home.python().join("dfdx-lab.txt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_has_one_version() {
        let lines = REQUIREMENTS.lines().filter(|line| !line.starts_with('#'));
        assert!(lines.clone().any(|line| line.starts_with("jupyterlab==")));
        for line in lines {
            assert_eq!(line.matches("==").count(), 1, "{line}");
        }
    }
}
