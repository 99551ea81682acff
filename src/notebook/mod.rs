//! Parts of a notebook: showing values, the profile, the closing table.

mod comparison;
mod display;
mod markdown;
mod measure;
mod profile;

pub use crate::show::show;
pub use comparison::Comparison;
pub use markdown::Markdown;
pub use profile::Profile;

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::{Comparison, Markdown, Profile};
}
