//! Curves, drawn alike in every plot.

use plotters::style::RGBColor;

use super::canvas::Canvas;
use super::panel::Panel;
use super::shapes::Dash;
use super::style;
use crate::error::{Error, Result};

/// Draws a curve, with a gap where a point has no position; returns whether anything was drawn.
pub fn curve(
    canvas: &mut Canvas,
    panel: &Panel,
    points: &[(f64, f64)],
    color: RGBColor,
    dash: Option<Dash>,
) -> bool {
    let placed: Vec<_> = points.iter().map(|&(x, y)| panel.point(x, y)).collect();
    for run in placed.split(|p| p.is_none()).filter(|run| !run.is_empty()) {
        let run: Vec<_> = run.iter().copied().flatten().collect();
        // A single point between two gaps is drawn larger, to be seen.
        let width = if run.len() == 1 { 5.0 } else { style::LINE };
        canvas.broken(&run, width, dash, color, 1.0);
        if run.len() > 1 && points.len() <= 16 {
            run.iter().for_each(|p| canvas.line(&[*p], 5.0, color, 1.0));
        }
    }
    placed.iter().any(Option::is_some)
}

/// An error unless the lengths agree.
pub fn same_length(plot: &str, name: &str, got: usize, needed: usize) -> Result<()> {
    if got == needed {
        return Ok(());
    }
    Err(Error::argument(
        format!("{plot}: the number of values of '{name}'"),
        got,
        format!("{needed}, one for each place on the x axis"),
    ))
}
