//! Pair plots: every column against every other.

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::plot::draw::canvas::{Canvas, Rect};
use crate::plot::draw::legend::{Entry, headline, legend};
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::points::points;
use crate::plot::draw::scale::{Scale, drawable};
use crate::plot::draw::style::{self, TICK};
use crate::plot::draw::text;
use crate::plot::{Figure, PlotOptions, listed};

/// Largest number of columns with legible cells.
const MOST: usize = 7;
/// Bars of a histogram.
const BINS: usize = 20;

/// A pair plot, as seaborn's `pairplot`: a scatter plot of each pair of columns in the colours of
/// the classes, with a histogram of each column by class on the diagonal. At most the first 7
/// columns are shown.
///
/// ```
/// use dfdx_lab::{Array, data::Dataset, plot};
/// let x = Array::new([3, 2], vec![5.1, 3.5, 4.9, 3.0, 6.3, 3.3])?;
/// let data = Dataset::new(x, vec![0, 0, 1], ["setosa", "virginica"])?;
/// assert_eq!(plot::pairs(&data)?.alt(), "Pairs of x0, x1 of 3 rows");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the data are not a table of rows and columns.
pub fn pairs(data: &Dataset) -> Result<Figure> {
    pairs_with(data, &PlotOptions::new())
}

/// [`pairs`] with options.
///
/// # Errors
/// As [`pairs`], or if an option is out of bounds.
pub fn pairs_with(data: &Dataset, options: &PlotOptions) -> Result<Figure> {
    data.need_numbers("plot::pairs")?;
    let width = data.x().row_len();
    if data.x().shape().len() != 2 || width == 0 {
        let expected = "rows and columns were expected; Dataset::flattened makes them from images";
        return Err(Error::shape("plot::pairs: the data", data.x().shape(), expected));
    }
    let n = width.min(MOST);
    let column = |c: usize| -> Vec<f64> {
        data.x().data().iter().skip(c).step_by(width).map(|v| f64::from(*v)).collect()
    };
    let columns: Vec<Vec<f64>> = (0..n).map(column).collect();
    let names: Vec<String> = data.columns().iter().take(n).cloned().collect();
    let side = (880 / n as u32).clamp(125, 240);
    let mut canvas = Canvas::new(options.size_or(side * n as u32 + 80, side * n as u32 + 80)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    if data.classes().len() > 1 {
        let entry = |(n, name): (usize, &String)| Entry::Dot(style::series(n), name.clone());
        let entries: Vec<Entry> = data.classes().iter().enumerate().map(entry).collect();
        legend(&mut canvas, &mut rest, &entries);
    }
    let scales: Vec<Scale> = columns.iter().map(|v| Scale::linear(v.iter().copied())).collect();
    let label = |scale: &Scale| {
        let ticks = scale.ticks(3);
        ticks.iter().map(|(_, t)| text::width(t, TICK)).fold(0.0, f64::max)
    };
    // The same margins for all cells, so that they are aligned.
    let left = rest.x0 + scales.iter().map(label).fold(0.0, f64::max) + 30.0;
    let (w, h) = ((rest.x1 - 8.0 - left) / n as f64, (rest.y1 - 42.0 - rest.y0) / n as f64);
    let color = |i: usize| style::series(data.labels().get(i).copied().unwrap_or(0));
    for (row, up) in columns.iter().enumerate() {
        for (across, x) in columns.iter().enumerate() {
            let (x0, y0) = (left + w * across as f64, rest.y0 + h * row as f64);
            let inner = Rect::new(x0 + 4.0, y0 + 4.0, x0 + w - 4.0, y0 + h - 4.0);
            let name = |edge: bool, i: usize| {
                if edge { names.get(i).map_or("", |n| n.as_str()) } else { "" }
            };
            let axis = |scale: &Scale, edge: bool, i: usize| {
                let ticks = if edge { scale.ticks(3) } else { Vec::new() };
                Axis::with_ticks(scale.clone(), ticks, name(edge, i))
            };
            let counts = histogram(x, data, &scales[across]);
            let tallest = counts.iter().flatten().copied().max().unwrap_or(0).max(1) as f64;
            let own = Scale::exact(0.0, tallest * 1.1);
            let y = match row == across {
                // The scale of counts is not shown; only the shape matters.
                true => Axis::with_ticks(own, Vec::new(), name(across == 0, row)),
                false => axis(&scales[row], across == 0, row),
            };
            let mut panel = Panel::new(inner, axis(&scales[across], row + 1 == n, across), y, "");
            panel.inner = inner;
            panel.draw(&mut canvas);
            if row == across {
                draw_histogram(&mut canvas, &panel, &counts);
                continue;
            }
            let dots: Vec<_> =
                x.iter().zip(up).enumerate().map(|(i, (x, y))| (*x, *y, color(i))).collect();
            points(&mut canvas, &panel, &dots);
        }
    }
    let of = if width > n { format!(", {n} of {width} columns") } else { String::new() };
    canvas.finish(format!("Pairs of {} of {} rows{of}", listed(&names), data.len()))
}

/// The number of rows of each class in each bin of an axis.
fn histogram(values: &[f64], data: &Dataset, scale: &Scale) -> Vec<[usize; BINS]> {
    let mut counts = vec![[0; BINS]; data.classes().len().max(1)];
    for (i, v) in values.iter().enumerate().filter(|(_, v)| drawable(**v)) {
        let class = data.labels().get(i).copied().unwrap_or(0);
        let share = scale.place(*v).unwrap_or(0.0).clamp(0.0, 1.0);
        counts[class][((share * BINS as f64) as usize).min(BINS - 1)] += 1;
    }
    counts
}

fn draw_histogram(canvas: &mut Canvas, panel: &Panel, counts: &[[usize; BINS]]) {
    let Rect { x0, y1, .. } = panel.inner;
    let wide = panel.inner.width() / BINS as f64;
    for (class, counts) in counts.iter().enumerate() {
        let mut outline = Vec::new();
        for (bin, n) in counts.iter().enumerate() {
            let top = panel.y(*n as f64).unwrap_or(y1);
            let left = x0 + wide * bin as f64;
            outline.extend([(left, top), (left + wide, top)]);
            canvas.fill(Rect::new(left, top, left + wide, y1), style::series(class), 0.2);
        }
        canvas.line(&outline, 1.2, style::series(class), 1.0);
    }
}
