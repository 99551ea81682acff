//! Files other programs read: NumPy's arrays alone and in archives, and weights as safetensors.

pub(crate) mod atomic;
pub mod npy;
pub mod npz;
pub(crate) mod weights;

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::npy::{load_npy_strings, save_npy_strings};
    pub use super::npz::{Npz, load_npz, save_npz};
}
