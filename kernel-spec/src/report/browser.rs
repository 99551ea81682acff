//! A page as PDF, printed by a browser without a window.

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

/// Prints a page, which needs no other file.
pub fn print(browser: &Path, page: &Path, pdf: &Path, paper: Paper) -> Result<()> {
    let profile = tempfile::tempdir()?;
    // The browser's own default differs between systems. The page itself leaves the paper open: who
    // prints it chooses.
    let html =
        std::fs::read_to_string(page).with_context(|| format!("reading {}", page.display()))?;
    let style = format!("<style>@page {{ size: {paper:?}; }}</style></head>");
    let sized = profile.path().join("page.html");
    std::fs::write(&sized, html.replacen("</head>", &style, 1))?;
    let mut command = Command::new(browser);
    command.args(["--headless", "--disable-gpu", "--no-pdf-header-footer"]);
    // SAFETY: a plain system call.
    if unsafe { libc::geteuid() } == 0 {
        // Chromium refuses to run for root otherwise, as in a container.
        command.arg("--no-sandbox");
    }
    command.arg(format!("--user-data-dir={}", profile.path().display()));
    command.arg(format!("--print-to-pdf={}", pdf.display())).arg(&sized);
    let output = command.output().with_context(|| format!("starting {}", browser.display()))?;
    if !output.status.success() || !pdf.is_file() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} did not print {}:\n{}", browser.display(), page.display(), said.trim_end());
    }
    Ok(())
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
        let print = || print(Path::new("/bin/false"), &page, &pdf, Paper::A4).unwrap_err();
        assert!(print().to_string().contains("reading"), "{}", print());
        std::fs::write(&page, "<head></head>").unwrap();
        let error = print();
        assert!(error.to_string().contains("a.html"), "{error}");
    }
}
