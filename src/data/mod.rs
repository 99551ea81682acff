//! Tables, datasets, and the steps that prepare them. Knows nothing of models, plots or notebooks.

pub mod sleep_stages;

/// What a notebook uses of this module.
pub mod prelude {}
