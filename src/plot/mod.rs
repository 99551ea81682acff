//! Plots: training histories, confusion matrices, distributions, spectra, hypnograms; pictures
//! with captions, misclassified ones, oriented gradients, violins of weights; searches.
//!
//! Each function returns a [`Figure`], a PNG that a notebook shows inline and
//! [`save`](Figure::save) writes; its twin ending in `_with` takes [`PlotOptions`] as well. plotters
//! paints; axes, legends and texts are laid out here so that margins follow from the texts, a
//! legend never covers data, and ticks of 1e−5 are readable. Values that cannot be drawn (NaN,
//! infinities) leave gaps, and a picture without any data says so.
//!
//! A new plot is one file here and its line below.

mod canvas;
mod density;
mod figure;
mod panel;
mod picture;
mod png;
mod quartiles;
mod scale;
mod style;
mod text;

mod bars;
mod boxes;
mod class_distribution;
mod confusion_matrix;
mod history;
mod hog;
mod hypnogram;
mod lines;
mod mismatches;
mod samples;
mod search;
mod spectra;
mod violins;
mod weights;

pub use bars::{bars, bars_with};
pub use boxes::{boxes, boxes_with};
pub use class_distribution::{
    class_distribution, class_distribution_of, class_distribution_of_with, class_distribution_with,
};
pub use confusion_matrix::{confusion_matrix, confusion_matrix_with};
pub use figure::{DENSITY, Figure};
pub use history::{folds, folds_with, history, history_with};
pub use hog::{hog, hog_with};
pub use hypnogram::{hypnogram, hypnogram_with};
pub use lines::{lines, lines_with};
pub use mismatches::{mismatches, mismatches_with, surest_mismatches, surest_mismatches_with};
pub use samples::{samples, samples_with};
pub use search::{convergence, convergence_of, convergence_of_with, convergence_with};
pub use spectra::{spectra, spectra_with};
pub use style::PlotOptions;
pub use violins::{violins, violins_with};

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::{Figure, PlotOptions};
    pub use crate::plot;
}

/// The first names of a list in words, for the text that stands for a picture.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut text = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text += &format!(" and {} more", names.len() - SHOWN);
    }
    text
}

#[cfg(test)]
mod odd_input;
