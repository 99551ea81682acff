//! Curves over a common x, and how every plot here draws a curve.

use crate::error::Result;
use crate::plot::draw::canvas::Canvas;
use crate::plot::draw::curve::{curve, same_length};
use crate::plot::draw::legend::{headline, legend, strokes};
use crate::plot::draw::panel::{Axis, Panel, x_axis};
use crate::plot::draw::scale::Scale;
use crate::plot::draw::style;
use crate::plot::values::named;
use crate::plot::{Figure, PlotOptions};

/// Named curves over `x`; a value that is NaN or infinite leaves a gap.
///
/// Up to twelve different x, such as the tried values of a parameter, get a tick each. If each is
/// about twice the previous one or more, the axis is logarithmic, unless [`PlotOptions::log_x`]
/// says otherwise.
///
/// # Errors
/// If a series does not have one value for each x.
pub fn lines(x: &[f64], series: &[(impl AsRef<str>, Vec<f64>)]) -> Result<Figure> {
    lines_with(x, series, &PlotOptions::new())
}

/// [`lines`] with options.
///
/// # Errors
/// As [`lines`], or if an option is out of bounds.
pub fn lines_with(
    x: &[f64],
    series: &[(impl AsRef<str>, Vec<f64>)],
    options: &PlotOptions,
) -> Result<Figure> {
    draw(x, &named(series), options)
}

fn draw(x: &[f64], series: &[(String, Vec<f64>)], options: &PlotOptions) -> Result<Figure> {
    for (name, values) in series {
        same_length("plot::lines", name, values.len(), x.len())?;
    }
    let mut canvas = Canvas::new(options.size_or(600, 360)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let names: Vec<_> = series.iter().map(|(name, _)| name.clone()).collect();
    if names.len() > 1 {
        legend(&mut canvas, &mut rest, &strokes(&names));
    }
    let values = || series.iter().flat_map(|(_, v)| v.iter().copied()).chain(options.also());
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
    let x_axis = x_axis(x, x_title, options);
    let panel = Panel::new(rest, x_axis, Axis::numbers(y_scale, y_title), "");
    panel.draw(&mut canvas);
    options.draw_level(&mut canvas, &panel);
    let mut any = false;
    for (n, (_, values)) in series.iter().enumerate() {
        let points: Vec<_> = x.iter().copied().zip(values.iter().copied()).collect();
        any |= curve(&mut canvas, &panel, &points, style::series(n), style::dash(n));
    }
    if !any {
        panel.say(&mut canvas, "no data");
    }
    canvas.finish(format!("Line plot of {} over {} points", crate::plot::listed(&names), x.len()))
}
