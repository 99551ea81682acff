//! Profiles: how much a notebook computes.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::html;

/// The profile of a notebook: `Quick` is a smaller experiment, `Full` the report's own, `Tiny` only
/// tests that every cell runs.
///
/// ```
/// use dfdx_lab::notebook::Profile;
/// let profile = Profile::Quick;
/// let epochs = profile.pick(1, 10, 100);
/// assert_eq!(epochs, 10);
/// assert_eq!("full".parse::<Profile>()?, Profile::Full);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Almost no data and epochs, to test that the cells run; the figures mean nothing.
    Tiny,
    /// Fewer epochs, tries or data than the report, with the same conclusions, in a minute or two.
    #[default]
    Quick,
    /// All data and epochs of the report.
    Full,
}

impl Profile {
    /// Whether this is the full profile.
    pub fn is_full(&self) -> bool {
        *self == Profile::Full
    }

    /// Whether this is the tiny profile, whose figures mean nothing.
    pub fn is_tiny(&self) -> bool {
        *self == Profile::Tiny
    }

    /// `tiny`, `quick` or `full`, for the names of files.
    pub fn name(&self) -> &'static str {
        match self {
            Profile::Tiny => "tiny",
            Profile::Quick => "quick",
            Profile::Full => "full",
        }
    }

    /// The value for this profile.
    pub fn pick<T>(&self, tiny: T, quick: T, full: T) -> T {
        match self {
            Profile::Tiny => tiny,
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
            Profile::Tiny => "tiny profile: a test that every cell runs; its figures mean nothing",
            Profile::Quick => "quick profile: a smaller experiment than the report's",
            Profile::Full => "full profile: the data, epochs and tries of the report",
        })
    }
}

impl FromStr for Profile {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "tiny" => Ok(Profile::Tiny),
            "quick" => Ok(Profile::Quick),
            "full" => Ok(Profile::Full),
            _ => Err(Error::argument("the profile", text, "tiny, quick or full")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_others_refused() {
        for profile in [Profile::Tiny, Profile::Quick, Profile::Full] {
            assert_eq!(profile.name().parse::<Profile>().unwrap(), profile);
            assert!(profile.to_string().starts_with(profile.name()), "{profile}");
        }
        assert_eq!(" Quick".parse::<Profile>().unwrap(), Profile::default());
        assert_eq!(Profile::Full.pick("a", "b", "c"), "c");
        assert_eq!(Profile::Tiny.pick("a", "b", "c"), "a");
        let error = "fast".parse::<Profile>().unwrap_err().to_string();
        assert!(error.contains("fast") && error.contains("tiny, quick or full"), "{error}");
    }
}
