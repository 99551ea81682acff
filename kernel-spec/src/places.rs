//! Paths: the project, and the folder with everything that `cargo lab` makes.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The variable that moves the folder of everything that is installed.
pub const HOME: &str = "DFDX_LAB_HOME";

/// The folder with everything that `cargo lab setup` makes: `.lab` in the project, or
/// `DFDX_LAB_HOME`.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

impl Home {
    pub fn of(project: &Path) -> Result<Home> {
        match std::env::var_os(HOME).filter(|value| !value.is_empty()) {
            Some(home) => Ok(Home(std::path::absolute(home).context(HOME)?)),
            None => Ok(Home(project.join(".lab"))),
        }
    }

    /// For a kernel, which Jupyter starts in any folder: its kernelspec names the home.
    pub fn of_kernel() -> Result<Home> {
        let home = std::env::var_os(HOME).with_context(|| format!("{HOME} is not set"))?;
        Ok(Home(PathBuf::from(home)))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The program that kernelspecs name; a copy, because the build folder may be cleaned.
    pub fn program(&self) -> PathBuf {
        self.0.join("bin").join("lab")
    }

    /// The Python environment with Jupyter.
    pub fn python(&self) -> PathBuf {
        self.0.join("python")
    }

    pub fn python_program(&self, name: &str) -> PathBuf {
        self.python().join("bin").join(name)
    }

    /// A folder for Jupyter's search path, with the kernelspec in it.
    pub fn jupyter(&self) -> PathBuf {
        self.0.join("share").join("jupyter")
    }

    /// The prebuilt libraries, a folder for each version.
    pub fn libraries(&self) -> PathBuf {
        self.0.join("library")
    }

    /// Rust's own sources, a folder for each version.
    pub fn rust_sources(&self) -> PathBuf {
        self.0.join("rust-src")
    }

    /// Says which of the folders above are in use; written last.
    pub fn current(&self) -> PathBuf {
        self.0.join("current.json")
    }
}

/// The project's folder: where the library's package lies.
pub fn project() -> Result<PathBuf> {
    let by_cargo = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = std::env::current_dir().context("the working directory")?;
    let built = Path::new(env!("CARGO_MANIFEST_DIR"));
    [by_cargo.as_deref(), Some(&*here), Some(built)]
        .into_iter()
        .flatten()
        .flat_map(Path::ancestors)
        .find(|folder| is_project(folder))
        .map(Path::to_owned)
        .context("this is not a checkout of dfdx-lab: run the command in its folder")
}

fn is_project(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("Cargo.toml"))
        .is_ok_and(|text| text.lines().any(|line| line.trim() == "name = \"dfdx-lab\""))
}

/// Writes a file so that it is either the old one or the new one, whenever the program is killed.
pub fn write_whole(path: &Path, text: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file without a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    std::io::Write::write_all(&mut file, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).with_context(|| format!("writing {}", path.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_found_from_inside_this_package() {
        let project = project().unwrap();
        assert!(project.join("kernel-spec").is_dir(), "{}", project.display());
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a").join("b.json");
        write_whole(&path, b"1").unwrap();
        write_whole(&path, b"22").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"22");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
