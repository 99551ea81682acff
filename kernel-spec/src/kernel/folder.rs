//! The kernel's temporary folder: the kernel and its helpers write all their files there.

use anyhow::{Context, Result};
use std::fs::File;
use std::path::Path;
use tempfile::TempDir;

const PREFIX: &str = "dfdx-lab-kernel-";
/// A file that is locked as long as the kernel lives, so that the folders of killed kernels can be
/// recognised.
const LOCK: &str = "lock";

/// The folder, which goes away with this value, and the lock on it.
pub struct Folder {
    folder: TempDir,
    _lock: File,
}

impl Folder {
    /// Makes a folder in the system's temporary one, and removes those of kernels that were killed.
    pub fn make() -> Result<Folder> {
        let place = std::env::temp_dir();
        remove_orphans(&place);
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(&place)
            .with_context(|| format!("making a folder in {}", place.display()))?;
        let lock = File::create(folder.path().join(LOCK))?;
        lock.lock().context("locking the kernel's folder")?;
        Ok(Folder { folder, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn remove_orphans(place: &Path) {
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
        let own = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let path = entry.path();
        // A folder without a lock file is just being made; a lock that is held is a live kernel's.
        if own
            && let Ok(lock) = File::open(path.join(LOCK))
            && lock.try_lock().is_ok()
        {
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_killed_kernels_are_removed() {
        let place = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let folder = place.path().join(format!("{PREFIX}{name}"));
            std::fs::create_dir(&folder).unwrap();
            folder
        };
        let (dead, living, new) = (make("dead"), make("living"), make("new"));
        File::create(dead.join(LOCK)).unwrap();
        let lock = File::create(living.join(LOCK)).unwrap();
        lock.lock().unwrap();
        remove_orphans(place.path());
        assert!(!dead.exists() && living.exists() && new.exists());
    }
}
