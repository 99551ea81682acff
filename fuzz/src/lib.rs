//! Shared by the targets: writes the bytes of a try as a file, since users give files.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A folder for this process, in memory if the system has such a place.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let root = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let folder = root.join(format!("dfdx-lab-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the tries");
        folder
    })
}

/// Writes the bytes as a file of this name and returns its path.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder().join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).expect("a folder for the file");
    }
    std::fs::write(&path, bytes).expect("a written file");
    path
}

/// The library turns panics of other crates' parsers into errors. libFuzzer's own hook would end
/// the process before that; without it, a panic that gets through still ends it.
pub fn allow_caught_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if std::env::var_os("SHOW_PANICS").is_some() {
            eprintln!("{panic}");
        }
    }));
}
