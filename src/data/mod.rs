//! Tables, datasets, and the steps that prepare them. Knows nothing of models, plots or notebooks.

mod near;
mod origin;
pub mod sleep_stages;
mod table;

pub use table::Table;

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::Table;
}
