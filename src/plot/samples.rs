//! Grids of pictures with captions.

use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, Rect};
use super::figure::{DENSITY, Figure};
use super::panel::headline;
use super::picture::Pictures;
use super::style::{AXIS, FAINT_INK, INK, LABEL, PlotOptions, TICK};
use super::text;
use crate::array::Array;
use crate::data::Dataset;
use crate::error::{Error, Result};

/// A grid of pictures, each with its caption below.
///
/// `pictures` is [count, height, width] in grey or [count, height, width, channels] with 1 or 3
/// channels. Values from 0 to 1 or from 0 to 255 are shown as they are; any other range is
/// stretched from its smallest value in black to its largest in white. `captions` has one for each
/// picture, with a line break where it has two lines, or is empty.
///
/// ```
/// use dfdx_lab::{Array, plot};
/// let pictures = Array::new([2, 1, 2], vec![0.0, 1.0, 1.0, 0.0])?;
/// let figure = plot::samples(&pictures, &["left".to_string(), "right".to_string()])?;
/// assert_eq!(figure.alt(), "2 pictures: left, right");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the array holds no pictures, or the number of captions is neither 0 nor theirs.
pub fn samples(pictures: &Array, captions: &[String]) -> Result<Figure> {
    samples_with(pictures, captions, &PlotOptions::new())
}

/// [`samples`] with options; in a given size the pictures are as large as fits.
///
/// # Errors
/// As [`samples`], or if an option is out of bounds.
pub fn samples_with(
    pictures: &Array,
    captions: &[String],
    options: &PlotOptions,
) -> Result<Figure> {
    let pictures = Pictures::new("plot::samples", pictures)?;
    if !captions.is_empty() && captions.len() != pictures.count {
        return Err(Error::argument(
            "plot::samples: the number of captions",
            captions.len(),
            format!("0 or {}, the number of pictures", pictures.count),
        ));
    }
    let tiles: Vec<Tile> = match captions {
        [] => vec![Vec::new(); pictures.count],
        _ => captions.iter().map(|c| c.lines().map(|l| (l.to_string(), INK)).collect()).collect(),
    };
    let mut words = match pictures.count {
        1 => "1 picture".to_string(),
        n => format!("{n} pictures"),
    };
    if !captions.is_empty() {
        let lines: Vec<String> = captions.iter().map(|c| c.replace('\n', " ")).collect();
        words += &format!(": {}", super::listed(&lines));
    }
    draw(&pictures, &tiles, options.title_or(""), "no pictures", options, words)
}

impl Dataset {
    /// A grid of `count` of its pictures, of each class in turn, with the class as caption; spread
    /// over all rows. Data without labels are captioned by the rows' numbers.
    ///
    /// # Errors
    /// If the features are no pictures, see [`plot::samples`](crate::plot::samples).
    pub fn plot_samples(&self, count: usize) -> Result<Figure> {
        self.plot_samples_with(count, &PlotOptions::new())
    }

    /// [`plot_samples`](Self::plot_samples) with options.
    ///
    /// # Errors
    /// As [`plot_samples`](Self::plot_samples), or if an option is out of bounds.
    pub fn plot_samples_with(&self, count: usize, options: &PlotOptions) -> Result<Figure> {
        let rows = in_turn(self.labels(), self.classes().len(), self.len(), count);
        let caption = |&row: &usize| match self.labels().get(row) {
            Some(&class) => self.classes()[class].replace(['\n', '\r'], " "),
            None => format!("row {row}"),
        };
        let captions: Vec<String> = rows.iter().map(caption).collect();
        samples_with(&self.x().take(&rows)?, &captions, options)
    }
}

/// At most `count` rows, from each class in turn, those of a class spread evenly over all it has.
fn in_turn(labels: &[usize], classes: usize, rows: usize, count: usize) -> Vec<usize> {
    let mut by_class = vec![Vec::new(); classes.max(1)];
    (0..rows).for_each(|row| by_class[labels.get(row).copied().unwrap_or(0)].push(row));
    // How many of each class there will be is known first, so that they can be spread.
    let mut taken = vec![0; by_class.len()];
    let mut order = Vec::new();
    while order.len() < count.min(rows) {
        for (class, rows) in by_class.iter().enumerate() {
            if taken[class] < rows.len() && order.len() < count {
                order.push((class, taken[class]));
                taken[class] += 1;
            }
        }
    }
    let spread =
        |(class, n): (usize, usize)| by_class[class][n * by_class[class].len() / taken[class]];
    order.into_iter().map(spread).collect()
}

/// The lines below a picture.
pub(super) type Tile = Vec<(String, RGBColor)>;

const LINE: f64 = TICK + 3.0;
const GAP: f64 = 8.0;
/// The narrowest slot that still has captions.
const READABLE: f64 = 20.0;
const HEADLINE: f64 = 26.0;

/// Pictures and what stands below each.
pub(super) fn draw(
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
        // Room for the words.
        0 => (224.0, 64.0),
        _ => wanted(pictures),
    };
    let texts = tiles.iter().flatten().map(|(line, _)| text::width(line, TICK));
    let slot = wide.max(texts.fold(0.0, f64::max).min(150.0)) + GAP;
    // Rows of equal length, as far as the number allows.
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
    let left = rest.x0 + (rest.width() - 8.0 - grid.slot.0 * grid.columns as f64) / 2.0;
    for (i, tile) in tiles.iter().enumerate() {
        let (column, row) = (i % grid.columns, i / grid.columns);
        let (x, y) = (left + grid.slot.0 * column as f64, rest.y0 + grid.slot.1 * row as f64);
        let middle = x + grid.slot.0 / 2.0;
        // On whole device pixels, so that all pictures are painted alike.
        let density = f64::from(DENSITY);
        let x0 = ((middle - grid.picture.0 / 2.0) * density).round() / density;
        let place = Rect::new(x0, y.round(), x0 + grid.picture.0, y.round() + grid.picture.1);
        pictures.paint(&mut canvas, place, i, |color| color);
        if grid.picture.0 > READABLE {
            canvas.outline(place, AXIS);
        }
        for (n, (line, color)) in tile.iter().enumerate().filter(|_| grid.captions) {
            let line = text::shorten(line, TICK, grid.slot.0 - 2.0);
            let y = place.y1 + 3.0 + LINE * (n as f64 + 0.5);
            canvas.text(&line, (middle, y), TICK, Align::Middle, *color);
        }
    }
    pictures.finish(canvas, alt)
}

/// The size of a picture where there is room: big enough to be read, and small enough for a grid.
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

/// Where the pictures go.
struct Grid {
    columns: usize,
    slot: (f64, f64),
    picture: (f64, f64),
    captions: bool,
}

impl Grid {
    /// The grid with the largest pictures in this room; captions give way where they would be
    /// illegible.
    fn new(pictures: &Pictures<'_>, room: (f64, f64), below: f64) -> Self {
        let best = |below: f64, gap: f64| {
            let grids = (1..=pictures.count).map(|columns| {
                let rows = pictures.count.div_ceil(columns);
                let slot = (room.0 / columns as f64, room.1 / rows as f64);
                let picture = pictures.fit((slot.0 - gap, slot.1 - gap - below));
                Grid { columns, slot, picture, captions: below > 0.0 }
            });
            // Of equals that with the widest slots, for the captions.
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

    #[test]
    fn classes_take_turns_and_rows_are_spread() {
        let labels = [0, 0, 0, 0, 2, 2, 0, 0];
        assert_eq!(in_turn(&labels, 3, 8, 4), [0, 4, 3, 5]);
        assert_eq!(in_turn(&labels, 3, 8, 100).len(), 8);
        assert_eq!(in_turn(&[], 0, 10, 2), [0, 5]);
        assert!(in_turn(&[], 0, 0, 2).is_empty() && in_turn(&labels, 3, 8, 0).is_empty());
    }

    #[test]
    fn captions_must_be_as_many_as_pictures() {
        let error = samples(&Array::zeros([3, 2, 2]), &["one".to_string()]).unwrap_err();
        assert!(error.to_string().contains("is 1, but must be 0 or 3"), "{error}");
    }

    #[test]
    fn every_colour_is_kept() {
        // 32 x 32 colours, far more than a palette holds.
        let pixel = |i: usize| [(i % 32) as f32 * 8.0, (i / 32) as f32 * 8.0, 100.0];
        let data = (0..1024).flat_map(pixel).collect();
        let figure = samples(&Array::new([1, 32, 32, 3], data).unwrap(), &[]).unwrap();
        let file = std::io::Cursor::new(figure.to_png());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let found: std::collections::HashSet<_> = pixels.as_chunks::<3>().0.iter().collect();
        for i in 0..1024 {
            assert!(found.contains(&pixel(i).map(|v| v as u8)), "{i}");
        }
    }

    #[test]
    fn a_grid_fills_its_room() {
        let array = Array::zeros([12, 28, 28]);
        let pictures = Pictures::new("test", &array).unwrap();
        let grid = Grid::new(&pictures, (600.0, 200.0), 17.0);
        assert_eq!((grid.columns, grid.picture, grid.captions), (6, (70.0, 70.0), true));
        let tiny = Grid::new(&pictures, (100.0, 40.0), 17.0);
        assert!(!tiny.captions && tiny.picture.0 > 5.0);
    }
}
