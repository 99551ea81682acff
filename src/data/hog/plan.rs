//! The features of pictures of one size: what is the same for all of them is computed once.

use super::vote::{MOST, Table, bin, edges};
use super::{BlockNorm, Hog, zeros};
use crate::error::{Error, Result};

/// The size of a picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
}

impl Size {
    pub(super) fn of(what: &str, shape: &[usize]) -> Result<Size> {
        match *shape {
            [height, width] => Ok(Size { height, width, channels: 1 }),
            [height, width, channels] => Ok(Size { height, width, channels }),
            _ => {
                let expected = "a picture has (height, width) or (height, width, channels)";
                Err(Error::shape(what, shape, expected))
            }
        }
    }

    pub(super) fn pixels(&self) -> usize {
        self.height * self.width * self.channels
    }
}

pub(crate) struct Plan {
    pub size: Size,
    pub orientations: usize,
    /// Pixels of a cell, rows and columns.
    pub cell: (usize, usize),
    /// Cells of the picture.
    pub cells: (usize, usize),
    /// Cells of a block.
    pub block: (usize, usize),
    /// Blocks of the picture.
    pub blocks: (usize, usize),
    pub norm: BlockNorm,
    /// Whether the square root of each pixel is taken first.
    pub sqrt: bool,
    /// Of the orientations, in degrees, and 180.
    pub edges: Vec<f64>,
    pub features: usize,
}

/// Memory that is used again for the next picture.
pub(super) struct Scratch {
    pub histograms: Vec<f32>,
    pixels: Vec<f64>,
    whole: Vec<i16>,
    block: Vec<f64>,
}

/// More than anybody's; an index into them takes 16 bits.
const MOST_ORIENTATIONS: usize = 1 << 15;

impl Plan {
    pub(super) fn new(hog: &Hog, size: Size) -> Result<Plan> {
        let (cell, block) = (hog.pixels_per_cell, hog.cells_per_block);
        for (what, got) in [
            ("orientations", hog.orientations),
            ("pixels_per_cell, rows", cell.0),
            ("pixels_per_cell, columns", cell.1),
            ("cells_per_block, rows", block.0),
            ("cells_per_block, columns", block.1),
        ] {
            if got == 0 || got > MOST_ORIENTATIONS {
                let expected = format!("at least 1 and at most {MOST_ORIENTATIONS}");
                return Err(Error::argument(format!("Hog: {what}"), got, expected));
            }
        }
        let shape = [size.height, size.width, size.channels];
        if size.channels != 1 && !hog.multichannel || size.channels == 0 {
            let expected = "grey pictures have one channel; Hog::multichannel(true) takes colours";
            return Err(Error::shape("Hog: the pictures", &shape, expected));
        }
        let cells = (size.height / cell.0, size.width / cell.1);
        if cells.0 < block.0 || cells.1 < block.1 {
            let expected = format!(
                "at least {} rows and {} columns are needed for a block of {} x {} cells of {} x {}",
                cell.0 * block.0,
                cell.1 * block.1,
                block.0,
                block.1,
                cell.0,
                cell.1
            );
            return Err(Error::shape("Hog: the pictures", &shape, expected));
        }
        let blocks = (cells.0 - block.0 + 1, cells.1 - block.1 + 1);
        let sides = [blocks.0, blocks.1, block.0, block.1, hog.orientations];
        let features =
            sides.iter().try_fold(1usize, |n, s| n.checked_mul(*s)).ok_or_else(|| {
                Error::argument(
                    "Hog: blocks, cells and orientations",
                    format!("{sides:?}"),
                    "fewer",
                )
            })?;
        let (orientations, norm) = (hog.orientations, hog.block_norm);
        let edges = edges(orientations);
        let sqrt = hog.transform_sqrt;
        Ok(Plan { size, orientations, cell, cells, block, blocks, norm, sqrt, edges, features })
    }

    pub(super) fn scratch(&self) -> Result<Scratch> {
        // No larger than the features: every cell is in some block.
        let histograms = zeros(self.cells.0 * self.cells.1 * self.orientations)?;
        let block = vec![0.0; self.block.0 * self.block.1 * self.orientations];
        Ok(Scratch { histograms, pixels: Vec::new(), whole: Vec::new(), block })
    }

    pub(super) fn table(&self) -> Table {
        Table::new(&self.edges)
    }

    pub(super) fn features(
        &self,
        picture: &[f32],
        scratch: &mut Scratch,
        table: Option<&Table>,
        out: &mut [f32],
    ) {
        self.histograms(picture, scratch, table);
        let Scratch { histograms, block, .. } = scratch;
        let width = self.block.1 * self.orientations;
        let places = (0..self.blocks.0).flat_map(|r| (0..self.blocks.1).map(move |c| (r, c)));
        for ((row, column), out) in places.zip(out.chunks_exact_mut(block.len())) {
            for (i, part) in block.chunks_exact_mut(width).enumerate() {
                let first = ((row + i) * self.cells.1 + column) * self.orientations;
                let from = &histograms[first..first + width];
                part.iter_mut().zip(from).for_each(|(to, v)| *to = f64::from(*v));
            }
            self.norm.apply(block);
            out.iter_mut().zip(block.iter()).for_each(|(to, v)| *to = *v as f32);
        }
    }

    /// The histograms of all cells, into the scratch memory.
    pub(super) fn histograms(&self, picture: &[f32], scratch: &mut Scratch, table: Option<&Table>) {
        scratch.histograms.fill(0.0);
        match table {
            Some(table) if self.bytes(picture, &mut scratch.whole) => {
                self.vote_bytes(table, scratch);
            }
            _ => self.vote(picture, scratch),
        }
        let area = (self.cell.0 * self.cell.1) as f32;
        scratch.histograms.iter_mut().for_each(|v| *v /= area);
    }

    /// Whether the pixels are whole numbers from 0 to 255, of one channel and used as they are; if
    /// so they are copied.
    fn bytes(&self, picture: &[f32], whole: &mut Vec<i16>) -> bool {
        if self.sqrt || self.size.channels != 1 {
            return false;
        }
        whole.clear();
        // A conversion saturates, so that what does not come back the same was no such number.
        whole.extend(picture.iter().map(|v| *v as i16));
        let same = |(v, w): (&f32, &i16)| f32::from(*w) == *v && (0..=MOST as i16).contains(w);
        picture.iter().zip(whole.iter()).all(same)
    }

    fn vote_bytes(&self, table: &Table, scratch: &mut Scratch) {
        let Scratch { histograms, whole, .. } = scratch;
        let (height, width) = (self.size.height, self.size.width);
        let line = |row: usize| &whole[row * width..(row + 1) * width];
        for row in 0..self.cells.0 * self.cell.0 {
            let inside = row > 0 && row + 1 < height;
            let (above, below) =
                if inside { (line(row - 1), line(row + 1)) } else { (line(row), line(row)) };
            let here = line(row);
            let cells = &mut histograms[row / self.cell.0 * self.cells.1 * self.orientations..];
            let mut first = 0;
            for (cell, histogram) in
                cells.chunks_exact_mut(self.orientations).take(self.cells.1).enumerate()
            {
                for column in first..first + self.cell.1 {
                    let down = i32::from(below[column]) - i32::from(above[column]);
                    let right = match column {
                        0 => 0,
                        c if c + 1 == width => 0,
                        c => i32::from(here[c + 1]) - i32::from(here[c - 1]),
                    };
                    if down != 0 || right != 0 {
                        let length = f64::from(down * down + right * right).sqrt();
                        add(&mut histogram[table.bin(down, right)], length);
                    }
                }
                first = (cell + 1) * self.cell.1;
            }
        }
    }

    fn vote(&self, picture: &[f32], scratch: &mut Scratch) {
        let Scratch { histograms, pixels, .. } = scratch;
        // Integers are computed in f64 and others in f32, as scikit-image does by type.
        let single = picture.iter().any(|v| v.fract() != 0.0);
        let rounded = |v: f64| if single { f64::from(v as f32) } else { v };
        pixels.clear();
        pixels.extend(picture.iter().map(|v| match self.sqrt {
            true => rounded(f64::from(*v).sqrt()),
            false => f64::from(*v),
        }));
        let Size { height, width, channels } = self.size;
        let at =
            |row: usize, column: usize, c: usize| pixels[(row * width + column) * channels + c];
        for row in 0..self.cells.0 * self.cell.0 {
            for column in 0..self.cells.1 * self.cell.1 {
                let mut longest = (-1.0, 0.0, 0.0);
                for c in 0..channels {
                    let down = match row > 0 && row + 1 < height {
                        true => rounded(at(row + 1, column, c) - at(row - 1, column, c)),
                        false => 0.0,
                    };
                    let right = match column > 0 && column + 1 < width {
                        true => rounded(at(row, column + 1, c) - at(row, column - 1, c)),
                        false => 0.0,
                    };
                    let length = rounded(down.hypot(right));
                    if length > longest.0 {
                        longest = (length, down, right);
                    }
                }
                let (_, down, right) = longest;
                if let Some(bin) = bin(&self.edges, down, right) {
                    let cell = row / self.cell.0 * self.cells.1 + column / self.cell.1;
                    let place = cell * self.orientations + usize::from(bin);
                    add(&mut histograms[place], down.hypot(right));
                }
            }
        }
    }
}

/// scikit-image sums in `f32`, each vote in `f64`.
fn add(total: &mut f32, vote: f64) {
    *total = (f64::from(*total) + vote) as f32;
}
