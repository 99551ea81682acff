//! Neural-network coursework in Rust notebooks: Keras' models and training on [`dfdx`], tables by
//! [`polars`], plots by `plotters`, made for interactive evcxr cells.
//!
//! ```
//! use dfdx_lab::prelude::*;
//! ```

pub mod array;
pub mod bridge;
pub mod config;
pub mod data;
pub mod error;
pub mod html;
pub mod io;
pub mod kernels;
mod live;
pub mod loss;
mod memory;
pub mod metric;
pub mod nn;
pub mod notebook;
pub mod optim;
pub mod plot;
pub mod show;
pub mod stop;
pub mod train;
pub mod tune;

pub use array::Array;
pub use error::{Error, Result};

/// The tensor and autodiff engine, for a custom layer or loss in plain tensor code.
pub use dfdx;
/// What plots are painted by; for charts of your own, see [`plot::Figure::draw`].
pub use plotters;
/// The table engine; take it from here, so that a notebook and the library share one copy.
pub use polars;

/// Everything a notebook needs, by one `use`.
pub mod prelude {
    pub use crate::array::Array;
    pub use crate::bridge::prelude::*;
    pub use crate::config::Config;
    pub use crate::data::prelude::*;
    pub use crate::error::{Error, Result};
    pub use crate::io::prelude::*;
    pub use crate::loss::prelude::*;
    pub use crate::metric::prelude::*;
    pub use crate::nn::prelude::*;
    pub use crate::notebook::prelude::*;
    pub use crate::optim::prelude::*;
    pub use crate::plot::prelude::*;
    pub use crate::show::prelude::*;
    pub use crate::train::prelude::*;
    pub use crate::tune::prelude::*;
}
