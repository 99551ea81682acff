//! Files other programs read: NumPy's arrays alone and in archives, IDX files, and weights as
//! safetensors.

pub(crate) mod atomic;
pub(crate) mod gzip;
pub(crate) mod hdf5;
pub mod idx;
pub(crate) mod json;
pub(crate) mod keras_archive;
pub(crate) mod known;
pub mod npy;
pub mod npz;
pub(crate) mod onnx;
pub(crate) mod weights;

pub use idx::read_idx;

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::idx::read_idx;
    pub use super::npy::{load_npy_strings, save_npy_strings};
    pub use super::npz::{Npz, load_npz, save_npz};
}
