//! What stands over the data: the title, and what colours mean.

use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, Rect};
use super::style::{INK, TICK, TITLE};
use super::text;

/// The title over the whole picture, and what is left below it.
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

/// A legend in rows across the top of `rest`, never over the data; takes its room off `rest`.
pub fn legend(canvas: &mut Canvas, rest: &mut Rect, entries: &[(String, RGBColor)]) {
    const SWATCH: f64 = 16.0;
    const ROW: f64 = 18.0;
    let mut rows: Vec<Vec<(String, RGBColor, f64)>> = vec![Vec::new()];
    let mut used = 0.0;
    for (name, color) in entries {
        let name = text::shorten(name, TICK, rest.width() / 2.0);
        let wide = SWATCH + 5.0 + text::width(&name, TICK) + 16.0;
        if used + wide > rest.width() - 16.0 && used > 0.0 {
            rows.push(Vec::new());
            used = 0.0;
        }
        used += wide;
        if let Some(row) = rows.last_mut() {
            row.push((name, *color, wide));
        }
    }
    // A legend of very many entries must leave room for the data.
    let most = ((rest.height() / 3.0 / ROW) as usize).max(1);
    for row in rows.iter().take(most).filter(|row| !row.is_empty()) {
        let total: f64 = row.iter().map(|(_, _, w)| w).sum::<f64>() - 16.0;
        let mut x = rest.x0 + (rest.width() - total) / 2.0;
        let y = rest.y0 + ROW / 2.0;
        for (name, color, wide) in row {
            canvas.fill(Rect::new(x, y - 2.0, x + SWATCH, y + 2.0), *color, 1.0);
            canvas.text(name, (x + SWATCH + 5.0, y), TICK, Align::Left, INK);
            x += wide;
        }
        rest.y0 += ROW;
    }
    rest.y0 += 2.0;
}
