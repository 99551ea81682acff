//! The folder beside the database with a study's models and backups.

use crate::tune::storage::shown;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The folder of a study. For a study in memory it is temporary, and is removed with the study.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    temporary: bool,
}

impl Folder {
    /// The folder of this study: `sleep.db.models/NAME` for the file `sleep.db`,
    /// `studies.models/NAME-KEY-HASH` in the working folder for a server's database. Two databases
    /// may have studies of the same name and key; the hash of the server's address tells them
    /// apart.
    pub fn of(url: &str, study: &str, id: i64) -> Folder {
        let name = safe(study);
        if ["memory", ":memory:", "sqlite://", "sqlite:///:memory:"].contains(&url) {
            static COUNT: AtomicU64 = AtomicU64::new(0);
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let folder = format!("dfdx-lab-study-{}-{count}", std::process::id());
            return Folder { path: std::env::temp_dir().join(folder), temporary: true };
        }
        let file = url.strip_prefix("sqlite:///").unwrap_or(url);
        let path = match file.contains("://") {
            true => {
                let server = hash(&server(file));
                PathBuf::from("studies.models").join(format!("{name}-{id}-{server:08x}"))
            }
            false => PathBuf::from(format!("{file}.models")).join(name),
        };
        Folder { path, temporary: false }
    }

    /// Whether it is removed with the study.
    pub fn is_temporary(&self) -> bool {
        self.temporary
    }

    /// Its path. The folder exists only once it has a file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of the trial's backup.
    pub fn backup(&self, number: u64) -> PathBuf {
        self.path.join(format!("trial-{number}.backup"))
    }

    /// Removes the folder and everything in it.
    pub fn delete(&self) {
        let _ = std::fs::remove_dir_all(&self.path);
        if !self.temporary
            && let Some(base) = self.path.parent()
        {
            // This succeeds only if no other study has files there.
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

/// The host, port and database of a server's URL; the same for every spelling of `localhost`.
fn server(url: &str) -> String {
    let shown = shown(url);
    let rest = shown.split_once("://").map_or("", |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let (host, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => (host, port),
        _ => (host, "5432"),
    };
    let host = match host.to_lowercase() {
        host if ["", "127.0.0.1", "[::1]"].contains(&host.as_str()) => "localhost".to_string(),
        host => host,
    };
    format!("{host}:{port}/{database}")
}

/// FNV-1a, folded to 32 bits.
fn hash(text: &str) -> u64 {
    let long = fnv(text);
    (long >> 32) ^ (long & 0xffff_ffff)
}

fn fnv(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// A valid folder name for a study's name, different for each name.
fn safe(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_ .".contains(c);
    let mut out: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let changed =
        out != name || out.is_empty() || out.starts_with('.') || out.ends_with([' ', '.']);
    if changed || out.len() > 100 {
        let hash = fnv(name);
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
        let path = |study: &str| Folder::of("studies/a.db", study, 1).path().to_path_buf();
        assert_eq!(path("sleep 2"), Path::new("studies/a.db.models/sleep 2"));
        for odd in ["..", ".", "../../x", "a/b", "a\\b", "c:", "", &"x".repeat(500)] {
            let path = path(odd);
            let name = path.file_name().unwrap().to_string_lossy().to_string();
            assert_eq!(path.parent().unwrap(), Path::new("studies/a.db.models"), "{odd}");
            assert!(name.len() < 200 && !name.contains(['/', '\\', ':']), "{name}");
        }
        assert_ne!(path("a/b"), path("a_b"));
        let memory = Folder::of("memory", "x", 1);
        std::fs::create_dir_all(memory.path()).unwrap();
        let path = memory.path().to_path_buf();
        drop(memory);
        assert!(!path.exists());
        let path = |url: &str, id| Folder::of(url, "s", id).path().to_path_buf();
        let first = path("postgresql://u:secret@localhost/db", 1);
        let name = first.file_name().unwrap().to_string_lossy();
        assert!(first.starts_with("studies.models") && name.starts_with("s-1-"), "{name}");
        assert_eq!(first, path("postgresql+psycopg2://v@127.0.0.1:5432/db?sslmode=require", 1));
        for other in ["u@localhost/other", "u@localhost:5433/db", "u@host/db"] {
            assert_ne!(first, path(&format!("postgresql://{other}"), 1));
        }
        assert_ne!(first, path("postgresql://u:secret@localhost/db", 2));
    }
}
