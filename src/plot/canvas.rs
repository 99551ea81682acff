//! A plotters bitmap that is drawn on in nominal pixels, with smooth lines and text.
//!
//! plotters' backend fills and blends. Thick lines are painted here by their distance from each
//! pixel, because plotters turns them into one self-crossing polygon with whole-pixel corners,
//! which shows as spikes and gaps in a noisy curve.

use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::style::{Color, RGBColor};

use super::figure::{DENSITY, Figure};
use super::png::Fidelity;
use super::style::WHITE;
use super::text;
use crate::error::{Error, Result};

/// Where a text's anchor is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Align {
    Left,
    Middle,
    Right,
}

/// A rectangle in nominal pixels, y downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub x0: f64,
    pub y0: f64,
    pub x1: f64,
    pub y1: f64,
}

impl Rect {
    pub fn new(x0: f64, y0: f64, x1: f64, y1: f64) -> Self {
        Rect { x0, y0, x1, y1 }
    }
    pub fn width(&self) -> f64 {
        self.x1 - self.x0
    }
    pub fn height(&self) -> f64 {
        self.y1 - self.y0
    }
}

pub(super) struct Canvas {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    /// Coverage of the line being drawn, all zero in between.
    mask: Vec<u8>,
}

const SCALE: f64 = DENSITY as f64;

impl Canvas {
    /// A white sheet of this nominal size.
    pub fn new((width, height): (u32, u32)) -> Result<Self> {
        if !text::available() {
            return Err(Error::Plot("the embedded font cannot be read".to_string()));
        }
        let pixels = (width * DENSITY) as usize * (height * DENSITY) as usize;
        let sheet = vec![WHITE.0; 3 * pixels];
        Ok(Canvas { width, height, pixels: sheet, mask: vec![0; pixels] })
    }

    pub fn bounds(&self) -> Rect {
        Rect::new(0.0, 0.0, f64::from(self.width), f64::from(self.height))
    }

    pub fn finish(self, alt: String) -> Result<Figure> {
        let size = (self.width * DENSITY, self.height * DENSITY);
        Figure::encode(size, &self.pixels, alt, Fidelity::Drawing)
    }

    /// As [`finish`](Self::finish), with every colour kept: for pictures of more shades than a
    /// palette holds.
    pub fn finish_exact(self, alt: String) -> Result<Figure> {
        let size = (self.width * DENSITY, self.height * DENSITY);
        Figure::encode(size, &self.pixels, alt, Fidelity::Exact)
    }

    fn size(&self) -> (i32, i32) {
        ((self.width * DENSITY) as i32, (self.height * DENSITY) as i32)
    }

    fn backend(&mut self) -> BitMapBackend<'_> {
        let size = (self.width * DENSITY, self.height * DENSITY);
        BitMapBackend::with_buffer(&mut self.pixels, size)
    }

    /// Fills a rectangle. Its edges fall on whole device pixels and at least one is painted in
    /// each direction, so that a thin bar never vanishes.
    pub fn fill(&mut self, rect: Rect, color: RGBColor, alpha: f64) {
        let (w, h) = self.size();
        let (x0, x1) = span(rect.x0, rect.x1, w);
        let (y0, y1) = span(rect.y0, rect.y1, h);
        let style = color.mix(alpha.clamp(0.0, 1.0));
        // Painting into memory has no error to report.
        if x0 < x1 && y0 < y1 {
            let _ = self.backend().draw_rect((x0, y0), (x1, y1), &style, true);
        }
    }

    /// Paints each device pixel of a rectangle in a colour of its own; `color` gets the part of the
    /// rectangle that the pixel covers, in shares from 0 to 1.
    pub fn paint(&mut self, rect: Rect, color: impl Fn(Rect) -> RGBColor) {
        let (w, h) = self.size();
        let (x0, x1) = span(rect.x0, rect.x1, w);
        let (y0, y1) = span(rect.y0, rect.y1, h);
        let share = |i: i32, first: i32, last: i32| f64::from(i - first) / f64::from(last - first);
        for y in y0..y1 {
            for x in x0..x1 {
                let (left, top) = (share(x, x0, x1), share(y, y0, y1));
                let RGBColor(r, g, b) =
                    color(Rect::new(left, top, share(x + 1, x0, x1), share(y + 1, y0, y1)));
                let at = 3 * (y * w + x) as usize;
                self.pixels[at..at + 3].copy_from_slice(&[r, g, b]);
            }
        }
    }

    /// A hairline box.
    pub fn outline(&mut self, rect: Rect, color: RGBColor) {
        let Rect { x0, y0, x1, y1 } = rect;
        for line in
            [[(x0, y0), (x1, y0)], [(x0, y1), (x1, y1)], [(x0, y0), (x0, y1)], [(x1, y0), (x1, y1)]]
        {
            self.rule(line[0], line[1], color);
        }
    }

    /// A horizontal or vertical line, one nominal pixel wide.
    pub fn rule(&mut self, from: (f64, f64), to: (f64, f64), color: RGBColor) {
        let half = 0.5;
        self.fill(
            Rect::new(
                from.0.min(to.0) - half,
                from.1.min(to.1) - half,
                from.0.max(to.0) + half,
                from.1.max(to.1) + half,
            ),
            color,
            1.0,
        );
    }

    /// A line through these points with round joins and ends; a single point makes a dot.
    pub fn line(&mut self, points: &[(f64, f64)], width: f64, color: RGBColor, alpha: f64) {
        let (w, h) = self.size();
        let radius = (width * SCALE / 2.0).max(0.5);
        let at = |&(x, y): &(f64, f64)| (x * SCALE, y * SCALE);
        let (mut top, mut bottom) = (h, 0);
        let single = [points, points].concat();
        for pair in if points.len() == 1 { &single } else { points }.windows(2) {
            let (a, b) = (at(&pair[0]), at(&pair[1]));
            if ![a.0, a.1, b.0, b.1].iter().all(|v| v.abs() < 1e6) {
                continue;
            }
            let (y0, y1) = range(a.1.min(b.1) - radius - 1.0, a.1.max(b.1) + radius + 1.0, h);
            (top, bottom) = (top.min(y0), bottom.max(y1));
            for y in y0..y1 {
                self.cover_row(y, a, b, radius, w);
            }
        }
        let mut mask = std::mem::take(&mut self.mask);
        let mut backend = self.backend();
        for y in top..bottom {
            let row = (y * w) as usize..((y + 1) * w) as usize;
            for (x, cover) in mask[row].iter_mut().enumerate().filter(|(_, c)| **c > 0) {
                let color = color.mix(alpha * shade(f64::from(*cover) / 255.0)).to_backend_color();
                let _ = backend.draw_pixel((x as i32, y), color);
                *cover = 0;
            }
        }
        drop(backend);
        self.mask = mask;
    }

    /// Marks what a segment covers of one row of pixels.
    fn cover_row(&mut self, y: i32, a: (f64, f64), b: (f64, f64), radius: f64, width: i32) {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let square = dx * dx + dy * dy;
        let cy = f64::from(y) + 0.5;
        let reach = radius + 1.0;
        // Only the part of the segment near this row can cover it.
        let (t0, t1) = if dy.abs() < 1e-9 {
            (0.0, 1.0)
        } else {
            let (s, t) = ((cy - reach - a.1) / dy, (cy + reach - a.1) / dy);
            (s.min(t).clamp(0.0, 1.0), s.max(t).clamp(0.0, 1.0))
        };
        let (xs, xt) = (a.0 + t0 * dx, a.0 + t1 * dx);
        let (x0, x1) = range(xs.min(xt) - reach, xs.max(xt) + reach, width);
        for x in x0..x1 {
            let (px, py) = (f64::from(x) + 0.5 - a.0, cy - a.1);
            let t = if square > 0.0 { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
            let (ex, ey) = (px - t * dx, py - t * dy);
            let cover = (radius + 0.5 - (ex * ex + ey * ey).sqrt()).clamp(0.0, 1.0);
            let cell = &mut self.mask[(y * width + x) as usize];
            *cell = (*cell).max((cover * 255.0) as u8);
        }
    }

    /// The area between two curves over the same x; the points must go from left to right.
    pub fn band(&mut self, points: &[(f64, f64, f64)], color: RGBColor, alpha: f64) {
        let (w, _) = self.size();
        for pair in points.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let (from, to) = range((a.0 * SCALE).round(), (b.0 * SCALE).round(), w);
            for x in from..to {
                let middle = (f64::from(x) + 0.5) / SCALE;
                let t = ((middle - a.0) / (b.0 - a.0)).clamp(0.0, 1.0);
                let (low, high) = (a.1 + t * (b.1 - a.1), a.2 + t * (b.2 - a.2));
                let left = f64::from(x) / SCALE;
                let column = Rect::new(left, low.min(high), left + 1.0 / SCALE, low.max(high));
                self.fill(column, color, alpha);
            }
        }
    }

    /// Text beside `x`, its capitals centred on `y`.
    pub fn text(
        &mut self,
        text: &str,
        (x, y): (f64, f64),
        size: f64,
        align: Align,
        color: RGBColor,
    ) {
        let (left, size) = self.place(text, size, align);
        let (x, y) = (x * SCALE, (y * SCALE + text::CAP_HEIGHT * size / 2.0).round() as i32);
        let mut backend = self.backend();
        text::draw(text, size, x + left, |dx, dy, cover| {
            let color = color.mix(shade(f64::from(cover))).to_backend_color();
            let _ = backend.draw_pixel((dx, y + dy), color);
        });
    }

    /// Text that runs upwards, its capitals centred on `x`; `align` says where along the text `y`
    /// is.
    pub fn text_up(
        &mut self,
        text: &str,
        (x, y): (f64, f64),
        size: f64,
        align: Align,
        color: RGBColor,
    ) {
        let (left, size) = self.place(text, size, align);
        let (x, y) = ((x * SCALE + text::CAP_HEIGHT * size / 2.0).round() as i32, y * SCALE);
        let mut backend = self.backend();
        text::draw(text, size, left - y, |dx, dy, cover| {
            let color = color.mix(shade(f64::from(cover))).to_backend_color();
            let _ = backend.draw_pixel((x + dy, -dx), color);
        });
    }

    /// Where text begins relative to its anchor, and its size in device pixels.
    fn place(&self, text: &str, size: f64, align: Align) -> (f64, f64) {
        let size = size * SCALE;
        let left = match align {
            Align::Left => 0.0,
            Align::Middle => -text::width(text, size) / 2.0,
            Align::Right => -text::width(text, size),
        };
        (left, size)
    }
}

/// Coverage in sixteenths: smooth enough, and few enough colours for a PNG palette.
fn shade(cover: f64) -> f64 {
    (cover.clamp(0.0, 1.0) * 16.0).round() / 16.0
}

/// The device pixels from `a` to `b` in nominal pixels, at least one, within the sheet.
fn span(a: f64, b: f64, limit: i32) -> (i32, i32) {
    let (low, high) = ((a.min(b) * SCALE).round(), (a.max(b) * SCALE).round());
    if !low.is_finite() || !high.is_finite() {
        return (0, 0);
    }
    ((low as i32).clamp(0, limit), (high.max(low + 1.0) as i32).clamp(0, limit))
}

/// Whole pixels from `low` to `high` in device pixels, within the sheet.
fn range(low: f64, high: f64, limit: i32) -> (i32, i32) {
    ((low.floor() as i32).clamp(0, limit), (high.ceil() as i32).clamp(0, limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::style::INK;

    fn pixel(canvas: &Canvas, x: usize, y: usize) -> u8 {
        canvas.pixels[3 * (y * canvas.size().0 as usize + x)]
    }

    #[test]
    fn opaque_and_translucent_rectangles_cover_the_same_pixels() {
        for alpha in [1.0, 0.5] {
            let mut canvas = Canvas::new((20, 10)).unwrap();
            canvas.fill(Rect::new(2.0, 3.0, 5.0, 4.0), INK, alpha);
            let painted: Vec<_> = (0..20)
                .flat_map(|y| (0..40).map(move |x| (x, y)))
                .filter(|&(x, y)| pixel(&canvas, x, y) < 255)
                .collect();
            assert_eq!(painted.len(), 6 * 2, "alpha {alpha}");
            assert_eq!((painted[0], painted[11]), ((4, 6), (9, 7)), "alpha {alpha}");
        }
    }

    #[test]
    fn a_line_has_its_width_and_no_gap() {
        let mut canvas = Canvas::new((60, 60)).unwrap();
        canvas.line(&[(5.0, 50.0), (30.0, 5.0), (31.0, 55.0)], 2.0, INK, 1.0);
        for y in 14..96 {
            let across = (0..61).filter(|&x| pixel(&canvas, x, y) < 150).count();
            // 4 device pixels, seen at the slope of the left leg: 4 * sqrt(1 + (25 / 45)^2).
            assert!((3..=8).contains(&across), "row {y}: {across} pixels");
        }
        assert!(canvas.mask.iter().all(|&m| m == 0));
    }

    #[test]
    fn nothing_is_painted_outside_the_sheet() {
        let mut canvas = Canvas::new((20, 20)).unwrap();
        canvas.line(&[(-50.0, -1e9), (f64::NAN, 3.0), (1e300, 5.0)], 3.0, INK, 1.0);
        canvas.line(&[(-500.0, 10.0), (500.0, 10.0)], 3.0, INK, 0.5);
        canvas.fill(Rect::new(-1e300, f64::NAN, f64::INFINITY, 3.0), INK, 1.0);
        canvas.fill(Rect::new(30.0, 30.0, 50.0, 50.0), INK, 0.5);
        canvas.text("outside", (500.0, -20.0), 12.0, Align::Middle, INK);
        canvas.text_up("outside", (1.0, 1.0), 12.0, Align::Left, INK);
        assert_eq!(pixel(&canvas, 20, 39), 255);
    }
}
