//! Where a study keeps weights and backups: a folder beside the database.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The folder; that of a study in memory lies among the temporary ones, and goes with it.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    temporary: bool,
}

impl Folder {
    /// `sleep.db.models/NAME` for the file `sleep.db`, `studies.models/NAME` in the working folder
    /// for a server's database.
    pub fn of(url: &str, study: &str) -> Folder {
        let name = safe(study);
        if ["memory", ":memory:", "sqlite://", "sqlite:///:memory:"].contains(&url) {
            static COUNT: AtomicU64 = AtomicU64::new(0);
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let folder = format!("dfdx-lab-study-{}-{count}", std::process::id());
            return Folder { path: std::env::temp_dir().join(folder), temporary: true };
        }
        let file = url.strip_prefix("sqlite:///").unwrap_or(url);
        let base = match file.contains("://") {
            true => PathBuf::from("studies.models"),
            false => PathBuf::from(format!("{file}.models")),
        };
        Folder { path: base.join(name), temporary: false }
    }

    /// Whether it goes with the study.
    pub fn is_temporary(&self) -> bool {
        self.temporary
    }

    /// Its path; it is there only once something is in it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What a trial of this number needs to go on.
    pub fn backup(&self, number: u64) -> PathBuf {
        self.path.join(format!("trial-{number}.backup"))
    }

    /// Removes it with everything in it.
    pub fn delete(&self) {
        let _ = std::fs::remove_dir_all(&self.path);
        if !self.temporary
            && let Some(base) = self.path.parent()
        {
            // Only if no other study has something there.
            let _ = std::fs::remove_dir(base);
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.temporary {
            self.delete();
        }
    }
}

/// A study's name as the name of a folder: another one for each name.
fn safe(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_ .".contains(c);
    let mut out: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let changed =
        out != name || out.is_empty() || out.starts_with('.') || out.ends_with([' ', '.']);
    if changed || out.len() > 100 {
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
        });
        out = out.chars().take(40).collect::<String>().trim_matches([' ', '.']).to_string();
        out += &format!("-{hash:016x}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_the_folder() {
        let path = |study: &str| Folder::of("studies/a.db", study).path().to_path_buf();
        assert_eq!(path("sleep 2"), Path::new("studies/a.db.models/sleep 2"));
        for odd in ["..", ".", "../../x", "a/b", "a\\b", "c:", "", &"x".repeat(500)] {
            let path = path(odd);
            let name = path.file_name().unwrap().to_string_lossy().to_string();
            assert_eq!(path.parent().unwrap(), Path::new("studies/a.db.models"), "{odd}");
            assert!(name.len() < 200 && !name.contains(['/', '\\', ':']), "{name}");
        }
        assert_ne!(path("a/b"), path("a_b"));
        let memory = Folder::of("memory", "x");
        std::fs::create_dir_all(memory.path()).unwrap();
        let path = memory.path().to_path_buf();
        drop(memory);
        assert!(!path.exists());
        assert_eq!(
            Folder::of("postgresql://u:secret@host/db", "s").path(),
            Path::new("studies.models/s")
        );
    }
}
