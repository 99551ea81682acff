//! Bars by category, side by side for several groups.

use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, Rect};
use super::legend::{Entry, headline, legend, swatches};
use super::marks::error_bar;
use super::panel::{Axis, Panel};
use super::scale::{Scale, drawable, number};
use super::style::{FAINT_INK, INK, TICK, WHITE};
use super::text;
use crate::error::Result;
use crate::plot::{Figure, PlotOptions};

/// The bars to draw.
pub struct Bars<'a> {
    pub categories: &'a [String],
    pub groups: &'a [(String, Vec<f64>)],
    /// Length of each error bar to either side, group by group; empty without error bars.
    pub spread: &'a [Vec<f64>],
    /// Whether bars of nearly equal height may begin above 0, so that their differences show.
    pub may_be_cut: bool,
    /// The colour and the lines of text over a bar, from (group, category, value).
    pub color: &'a dyn Fn(usize, usize) -> RGBColor,
    pub label: &'a dyn Fn(usize, usize, f64) -> Vec<String>,
    pub alt: String,
}

impl Bars<'_> {
    fn spread(&self, group: usize, category: usize) -> f64 {
        let spread = self.spread.get(group).and_then(|s| s.get(category)).copied();
        spread.filter(|s| s.is_finite() && *s > 0.0).unwrap_or(0.0)
    }

    /// The ends of all bars and error bars.
    fn ends(&self) -> impl Iterator<Item = f64> + '_ {
        self.groups.iter().enumerate().flat_map(move |(g, (_, values))| {
            values.iter().enumerate().flat_map(move |(c, v)| {
                let spread = self.spread(g, c);
                [v - spread, *v, v + spread]
            })
        })
    }

    /// Where the bars begin if not at 0: where they are nearer to each other than to 0, a round
    /// number below all of them.
    fn cut(&self, options: &PlotOptions) -> Option<f64> {
        let values: Vec<f64> = self.ends().chain(options.also()).filter(|v| drawable(*v)).collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let near = low > 0.0 && high - low < 0.3 * high && high - low > 1e-9 * high;
        let free = options.log_y != Some(true) && options.zero_based != Some(true);
        (self.may_be_cut && near && free).then(|| {
            let step = 10f64.powf((high - low).log10().floor());
            ((low - 0.3 * (high - low)) / step).floor() * step
        })
    }
}

/// Draws the bars as a figure.
pub fn draw(bars: &Bars<'_>, options: &PlotOptions) -> Result<Figure> {
    let Bars { categories, groups, color, label, .. } = bars;
    let count = categories.len() * groups.len();
    let wide = (160 + 62 * count as u32).clamp(420, 900);
    let mut canvas = Canvas::new(options.size_or(wide, 340)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let names: Vec<_> = groups.iter().map(|(name, _)| name.clone()).collect();
    let mut entries = if names.len() > 1 { swatches(&names) } else { Vec::new() };
    if !bars.spread.is_empty() {
        entries.push(Entry::Tick(INK, "± one standard deviation".to_string()));
    }
    if !entries.is_empty() {
        legend(&mut canvas, &mut rest, &entries);
    }
    let cut = bars.cut(options);
    let scale = match (options.log_y, cut) {
        (Some(true), _) => Scale::log(bars.ends().chain(options.also())),
        (_, Some(start)) => {
            let high = bars.ends().chain(options.also()).fold(start, f64::max);
            Scale::exact(start, high + 0.06 * (high - start))
        }
        _ => Scale::from_zero(bars.ends().chain(options.also())),
    };
    let y_title = match (&options.y_label, &names[..]) {
        (Some(label), _) => label.as_str(),
        (None, [only]) => only,
        _ => "",
    };
    let y_title = match cut {
        Some(start) => format!("{y_title} (bars begin at {})", number(start, 4)),
        None => y_title.to_string(),
    };
    let x = Axis::names(categories, options.x_label.as_deref().unwrap_or(""));
    let y = Axis::numbers(scale, y_title.trim_start());
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
            if cut.is_some() {
                draw_cut(&mut canvas, (x0, x1), ground);
            }
            let spread = bars.spread(g, c);
            let (low, high) = (panel.y(value - spread), panel.y(value + spread));
            let low = low.unwrap_or(ground).min(panel.inner.y1);
            let top = high.filter(|_| spread > 0.0).unwrap_or(y).min(y);
            if spread > 0.0 {
                error_bar(&mut canvas, (x0 + x1) / 2.0, (low, top), ((x1 - x0) * 0.2).min(5.0));
            }
            let over = if value < 0.0 && options.log_y != Some(true) {
                low.max(y) + 12.0 * lines as f64 + 4.0
            } else {
                top
            };
            let room = (x1 - x0) / 0.92;
            draw_label(&mut canvas, &label(g, c, value), ((x0 + x1) / 2.0, over), room);
        }
    }
    options.draw_level(&mut canvas, &panel);
    if !any {
        panel.say(&mut canvas, "no data");
    }
    canvas.finish(bars.alt.clone())
}

/// A white stroke across the foot of a bar that does not begin at 0.
fn draw_cut(canvas: &mut Canvas, (x0, x1): (f64, f64), ground: f64) {
    let (foot, rise) = (ground - 7.0, ((x1 - x0) * 0.25).min(6.0));
    let stroke = vec![(x0, foot), (x1, foot - rise), (x1, foot - rise - 3.0), (x0, foot - 3.0)];
    canvas.area(stroke, WHITE, 1.0);
}

/// Lines of text right above `y`, as far as they fit the width of a bar.
fn draw_label(canvas: &mut Canvas, lines: &[String], (x, y): (f64, f64), room: f64) {
    const SIZE: f64 = TICK - 1.0;
    let fitting: Vec<_> =
        lines.iter().filter(|line| text::width(line, SIZE) <= room - 1.0).collect();
    for (i, line) in fitting.iter().rev().enumerate() {
        let ink = if i + 1 == fitting.len() { INK } else { FAINT_INK };
        // Keeps a grid line from striking through the text.
        let (half, y) = (text::width(line, SIZE) / 2.0 + 1.0, y - 7.0 - 12.0 * i as f64);
        canvas.fill(Rect::new(x - half, y - 5.0, x + half, y + 5.0), WHITE, 1.0);
        canvas.text(line, (x, y), SIZE, Align::Middle, ink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_near_each_other_begin_where_they_differ() {
        let cut = |values: &[f64], options: &PlotOptions| {
            let groups = [("f".to_string(), values.to_vec())];
            let bars = Bars {
                categories: &[],
                groups: &groups,
                spread: &[],
                may_be_cut: true,
                color: &|_, _| INK,
                label: &|_, _, _| Vec::new(),
                alt: String::new(),
            };
            bars.cut(options)
        };
        let free = PlotOptions::new();
        let start = cut(&[0.93, 0.95], &free).unwrap();
        assert!((start - 0.92).abs() < 1e-12, "{start}");
        assert_eq!(cut(&[930.0, 950.0, f64::NAN], &free), Some(920.0));
        assert_eq!(cut(&[0.5, 0.95], &free), None);
        assert_eq!(cut(&[-0.93, 0.95], &free), None);
        assert_eq!(cut(&[0.9, 0.9], &free), None);
        assert_eq!(cut(&[], &free), None);
        assert_eq!(cut(&[0.93, 0.95], &PlotOptions::new().zero_based(true)), None);
        assert_eq!(cut(&[0.93, 0.95], &PlotOptions::new().log_y(true)), None);
    }
}
