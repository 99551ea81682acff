//! Plots of data, of training and of searches.
//!
//! Each function returns a [`Figure`], which a notebook shows inline and [`save`](Figure::save)
//! writes as PNG, SVG or PDF. A second function, whose name ends in `_with`, takes [`PlotOptions`]
//! as well. A plot is a list of shapes; plotters paints its bitmap. Axes, legends and texts are
//! laid out here: margins fit the texts, a legend never covers data, and ticks of 1e−5 are
//! readable. Values that cannot be drawn (NaN, infinities) leave gaps, and a plot without data says
//! so. [`Figure::draw`] makes a figure from any plotters code.
//!
//! A new plot is one file in `data`, `training` or `search`, and a line in that folder's `mod.rs`.

mod draw;
mod figure;
mod format;
mod live;
mod options;
mod values;

mod data;
mod search;
mod training;

pub use data::*;
pub use draw::recorder::{Area, Recorder};
pub use draw::shapes::DENSITY;
pub use figure::Figure;
pub(crate) use format::current as current_format;
pub use format::{Format, format};
pub use options::PlotOptions;
pub use search::{convergence, convergence_of, convergence_of_with, convergence_with};
pub use training::*;
pub use values::{Along, Places, Scalar, Values};

/// The names that a notebook uses.
pub mod prelude {
    pub use super::Format::{self, Pdf, Png, Svg};
    pub use super::{Figure, PlotOptions};
    pub use crate::plot;
    pub use plotters;
}

/// The first names of a list and how many more there are, for alternative texts.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut text = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text += &format!(" and {} more", names.len() - SHOWN);
    }
    text
}

#[cfg(test)]
mod gallery;
#[cfg(test)]
mod odd_input;
