//! (being written)

/// What a notebook uses of this module.
pub mod prelude {}
