//! The quick or the full run of a notebook.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::html;

/// How much a notebook does: `Quick` shows that it works, `Full` reproduces a report's figures.
///
/// ```
/// use dfdx_lab::notebook::Profile;
/// let profile = Profile::Quick;
/// let epochs = profile.pick(3, 50);
/// assert_eq!(epochs, 3);
/// assert_eq!("full".parse::<Profile>()?, Profile::Full);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Few epochs on little data, done within a minute.
    #[default]
    Quick,
    /// All data and epochs of the report.
    Full,
}

impl Profile {
    /// Whether everything is to be run.
    pub fn is_full(&self) -> bool {
        *self == Profile::Full
    }

    /// The first value in the quick profile, the second in the full one.
    pub fn pick<T>(&self, quick: T, full: T) -> T {
        match self {
            Profile::Quick => quick,
            Profile::Full => full,
        }
    }

    /// The profile as a line of HTML.
    pub fn to_html(&self) -> String {
        format!("<p>{}</p>", html::escape(&self.to_string()))
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Profile::Quick => "quick profile: shows that everything runs; figures mean little",
            Profile::Full => "full profile: all data and epochs",
        })
    }
}

impl FromStr for Profile {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "quick" => Ok(Profile::Quick),
            "full" => Ok(Profile::Full),
            _ => Err(Error::argument("the profile", text, "quick or full")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_others_refused() {
        assert_eq!(" Quick".parse::<Profile>().unwrap(), Profile::Quick);
        assert!(Profile::Full.is_full() && !Profile::default().is_full());
        assert_eq!(Profile::Full.pick("a", "b"), "b");
        let error = "fast".parse::<Profile>().unwrap_err().to_string();
        assert!(error.contains("fast") && error.contains("quick or full"), "{error}");
    }
}
