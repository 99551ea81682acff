//! The hot loops, on plain slices.
//!
//! This is the only module with `unsafe` code: vector instructions chosen at run time, so that one
//! build is fast on every machine, and threads that hand work to each other within microseconds. Everything here computes an element of a result in an order
//! that depends only on the shapes, never on the number of threads, so that the same inputs give
//! the same bits.

mod conv2d;
mod denormals;
mod gemm;
mod math;
mod pooling;
mod simd;
mod team;

pub use conv2d::{Convolution, Work, add_pixels, same_padding};
pub use denormals::FlushDenormals;
pub use gemm::{Matrix, add_columns, matmul};
pub use math::{exp, ln, sigmoid, softplus, tanh};
pub use pooling::Pooling;
pub use simd::vectorized;
pub use team::{Team, share_rows};

/// What a notebook uses of this module.
pub mod prelude {}
