//! Reading text files of rows by polars, with errors that name the line.

mod convert;
mod kinds;
mod numbers;
mod options;
mod parse;
mod read;
mod scan;
mod text;

pub(crate) use kinds::would_be_text;
pub use options::{ColumnType, Csv};
pub(crate) use scan::line_of_row;
pub(crate) use text::Layout;

#[cfg(test)]
mod tests;
