//! Histograms of oriented gradients: features of pictures from the directions of their edges.

mod cells;
mod norm;
mod plan;
#[cfg(test)]
mod tests;
mod vote;

pub use cells::HogCells;
pub use norm::BlockNorm;
pub(crate) use norm::constants;

use rayon::prelude::*;

use super::Dataset;
use crate::array::Array;
use crate::config::{Object, Settings, Value};
use crate::error::{Error, Result};
pub(crate) use plan::Plan as HogPlan;
use plan::Plan;
use plan::Size;
use serde_json::Value as Json;

/// Histograms of oriented gradients (Dalal and Triggs 2005), to the numbers of scikit-image 0.26's
/// `hog`, whose defaults are these: 9 orientations, cells of 8 x 8 pixels, blocks of 3 x 3 cells,
/// [`BlockNorm::L2Hys`].
///
/// The gradient of each pixel votes, weighted by its length, for one of the orientations, which
/// divide 180 degrees into equal parts. Each cell sums the votes of its pixels, and overlapping
/// blocks of neighbouring cells are normalised. The features of a picture are in the order (block
/// row, block column, cell row, cell column, orientation). Rows and columns of pixels that do not
/// fill a cell are left out.
///
/// Pictures of whole numbers, such as 0 to 255, are computed in `f64`, as scikit-image does for
/// integers; others in `f32`, as it does for `float32`. Both results are `f32`.
///
/// ```
/// use dfdx_lab::{Array, data::Hog};
/// let picture = Array::new([4, 4], (0..16).map(|i| (i * i) as f32).collect())?;
/// let hog = Hog::new().orientations(8).pixels_per_cell(2, 2).cells_per_block(1, 1);
/// assert_eq!(hog.features(&picture)?.shape(), [32]);
/// assert_eq!(hog.feature_len(28, 28, 1)?, 1568);
/// assert_eq!(hog.cells(&picture)?.histogram(1, 1)?.len(), 8);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hog {
    orientations: usize,
    pixels_per_cell: (usize, usize),
    cells_per_block: (usize, usize),
    block_norm: BlockNorm,
    transform_sqrt: bool,
    multichannel: bool,
}

impl Default for Hog {
    fn default() -> Self {
        Hog::new()
    }
}

impl Hog {
    /// scikit-image's defaults.
    pub fn new() -> Self {
        Hog {
            orientations: 9,
            pixels_per_cell: (8, 8),
            cells_per_block: (3, 3),
            block_norm: BlockNorm::L2Hys,
            transform_sqrt: false,
            multichannel: false,
        }
    }

    pub(super) fn write_settings(&self, settings: &mut Object) {
        let mut add = |key: &str, value: Json| settings.insert(key.into(), value);
        add("orientations", self.orientations.to_value());
        add("pixels_per_cell", self.pixels_per_cell.to_value());
        add("cells_per_block", self.cells_per_block.to_value());
        add("block_norm", self.block_norm.to_value());
        add("transform_sqrt", self.transform_sqrt.to_value());
        add("multichannel", self.multichannel.to_value());
    }

    pub(super) fn read_settings(from: &Settings<'_>) -> Result<Self> {
        Ok(Hog {
            orientations: from.get("orientations")?,
            pixels_per_cell: from.get("pixels_per_cell")?,
            cells_per_block: from.get("cells_per_block")?,
            block_norm: from.get("block_norm")?,
            transform_sqrt: from.get("transform_sqrt")?,
            multichannel: from.get("multichannel")?,
        })
    }

    /// The number of orientations that divide 180 degrees; 9 by default.
    pub fn orientations(mut self, bins: usize) -> Self {
        self.orientations = bins;
        self
    }

    /// The size of a cell in pixels; 8 x 8 by default.
    pub fn pixels_per_cell(mut self, rows: usize, columns: usize) -> Self {
        self.pixels_per_cell = (rows, columns);
        self
    }

    /// The size of a block in cells; 3 x 3 by default. With 1 x 1 each cell is normalised by
    /// itself.
    pub fn cells_per_block(mut self, rows: usize, columns: usize) -> Self {
        self.cells_per_block = (rows, columns);
        self
    }

    /// The normalisation of blocks; [`BlockNorm::L2Hys`] by default.
    pub fn block_norm(mut self, norm: BlockNorm) -> Self {
        self.block_norm = norm;
        self
    }

    /// Takes the square root of each pixel first, which reduces the effect of light and shadow;
    /// false by default. Pixels must then not be negative.
    pub fn transform_sqrt(mut self, sqrt: bool) -> Self {
        self.transform_sqrt = sqrt;
        self
    }

    /// Whether pictures may have several channels (scikit-image's `channel_axis=-1`); false by
    /// default. At each pixel the channel with the longest gradient counts, the first of equal
    /// ones.
    pub fn multichannel(mut self, channels: bool) -> Self {
        self.multichannel = channels;
        self
    }

    /// The number of features of a picture of this size.
    ///
    /// # Errors
    /// If a setting is 0, the picture is smaller than a block, or it has channels that were not
    /// asked for.
    pub fn feature_len(&self, height: usize, width: usize, channels: usize) -> Result<usize> {
        Ok(Plan::new(self, Size { height, width, channels })?.features)
    }

    /// What is computed of a picture of this shape.
    pub(crate) fn plan(&self, shape: &[usize]) -> Result<Plan> {
        Plan::new(self, Size::of("Hog: the pictures", shape)?)
    }

    /// The orientation of every gradient of whole numbers.
    #[cfg(test)]
    pub(crate) fn votes(&self, shape: &[usize]) -> Result<vote::Table> {
        Ok(self.plan(shape)?.table())
    }

    /// The features of one picture of shape (height, width) or (height, width, channels): shape
    /// (features).
    ///
    /// # Errors
    /// As [`feature_len`](Self::feature_len), or if a pixel is not finite, or negative where a
    /// square root is asked for.
    pub fn features(&self, picture: &Array) -> Result<Array> {
        let plan = Plan::new(self, Size::of("Hog::features", picture.shape())?)?;
        self.check_pixels(picture, 0)?;
        let mut out = zeros(plan.features)?;
        plan.features(picture.data(), &mut plan.scratch()?, None, &mut out);
        Array::new([plan.features], out)
    }

    /// The histogram of each cell of one picture, before blocks are normalised, for a plot of the
    /// gradients.
    ///
    /// # Errors
    /// As [`features`](Self::features), but the picture may be smaller than a block.
    pub fn cells(&self, picture: &Array) -> Result<HogCells> {
        let alone = self.cells_per_block(1, 1);
        let plan = Plan::new(&alone, Size::of("Hog::cells", picture.shape())?)?;
        self.check_pixels(picture, 0)?;
        let mut scratch = plan.scratch()?;
        plan.histograms(picture.data(), &mut scratch, None);
        Ok(HogCells::new(&plan, scratch.histograms))
    }

    /// The features of every picture, on all cores: x of shape (rows, height, width) or (rows,
    /// height, width, channels) becomes (rows, features). Labels, targets and where each row comes
    /// from stay.
    ///
    /// # Errors
    /// As [`features`](Self::features).
    pub fn transform(&self, data: &Dataset) -> Result<Dataset> {
        let shape = data.x().shape();
        let size = Size::of("Hog::transform, a row", shape.get(1..).unwrap_or_default())?;
        let plan = Plan::new(self, size)?;
        self.check_pixels(data.x(), 1)?;
        let table = plan.table();
        let mut out = zeros(plan.features.saturating_mul(data.len()))?;
        let pictures = data.x().data().par_chunks_exact(size.pixels());
        let work = out.par_chunks_exact_mut(plan.features).zip(pictures);
        work.try_for_each_init(
            || plan.scratch().ok(),
            |scratch, (out, picture)| match scratch {
                Some(scratch) => {
                    crate::stop::check()?;
                    plan.features(picture, scratch, Some(&table), out);
                    Ok(())
                }
                None => Err(too_many(plan.features)),
            },
        )?;
        data.with_x(Array::new([data.len(), plan.features], out)?)
    }

    /// Whether all pixels can be computed with; `axis` is 1 where rows are pictures.
    fn check_pixels(&self, x: &Array, axis: usize) -> Result<()> {
        let bad = |v: &f32| !v.is_finite() || (self.transform_sqrt && *v < 0.0);
        let Some(i) = x.data().iter().position(bad) else { return Ok(()) };
        let place = match axis {
            0 => format!("pixel {i}"),
            _ => format!("pixel {} of row {}", i % x.row_len(), i / x.row_len()),
        };
        let expected = match self.transform_sqrt {
            true => "finite and not negative, as a square root is to be taken",
            false => "finite",
        };
        Err(Error::argument(format!("Hog: {place}"), x.data()[i], expected))
    }
}

/// Zeros, if there is memory for them.
fn zeros(n: usize) -> Result<Vec<f32>> {
    let mut values = Vec::new();
    if values.try_reserve_exact(n).is_err() {
        return Err(too_many(n));
    }
    values.resize(n, 0.0);
    Ok(values)
}

fn too_many(n: usize) -> Error {
    Error::argument("Hog: the number of features", n, "what memory can hold")
        .hint("take larger cells or fewer orientations")
}
