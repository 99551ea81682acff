//! Neural networks in Rust notebooks: Keras' models and training on [`dfdx`], tables by [`polars`],
//! plots by [`plotters`].
//!
//! Names, defaults and numbers are Keras' for models and training, scikit-learn's for splits,
//! metrics and scalers, pandas' for tables, Optuna's and KerasTuner's for searches.
//!
//! # A first notebook
//!
//! In the kernel *Rust (dfdx-lab)*, which `cargo lab` sets up and opens, everything is imported
//! already. Elsewhere, one line imports it: `use dfdx_lab::prelude::*;`.
//!
//! ```
//! use dfdx_lab::prelude::*;
//!
//! let digits = datasets::mnist_quick()?.rescaled(1.0 / 255.0)?;
//! let mut model = Sequential::new([28, 28, 1])
//!     .add(Flatten::new())
//!     .add(Dense::new(16).activation(Relu))
//!     .add(Dense::new(10).activation(Softmax))
//!     .compile(Adam::new(0.01), CategoricalCrossentropy::new(), ["accuracy"])?;
//! let history = model.fit(&digits.train, Fit::epochs(2).validation_data(&digits.test).verbose(0))?;
//! assert!(history.last("val_accuracy") > Some(0.5));
//! let figure = model.confusion_matrix(&digits.test)?.plot()?;
//! # let _ = figure;
//! # Ok::<(), Error>(())
//! ```
//!
//! # Modules
//!
//! | module | what is in it |
//! |---|---|
//! | [`prelude`] | everything that a notebook uses |
//! | [`data`] | tables, pictures, datasets, splits, pipelines; [`data::datasets`] has ready-made ones |
//! | [`nn`] | layers, activations, initializers, regularizers, [`Sequential`](nn::Sequential) |
//! | [`loss`], [`metric`], [`optim`] | losses, metrics, optimisers with their schedules |
//! | [`train`] | [`Model`](train::Model), [`Fit`](train::Fit), histories, cross-validation, ensembles; [`train::callbacks`] |
//! | [`stats`] | tests of whether two models differ, confidence intervals of means |
//! | [`tune`] | searches over models and functions, studies, samplers, pruners, storages |
//! | [`plot`] | plots, each a [`Figure`](plot::Figure) |
//! | [`bridge`] | dfdx, both ways: modules as layers, models as modules, layers and losses of your own |
//! | [`io`] | NumPy's files, IDX, TensorBoard's event files |
//! | [`config`] | models and their parts in Keras' JSON |
//! | [`show`], [`notebook`] | how values show themselves; profiles and computed sentences of a notebook |
//! | [mod@array], [`error`], [`stop`] | the array of `f32` everywhere, the one error type, stopping long work |
//! | [`kernels`] | the hot loops, on slices |
//!
//! # More
//!
//! The repository's `docs` folder has pages for users of Keras, scikit-learn, Optuna and pandas,
//! and on preparation, tables, searches, plots, dfdx, files for other programs, and cells;
//! `notebooks` has reports to read and run, `examples` has programs.

pub mod array;
pub mod bridge;
pub mod config;
pub mod data;
pub mod error;
mod html;
pub mod io;
#[allow(unsafe_code)]
pub mod kernels;
mod live;
pub mod loss;
mod math;
mod memory;
pub mod metric;
pub mod nn;
pub mod notebook;
pub mod optim;
pub mod plot;
mod register;
pub mod show;
pub mod stats;
pub mod stop;
pub mod train;
pub mod tune;

pub use array::Array;
pub use error::{Error, Result};

/// The tensor and autodiff engine, for a custom layer or loss in plain tensor code.
pub use dfdx;
/// The drawing library of the plots; for your own charts, see [`plot::Figure::draw`].
pub use plotters;
/// The table engine; take it from here, so that a notebook and the library share one copy.
pub use polars;

/// Everything a notebook needs, in one `use`.
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
    pub use crate::stats::prelude::*;
    pub use crate::train::prelude::*;
    pub use crate::tune::prelude::*;
}

#[cfg(test)]
mod debug_tests;
