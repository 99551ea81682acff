//! Dots of data, small and thin where there are many.

use plotters::style::RGBColor;

use super::canvas::Canvas;
use super::marks::dot;
use super::panel::Panel;

/// Draws a dot for each point that has a position; returns whether there was any.
pub fn points(canvas: &mut Canvas, panel: &Panel, points: &[(f64, f64, RGBColor)]) -> bool {
    let mut any = false;
    for &(x, y, color) in points {
        let Some(at) = panel.point(x, y) else { continue };
        any = true;
        match points.len() {
            0..=400 => dot(canvas, at, color),
            401..=3000 => canvas.line(&[at], 3.6, color, 0.7),
            _ => canvas.line(&[at], 2.2, color, 0.45),
        }
    }
    any
}
