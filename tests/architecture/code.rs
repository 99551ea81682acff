//! Reading the library's files.

use std::path::{Path, PathBuf};

/// The files below a folder; files with tests only are included if `tests` says so.
pub fn files(folder: &Path, tests: bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(folder, tests, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, tests: bool, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let of_tests = ["tests", "checks", "conformance", "gallery", "odd_input", "bin"];
        if !tests && (of_tests.contains(&name.as_str()) || name.ends_with("_tests")) {
            continue;
        }
        if path.is_dir() {
            collect(&path, tests, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// A file's code without comments, and without the tests at its end.
pub fn without_tests(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n").collect()
}
