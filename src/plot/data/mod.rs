//! Plots of data: numbers, classes, pictures.

mod bars;
mod boxes;
mod class_distribution;
mod hog;
mod hypnogram;
mod lines;
mod samples;
mod spectra;
mod violins;

pub use bars::{bars, bars_with};
pub use boxes::{boxes, boxes_with};
pub use class_distribution::{
    class_distribution, class_distribution_of, class_distribution_of_with, class_distribution_with,
};
pub use hog::{hog, hog_with};
pub use hypnogram::{hypnogram, hypnogram_with};
pub use lines::{lines, lines_with};
pub use samples::{samples, samples_with};
pub use spectra::{spectra, spectra_with};
pub use violins::{violins, violins_with};
