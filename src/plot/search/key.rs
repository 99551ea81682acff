//! What dots, lines and colours mean, in rows across the top; and how dots are drawn.

use plotters::style::RGBColor;

use crate::plot::draw::canvas::{Align, Canvas, Rect};
use crate::plot::draw::scale::Scale;
use crate::plot::draw::style::{INK, TICK, WHITE, ramp};
use crate::plot::draw::text;

/// The best trial.
pub(super) const BEST: RGBColor = RGBColor(213, 58, 0);

/// One entry of the key.
pub(super) enum Entry {
    /// A dot of this colour.
    Dot(RGBColor, String),
    /// The dot of the best trial.
    Best(String),
    /// A line of this colour.
    Line(RGBColor, String),
    /// A tick of this colour, as at the foot of an axis.
    Tick(RGBColor, String),
    /// Colours from light to dark, with the texts of both ends.
    Ramp(String, String),
}

const ROW: f64 = 18.0;
const BAR: f64 = 90.0;
/// Between a sign and its text, and between entries.
const GAP: f64 = 5.0;
const APART: f64 = 16.0;

impl Entry {
    /// The widths of what stands before the sign, of the sign, and of what stands after it.
    fn widths(&self) -> (f64, f64, f64) {
        let wide = |t: &str| text::width(t, TICK);
        match self {
            Entry::Dot(_, name) | Entry::Best(name) => (0.0, 9.0, GAP + wide(name)),
            Entry::Line(_, name) => (0.0, 16.0, GAP + wide(name)),
            Entry::Tick(_, name) => (0.0, 4.0, GAP + wide(name)),
            Entry::Ramp(light, dark) => (wide(light) + GAP, BAR, GAP + wide(dark)),
        }
    }

    fn draw(&self, canvas: &mut Canvas, x: f64, y: f64) {
        let (before, sign, _) = self.widths();
        let (left, right) = (x + before, x + before + sign);
        let name = match self {
            Entry::Dot(color, name) => {
                dot(canvas, (left + 4.5, y), *color);
                name
            }
            Entry::Best(name) => {
                best_dot(canvas, (left + 4.5, y));
                name
            }
            Entry::Line(color, name) => {
                canvas.fill(Rect::new(left, y - 1.0, right, y + 1.0), *color, 1.0);
                name
            }
            Entry::Tick(color, name) => {
                canvas.fill(Rect::new(left + 1.0, y - 5.0, left + 3.0, y + 5.0), *color, 1.0);
                name
            }
            Entry::Ramp(light, dark) => {
                canvas.text(light, (x, y), TICK, Align::Left, INK);
                let bar = Rect::new(left, y - 5.0, right, y + 5.0);
                canvas.paint(bar, |part| ramp((part.x0 + part.x1) / 2.0));
                dark
            }
        };
        canvas.text(name, (right + GAP, y), TICK, Align::Left, INK);
    }
}

/// Draws the key and takes its room off `rest`.
pub(super) fn key(canvas: &mut Canvas, rest: &mut Rect, entries: &[Entry]) {
    let wide = |entry: &Entry| {
        let (before, sign, after) = entry.widths();
        before + sign + after
    };
    let mut rows: Vec<(f64, Vec<&Entry>)> = Vec::new();
    for entry in entries {
        let own = wide(entry);
        match rows.last_mut() {
            Some((used, row)) if *used + APART + own <= rest.width() - 16.0 => {
                *used += APART + own;
                row.push(entry);
            }
            _ => rows.push((own, vec![entry])),
        }
    }
    // A key must leave room for the data.
    let most = (rest.height() / 3.0 / ROW) as usize;
    for (total, row) in rows.iter().take(most.max(1)) {
        let mut x = rest.x0 + ((rest.width() - total) / 2.0).max(0.0);
        for entry in row {
            entry.draw(canvas, x, rest.y0 + ROW / 2.0);
            x += wide(entry) + APART;
        }
        rest.y0 += ROW;
    }
    rest.y0 += 2.0;
}

/// A trial's dot, with a rim that keeps it apart from others.
pub(super) fn dot(canvas: &mut Canvas, at: (f64, f64), color: RGBColor) {
    canvas.line(&[at], 6.4, WHITE, 0.9);
    canvas.line(&[at], 5.0, color, 1.0);
}

/// The best trial's dot, larger than the others.
pub(super) fn best_dot(canvas: &mut Canvas, at: (f64, f64)) {
    canvas.line(&[at], 10.4, WHITE, 1.0);
    canvas.line(&[at], 8.4, BEST, 1.0);
}

/// An axis from 1 to `n` calls, with less than a call of air.
pub(super) fn calls(n: usize) -> Scale {
    let air = (n as f64 * 0.02).clamp(0.3, 0.9);
    Scale::exact(1.0 - air, n.max(1) as f64 + air)
}
