//! Curves over a common x, and how every plot here draws a curve.

use plotters::style::RGBColor;

use super::canvas::Canvas;
use super::figure::Figure;
use super::panel::{Axis, Panel, headline, legend};
use super::scale::Scale;
use super::style::{self, PlotOptions};
use crate::error::{Error, Result};

/// Named curves over `x`; a value that is NaN or infinite leaves a gap.
///
/// # Errors
/// If a series has not one value for each x.
pub fn lines(x: &[f64], series: &[(String, Vec<f64>)]) -> Result<Figure> {
    lines_with(x, series, &PlotOptions::new())
}

/// [`lines`] with options.
///
/// # Errors
/// As [`lines`], or if an option is out of bounds.
pub fn lines_with(
    x: &[f64],
    series: &[(String, Vec<f64>)],
    options: &PlotOptions,
) -> Result<Figure> {
    for (name, values) in series {
        same_length("plot::lines", name, values.len(), x.len())?;
    }
    let mut canvas = Canvas::new(options.size_or(600, 360)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let names: Vec<_> = series.iter().map(|(name, _)| name.clone()).collect();
    if names.len() > 1 {
        legend(&mut canvas, &mut rest, &colored(&names));
    }
    let values = || series.iter().flat_map(|(_, v)| v.iter().copied());
    let y_scale = match options.log_y {
        Some(true) => Scale::log(values()),
        _ => Scale::linear(values()),
    };
    let y_title = match (&options.y_label, &names[..]) {
        (Some(label), _) => label.as_str(),
        (None, [only]) => only,
        _ => "",
    };
    let x_title = options.x_label.as_deref().unwrap_or("");
    let x_axis = Axis::numbers(Scale::linear(x.iter().copied()), x_title);
    let panel = Panel::new(rest, x_axis, Axis::numbers(y_scale, y_title), "");
    panel.draw(&mut canvas);
    let mut any = false;
    for (n, (_, values)) in series.iter().enumerate() {
        let points: Vec<_> = x.iter().copied().zip(values.iter().copied()).collect();
        any |= curve(&mut canvas, &panel, &points, style::series(n));
    }
    if !any {
        panel.say(&mut canvas, "no data");
    }
    canvas.finish(format!("Line plot of {} over {} points", super::listed(&names), x.len()))
}

/// Draws a curve, broken where a point has no place; whether there was anything to draw.
pub(super) fn curve(
    canvas: &mut Canvas,
    panel: &Panel,
    points: &[(f64, f64)],
    color: RGBColor,
) -> bool {
    let placed: Vec<_> = points.iter().map(|&(x, y)| panel.point(x, y)).collect();
    for run in placed.split(|p| p.is_none()).filter(|run| !run.is_empty()) {
        let run: Vec<_> = run.iter().copied().flatten().collect();
        // A point between two gaps would not be seen as a line.
        let width = if run.len() == 1 { 5.0 } else { 1.8 };
        canvas.line(&run, width, color, 1.0);
        if run.len() > 1 && points.len() <= 16 {
            run.iter().for_each(|p| canvas.line(&[*p], 5.0, color, 1.0));
        }
    }
    placed.iter().any(Option::is_some)
}

/// Names with the colours of their series.
pub(super) fn colored(names: &[String]) -> Vec<(String, RGBColor)> {
    names.iter().enumerate().map(|(n, name)| (name.clone(), style::series(n))).collect()
}

/// An error unless the lengths agree.
pub(super) fn same_length(plot: &str, name: &str, got: usize, needed: usize) -> Result<()> {
    if got == needed {
        return Ok(());
    }
    Err(Error::argument(
        format!("{plot}: the number of values of '{name}'"),
        got,
        format!("{needed}, one for each place on the x axis"),
    ))
}
