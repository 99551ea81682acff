//! Confusion matrices as heat maps, with counts and the fractions of each row.

use plotters::style::RGBColor;

use crate::error::Result;
use crate::metric::ConfusionMatrix;
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::{Align, Canvas, Rect};
use crate::plot::draw::legend::headline;
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::scale::{grouped, percent};
use crate::plot::draw::style::{AXIS, TICK, WHITE, blend, ink_on};
use crate::plot::draw::text;

/// The colour of the fraction 1; 0 is nearly white.
const FULL: RGBColor = RGBColor(8, 64, 129);
const EMPTY: RGBColor = RGBColor(246, 249, 252);

/// A confusion matrix: counts by true class (rows) and predicted class (columns). Below each count
/// stands its fraction of the true class, which the background colour shows as well.
///
/// ```
/// use dfdx_lab::{metric::ConfusionMatrix, plot};
/// let matrix = ConfusionMatrix::new(["awake", "asleep"], &[0, 0, 1], &[0, 1, 1])?;
/// let figure = plot::confusion_matrix(&matrix)?;
/// assert!(figure.alt().contains("awake 1 of 2"));
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the figure cannot be drawn.
pub fn confusion_matrix(matrix: &ConfusionMatrix) -> Result<Figure> {
    confusion_matrix_with(matrix, &PlotOptions::new())
}

/// [`confusion_matrix`] with options.
///
/// # Errors
/// If an option is out of bounds.
pub fn confusion_matrix_with(matrix: &ConfusionMatrix, options: &PlotOptions) -> Result<Figure> {
    let names = matrix.classes();
    let k = names.len();
    // Few cells are large enough for counts; many are small enough for the figure to fit a page.
    let cell = (640.0 / k.max(1) as f64).clamp(22.0, 86.0);
    let longest = names.iter().map(|n| text::width(n, TICK)).fold(0.0, f64::max).min(130.0);
    let side = cell * k.max(2) as f64;
    let title = options.title_or("");
    let above = if title.is_empty() { 14.0 } else { 40.0 };
    let below = if longest + 8.0 > cell { longest } else { TICK } + 42.0;
    let size = options.size_or((side + longest + 62.0) as u32, (side + above + below) as u32)?;

    let mut canvas = Canvas::new(size)?;
    let rest = headline(&mut canvas, title);
    let x = Axis::names(names, options.x_label.as_deref().unwrap_or("predicted"));
    let y = Axis::names_down(names, options.y_label.as_deref().unwrap_or("true"));
    let mut panel = Panel::new(rest, x, y, "");
    let cell = (panel.inner.width().min(panel.inner.height()) / k.max(1) as f64).max(1.0);
    panel.limit(cell * k.max(1) as f64, cell * k.max(1) as f64);
    panel.draw(&mut canvas);
    if k == 0 {
        panel.say(&mut canvas, "no classes");
    }
    let sizes = text_sizes(matrix, cell);
    for row in 0..k {
        let total: u64 = (0..k).map(|column| matrix.count(row, column)).sum();
        for column in 0..k {
            let count = matrix.count(row, column);
            let share = count as f64 / total as f64;
            let (left, top) =
                (panel.inner.x0 + cell * column as f64, panel.inner.y0 + cell * row as f64);
            let ground = blend(EMPTY, FULL, share);
            let place = Rect::new(left, top, left + cell, top + cell);
            canvas.fill(place, ground, 1.0);
            let middle = (left + cell / 2.0, top + cell / 2.0);
            draw_texts(&mut canvas, middle, sizes, count, share, ink_on(ground));
        }
    }
    for i in 1..k {
        let (x, y) = (panel.inner.x0 + cell * i as f64, panel.inner.y0 + cell * i as f64);
        canvas.rule((x, panel.inner.y0), (x, panel.inner.y1), WHITE);
        canvas.rule((panel.inner.x0, y), (panel.inner.x1, y), WHITE);
    }
    canvas.outline(panel.inner, AXIS);
    canvas.finish(in_words(matrix))
}

impl ConfusionMatrix {
    /// The matrix as a heat map, see [`plot::confusion_matrix`](crate::plot::confusion_matrix).
    ///
    /// # Errors
    /// If the figure cannot be drawn.
    pub fn plot(&self) -> Result<Figure> {
        confusion_matrix(self)
    }
}

/// Text sizes of counts and shares that fit every cell; `None` where they would be illegible.
fn text_sizes(matrix: &ConfusionMatrix, cell: f64) -> (Option<f64>, Option<f64>) {
    let k = matrix.classes().len();
    let largest = (0..k * k).map(|i| matrix.count(i / k, i % k)).max().unwrap_or(0);
    let fit = |sample: &str, most: f64| {
        let size = most.min((cell - 6.0) / text::width(sample, 1.0));
        (size >= 6.5).then_some(size)
    };
    let count = fit(&grouped(largest as i64), (cell * 0.26).min(14.0));
    let share = fit("88.8 %", (cell * 0.2).min(11.0));
    (count, if cell < 30.0 { None } else { share })
}

fn draw_texts(
    canvas: &mut Canvas,
    (x, y): (f64, f64),
    (count_size, share_size): (Option<f64>, Option<f64>),
    count: u64,
    share: f64,
    ink: RGBColor,
) {
    let lift = if share_size.is_some() { 0.75 } else { 0.0 };
    if let Some(size) = count_size {
        canvas.text(&grouped(count as i64), (x, y - lift * size), size, Align::Middle, ink);
    }
    if let Some(size) = share_size {
        let drop = if count_size.is_some() { 0.95 } else { 0.0 };
        canvas.text(&percent(share), (x, y + drop * size), size, Align::Middle, ink);
    }
}

fn in_words(matrix: &ConfusionMatrix) -> String {
    let names = matrix.classes();
    let right = (0..names.len()).map(|i| {
        let total: u64 = (0..names.len()).map(|j| matrix.count(i, j)).sum();
        format!("{} {} of {total}", names[i], matrix.count(i, i))
    });
    format!("Confusion matrix; right: {}", crate::plot::listed(&right.collect::<Vec<_>>()))
}
