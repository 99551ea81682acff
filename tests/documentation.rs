//! Links between files lead to a file, and the files that the pages for contributors name exist.

use std::path::{Path, PathBuf};

/// The checkout, or none if the tests run from the packed crate, which lacks some files.
fn checkout() -> Option<&'static Path> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("kernel-spec").is_dir().then_some(root)
}

/// All Markdown files below a folder, except those that are built or downloaded.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let built = ["target", "reports", "artifacts", "corpus"].contains(&name.as_str());
        if path.is_dir() && !built && !name.starts_with('.') {
            pages(&path, found);
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// The text between `open` and `close`, for each `open` in the text.
fn between<'a>(text: &'a str, open: &'a str, close: char) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).filter_map(move |rest| rest.split_once(close).map(|(part, _)| part))
}

#[test]
fn every_link_leads_to_a_file() {
    let Some(root) = checkout() else { return };
    let mut all = Vec::new();
    pages(root, &mut all);
    assert!(all.len() > 15, "{all:?}");
    let mut dead = Vec::new();
    for page in &all {
        let text = std::fs::read_to_string(page).unwrap();
        for link in between(&text, "](", ')') {
            let file = link.split('#').next().unwrap_or_default();
            let elsewhere = link.contains("://") || link.contains(' ') || file.is_empty();
            if !elsewhere && !page.parent().unwrap().join(file).exists() {
                dead.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

#[test]
fn files_named_for_contributors_exist() {
    let Some(root) = checkout() else { return };
    let mut missing = Vec::new();
    for page in ["CONTRIBUTING.md", "docs/architecture.md"] {
        let text = std::fs::read_to_string(root.join(page)).unwrap();
        // Every second part between backticks is code.
        for name in text.split('`').skip(1).step_by(2) {
            let is_file =
                name.contains('/') && [".rs", ".py", ".md"].iter().any(|e| name.ends_with(e));
            let invented = name.contains("my_") || name.contains(['*', ' ', '<']);
            let places = ["", "src", "kernel-spec/src"];
            if is_file && !invented && !places.iter().any(|p| root.join(p).join(name).exists()) {
                missing.push(format!("{page}: {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
