//! Files that other programs read: NumPy's arrays and archives, IDX files, TensorBoard's events,
//! and weights as safetensors.

pub(crate) mod atomic;
pub(crate) mod events;
pub(crate) mod gzip;
pub(crate) mod hdf5;
pub mod idx;
pub(crate) mod json;
pub(crate) mod keras_archive;
pub(crate) mod known;
pub mod npy;
pub mod npz;
pub(crate) mod onnx;
mod summary_writer;
pub(crate) mod time;
pub(crate) mod weights;

pub use events::HParam;
pub use idx::read_idx;
pub use summary_writer::{Picture, SummaryWriter};

/// The names that a notebook uses.
pub mod prelude {
    pub use super::idx::read_idx;
    pub use super::npy::{load_npy_strings, save_npy_strings};
    pub use super::npz::{Npz, load_npz, save_npz};
    pub use super::summary_writer::{Picture, SummaryWriter};
}
