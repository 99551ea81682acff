//! Curves of rates (both axes from 0 to 1), one for each class.

use super::canvas::Canvas;
use super::curve::curve;
use super::legend::{Entry, headline, legend};
use super::panel::{Axis, Panel};
use super::scale::Scale;
use super::style::{self, PALE};
use crate::error::Result;
use crate::plot::{Figure, PlotOptions};

/// The curves to draw.
pub struct Rates<'a> {
    pub x_title: &'a str,
    pub y_title: &'a str,
    /// Name and points of each curve.
    pub curves: Vec<(String, Vec<(f64, f64)>)>,
    /// A dashed grey line to compare with, and its name.
    pub reference: Option<(&'a str, [(f64, f64); 2])>,
    pub alt: String,
}

pub fn draw(rates: &Rates<'_>, options: &PlotOptions) -> Result<Figure> {
    const DASH: Option<(f64, f64)> = Some((4.0, 4.0));
    let mut canvas = Canvas::new(options.size_or(480, 440)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let mut entries: Vec<Entry> = rates
        .curves
        .iter()
        .enumerate()
        .map(|(n, (name, _))| Entry::Line(style::series(n), style::dash(n), name.clone()))
        .collect();
    entries.extend(rates.reference.iter().map(|r| Entry::Line(PALE, DASH, r.0.to_string())));
    legend(&mut canvas, &mut rest, &entries);
    let axis = |title: &str| Axis::numbers(Scale::exact(-0.02, 1.02), title);
    let x = axis(options.x_label.as_deref().unwrap_or(rates.x_title));
    let y = axis(options.y_label.as_deref().unwrap_or(rates.y_title));
    let panel = Panel::new(rest, x, y, "");
    panel.draw(&mut canvas);
    if let Some((_, [a, b])) = rates.reference
        && let (Some(a), Some(b)) = (panel.point(a.0, a.1), panel.point(b.0, b.1))
    {
        canvas.broken(&[a, b], 1.2, DASH, PALE, 1.0);
    }
    let mut any = false;
    for (n, (_, points)) in rates.curves.iter().enumerate() {
        any |= curve(&mut canvas, &panel, points, style::series(n), style::dash(n));
    }
    if !any {
        panel.say(&mut canvas, "no data");
    }
    canvas.finish(rates.alt.clone())
}
