//! The title and the legend above the data.

use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, Rect};
use super::marks::{best_dot, dot};
use super::shapes::Dash;
use super::style::{self, INK, TICK, TITLE};
use super::text;

/// Draws the title of the whole figure; returns the room left below it.
pub fn headline(canvas: &mut Canvas, title: &str) -> Rect {
    let mut rest = canvas.bounds();
    rest.y0 += 6.0;
    rest.y1 -= 6.0;
    rest.x0 += 8.0;
    if !title.is_empty() {
        let title = text::shorten(title, TITLE, rest.width() - 16.0);
        let middle = rest.x0 + rest.width() / 2.0;
        canvas.text(&title, (middle, rest.y0 + 10.0), TITLE, Align::Middle, INK);
        rest.y0 += 26.0;
    }
    rest
}

/// One entry of a legend: a symbol and its meaning.
#[derive(Clone)]
pub enum Entry {
    /// A filled square of this colour.
    Swatch(RGBColor, String),
    /// A line of this colour, solid or dashed.
    Line(RGBColor, Option<Dash>, String),
    /// A dot of this colour.
    Dot(RGBColor, String),
    /// The dot of the best trial.
    Best(String),
    /// A vertical stroke of this colour.
    Tick(RGBColor, String),
    /// A colour scale from 0 to 1, with the texts of both ends.
    Ramp(fn(f64) -> RGBColor, String, String),
}

const ROW: f64 = 18.0;
const BAR: f64 = 90.0;
/// Distances between a symbol and its text, and between entries.
const GAP: f64 = 5.0;
const APART: f64 = 16.0;

impl Entry {
    /// The entry with its name shortened to at most `room` pixels.
    fn shortened(mut self, room: f64) -> Entry {
        match &mut self {
            Entry::Swatch(_, name)
            | Entry::Line(_, _, name)
            | Entry::Dot(_, name)
            | Entry::Best(name)
            | Entry::Tick(_, name) => *name = text::shorten(name, TICK, room),
            Entry::Ramp(_, low, high) => {
                (*low, *high) = (text::shorten(low, TICK, room), text::shorten(high, TICK, room));
            }
        }
        self
    }

    /// The widths of the text before the symbol, of the symbol, and of the text after it.
    fn widths(&self) -> (f64, f64, f64) {
        let wide = |t: &str| text::width(t, TICK);
        match self {
            Entry::Dot(_, name) | Entry::Best(name) => (0.0, 9.0, GAP + wide(name)),
            Entry::Swatch(_, name) => (0.0, 14.0, GAP + wide(name)),
            Entry::Line(_, _, name) => (0.0, 26.0, GAP + wide(name)),
            Entry::Tick(_, name) => (0.0, 4.0, GAP + wide(name)),
            Entry::Ramp(_, low, high) => (wide(low) + GAP, BAR, GAP + wide(high)),
        }
    }

    fn width(&self) -> f64 {
        let (before, sign, after) = self.widths();
        before + sign + after
    }

    fn draw(&self, canvas: &mut Canvas, x: f64, y: f64) {
        let (before, sign, _) = self.widths();
        let (left, right) = (x + before, x + before + sign);
        let name = match self {
            Entry::Swatch(color, name) => {
                canvas.fill(Rect::new(left, y - 5.0, right, y + 5.0), *color, 1.0);
                name
            }
            Entry::Line(color, dash, name) => {
                let points = [(left + 1.0, y), (right - 1.0, y)];
                canvas.broken(&points, style::LINE, *dash, *color, 1.0);
                name
            }
            Entry::Dot(color, name) => {
                dot(canvas, (left + 4.5, y), *color);
                name
            }
            Entry::Best(name) => {
                best_dot(canvas, (left + 4.5, y));
                name
            }
            Entry::Tick(color, name) => {
                canvas.fill(Rect::new(left + 1.0, y - 5.0, left + 3.0, y + 5.0), *color, 1.0);
                name
            }
            Entry::Ramp(ramp, low, high) => {
                canvas.text(low, (x, y), TICK, Align::Left, INK);
                let bar = Rect::new(left, y - 5.0, right, y + 5.0);
                canvas.paint(bar, |part| ramp((part.x0 + part.x1) / 2.0));
                high
            }
        };
        canvas.text(name, (right + GAP, y), TICK, Align::Left, INK);
    }
}

/// Entries for bars or areas in the colours of their series.
pub fn swatches(names: &[String]) -> Vec<Entry> {
    let entry = |(n, name): (usize, &String)| Entry::Swatch(style::series(n), name.clone());
    names.iter().enumerate().map(entry).collect()
}

/// Entries for lines in the colours and dashes of their series.
pub fn strokes(names: &[String]) -> Vec<Entry> {
    let entry =
        |(n, name): (usize, &String)| Entry::Line(style::series(n), style::dash(n), name.clone());
    names.iter().enumerate().map(entry).collect()
}

/// Draws a legend in rows across the top of `rest`, never over the data, and shrinks `rest` by it.
pub fn legend(canvas: &mut Canvas, rest: &mut Rect, entries: &[Entry]) {
    let mut rows: Vec<(f64, Vec<Entry>)> = Vec::new();
    for entry in entries {
        let entry = entry.clone().shortened(rest.width() / 2.0);
        let own = entry.width();
        match rows.last_mut() {
            Some((used, row)) if *used + APART + own <= rest.width() - 16.0 => {
                *used += APART + own;
                row.push(entry);
            }
            _ => rows.push((own, vec![entry])),
        }
    }
    // A legend of very many entries is cut to leave room for the data.
    let most = (rest.height() / 3.0 / ROW) as usize;
    for (total, row) in rows.iter().take(most.max(1)) {
        let mut x = rest.x0 + ((rest.width() - total) / 2.0).max(0.0);
        for entry in row {
            entry.draw(canvas, x, rest.y0 + ROW / 2.0);
            x += entry.width() + APART;
        }
        rest.y0 += ROW;
    }
    rest.y0 += 2.0;
}
