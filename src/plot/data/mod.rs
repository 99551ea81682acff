//! Plots of data: numbers, classes, images.

mod bars;
mod boxes;
mod class_distribution;
mod heat_map;
mod histogram;
mod hog;
mod hypnogram;
mod lines;
mod lines_of;
mod pairs;
mod samples;
mod scatter;
mod spectra;
mod violins;

pub use bars::{bars, bars_of, bars_of_with, bars_with};
pub use boxes::{boxes, boxes_of, boxes_of_with, boxes_with};
pub use class_distribution::{
    class_distribution, class_distribution_of, class_distribution_of_with, class_distribution_with,
};
pub use heat_map::{heat_map, heat_map_with};
pub use histogram::{histogram, histogram_of, histogram_of_with, histogram_with};
pub use hog::{hog, hog_with};
pub use hypnogram::{hypnogram, hypnogram_with};
pub use lines::{lines, lines_with};
pub use lines_of::{lines_of, lines_of_with};
pub use pairs::{pairs, pairs_with};
pub use samples::{samples, samples_with};
pub use scatter::{scatter, scatter_by, scatter_by_with, scatter_with};
pub use spectra::{spectra, spectra_with};
pub use violins::{violins, violins_with};
