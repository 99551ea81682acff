//! Files other programs read: NumPy's arrays.

pub mod npy;

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::npy::{load_npy_strings, save_npy_strings};
}
