//! Histograms of oriented gradients, drawn over their image.

use plotters::style::RGBColor;

use crate::array::Array;
use crate::data::Hog;
use crate::data::HogCells;
use crate::error::{Error, Result};
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::{Canvas, Rect};
use crate::plot::draw::legend::headline;
use crate::plot::draw::picture::Pictures;
use crate::plot::draw::style::blend;

/// Visible on dark and on light images once they are dimmed.
const STROKE: RGBColor = RGBColor(255, 204, 77);
const CELL: RGBColor = RGBColor(70, 80, 94);

/// A histogram of oriented gradients (Dalal and Triggs, 2005) over its dimmed image. Each cell has
/// a line for each orientation through its centre, along the edge that such gradients make, so at
/// right angles to them (as scikit-image's `visualize=True`). A line's length is proportional to
/// its value; the longest line of the image is as long as a cell.
///
/// `picture` is [height, width] or [height, width, channels] with 1 or 3 channels; `cells` is
/// [rows, columns, orientations], orientation i being that of gradients from 180° i / n to
/// 180° (i + 1) / n; `pixels_per_cell` is (height, width) of a cell.
///
/// ```
/// use dfdx_lab::{Array, plot};
/// let cells = Array::new([1, 2, 2], vec![1.0, 0.5, 0.0, 0.2])?;
/// let figure = plot::hog(&Array::zeros([8, 17])?, &cells, (8, 8))?;
/// assert_eq!(figure.alt(), "1 x 2 cells of 2 orientations over a picture of 17 x 8");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the array is not an image, or the cells do not lie within it.
pub fn hog(picture: &Array, cells: &Array, pixels_per_cell: (usize, usize)) -> Result<Figure> {
    hog_with(picture, cells, pixels_per_cell, &PlotOptions::new())
}

/// [`hog`] with options.
///
/// # Errors
/// As [`hog`], or if an option is out of bounds.
pub fn hog_with(
    picture: &Array,
    cells: &Array,
    pixels_per_cell: (usize, usize),
    options: &PlotOptions,
) -> Result<Figure> {
    let picture = Pictures::one("plot::hog", picture)?.ranged(options)?;
    let (h, w) = pixels_per_cell;
    let [rows, columns, orientations] = *cells.shape() else {
        let expected = "[rows, columns, orientations] was expected";
        return Err(Error::shape("plot::hog: the cells", cells.shape(), expected));
    };
    let within = |n: usize, cell: usize, side: usize| {
        cell > 0 && n.checked_mul(cell).is_some_and(|used| used <= side)
    };
    if !within(rows, h, picture.height) || !within(columns, w, picture.width) {
        let expected = format!(
            "cells of {h} x {w} pixels must lie within the {} x {} of the picture",
            picture.height, picture.width
        );
        return Err(Error::shape("plot::hog: the cells", cells.shape(), expected));
    }
    let title = options.title_or("");
    let above = if title.is_empty() { 12.0 } else { 38.0 };
    // Cells are large enough for their lines to be read, as far as the page allows.
    let zoom = (34.0 / h.min(w) as f64).min(560.0 / picture.width.max(picture.height) as f64);
    let zoom = zoom.max(260.0 / picture.width.max(picture.height) as f64);
    let size = picture.fit((picture.width as f64 * zoom, picture.height as f64 * zoom));
    let wanted = (size.0.ceil() as u32 + 16, (size.1 + above).ceil() as u32);
    let mut canvas = Canvas::new(options.size_or(wanted.0, wanted.1)?)?;
    let mut rest = headline(&mut canvas, title);
    rest.x1 -= 8.0;
    let size = picture.fit((rest.width(), rest.height()));
    let left = (rest.x0 + (rest.width() - size.0) / 2.0).round();
    let top = (rest.y0 + (rest.height() - size.1) / 2.0).round();
    let dimmed = |color| blend(color, RGBColor(0, 0, 0), 0.5);
    picture.paint(&mut canvas, Rect::new(left, top, left + size.0, top + size.1), 0, dimmed);

    // Cells in nominal pixels.
    let (ch, cw) =
        (size.1 / picture.height as f64 * h as f64, size.0 / picture.width as f64 * w as f64);
    for row in 0..=rows {
        let y = top + ch * row as f64;
        canvas.rule((left, y), (left + cw * columns as f64, y), CELL);
    }
    for column in 0..=columns {
        let x = left + cw * column as f64;
        canvas.rule((x, top), (x, top + ch * rows as f64), CELL);
    }
    let finite = cells.data().iter().copied().filter(|v| v.is_finite());
    let largest = finite.fold(0.0f32, f32::max);
    let reach = ch.min(cw) / 2.0 - 1.0;
    for (i, star) in cells.data().chunks(orientations.max(1)).enumerate() {
        let x = left + cw * ((i % columns.max(1)) as f64 + 0.5);
        let y = top + ch * ((i / columns.max(1)) as f64 + 0.5);
        for (dx, dy) in strokes(star, largest) {
            let (dx, dy) = (dx * reach, dy * reach);
            canvas.line(&[(x - dx, y - dy), (x + dx, y + dy)], 1.8, STROKE, 0.95);
        }
    }
    let words = format!(
        "{rows} x {columns} cells of {orientations} orientations over a picture of {} x {}",
        picture.width, picture.height
    );
    picture.finish(canvas, words)
}

impl HogCells {
    /// The cells over their image, see [`plot::hog`](crate::plot::hog).
    ///
    /// ```
    /// use dfdx_lab::{Array, data::Hog};
    /// let picture = Array::new([8, 8], (0..64).map(|i| (i % 8) as f32).collect())?;
    /// let cells = Hog::new().pixels_per_cell(4, 4).cells(&picture)?;
    /// assert!(cells.plot(&picture)?.alt().starts_with("2 x 2 cells"));
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `picture` is not an image, or is smaller than the one the cells come from.
    pub fn plot(&self, picture: &Array) -> Result<Figure> {
        let shape = [self.rows(), self.columns(), self.orientations()];
        let cells = Array::new(shape, self.histograms().to_vec())?;
        hog(picture, &cells, self.pixels_per_cell())
    }
}

/// Half of each line of a cell as (right, down), scaled so that the longest line has length 1.
fn strokes(star: &[f32], largest: f32) -> impl Iterator<Item = (f64, f64)> {
    let step = std::f64::consts::PI / star.len() as f64;
    let lengths = star.iter().map(move |v| f64::from(*v) / f64::from(largest));
    lengths.enumerate().filter(|(_, length)| (0.02..=1.0).contains(length)).map(
        move |(i, length)| {
            // With y downwards, a gradient along (cos, sin) crosses an edge along (sin, -cos).
            let angle = (i as f64 + 0.5) * step;
            (length * angle.sin(), -length * angle.cos())
        },
    )
}

impl Hog {
    /// The cells of an image, drawn over it; see [`hog`].
    ///
    /// ```
    /// use dfdx_lab::{Array, data::Hog};
    /// let hog = Hog::new().pixels_per_cell(4, 4);
    /// assert!(hog.plot(&Array::zeros([28, 28])?).is_ok());
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Hog::cells`], and if the picture cannot be drawn.
    pub fn plot(&self, picture: &Array) -> Result<Figure> {
        let cells = self.cells(picture)?;
        let shape = [cells.rows(), cells.columns(), cells.orientations()];
        let histograms = Array::new(shape, cells.histograms().to_vec())?;
        hog(picture, &histograms, cells.pixels_per_cell())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_run_along_the_edge() {
        // Two bins of 90 degrees: gradients of 45 degrees, to the right and down, cross an edge
        // that runs to the right and up.
        let found: Vec<_> = strokes(&[2.0, 0.0], 4.0).collect();
        let half = 0.5 * std::f64::consts::FRAC_1_SQRT_2;
        assert_eq!(found.len(), 1);
        assert!((found[0].0 - half).abs() < 1e-12 && (found[0].1 + half).abs() < 1e-12);
        assert_eq!(strokes(&[0.0, f32::NAN], 0.0).count(), 0);
    }

    #[test]
    fn cells_outside_the_picture_are_refused() {
        let picture = Array::zeros([16, 16]).unwrap();
        for (shape, cell) in
            [([3, 2, 9], (8, 8)), ([2, 2, 9], (0, 8)), ([2, 2, 9], (8, usize::MAX))]
        {
            assert!(
                hog(&picture, &Array::zeros(shape).unwrap(), cell).is_err(),
                "{shape:?} {cell:?}"
            );
        }
        assert!(hog(&picture, &Array::zeros([2, 2]).unwrap(), (8, 8)).is_err());
        assert!(hog(&picture, &Array::zeros([2, 2, 0]).unwrap(), (8, 8)).is_ok());
    }
}
