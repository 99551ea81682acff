//! The canvas that plots draw on: each call adds a shape to a list.

use plotters::style::RGBColor;

use super::shapes::{DENSITY, Fidelity, Paint, Shape, Sheet, Text, Turn, span};
use super::text;
use crate::error::{Error, Result};
use crate::plot::Figure;

pub use super::shapes::{Align, Rect};

pub struct Canvas {
    width: u32,
    height: u32,
    shapes: Vec<Shape>,
}

const SCALE: f64 = DENSITY as f64;

impl Canvas {
    /// A white sheet of this nominal size.
    pub fn new((width, height): (u32, u32)) -> Result<Self> {
        if !text::available() {
            return Err(Error::Plot("the embedded font cannot be read".to_string()));
        }
        Ok(Canvas { width, height, shapes: Vec::new() })
    }

    pub fn bounds(&self) -> Rect {
        Rect::new(0.0, 0.0, f64::from(self.width), f64::from(self.height))
    }

    pub fn finish(self, alt: String) -> Result<Figure> {
        self.end(alt, Fidelity::Drawing)
    }

    /// As [`finish`](Self::finish), but keeps every colour: for images of more shades than a
    /// palette holds.
    pub fn finish_exact(self, alt: String) -> Result<Figure> {
        self.end(alt, Fidelity::Exact)
    }

    fn end(self, alt: String, fidelity: Fidelity) -> Result<Figure> {
        let (width, height) = (self.width * DENSITY, self.height * DENSITY);
        Figure::from_sheet(Sheet { width, height, shapes: self.shapes, fidelity }, alt)
    }

    /// Adds a shape.
    pub fn add(&mut self, shape: Shape) {
        self.shapes.push(shape);
    }

    /// Fills a rectangle.
    pub fn fill(&mut self, rect: Rect, color: RGBColor, alpha: f64) {
        self.add(Shape::Rect(rect, Paint::new(color, alpha)));
    }

    /// Paints each device pixel of a rectangle in its own colour; `color` gets the part of the
    /// rectangle that the pixel covers, as fractions from 0 to 1.
    pub fn paint(&mut self, rect: Rect, color: impl Fn(Rect) -> RGBColor) {
        let (x0, x1) = span(rect.x0, rect.x1, self.width * DENSITY);
        let (y0, y1) = span(rect.y0, rect.y1, self.height * DENSITY);
        if x0 >= x1 || y0 >= y1 {
            return;
        }
        let share = |i: u32, first: u32, last: u32| f64::from(i - first) / f64::from(last - first);
        let mut rgb = Vec::with_capacity(3 * ((x1 - x0) * (y1 - y0)) as usize);
        for y in y0..y1 {
            for x in x0..x1 {
                let (left, top) = (share(x, x0, x1), share(y, y0, y1));
                let RGBColor(r, g, b) =
                    color(Rect::new(left, top, share(x + 1, x0, x1), share(y + 1, y0, y1)));
                rgb.extend([r, g, b]);
            }
        }
        let [x, y, right, bottom] = [x0, y0, x1, y1].map(|v| f64::from(v) / SCALE);
        let place = Rect::new(x, y, right, bottom);
        self.add(Shape::Image { place, width: x1 - x0, height: y1 - y0, rgb });
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
        self.broken(points, width, None, color, alpha);
    }

    /// A dashed line; solid without `dash`.
    pub fn broken(
        &mut self,
        points: &[(f64, f64)],
        width: f64,
        dash: Option<(f64, f64)>,
        color: RGBColor,
        alpha: f64,
    ) {
        let (points, paint) = (points.to_vec(), Paint::new(color, alpha));
        self.add(Shape::Line { points, width, dash, paint });
    }

    /// The area between two curves over the same x; the points must go from left to right.
    pub fn band(&mut self, points: &[(f64, f64, f64)], color: RGBColor, alpha: f64) {
        if points.len() > 1 {
            let there = points.iter().map(|&(x, low, _)| (x, low));
            let back = points.iter().rev().map(|&(x, _, high)| (x, high));
            self.area(there.chain(back).collect(), color, alpha);
        }
    }

    /// A filled polygon.
    pub fn area(&mut self, points: Vec<(f64, f64)>, color: RGBColor, alpha: f64) {
        self.add(Shape::Area(points, Paint::new(color, alpha)));
    }

    /// Text beside `x`, its capitals centred on `y`.
    pub fn text(&mut self, text: &str, at: (f64, f64), size: f64, align: Align, color: RGBColor) {
        self.write(text, at, size, align, Turn::Level, color);
    }

    /// Text that runs upwards, its capitals centred on `x`; `align` says where along the text `y`
    /// is.
    pub fn text_up(
        &mut self,
        text: &str,
        at: (f64, f64),
        size: f64,
        align: Align,
        color: RGBColor,
    ) {
        self.write(text, at, size, align, Turn::Up, color);
    }

    fn write(
        &mut self,
        words: &str,
        at: (f64, f64),
        size: f64,
        align: Align,
        turn: Turn,
        color: RGBColor,
    ) {
        let paint = Paint::new(color, 1.0);
        self.add(Shape::Text(Text { words: text::clean(words), at, size, align, turn, paint }));
    }
}
