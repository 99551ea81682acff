//! `cargo lab report`: executes notebooks in Jupyter and writes their pages.

mod browser;
mod index;
mod machine;
mod record;

pub use browser::Paper;

use crate::jupyter;
use crate::places::{self, Home};
use crate::spec::Kernel;
use crate::table::Table;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Runs one notebook: one script, in which each part uses what the parts before it define.
const SCRIPT: &str = concat!(
    include_str!("write.py"),
    include_str!("page.py"),
    include_str!("latex.py"),
    include_str!("run.py")
);
const STYLE: &str = include_str!("style.css");

/// How much the notebooks do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Tiny,
    Quick,
    Full,
}

impl Profile {
    pub fn name(self) -> &'static str {
        match self {
            Profile::Tiny => "tiny",
            Profile::Quick => "quick",
            Profile::Full => "full",
        }
    }
}

/// What to report on, and where to.
pub struct Order {
    pub notebooks: Vec<PathBuf>,
    pub profile: Profile,
    /// The kernel that runs the cells.
    pub kernel: Kernel,
    pub out: PathBuf,
    pub author: Option<String>,
    pub title: Option<String>,
    /// The paper of the PDF, if one is wanted.
    pub pdf: Option<Paper>,
    /// Whether the figures are written as vectors, with a LaTeX file.
    pub latex: bool,
    /// Whether the figures are kept in the project's `docs`.
    pub record: bool,
    pub json: bool,
}

/// The project's notebooks, in the order of their names.
pub fn all_notebooks(project: &Path) -> Result<Vec<PathBuf>> {
    notebooks_of(&places::notebooks(project))
}

/// The project's small courseworks, in the order of their names.
pub fn courseworks(project: &Path) -> Result<Vec<PathBuf>> {
    notebooks_of(&places::notebooks(project).join(COURSEWORK))
}

/// Where the courseworks are, in the folder of the notebooks.
const COURSEWORK: &str = "coursework";

fn notebooks_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "ipynb") {
                found.push(path);
            }
        }
    }
    if found.is_empty() {
        bail!("there are no notebooks in {}", folder.display());
    }
    found.sort();
    Ok(found)
}

/// A notebook by its path, or by its name in the project's folder with or without the ending.
pub fn find(project: &Path, given: &Path) -> Result<PathBuf> {
    let notebooks = places::notebooks(project);
    for folder in [Path::new(""), &notebooks, &notebooks.join(COURSEWORK)] {
        for path in [folder.join(given), folder.join(given).with_added_extension("ipynb")] {
            if path.is_file() {
                return Ok(path);
            }
        }
    }
    let names: Vec<_> = all_notebooks(project)?
        .iter()
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    bail!("there is no notebook {}; the project has {}", given.display(), names.join(", "))
}

/// Executes the notebooks one after the other; stops at the first that fails.
pub fn run(project: &Path, home: &Home, order: &Order) -> Result<()> {
    // Looked for first, so that the user is told of a missing one before the notebooks run.
    let browser = match order.pdf {
        Some(paper) => Some((browser::find()?, paper)),
        None => None,
    };
    let out = std::path::absolute(&order.out)?;
    let mut table = Table::new(&["notebook", "profile", "rows", "seconds", "page"]);
    let version = machine::version(project);
    for notebook in &order.notebooks {
        let name = notebook.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let wanted = json!({
            "notebook": notebook,
            "out": out,
            "project": project,
            "profile": order.profile.name(),
            "kernel": order.kernel.name(),
            "stock": order.kernel == Kernel::Stock,
            "author": order.author,
            "latex": order.latex,
            "title": order.title,
            "version": version,
            "machine": machine::describe(),
            "css": STYLE,
        });
        let done = execute(home, notebook, &name, &wanted)?;
        let mut page = done["done"].clone();
        if let (Some((browser, paper)), Some(html)) = (&browser, page.as_str()) {
            let pdf = Path::new(html).with_extension("pdf");
            browser::print(browser, Path::new(html), &pdf, *paper)?;
            page = json!(pdf);
        }
        if order.record {
            record::keep(project, &out.join(format!("{name}.json")))?;
        }
        let row = [json!(name), json!(order.profile.name()), done["rows"].clone()];
        table.row(row.into_iter().chain([done["seconds"].clone(), page]).collect());
    }
    index::write(&out)?;
    if order.record {
        record::write_page(project)?;
    }
    table.print(order.json)
}

fn execute(home: &Home, notebook: &Path, name: &str, wanted: &Value) -> Result<Value> {
    let mut python = jupyter::script(home, SCRIPT)
        .arg(wanted.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting Python")?;
    // Jupyter's own remarks matter only if it fails without a word on standard output.
    let stderr = python.stderr.take().context("Python's output")?;
    let remarks = std::thread::spawn(move || std::io::read_to_string(stderr).unwrap_or_default());
    let stdout = BufReader::new(python.stdout.take().context("Python's output")?);
    let terminal = std::io::stderr().is_terminal();
    let clear = || {
        if terminal {
            eprint!("\r\x1b[2K")
        }
    };
    let mut done = None;
    let mut failure = None;
    for line in stdout.lines() {
        let Ok(facts) = serde_json::from_str::<Value>(&line?) else { continue };
        if let Some(error) = facts["error"].as_str() {
            failure = Some(match facts["failed"].as_u64() {
                Some(cell) => format!("{}, code cell {cell}:\n{error}", notebook.display()),
                None => format!("{}: {error}", notebook.display()),
            });
        } else if facts["done"].is_string() {
            done = Some(facts);
        } else if let (Some(cell), Some(of)) = (facts["cell"].as_u64(), facts["of"].as_u64()) {
            let text: String = facts["line"].as_str().unwrap_or("").chars().take(70).collect();
            clear();
            eprint!("{name:>22}  cell {cell} of {of}  {text}");
            let _ = if terminal { std::io::stderr().flush() } else { writeln!(std::io::stderr()) };
        }
    }
    clear();
    let status = python.wait()?;
    if let Some(failure) = failure {
        bail!("{failure}");
    }
    match done {
        Some(done) if status.success() => {
            let seconds = done["seconds"].as_f64().unwrap_or(0.0);
            eprintln!("{name:>22}  {seconds:.1} s, {}", done["done"].as_str().unwrap_or(""));
            Ok(done)
        }
        _ => {
            let remarks = remarks.join().unwrap_or_default();
            bail!("{}: Jupyter ended ({status}):\n{}", notebook.display(), remarks.trim_end())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notebooks_come_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        assert!(all_notebooks(folder.path()).is_err());
        let notebooks = folder.path().join("notebooks");
        std::fs::create_dir(&notebooks).unwrap();
        for name in ["02-b.ipynb", "01-a.ipynb", "notes.md"] {
            std::fs::write(notebooks.join(name), "").unwrap();
        }
        let names: Vec<_> = all_notebooks(folder.path())
            .unwrap()
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["01-a.ipynb", "02-b.ipynb"]);
        let found = |name: &str| find(folder.path(), Path::new(name));
        assert_eq!(found("02-b").unwrap(), notebooks.join("02-b.ipynb"));
        assert!(courseworks(folder.path()).is_err());
        let coursework = notebooks.join("coursework");
        std::fs::create_dir(&coursework).unwrap();
        std::fs::write(coursework.join("iris.ipynb"), "").unwrap();
        assert_eq!(courseworks(folder.path()).unwrap(), [coursework.join("iris.ipynb")]);
        assert_eq!(found("iris").unwrap(), coursework.join("iris.ipynb"));
        assert_eq!(found("01-a.ipynb").unwrap(), notebooks.join("01-a.ipynb"));
        assert!(found("03-c").unwrap_err().to_string().contains("01-a, 02-b"));
    }
}
