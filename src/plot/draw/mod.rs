//! The parts of all plots: shapes and their painters, axes, legends, text.

mod arabic;
mod backend;
pub mod bars;
pub mod canvas;
pub mod checks;
pub mod curve;
pub mod dates;
mod density;
pub mod font;
pub mod legend;
pub mod marks;
pub mod panel;
pub mod pdf;
mod pdf_font;
mod pdf_object;
pub mod picture;
pub mod png;
pub mod points;
pub mod quartiles;
pub mod ranking;
pub mod raster;
pub mod rates;
pub mod recorder;
pub mod scale;
pub mod shapes;
pub mod style;
pub mod svg;
#[cfg(test)]
pub mod svg_reader;
pub mod text;
pub mod tiles;
pub mod violins;
