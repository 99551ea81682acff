//! Dots, and lines across a panel.

use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, Rect};
use super::panel::Panel;
use super::style::{INK, TICK, WHITE};
use super::text;
use crate::plot::PlotOptions;

/// Colour of the best trial.
pub const BEST: RGBColor = RGBColor(213, 58, 0);

/// A dot with a white rim that separates it from others.
pub fn dot(canvas: &mut Canvas, at: (f64, f64), color: RGBColor) {
    canvas.line(&[at], 6.4, WHITE, 0.9);
    canvas.line(&[at], 5.0, color, 1.0);
}

/// The dot of the best, larger than the others.
pub fn best_dot(canvas: &mut Canvas, at: (f64, f64)) {
    canvas.line(&[at], 10.4, WHITE, 1.0);
    canvas.line(&[at], 8.4, BEST, 1.0);
}

/// A bar from `low` to `high` with a cap at each end.
pub fn error_bar(canvas: &mut Canvas, x: f64, (low, high): (f64, f64), half: f64) {
    canvas.line(&[(x, low), (x, high)], 1.2, INK, 1.0);
    for y in [low, high] {
        canvas.line(&[(x - half, y), (x + half, y)], 1.2, INK, 1.0);
    }
}

/// A dashed line across a panel at a value of its y axis, with its name above its right end.
pub fn level(canvas: &mut Canvas, panel: &Panel, value: f64, name: &str) {
    let Rect { x0, x1, y0, y1 } = panel.inner;
    let Some(y) = panel.y(value).filter(|y| (y0 - 1.0..=y1 + 1.0).contains(y)) else { return };
    canvas.broken(&[(x0, y), (x1, y)], 1.2, Some((5.0, 4.0)), INK, 1.0);
    if !name.is_empty() {
        let name = text::shorten(name, TICK, x1 - x0 - 8.0);
        let half = text::width(&name, TICK) + 4.0;
        // Above the line, or below it where there is no room above.
        let at = if y - 16.0 > y0 { y - 9.0 } else { y + 9.0 };
        canvas.fill(Rect::new(x1 - half - 4.0, at - 6.5, x1 - 2.0, at + 6.5), WHITE, 0.8);
        canvas.text(&name, (x1 - 6.0, at), TICK, Align::Right, INK);
    }
}

impl PlotOptions {
    /// Draws the level, if there is one.
    pub(in crate::plot) fn draw_level(&self, canvas: &mut Canvas, panel: &Panel) {
        if let Some((value, name)) = &self.level {
            level(canvas, panel, *value, name);
        }
    }
}
