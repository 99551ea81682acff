//! Heat maps: the numbers of a table as colours.

use plotters::style::RGBColor;

use crate::array::Array;
use crate::error::{Error, Result};
use crate::plot::draw::canvas::{Align, Canvas, Rect};
use crate::plot::draw::legend::{Entry, headline, legend};
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::scale::number;
use crate::plot::draw::style::{AXIS, TICK, WHITE, blend, ink_on, ramp};
use crate::plot::draw::text;
use crate::plot::values::names;
use crate::plot::{Figure, PlotOptions, listed};

/// A heat map: a cell for each value of `values`, [rows, columns], with its number if there is
/// room. If some values are negative, colours run from blue through white at 0 to red, as for
/// correlations; otherwise from light to dark. [`PlotOptions::value_range`] sets their ends.
///
/// ```
/// use dfdx_lab::{Array, plot};
/// let correlations = Array::new([2, 2], vec![1.0, -0.4, -0.4, 1.0])?;
/// let figure = plot::heat_map(&["length", "width"], &["length", "width"], &correlations)?;
/// assert_eq!(figure.alt(), "Heat map of length, width by length, width, from -0.4 to 1");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If there are not as many names as rows and columns.
pub fn heat_map(
    rows: &[impl AsRef<str>],
    columns: &[impl AsRef<str>],
    values: &Array,
) -> Result<Figure> {
    heat_map_with(rows, columns, values, &PlotOptions::new())
}

/// [`heat_map`] with options.
///
/// # Errors
/// As [`heat_map`], or if an option is out of bounds.
pub fn heat_map_with(
    rows: &[impl AsRef<str>],
    columns: &[impl AsRef<str>],
    values: &Array,
    options: &PlotOptions,
) -> Result<Figure> {
    draw(&names(rows), &names(columns), values, options)
}

const BLUE: RGBColor = RGBColor(33, 102, 172);
const RED: RGBColor = RGBColor(178, 24, 43);

/// From blue through white to red.
fn diverging(share: f64) -> RGBColor {
    let aside = (share - 0.5) * 2.0;
    // Rounded to invisibly small steps, because a PNG palette holds few colours.
    let aside = (aside * 20.0).round() / 20.0;
    if aside < 0.0 { blend(WHITE, BLUE, -aside) } else { blend(WHITE, RED, aside) }
}

/// The colour of a share from 0 to 1.
type Palette = fn(f64) -> RGBColor;

/// The values at both ends of the colour scale, and its palette.
fn colors(values: &[f32], options: &PlotOptions) -> Result<(f64, f64, Palette)> {
    let finite = values.iter().copied().filter(|v| v.is_finite()).map(f64::from);
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if let Some((low, high)) = options.value_range {
        if !(low < high && (high - low).is_finite()) {
            let got = format!("{low} to {high}");
            let what = "PlotOptions::value_range: the range";
            return Err(Error::argument(what, got, "from a smaller to a larger number"));
        }
        let both = low < 0.0 && high > 0.0;
        return Ok((low.into(), high.into(), if both { diverging } else { ramp }));
    }
    let far = low.abs().max(high.abs());
    let light: fn(f64) -> RGBColor = ramp;
    Ok(match low < 0.0 {
        true => (-far, far, diverging as fn(f64) -> RGBColor),
        false if low < high => (low, high, light),
        // Equal values, or none: the scale begins at 0.
        false => (low.min(0.0), far.max(1e-9), light),
    })
}

fn draw(
    rows: &[String],
    columns: &[String],
    values: &Array,
    options: &PlotOptions,
) -> Result<Figure> {
    if values.shape() != [rows.len(), columns.len()] {
        let expected = format!("[{}, {}] was expected, by the names", rows.len(), columns.len());
        return Err(Error::shape("plot::heat_map: the values", values.shape(), expected));
    }
    let (low, high, color) = colors(values.data(), options)?;
    let widest = |names: &[String]| {
        names.iter().map(|n| text::width(n, TICK)).fold(0.0, f64::max).min(150.0)
    };
    let most = rows.len().max(columns.len()).max(1) as f64;
    let cell = (620.0 / most).clamp(16.0, 70.0);
    let beside = widest(rows) + 50.0 + if options.y_label.is_some() { 21.0 } else { 0.0 };
    let below = if widest(columns) + 8.0 > cell { widest(columns) } else { TICK } + 30.0;
    let wide = (cell * columns.len().max(1) as f64 + beside).max(260.0);
    let tall = cell * rows.len().max(1) as f64 + below + 56.0;
    let mut canvas = Canvas::new(options.size_or(wide as u32, tall as u32)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    legend(&mut canvas, &mut rest, &[Entry::Ramp(color, number(low, 3), number(high, 3))]);
    let x = Axis::names(columns, options.x_label.as_deref().unwrap_or(""));
    let y = Axis::names_down(rows, options.y_label.as_deref().unwrap_or(""));
    let panel = Panel::new(rest, x, y, "");
    panel.draw(&mut canvas);
    let (w, h) = (
        panel.inner.width() / columns.len().max(1) as f64,
        panel.inner.height() / rows.len().max(1) as f64,
    );
    let texts: Vec<String> = values.data().iter().map(|v| number(f64::from(*v), 2)).collect();
    let longest = texts.iter().map(|t| text::width(t, 1.0)).fold(0.0, f64::max);
    let size = (h * 0.5).min((w - 6.0) / longest.max(1e-9)).min(12.0);
    for (i, value) in values.data().iter().enumerate() {
        let (row, column) = (i / columns.len().max(1), i % columns.len().max(1));
        let (left, top) = (panel.inner.x0 + w * column as f64, panel.inner.y0 + h * row as f64);
        let ground = color((f64::from(*value) - low) / (high - low));
        canvas.fill(Rect::new(left, top, left + w, top + h), ground, 1.0);
        if size >= 6.5 {
            let middle = (left + w / 2.0, top + h / 2.0);
            canvas.text(&texts[i], middle, size, Align::Middle, ink_on(ground));
        }
    }
    if values.data().is_empty() {
        panel.say(&mut canvas, "no data");
    }
    canvas.outline(panel.inner, AXIS);
    canvas.finish(format!(
        "Heat map of {} by {}, from {} to {}",
        listed(rows),
        listed(columns),
        number(low.max(extent(values).0), 3).replace('−', "-"),
        number(high.min(extent(values).1), 3).replace('−', "-")
    ))
}

fn extent(values: &Array) -> (f64, f64) {
    let finite = values.data().iter().copied().filter(|v| v.is_finite()).map(f64::from);
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_symmetric_around_zero_where_signs_differ() {
        let free = PlotOptions::new();
        let (low, high, color) = colors(&[-0.5, 0.25, f32::NAN], &free).unwrap();
        assert_eq!((low, high, color(0.5)), (-0.5, 0.5, WHITE));
        assert_eq!((color(0.0), color(1.0)), (BLUE, RED));
        let (low, high, _) = colors(&[3.0, 5.0], &free).unwrap();
        assert_eq!((low, high), (3.0, 5.0));
        assert!(colors(&[], &free).unwrap().1 > 0.0);
        assert!(colors(&[], &PlotOptions::new().value_range(1.0, 0.0)).is_err());
        let error =
            heat_map(&["a"], &["b"], &Array::zeros([1, 2]).unwrap()).unwrap_err().to_string();
        assert!(error.contains("[1, 1] was expected"), "{error}");
    }
}
