//! Parts of a notebook: values that show themselves, profiles, computed Markdown, the closing
//! table.

mod comparison;
mod display;
mod markdown;
mod measure;
mod profile;

pub use crate::show::show;
pub use comparison::Comparison;
pub use markdown::Markdown;
pub use profile::Profile;

/// The names that a notebook uses.
pub mod prelude {
    pub use super::{Comparison, Markdown, Profile};
}
