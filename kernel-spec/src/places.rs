//! Paths: the working folder, and the home, which holds everything that a set-up makes.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// The variable that names another folder for everything that is installed.
pub const HOME: &str = "DFDX_LAB_HOME";

/// The program's name.
pub const PROGRAM: &str = "dfdx-lab";

/// What the command works on: a checkout of the project, in which it is called `cargo lab`, or any
/// folder with notebooks, for the installed program `dfdx-lab`.
pub struct Place {
    pub folder: PathBuf,
    pub is_checkout: bool,
    pub home: Home,
}

impl Place {
    /// The checkout that the working directory is in, else the working directory.
    pub fn here() -> Result<Place> {
        let here = std::env::current_dir().context("the working directory")?;
        // Set by `cargo run`, also where the command is called with `--manifest-path`.
        let by_cargo = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let checkout = by_cargo.iter().chain([&here]).find_map(|folder| checkout_around(folder));
        let home = Home::find(checkout.as_deref())?;
        let is_checkout = checkout.is_some();
        Ok(Place { folder: checkout.unwrap_or(here), is_checkout, home })
    }

    /// The project, for what only works in a checkout.
    pub fn checkout(&self, what: &str) -> Result<&Path> {
        if !self.is_checkout {
            bail!("{what} works in a checkout of dfdx-lab only: call it in its folder");
        }
        Ok(&self.folder)
    }

    /// The name by which this program is called here.
    pub fn command(&self) -> &'static str {
        if self.is_checkout { "cargo lab" } else { PROGRAM }
    }

    /// The folder that JupyterLab opens.
    pub fn notebooks(&self) -> PathBuf {
        notebooks(&self.folder)
    }
}

/// The notebooks of a project: in `notebooks`, if there is such a folder, else in its own.
pub fn notebooks(project: &Path) -> PathBuf {
    let inner = project.join("notebooks");
    if inner.is_dir() { inner } else { project.to_owned() }
}

/// The folder with everything that a set-up makes: `.lab` in a checkout, `dfdx-lab` in the user's
/// data folder for the installed program, or `DFDX_LAB_HOME`.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

impl Home {
    /// A home in the folder.
    #[cfg(test)]
    pub fn at(folder: PathBuf) -> Home {
        Home(folder)
    }

    fn find(checkout: Option<&Path>) -> Result<Home> {
        if let Some(home) = variable(HOME) {
            return Ok(Home(std::path::absolute(home).context(HOME)?));
        }
        if let Some(checkout) = checkout {
            return Ok(Home(checkout.join(".lab")));
        }
        // A program inside a home belongs to that home, even if it is called by a link.
        let own = std::env::current_exe().and_then(|path| path.canonicalize());
        let around = own.ok().and_then(|own| Some(Home(own.parent()?.parent()?.to_owned())));
        match around.filter(|home| home.current().is_file()) {
            Some(home) => Ok(home),
            None => Ok(Home(user_data()?.join(PROGRAM))),
        }
    }

    /// For a kernel, which Jupyter starts in any folder: its kernelspec names the home.
    pub fn of_kernel() -> Result<Home> {
        let home = std::env::var_os(HOME).with_context(|| format!("{HOME} is not set"))?;
        Ok(Home(PathBuf::from(home)))
    }

    /// What to run if something is missing.
    pub fn advice(&self) -> String {
        let home = self.0.display();
        let checkout = match self.0.file_name() {
            Some(name) if name == ".lab" => self.0.parent().and_then(checkout_around),
            _ => None,
        };
        match checkout {
            Some(folder) => format!("in {}, run `cargo lab setup`", folder.display()),
            None => format!("run `dfdx-lab setup` (in a checkout, `cargo lab setup`) for {home}"),
        }
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The program that kernelspecs name; a copy, because the build folder may be cleaned.
    pub fn program(&self) -> PathBuf {
        self.0.join("bin").join(PROGRAM)
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

    /// The library's package, for an installation outside a checkout.
    pub fn sources(&self) -> PathBuf {
        self.0.join("sources")
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

/// The checkout that a folder is in.
pub fn checkout_around(folder: &Path) -> Option<PathBuf> {
    let is_checkout = |folder: &&Path| {
        folder.join("kernel-spec/Cargo.toml").is_file()
            && std::fs::read_to_string(folder.join("Cargo.toml"))
                .is_ok_and(|text| text.lines().any(|line| line.trim() == "name = \"dfdx-lab\""))
    };
    folder.ancestors().find(is_checkout).map(Path::to_owned)
}

/// The user's data folder, by the platform's conventions.
pub fn user_data() -> Result<PathBuf> {
    let home = variable("HOME").context("the variable HOME is not set");
    if cfg!(target_os = "macos") {
        return Ok(home?.join("Library/Application Support"));
    }
    variable("XDG_DATA_HOME").map_or_else(|| Ok(home?.join(".local/share")), Ok)
}

/// The user's cache folder, for what can be made again.
pub fn user_cache() -> Result<PathBuf> {
    let home = variable("HOME").context("the variable HOME is not set");
    if cfg!(target_os = "macos") {
        return Ok(home?.join("Library/Caches"));
    }
    variable("XDG_CACHE_HOME").map_or_else(|| Ok(home?.join(".cache")), Ok)
}

/// The value of an environment variable, if it is set and not empty.
pub fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// A folder to fill and then rename into place. Unlike a temporary folder it is not private: an
/// installation is for everybody whom its owner's umask lets in.
pub fn new_folder(place: &Path) -> Result<tempfile::TempDir> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::create_dir_all(place).with_context(|| format!("making {}", place.display()))?;
    tempfile::Builder::new()
        .prefix(UNFINISHED)
        .permissions(std::fs::Permissions::from_mode(0o755))
        .tempdir_in(place)
        .with_context(|| format!("making a folder in {}", place.display()))
}

/// How the names of unfinished folders begin.
pub const UNFINISHED: &str = ".new-";

/// Writes a file so that, whenever the program is killed, either the old or the new one is there.
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
    fn a_checkout_is_found_from_inside_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(checkout_around(folder.path()), None);
        let inner = folder.path().join("kernel-spec/src");
        std::fs::create_dir_all(&inner).unwrap();
        write_whole(&folder.path().join("Cargo.toml"), b"[package]\nname = \"dfdx-lab\"\n")
            .unwrap();
        assert_eq!(checkout_around(&inner), None);
        write_whole(&folder.path().join("kernel-spec/Cargo.toml"), b"").unwrap();
        assert_eq!(checkout_around(&inner).as_deref(), Some(folder.path()));
        let advice = Home::at(folder.path().join(".lab")).advice();
        assert!(advice.starts_with("in /") && advice.ends_with("`cargo lab setup`"), "{advice}");
        let advice = Home::at("/opt/dfdx-lab".into()).advice();
        assert!(advice.contains("`dfdx-lab setup`") && advice.contains("/opt"), "{advice}");
    }

    #[test]
    fn notebooks_are_in_their_folder_or_in_the_projects() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(notebooks(folder.path()), folder.path());
        std::fs::create_dir(folder.path().join("notebooks")).unwrap();
        assert_eq!(notebooks(folder.path()), folder.path().join("notebooks"));
    }

    #[test]
    fn a_new_folder_can_be_read_by_others() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let new = new_folder(place.path()).unwrap();
        let plain = place.path().join("plain");
        std::fs::create_dir(&plain).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o055;
        assert_eq!(mode(new.path()), mode(&plain));
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
