//! Kernels: the hot loops, on plain slices.
//!
//! This is the only module with `unsafe` code: vector instructions chosen at run time, so that one
//! build is fast on every machine, and threads that hand work to each other within microseconds.
//! Each element of a result is computed in an order that depends only on the shapes, never on the
//! number of threads, so the same inputs give the same bits.

mod conv2d;
mod denormals;
mod gemm;
mod math;
mod pooling;
mod simd;
mod team;

pub use conv2d::{Convolution, Work, add_pixels, same_padding};
pub use denormals::FlushDenormals;
pub use gemm::{Matrix, add_columns, matmul, rows_of_first};
pub use math::{exp, ln, sigmoid, softplus, tanh};
pub use pooling::Pooling;
pub use simd::vectorized;
pub use team::{HALF, Team, share_rows};

/// The names that a notebook uses.
pub mod prelude {}
