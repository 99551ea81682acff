//! The one error type of the library.

use std::fmt;
use std::path::{Path, PathBuf};

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong: the offending value, what was expected, what to do.
///
/// `Debug` prints the same sentence as `Display`, because a notebook shows a failed `?` or
/// `unwrap()` by `Debug`.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument outside what it may be.
    #[error("{what} is {got}, but must be {expected}{}", advice(.hint))]
    Argument {
        /// The argument's name, with the function or builder it belongs to.
        what: String,
        /// Its value.
        got: String,
        /// What it may be.
        expected: String,
        /// What to do about it; empty where the sentence says enough.
        hint: String,
    },
    /// Arrays, layers or data whose shapes do not fit together.
    #[error("{what}: the shape is {got:?}, but {expected}")]
    Shape {
        /// The layer, array or operation.
        what: String,
        /// The shape found.
        got: Vec<usize>,
        /// What was needed.
        expected: String,
    },
    /// Something in a file's content that cannot be used.
    #[error("{}{}: {problem}", .path.display(), place(.row, .column))]
    Content {
        /// The file, as an absolute path where it is known.
        path: PathBuf,
        /// The line of the file, counted from 1 with the header as line 1.
        row: Option<usize>,
        /// The column's name.
        column: Option<String>,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The operating system refused to read or write a file.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A database of studies that cannot be used.
    #[error("{place}: {problem}")]
    Database {
        /// The file, or the URL without its password.
        place: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A drawing that failed.
    #[error("the plot could not be drawn: {0}")]
    Plot(String),
    /// Work that the person at the notebook stopped.
    #[error("interrupted")]
    Interrupted,
    /// Training that cannot go on, as when the loss is not a number any more.
    #[error("training stopped: {0}")]
    Training(String),
}

fn advice(hint: &str) -> String {
    if hint.is_empty() { String::new() } else { format!(": {hint}") }
}

fn place(row: &Option<usize>, column: &Option<String>) -> String {
    match (row, column) {
        (Some(row), Some(column)) => format!(", line {row}, column '{column}'"),
        (Some(row), None) => format!(", line {row}"),
        (None, Some(column)) => format!(", column '{column}'"),
        (None, None) => String::new(),
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    /// An argument outside what it may be.
    pub fn argument(
        what: impl Into<String>,
        got: impl fmt::Display,
        expected: impl Into<String>,
    ) -> Self {
        Error::Argument {
            what: what.into(),
            got: got.to_string(),
            expected: expected.into(),
            hint: String::new(),
        }
    }

    /// Adds what to do to an [`Error::Argument`].
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        if let Error::Argument { hint, .. } = &mut self {
            *hint = text.into();
        }
        self
    }

    /// Says of an [`Error::Argument`] where the argument belongs.
    pub(crate) fn about(mut self, place: &str) -> Self {
        if let Error::Argument { what, .. } = &mut self {
            *what = format!("{place}: {what}");
        }
        self
    }

    /// Shapes that do not fit together.
    pub fn shape(what: impl Into<String>, got: &[usize], expected: impl Into<String>) -> Self {
        Error::Shape { what: what.into(), got: got.to_vec(), expected: expected.into() }
    }

    /// A file the operating system refused.
    pub fn io(path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Error::Io { path: path.as_ref().to_path_buf(), source }
    }
}
