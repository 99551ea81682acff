//! Line plots over a common x.

use crate::error::Result;
use crate::plot::draw::canvas::Canvas;
use crate::plot::draw::curve::{curve, same_length};
use crate::plot::draw::legend::{headline, legend, strokes};
use crate::plot::draw::panel::{Axis, Panel, x_axis};
use crate::plot::draw::scale::Scale;
use crate::plot::draw::style;
use crate::plot::values::{Along, Places};
use crate::plot::{Figure, PlotOptions, Values};

/// A line plot: named curves over `x`, which are numbers or dates as text (`2026-03-01`,
/// `2026-03-01 12:30`). A value that is NaN or infinite leaves a gap.
///
/// ```
/// use dfdx_lab::plot;
/// let days = ["2026-02-27", "2026-02-28", "2026-03-01"];
/// let figure = plot::lines(&days, &[("riders", [180, 210, 95])])?;
/// assert_eq!(figure.alt(), "Line plot of riders over 3 points");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// Up to twelve different x, such as the tried values of a parameter, get a tick each. If each is
/// about twice the previous one or more, the axis is logarithmic, unless [`PlotOptions::log_x`]
/// says otherwise.
///
/// # Errors
/// If a series does not have one value for each x, or a text is not a date.
pub fn lines(
    x: &(impl Along + ?Sized),
    series: &[(impl AsRef<str>, impl Values)],
) -> Result<Figure> {
    lines_with(x, series, &PlotOptions::new())
}

/// [`lines`] with options.
///
/// # Errors
/// As [`lines`], or if an option is out of bounds.
pub fn lines_with(
    x: &(impl Along + ?Sized),
    series: &[(impl AsRef<str>, impl Values)],
    options: &PlotOptions,
) -> Result<Figure> {
    let values =
        series.iter().map(|(name, values)| (name.as_ref().to_string(), values.to_values()));
    draw(&x.along()?, &values.collect::<Vec<_>>(), options)
}

/// The axis of numbers or dates.
pub(super) fn axis(x: &[Places], title: &str, options: &PlotOptions) -> Axis {
    let values = || x.iter().flat_map(|x| x.values().iter().copied());
    match x.iter().any(|x| matches!(x, Places::Dates(_))) {
        true => Axis::dates(values(), title),
        false => x_axis(&values().collect::<Vec<_>>(), title, options),
    }
}

/// The y axis; its title is the label option, or the name of the only curve.
pub(super) fn value_axis(
    values: impl Iterator<Item = f64>,
    names: &[String],
    options: &PlotOptions,
) -> Axis {
    let scale = match options.log_y {
        Some(true) => Scale::log(values),
        _ => Scale::linear(values),
    };
    let title = match (&options.y_label, names) {
        (Some(label), _) => label.as_str(),
        (None, [only]) => only,
        _ => "",
    };
    Axis::numbers(scale, title)
}

fn draw(at: &Places, series: &[(String, Vec<f64>)], options: &PlotOptions) -> Result<Figure> {
    let x = at.values();
    for (name, values) in series {
        same_length("plot::lines", name, values.len(), x.len())?;
    }
    let mut canvas = Canvas::new(options.size_or(600, 360)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let names: Vec<_> = series.iter().map(|(name, _)| name.clone()).collect();
    if names.len() > 1 {
        legend(&mut canvas, &mut rest, &strokes(&names));
    }
    let values = series.iter().flat_map(|(_, v)| v.iter().copied()).chain(options.also());
    let y_axis = value_axis(values, &names, options);
    let x_title = options.x_label.as_deref().unwrap_or("");
    let x_axis = axis(std::slice::from_ref(at), x_title, options);
    let panel = Panel::new(rest, x_axis, y_axis, "");
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
