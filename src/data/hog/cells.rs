//! The histograms of a picture's cells, for a plot.

use super::plan::Plan;
use crate::error::{Error, Result};
use std::fmt;

/// The histogram of each cell of a picture: the mean over the cell's pixels of the gradients' lengths,
/// by orientation. [`Hog::cells`](super::Hog::cells) makes it.
#[derive(Clone, PartialEq)]
pub struct HogCells {
    rows: usize,
    columns: usize,
    orientations: usize,
    pixels_per_cell: (usize, usize),
    histograms: Vec<f32>,
}

impl HogCells {
    pub(super) fn new(plan: &Plan, histograms: Vec<f32>) -> Self {
        HogCells {
            rows: plan.cells.0,
            columns: plan.cells.1,
            orientations: plan.orientations,
            pixels_per_cell: plan.cell,
            histograms,
        }
    }

    /// Cells from top to bottom.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Cells from left to right.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Bins of a histogram.
    pub fn orientations(&self) -> usize {
        self.orientations
    }

    /// The size of a cell in pixels, rows first.
    pub fn pixels_per_cell(&self) -> (usize, usize) {
        self.pixels_per_cell
    }

    /// The histogram of one cell.
    ///
    /// # Errors
    /// If there is no such cell.
    pub fn histogram(&self, row: usize, column: usize) -> Result<Vec<f32>> {
        if row >= self.rows || column >= self.columns {
            let expected = format!("within the {} x {} cells", self.rows, self.columns);
            return Err(Error::argument(
                "HogCells: a cell",
                format!("({row}, {column})"),
                expected,
            ));
        }
        let first = (row * self.columns + column) * self.orientations;
        Ok(self.histograms[first..first + self.orientations].to_vec())
    }

    /// All histograms: (row, column, orientation), the last fastest.
    pub fn histograms(&self) -> &[f32] {
        &self.histograms
    }

    /// The middle of a bin in degrees from 0 to 180: the direction of the gradient, counted from the
    /// columns' axis (to the right) towards the rows' (down). The edge in the picture is at a right
    /// angle to it.
    pub fn angle(&self, orientation: usize) -> f64 {
        180.0 / self.orientations as f64 * (orientation as f64 + 0.5)
    }

    /// The largest entry, for the scale of a plot; 0 of a picture of one colour.
    pub fn max(&self) -> f32 {
        self.histograms.iter().copied().fold(0.0, f32::max)
    }
}

impl HogCells {
    /// The numbers of cells, pixels and orientations in words.
    pub fn to_html(&self) -> String {
        format!("<p>{}</p>", crate::html::escape(&self.to_string()))
    }
}

crate::html::debug_as_display!(HogCells);

impl fmt::Display for HogCells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (height, width) = self.pixels_per_cell;
        let (rows, columns, bins) = (self.rows, self.columns, self.orientations);
        write!(f, "{rows} x {columns} cells of {height} x {width} pixels, {bins} orientations each")
    }
}
