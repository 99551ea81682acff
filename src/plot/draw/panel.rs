//! A pair of axes with grid, ticks and titles; the margins fit the texts.

use super::canvas::{Align, Canvas, Rect};
use super::dates;
use super::scale::{Scale, Tick, drawable, grouped, number};
use super::style::{AXIS, FAINT_INK, GRID, INK, LABEL, TICK, WHITE};
use super::text;
use crate::plot::PlotOptions;

/// One axis.
pub struct Axis {
    scale: Scale,
    title: String,
    kind: Kind,
}

enum Kind {
    Numbers,
    WholeNumbers,
    /// Days since 1970, written as dates.
    Dates,
    /// Names in the middle of equal slots.
    Names(Vec<String>),
    /// Ticks chosen by the plot.
    Given(Vec<Tick>),
    /// Ticks of which as many are drawn as there is room for.
    Tried(Vec<Tick>),
}

impl Axis {
    pub fn numbers(scale: Scale, title: &str) -> Self {
        Axis { scale, title: title.to_string(), kind: Kind::Numbers }
    }

    pub fn whole_numbers(scale: Scale, title: &str) -> Self {
        Axis { scale, title: title.to_string(), kind: Kind::WholeNumbers }
    }

    /// An axis of dates, as days since 1970.
    pub fn dates(days: impl Iterator<Item = f64>, title: &str) -> Self {
        Axis { scale: Scale::linear(days), title: title.to_string(), kind: Kind::Dates }
    }

    /// An axis of names; slot i spans i to i + 1.
    pub fn names(names: &[String], title: &str) -> Self {
        let scale = Scale::exact(0.0, names.len().max(1) as f64);
        Axis { scale, title: title.to_string(), kind: Kind::Names(names.to_vec()) }
    }

    /// As [`names`](Self::names), from the top down on a y axis.
    pub fn names_down(names: &[String], title: &str) -> Self {
        let n = names.len().max(1) as f64;
        let ticks = names.iter().enumerate().map(|(i, t)| (i as f64 + 0.5, t.clone())).collect();
        let scale = Scale::Linear { low: n, high: 0.0 };
        Axis { scale, title: title.to_string(), kind: Kind::Given(ticks) }
    }

    pub fn with_ticks(scale: Scale, ticks: Vec<Tick>, title: &str) -> Self {
        Axis { scale, title: title.to_string(), kind: Kind::Given(ticks) }
    }

    /// Ticks at the few values that were tried: all of them where their texts fit, else every n-th.
    pub fn tried(scale: Scale, values: &[f64], title: &str) -> Self {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let ticks = values.into_iter().map(|v| (v, number(v, 3))).collect();
        Axis { scale, title: title.to_string(), kind: Kind::Tried(ticks) }
    }

    fn ticks(&self, most: usize) -> Vec<Tick> {
        match &self.kind {
            Kind::Numbers => self.scale.ticks(most),
            Kind::WholeNumbers => self.scale.whole_ticks(most),
            Kind::Dates => dates::ticks(self.scale.at(0.0), self.scale.at(1.0), most),
            Kind::Names(names) => {
                names.iter().enumerate().map(|(i, n)| (i as f64 + 0.5, n.clone())).collect()
            }
            Kind::Given(ticks) => ticks.clone(),
            Kind::Tried(ticks) => apart(&self.scale, ticks, most),
        }
    }

    /// Whether the axis has grid lines: ticks at values do, slots of names do not.
    fn has_grid(&self) -> bool {
        !matches!(self.kind, Kind::Names(_) | Kind::Given(_))
    }
}

/// A pair of laid out axes around the area for the data.
pub struct Panel {
    x: Axis,
    y: Axis,
    title: String,
    pub inner: Rect,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    upright: bool,
}

/// Distance between a tick's text and the axis.
const GAP: f64 = 6.0;
/// Longest tick text, in nominal pixels, before it is shortened.
const LONGEST: f64 = 180.0;

impl Panel {
    /// Lays out axes in `outer`.
    pub fn new(outer: Rect, x: Axis, y: Axis, title: &str) -> Self {
        let top = if title.is_empty() { 8.0 } else { LABEL + 12.0 };
        let title_below = if x.title.is_empty() { 0.0 } else { LABEL + 8.0 };
        let title_left = if y.title.is_empty() { 0.0 } else { LABEL + 9.0 };

        // The y texts set the left margin and so the width, which sets the x texts and so the
        // height. The y ticks are therefore chosen first, for an approximate height.
        let about = (outer.height() - top - title_below - TICK - 10.0).max(20.0);
        let longest = LONGEST.min(outer.width() / 3.0);
        let mut y_ticks = y.ticks((about / 38.0) as usize);
        shorten_all(&mut y_ticks, longest);
        let left = title_left + widest(&y_ticks) + GAP + 2.0;
        let mut inner =
            Rect::new(outer.x0 + left, outer.y0 + top, outer.x1 - 12.0, outer.y1 - title_below);
        let (mut x_ticks, upright) = x_ticks(&x, inner.width(), longest.min(about / 2.0));
        if upright {
            shorten_all(&mut x_ticks, longest.min(about / 2.0));
        }
        if let Some((_, last)) = x_ticks.last().filter(|_| x.has_grid()) {
            // The last number may be centred on the end of the axis.
            inner.x1 = inner.x1.min(outer.x1 - text::width(last, TICK) / 2.0 - 3.0);
        }
        inner.y1 -= if upright { widest(&x_ticks) + GAP + 3.0 } else { TICK + GAP + 3.0 };
        inner.x1 = inner.x1.max(inner.x0 + 4.0);
        inner.y1 = inner.y1.max(inner.y0 + 4.0);
        Panel { x, y, title: title.to_string(), inner, x_ticks, y_ticks, upright }
    }

    /// Limits the inner rectangle to this width and height, centred horizontally and at the top.
    pub fn limit(&mut self, width: f64, height: f64) {
        let spare =
            ((self.inner.width() - width).max(0.0), (self.inner.height() - height).max(0.0));
        self.inner.x0 += spare.0 / 2.0;
        self.inner.x1 -= spare.0 / 2.0;
        self.inner.y1 -= spare.1;
    }

    /// Whether the y axis is logarithmic.
    pub fn is_log(&self) -> bool {
        matches!(self.y.scale, Scale::Log { .. })
    }

    pub fn x(&self, v: f64) -> Option<f64> {
        Some(self.inner.x0 + self.x.scale.place(v)? * self.inner.width())
    }

    pub fn y(&self, v: f64) -> Option<f64> {
        Some(self.inner.y1 - self.y.scale.place(v)? * self.inner.height())
    }

    pub fn point(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        Some((self.x(x)?, self.y(y)?))
    }

    /// Draws everything behind the data: grid, axes, ticks and titles.
    pub fn draw(&self, canvas: &mut Canvas) {
        let Rect { x0, y0, x1, y1 } = self.inner;
        let middle = ((x0 + x1) / 2.0, (y0 + y1) / 2.0);
        for (v, label) in &self.y_ticks {
            let Some(y) = self.y(*v) else { continue };
            if self.y.has_grid() {
                canvas.rule((x0, y), (x1, y), GRID);
            }
            canvas.text(label, (x0 - GAP, y), TICK, Align::Right, INK);
        }
        for (v, label) in &self.x_ticks {
            let Some(x) = self.x(*v) else { continue };
            if self.x.has_grid() {
                canvas.rule((x, y0), (x, y1), GRID);
            }
            if self.upright {
                canvas.text_up(label, (x, y1 + GAP), TICK, Align::Right, INK);
            } else {
                canvas.text(label, (x, y1 + GAP + TICK * 0.5), TICK, Align::Middle, INK);
            }
        }
        canvas.rule((x0, y1), (x1, y1), AXIS);
        canvas.rule((x0, y0), (x0, y1), AXIS);
        if !self.title.is_empty() {
            let title = text::shorten(&self.title, LABEL, x1 - x0 + 40.0);
            canvas.text(&title, (middle.0, y0 - LABEL * 0.9), LABEL, Align::Middle, INK);
        }
        if !self.x.title.is_empty() {
            let below = if self.upright { widest(&self.x_ticks) } else { TICK };
            let y = y1 + GAP + below + 4.0 + LABEL * 0.6;
            let title = text::shorten(&self.x.title, LABEL, (x1 - x0 + 40.0).max(60.0));
            canvas.text(&title, (middle.0, y), LABEL, Align::Middle, INK);
        }
        if !self.y.title.is_empty() {
            let x = x0 - GAP - widest(&self.y_ticks) - 4.0 - LABEL * 0.6;
            let title = text::shorten(&self.y.title, LABEL, y1 - y0 + 20.0);
            canvas.text_up(&title, (x, middle.1), LABEL, Align::Middle, INK);
        }
    }

    /// Writes a message, such as "no data", in the middle.
    pub fn say(&self, canvas: &mut Canvas, words: &str) {
        let at = ((self.inner.x0 + self.inner.x1) / 2.0, (self.inner.y0 + self.inner.y1) / 2.0);
        let half = text::width(words, LABEL) / 2.0 + 6.0;
        canvas.fill(Rect::new(at.0 - half, at.1 - 9.0, at.0 + half, at.1 + 9.0), WHITE, 1.0);
        canvas.text(words, at, LABEL, Align::Middle, FAINT_INK);
    }
}

/// The x ticks, as many as fit side by side, and whether their texts must run upwards.
fn x_ticks(axis: &Axis, width: f64, longest: f64) -> (Vec<Tick>, bool) {
    if let Kind::Names(names) = &axis.kind {
        let mut ticks = axis.ticks(0);
        let slot = width / names.len().max(1) as f64;
        if widest(&ticks) + 8.0 <= slot {
            return (ticks, false);
        }
        // Vertical names need a line's height each; where they do not fit, only every n-th is
        // written.
        let every = ((TICK + 2.0) / slot).ceil().max(1.0) as usize;
        let mut i = 0;
        ticks.retain(|_| {
            i += 1;
            (i - 1) % every == 0
        });
        shorten_all(&mut ticks, longest);
        return (ticks, true);
    }
    let mut most = ((width / 48.0) as usize).clamp(2, 16);
    loop {
        let ticks = axis.ticks(most);
        // The two nearest texts must not touch.
        let places = || ticks.iter().filter_map(|(v, _)| axis.scale.place(*v));
        let nearest = places().zip(places().skip(1)).map(|(a, b)| b - a).fold(1.0, f64::min);
        let fits = widest(&ticks) + 10.0 <= width * nearest;
        if fits || most <= 2 {
            return (ticks, false);
        }
        most -= 1;
    }
}

fn widest(ticks: &[Tick]) -> f64 {
    ticks.iter().map(|(_, t)| text::width(t, TICK)).fold(0.0, f64::max)
}

fn shorten_all(ticks: &mut [Tick], room: f64) {
    for (_, label) in ticks {
        *label = text::shorten(label, TICK, room);
    }
}

/// An axis of numbers, with ticks at the values themselves where they are few, such as those of a
/// tried parameter. It is logarithmic if the options say so, or, without an option, if there are at
/// least three such values and each is about twice the one before or more.
pub fn x_axis(values: &[f64], title: &str, options: &PlotOptions) -> Axis {
    const FEW: usize = 12;
    let mut tried: Vec<f64> = values.iter().copied().filter(|v| drawable(*v)).collect();
    tried.sort_by(f64::total_cmp);
    tried.dedup();
    let few = (1..=FEW).contains(&tried.len());
    let doubled = || tried.windows(2).all(|pair| pair[0] > 0.0 && pair[1] >= 1.9 * pair[0]);
    let log = options.log_x.unwrap_or_else(|| few && tried.len() > 2 && doubled());
    let scale = match log {
        true => Scale::log(tried.iter().copied()),
        false => Scale::linear(tried.iter().copied()),
    };
    if few { Axis::tried(scale, &tried, title) } else { Axis::numbers(scale, title) }
}

/// At most `most` of the ticks, each at least that part of the axis away from the one before.
fn apart(scale: &Scale, ticks: &[Tick], most: usize) -> Vec<Tick> {
    let mut kept: Vec<Tick> = Vec::new();
    let mut last = f64::NEG_INFINITY;
    for (value, text) in ticks {
        let Some(place) = scale.place(*value) else { continue };
        if place - last >= 0.9 / most.max(1) as f64 {
            kept.push((*value, text.clone()));
            last = place;
        }
    }
    kept
}

/// The axis of epochs: whole numbers, from the first to the last.
pub fn epochs(epochs: impl Iterator<Item = f64>, title: &str) -> Axis {
    let range = epochs.fold(None, |range: Option<(f64, f64)>, e| match range {
        None => Some((e, e)),
        Some((low, high)) => Some((low.min(e), high.max(e))),
    });
    match range {
        None => Axis::with_ticks(Scale::exact(0.0, 1.0), Vec::new(), title),
        Some((only, last)) if only == last => {
            let tick = (only, grouped(only as i64));
            Axis::with_ticks(Scale::exact(only - 0.5, only + 0.5), vec![tick], title)
        }
        Some((first, last)) => {
            // Less than an epoch, so that no tick comes before the first one.
            let air = ((last - first) * 0.02).min(0.5);
            Axis::whole_numbers(Scale::exact(first - air, last + air), title)
        }
    }
}
