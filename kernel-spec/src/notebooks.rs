//! `dfdx-lab new`: a folder with the notebooks and the small tables that they read.

use crate::sources;
use anyhow::{Result, bail};
use std::path::Path;

/// The parts of the package that are copied: a folder, and the extensions of its files.
const PARTS: [(&str, &[&str]); 2] =
    [("notebooks", &["ipynb", "py"]), ("data/coursework", &["csv"])];

/// Copies the notebooks of the library's package; fails if the folder has some already.
pub fn copy(package: &Path, to: &Path) -> Result<()> {
    if to.join("notebooks").exists() {
        bail!("{} has notebooks already, which would be lost: name another folder", to.display());
    }
    for (folder, endings) in PARTS {
        let wanted = |path: &Path| {
            let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes()[0] == b'.');
            let ending = path.extension().unwrap_or_default();
            !hidden && (path.is_dir() || endings.iter().any(|known| ending == *known))
        };
        sources::copy(&package.join(folder), &to.join(folder), &wanted)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notebooks_are_copied_once_with_their_tables() {
        let place = tempfile::tempdir().unwrap();
        let package = place.path().join("package");
        for name in ["notebooks/01-a.ipynb", "notebooks/coursework/b.ipynb", "notebooks/saved/m.db"]
        {
            crate::places::write_whole(&package.join(name), b"{}").unwrap();
        }
        crate::places::write_whole(&package.join("data/coursework/c.csv"), b"1").unwrap();
        let new = place.path().join("new");
        copy(&package, &new).unwrap();
        for name in
            ["notebooks/01-a.ipynb", "notebooks/coursework/b.ipynb", "data/coursework/c.csv"]
        {
            assert!(new.join(name).is_file(), "{name}");
        }
        assert!(!new.join("notebooks/saved").exists());
        assert!(copy(&package, &new).unwrap_err().to_string().contains("another folder"));
    }
}
