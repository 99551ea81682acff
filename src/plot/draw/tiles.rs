//! Images in a grid, with lines of text below each.

use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, Rect};
use super::legend::headline;
use super::picture::Pictures;
use super::shapes::DENSITY;
use super::style::{AXIS, FAINT_INK, LABEL, TICK};
use super::text;
use crate::error::Result;
use crate::plot::{Figure, PlotOptions};

/// The captions below an image.
pub type Tile = Vec<(String, RGBColor)>;

const LINE: f64 = TICK + 3.0;
const GAP: f64 = 8.0;
/// The size of the smallest captions.
const SMALLEST: f64 = 8.0;
/// The width of the narrowest slot with captions.
const READABLE: f64 = 20.0;
const HEADLINE: f64 = 26.0;

/// Draws images with their captions.
pub fn draw(
    pictures: &Pictures<'_>,
    tiles: &[Tile],
    title: &str,
    nothing: &str,
    options: &PlotOptions,
    alt: String,
) -> Result<Figure> {
    let count = pictures.count;
    let lines = tiles.iter().map(Vec::len).max().unwrap_or(0);
    let below = if lines == 0 { 0.0 } else { lines as f64 * LINE + 3.0 };
    let above = if title.is_empty() { 0.0 } else { HEADLINE };
    let (wide, high) = match count {
        // Room for the message.
        0 => (224.0, 64.0),
        _ => wanted(pictures),
    };
    let texts = tiles.iter().flatten().map(|(line, _)| text::width(line, TICK));
    let longest = texts.fold(0.0, f64::max);
    let slot = wide.max((longest + 2.0).min(200.0)) + GAP;
    // Rows as equal in length as the number allows.
    let most = ((760.0 / slot) as usize).max(1);
    let columns = count.max(1).div_ceil(count.max(1).div_ceil(most));
    let rows = count.max(1).div_ceil(columns);
    let width = (columns as f64 * slot + 16.0).max((text::width(title, 14.0) + 40.0).min(760.0));
    let height = rows as f64 * (high + below + GAP) + above + 12.0;
    let mut canvas = Canvas::new(options.size_or(width.ceil() as u32, height.ceil() as u32)?)?;
    let rest = headline(&mut canvas, title);
    if count == 0 {
        let middle = (rest.x0 + rest.width() / 2.0, rest.y0 + rest.height() / 2.0);
        canvas.text(nothing, middle, LABEL, Align::Middle, FAINT_INK);
        return canvas.finish(alt);
    }
    let grid = Grid::new(pictures, (rest.width() - 8.0, rest.height()), below);
    // Smaller captions are better than shortened ones.
    let size = (TICK * (grid.slot.0 - 2.0) / longest.max(1.0)).clamp(SMALLEST, TICK);
    let left = rest.x0 + (rest.width() - 8.0 - grid.slot.0 * grid.columns as f64) / 2.0;
    for (i, tile) in tiles.iter().enumerate() {
        let (column, row) = (i % grid.columns, i / grid.columns);
        let (x, y) = (left + grid.slot.0 * column as f64, rest.y0 + grid.slot.1 * row as f64);
        let middle = x + grid.slot.0 / 2.0;
        // On whole device pixels, so that all images are painted alike.
        let density = f64::from(DENSITY);
        let x0 = ((middle - grid.picture.0 / 2.0) * density).round() / density;
        let place = Rect::new(x0, y.round(), x0 + grid.picture.0, y.round() + grid.picture.1);
        pictures.paint(&mut canvas, place, i, |color| color);
        if grid.picture.0 > READABLE {
            canvas.outline(place, AXIS);
        }
        for (n, (line, color)) in tile.iter().enumerate().filter(|_| grid.captions) {
            let line = text::shorten(line, size, grid.slot.0 - 2.0);
            let y = place.y1 + 3.0 + LINE * (n as f64 + 0.5);
            canvas.text(&line, (middle, y), size, Align::Middle, *color);
        }
    }
    pictures.finish(canvas, alt)
}

/// The preferred size of an image: large enough to be read, small enough for a grid.
fn wanted(pictures: &Pictures<'_>) -> (f64, f64) {
    let longer = pictures.width.max(pictures.height) as f64;
    let side = match pictures.count {
        0..=2 => 224.0f64.max(longer.min(320.0)),
        3..=40 => 84.0f64.max(longer.min(140.0)),
        41..=200 => 56.0f64.max(longer.min(84.0)),
        _ => 42.0,
    };
    pictures.fit((side, side))
}

/// The layout of the images.
struct Grid {
    columns: usize,
    slot: (f64, f64),
    picture: (f64, f64),
    captions: bool,
}

impl Grid {
    /// The grid with the largest images in this room; captions are left out where they would be
    /// illegible.
    fn new(pictures: &Pictures<'_>, room: (f64, f64), below: f64) -> Self {
        let best = |below: f64, gap: f64| {
            let grids = (1..=pictures.count).map(|columns| {
                let rows = pictures.count.div_ceil(columns);
                let slot = (room.0 / columns as f64, room.1 / rows as f64);
                let picture = pictures.fit((slot.0 - gap, slot.1 - gap - below));
                Grid { columns, slot, picture, captions: below > 0.0 }
            });
            // Among equals, the one with the widest slots, for the captions.
            grids.reduce(|a, b| if b.picture.0 > a.picture.0 { b } else { a })
        };
        let grid = best(below, GAP).filter(|g| g.picture.0 >= READABLE || g.picture.1 >= READABLE);
        let tight = Grid { columns: 1, slot: room, picture: room, captions: false };
        grid.or_else(|| best(0.0, 1.0)).unwrap_or(tight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;

    #[test]
    fn a_grid_fills_its_room() {
        let array = Array::zeros([12, 28, 28]).unwrap();
        let pictures = Pictures::new("test", &array).unwrap();
        let grid = Grid::new(&pictures, (600.0, 200.0), 17.0);
        assert_eq!((grid.columns, grid.picture, grid.captions), (6, (70.0, 70.0), true));
        let tiny = Grid::new(&pictures, (100.0, 40.0), 17.0);
        assert!(!tiny.captions && tiny.picture.0 > 5.0);
    }
}
