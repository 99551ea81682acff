//! The project's own Python environments: one with Jupyter, one with what tests compare with.

use crate::places::{Home, write_whole};
use crate::toolchain::last_line;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with a Python that has certain packages.
pub struct Environment {
    folder: PathBuf,
    /// What it is for.
    name: &'static str,
    /// Every package with its version.
    requirements: &'static str,
    /// A program that is there once they are.
    program: &'static str,
}

impl Environment {
    /// With Jupyter, for notebooks.
    pub fn jupyter(home: &Home) -> Environment {
        let requirements = include_str!("../requirements.txt");
        Environment { folder: home.python(), name: "Jupyter", requirements, program: "jupyter-lab" }
    }

    /// With Optuna and a PostgreSQL server for the tests of studies, Keras and onnxruntime for
    /// those of models in their files.
    pub fn peers(home: &Home) -> Environment {
        let requirements = include_str!("../tests/requirements.txt");
        let folder = home.path().join("peers");
        Environment {
            folder,
            name: "Optuna, PostgreSQL, Keras and onnxruntime",
            requirements,
            program: "pytest",
        }
    }

    /// Its Python.
    pub fn python(&self) -> PathBuf {
        self.folder.join("bin").join("python")
    }

    /// Whether it has the packages of the requirements.
    pub fn is_ready(&self) -> bool {
        std::fs::read_to_string(self.stamp()).is_ok_and(|text| text == self.requirements)
            && self.folder.join("bin").join(self.program).is_file()
            && works(&self.python())
    }

    /// Makes it from scratch.
    pub fn set_up(&self) -> Result<()> {
        let python = find()?;
        let folder = &self.folder;
        if folder.exists() {
            std::fs::remove_dir_all(folder)
                .with_context(|| format!("removing {}", folder.display()))?;
        }
        if let Some(parent) = folder.parent() {
            std::fs::create_dir_all(parent)?;
        }
        make_environment(&python, folder)?;
        let file = folder.join("requirements.txt");
        write_whole(&file, self.requirements.as_bytes())?;
        let output = Command::new(self.python())
            .args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"])
            .arg("--requirement")
            .arg(&file)
            .output()
            .context("running pip")?;
        if !output.status.success() {
            bail!(
                "pip could not install {} ({}): check the network and the space on the disk, \
                 then run the command again",
                self.name,
                last_line(&output.stderr)
            );
        }
        // The stamp is written last: an environment without it is made again.
        write_whole(&self.stamp(), self.requirements.as_bytes())
    }

    fn stamp(&self) -> PathBuf {
        self.folder.join("dfdx-lab.txt")
    }
}

/// The Python that would be used.
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
        // Debian's Python without `venv` leaves an environment without pip behind.
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
         python3-venv), then run the command again",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_has_one_version() {
        let home = Home::at("".into());
        for (environment, known) in
            [(Environment::jupyter(&home), "jupyterlab=="), (Environment::peers(&home), "optuna==")]
        {
            let lines = environment.requirements.lines().filter(|line| !line.starts_with('#'));
            assert!(lines.clone().any(|line| line.starts_with(known)));
            for line in lines {
                assert_eq!(line.matches("==").count(), 1, "{line}");
            }
        }
    }
}
