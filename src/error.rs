//! The one error type of the library.

use std::fmt;
use std::path::{Path, PathBuf};

/// The result type of the library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error, with the offending value, what was expected, and what to do.
///
/// `Debug` prints the same sentence as `Display`, because a notebook shows a failed `?` or
/// `unwrap()` by `Debug`.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An invalid argument.
    #[error("{what} is {got}, but must be {expected}{}", advice(.hint))]
    Argument {
        /// The argument's name, with the function or builder it belongs to.
        what: String,
        /// Its value.
        got: String,
        /// What it may be.
        expected: String,
        /// What to do about it; may be empty.
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
    /// Invalid content of a file.
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
    /// A file that could not be read or written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A study database that cannot be used.
    #[error("{place}: {problem}")]
    Database {
        /// The file, or the URL without its password.
        place: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A plot that could not be drawn.
    #[error("the plot could not be drawn: {0}")]
    Plot(String),
    /// The user stopped the work.
    #[error("interrupted")]
    Interrupted,
    /// Training that cannot continue, for example because the loss is NaN.
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
    /// An invalid argument.
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

    /// Adds advice to an [`Error::Argument`].
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        if let Error::Argument { hint, .. } = &mut self {
            *hint = text.into();
        }
        self
    }

    /// Puts the function or object that the argument belongs to in front of an [`Error::Argument`].
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

    /// A file that the operating system could not read or write.
    pub fn io(path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Error::Io { path: path.as_ref().to_path_buf(), source }
    }
}
