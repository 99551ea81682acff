//! Checks of arguments that several plots share.

use crate::error::{Error, Result};

/// An error if a label has no class name.
pub fn check_labels(plot: &str, classes: &[String], labels: &[usize]) -> Result<()> {
    match labels.iter().find(|&&label| label >= classes.len()) {
        None => Ok(()),
        Some(&bad) => Err(Error::argument(
            format!("{plot}: a label"),
            bad,
            format!("below {}, the number of class names", classes.len()),
        )),
    }
}

/// An error unless the counts agree.
pub fn same_count(plot: &str, what: &str, got: usize, needed: usize) -> Result<()> {
    if got == needed {
        return Ok(());
    }
    Err(Error::argument(format!("{plot}: the number of {what}"), got, needed.to_string()))
}
