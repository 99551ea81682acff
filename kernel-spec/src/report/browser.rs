//! A page as PDF, printed by a browser without a window.

use crate::system;
use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use std::process::Command;

const NAMES: [&str; 6] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
];
const PLACES: [&str; 3] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
];

/// A browser of the Chromium family.
pub fn find() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    find_in(&path).or_else(|| PLACES.iter().map(PathBuf::from).find(|place| place.is_file())).context(
        "--pdf needs a browser of the Chromium family, and there is none. Install one (Debian and \
         Ubuntu: `apt install chromium`; macOS: `brew install --cask chromium`), or open the page in \
         your own browser and print it to a file",
    )
}

fn find_in(path: &std::ffi::OsStr) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(path).collect();
    let places = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}

/// The paper of a PDF.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Paper {
    A4,
    Letter,
}

/// Prints a self-contained page; the PDF is there whole or not at all.
pub fn print(browser: &Path, page: &Path, pdf: &Path, paper: Paper) -> Result<()> {
    let profile = tempfile::tempdir()?;
    // The browser's default paper differs between systems. The page itself names none, so that
    // whoever prints it can choose.
    let html =
        std::fs::read_to_string(page).with_context(|| format!("reading {}", page.display()))?;
    let style = format!("<style>@page {{ size: {paper:?}; }}</style></head>");
    let sized = profile.path().join("page.html");
    std::fs::write(&sized, html.replacen("</head>", &style, 1))?;
    let mut command = Command::new(browser);
    command.args(["--headless", "--disable-gpu", "--no-pdf-header-footer"]);
    if system::is_root() {
        // Chromium refuses to run for root otherwise, as in a container.
        command.arg("--no-sandbox");
    }
    command.arg(format!("--user-data-dir={}", profile.path().display()));
    // Written beside the old file, so that it can be renamed over it.
    let name = pdf.file_name().unwrap_or_default().to_string_lossy();
    let part = pdf.with_file_name(format!(".{name}.part"));
    let _ = std::fs::remove_file(&part);
    command.arg(format!("--print-to-pdf={}", part.display())).arg(&sized);
    let output = command.output().with_context(|| format!("starting {}", browser.display()))?;
    if !output.status.success() || !part.is_file() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} did not print {}:\n{}", browser.display(), page.display(), said.trim_end());
    }
    std::fs::rename(&part, pdf).with_context(|| format!("writing {}", pdf.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_name_on_the_path_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(find_in(folder.path().as_os_str()), None);
        for name in ["google-chrome", "chromium"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(find_in(folder.path().as_os_str()), Some(folder.path().join("chromium")));
    }

    #[test]
    fn a_browser_that_fails_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let (page, pdf) = (folder.path().join("a.html"), folder.path().join("a.pdf"));
        std::fs::write(&pdf, "old").unwrap();
        let print = || print(Path::new("/bin/false"), &page, &pdf, Paper::A4).unwrap_err();
        assert!(print().to_string().contains("reading"), "{}", print());
        std::fs::write(&page, "<head></head>").unwrap();
        let error = print();
        assert!(error.to_string().contains("a.html"), "{error}");
        assert_eq!(std::fs::read(&pdf).unwrap(), b"old");
    }

    /// What a browser has written is taken only once it is done.
    #[test]
    fn a_page_takes_the_place_of_the_last_one() {
        let browser = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser.sh");
        let folder = tempfile::tempdir().unwrap();
        let [page, pdf] = ["a.html", "a.pdf"].map(|name| folder.path().join(name));
        std::fs::write(&pdf, "old").unwrap();
        for (text, found) in [("this one fails", "old"), ("this one does not", "half")] {
            std::fs::write(&page, text).unwrap();
            assert_eq!(print(&browser, &page, &pdf, Paper::A4).is_ok(), found == "half");
            assert_eq!(std::fs::read_to_string(&pdf).unwrap(), found);
        }
    }
}
