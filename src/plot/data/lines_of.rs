//! Line plots of curves that each have their own x.

use super::lines::{axis, value_axis};
use crate::error::{Error, Result};
use crate::plot::draw::canvas::Canvas;
use crate::plot::draw::checks::same_count;
use crate::plot::draw::curve::curve;
use crate::plot::draw::legend::{headline, legend, strokes};
use crate::plot::draw::panel::Panel;
use crate::plot::draw::style;
use crate::plot::values::{Along, Places};
use crate::plot::{Figure, PlotOptions, Values, listed};

/// A line plot of named curves, each with its own x and y; x may be dates, as in
/// [`lines`](crate::plot::lines). A value that is NaN or infinite leaves a gap.
///
/// ```
/// use dfdx_lab::plot;
/// let figure = plot::lines_of(&[
///     ("every day", vec![1, 2, 3, 4], vec![0.5, 0.6, 0.7, 0.7]),
///     ("every other day", vec![1, 3], vec![0.4, 0.5]),
/// ])?;
/// assert_eq!(figure.alt(), "Line plot of every day, every other day");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If a series does not have as many y as x, a text is not a date, or some x are numbers and others
/// dates.
pub fn lines_of(series: &[(impl AsRef<str>, impl Along, impl Values)]) -> Result<Figure> {
    lines_of_with(series, &PlotOptions::new())
}

/// [`lines_of`] with options.
///
/// # Errors
/// As [`lines_of`], or if an option is out of bounds.
pub fn lines_of_with(
    series: &[(impl AsRef<str>, impl Along, impl Values)],
    options: &PlotOptions,
) -> Result<Figure> {
    let names = series.iter().map(|(name, _, _)| name.as_ref().to_string()).collect();
    let points = series.iter().map(|(_, x, y)| Ok((x.along()?, y.to_values())));
    draw(names, points.collect::<Result<_>>()?, options)
}

type Points = (Places, Vec<f64>);

fn draw(names: Vec<String>, series: Vec<Points>, options: &PlotOptions) -> Result<Figure> {
    for (name, (x, y)) in names.iter().zip(&series) {
        same_count("plot::lines_of", &format!("values of '{name}'"), y.len(), x.values().len())?;
    }
    let dates = |x: &Places| matches!(x, Places::Dates(_));
    if let Some((_, others)) = series.split_first()
        && others.iter().any(|(x, _)| dates(x) != dates(&series[0].0))
    {
        let expected = "all numbers, or all dates";
        return Err(Error::argument("plot::lines_of: the x", "numbers and dates", expected));
    }
    let mut canvas = Canvas::new(options.size_or(600, 360)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    if names.len() > 1 {
        legend(&mut canvas, &mut rest, &strokes(&names));
    }
    let x: Vec<Places> = series.iter().map(|(x, _)| x.clone()).collect();
    let values = series.iter().flat_map(|(_, y)| y.iter().copied()).chain(options.also());
    let y = value_axis(values, &names, options);
    let x = axis(&x, options.x_label.as_deref().unwrap_or(""), options);
    let panel = Panel::new(rest, x, y, "");
    panel.draw(&mut canvas);
    options.draw_level(&mut canvas, &panel);
    let mut any = false;
    for (n, (x, y)) in series.iter().enumerate() {
        let points: Vec<_> = x.values().iter().copied().zip(y.iter().copied()).collect();
        any |= curve(&mut canvas, &panel, &points, style::series(n), style::dash(n));
    }
    if !any {
        panel.say(&mut canvas, "no data");
    }
    canvas.finish(format!("Line plot of {}", listed(&names)))
}
