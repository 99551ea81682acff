//! Bars by category, side by side for several groups.

use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, Rect};
use super::curve::colored;
use super::legend::{headline, legend};
use super::panel::{Axis, Panel};
use super::scale::Scale;
use super::style::{FAINT_INK, INK, TICK, WHITE};
use super::text;
use crate::error::Result;
use crate::plot::{Figure, PlotOptions};

/// The bars, with the colour and the lines of text over each from (group, category, value).
pub fn draw(
    categories: &[String],
    groups: &[(String, Vec<f64>)],
    options: &PlotOptions,
    color: &dyn Fn(usize, usize) -> RGBColor,
    label: &dyn Fn(usize, usize, f64) -> Vec<String>,
    alt: String,
) -> Result<Figure> {
    let count = categories.len() * groups.len();
    let wide = (160 + 62 * count as u32).clamp(420, 900);
    let mut canvas = Canvas::new(options.size_or(wide, 340)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let names: Vec<_> = groups.iter().map(|(name, _)| name.clone()).collect();
    if groups.len() > 1 {
        legend(&mut canvas, &mut rest, &colored(&names));
    }
    let values = || groups.iter().flat_map(|(_, v)| v.iter().copied());
    let scale = match options.log_y {
        Some(true) => Scale::log(values()),
        _ => Scale::from_zero(values()),
    };
    let y_title = match (&options.y_label, &names[..]) {
        (Some(label), _) => label.as_str(),
        (None, [only]) => only,
        _ => "",
    };
    let x = Axis::names(categories, options.x_label.as_deref().unwrap_or(""));
    let y = Axis::numbers(scale, y_title);
    // Room for two lines of text over the tallest bar.
    let lines = if count == 0 { 0 } else { label(0, 0, 1.0).len() };
    rest.y0 += 12.0 * lines as f64;
    let panel = Panel::new(rest, x, y, "");
    panel.draw(&mut canvas);
    let slot = 0.8 / groups.len().max(1) as f64;
    let ground = panel.y(0.0).unwrap_or(panel.inner.y1).clamp(panel.inner.y0, panel.inner.y1);
    let mut any = false;
    for (g, (_, values)) in groups.iter().enumerate() {
        for (c, &value) in values.iter().enumerate() {
            let left = c as f64 + 0.1 + slot * g as f64;
            let places = (panel.x(left + 0.04 * slot), panel.x(left + 0.96 * slot), panel.y(value));
            let (Some(x0), Some(x1), Some(y)) = places else { continue };
            any = true;
            canvas.fill(Rect::new(x0, y.min(ground), x1, y.max(ground)), color(g, c), 1.0);
            let over = if value < 0.0 && options.log_y != Some(true) {
                y + 12.0 * lines as f64 + 4.0
            } else {
                y
            };
            let room = (x1 - x0) / 0.92;
            draw_label(&mut canvas, &label(g, c, value), ((x0 + x1) / 2.0, over), room);
        }
    }
    if !any {
        panel.say(&mut canvas, "no data");
    }
    canvas.finish(alt)
}

/// Lines of text that end right over `y`, as far as they fit a bar's room.
fn draw_label(canvas: &mut Canvas, lines: &[String], (x, y): (f64, f64), room: f64) {
    const SIZE: f64 = TICK - 1.0;
    let fitting: Vec<_> =
        lines.iter().filter(|line| text::width(line, SIZE) <= room - 1.0).collect();
    for (i, line) in fitting.iter().rev().enumerate() {
        let ink = if i + 1 == fitting.len() { INK } else { FAINT_INK };
        // A grid line must not strike the text through.
        let (half, y) = (text::width(line, SIZE) / 2.0 + 1.0, y - 7.0 - 12.0 * i as f64);
        canvas.fill(Rect::new(x - half, y - 5.0, x + half, y + 5.0), WHITE, 1.0);
        canvas.text(line, (x, y), SIZE, Align::Middle, ink);
    }
}
