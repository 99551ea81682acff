//! How a notebook shows values, and the functions that the kernel's compiled cells call.

#[doc(hidden)]
pub mod cell;
mod foreign;
mod forms;
mod helpers;
mod measure;
mod rich;
mod text;

pub use crate::html::escape;
pub use forms::show;
pub use helpers::{clear_output, display, html, input, json, latex, markdown, svg};
#[doc(hidden)]
pub use measure::{Measure, Measured, counted};
pub use rich::{Form, Rich};

/// The names that a notebook uses.
pub mod prelude {
    pub use super::{clear_output, display, html, input, json, latex, markdown, svg};
}
