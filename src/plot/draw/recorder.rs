//! A plotters backend that records shapes, so that a chart drawn by plotters is a figure like any
//! other.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Once;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea as _};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{FontStyle, FontTransform, RGBColor, register_font};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use super::font;
use super::shapes::{Align, DENSITY, Fidelity, Paint, Rect, Shape, Sheet, Text, Turn};
use super::text;
use crate::error::{Error, Result};
use crate::plot::{Figure, PlotOptions};

/// The plotters drawing area that [`Figure::draw`] draws on, named for functions that take one.
pub type Area = DrawingArea<Recorder, Shift>;

/// plotters' text sizes are line heights; a line is this many ems.
pub const LINE: f64 = 1.24;

/// The plotters backend below an [`Area`].
pub struct Recorder {
    size: (u32, u32),
    shapes: Rc<RefCell<Vec<Shape>>>,
}

impl Figure {
    /// A picture of this nominal width and height, drawn by plotters code. It is shown and saved
    /// like any other figure. Coordinates are nominal pixels.
    ///
    /// Every font name selects the embedded font. The closure ends in `Ok(())`; `?` passes on
    /// plotters' errors.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// use plotters::prelude::*;
    /// let figure = Figure::draw((640, 420), |area| {
    ///     let mut chart = ChartBuilder::on(area)
    ///         .caption("y = x²", ("sans-serif", 20))
    ///         .margin(10)
    ///         .x_label_area_size(30)
    ///         .y_label_area_size(40)
    ///         .build_cartesian_2d(-1.0..1.0, 0.0..1.0)?;
    ///     chart.configure_mesh().draw()?;
    ///     let points = (-50..=50).map(|x| f64::from(x) / 50.0).map(|x| (x, x * x));
    ///     chart.draw_series(LineSeries::new(points, &RED))?;
    ///     Ok(())
    /// })?;
    /// assert_eq!(figure.width(), 640);
    /// assert!(figure.to_svg()?.contains("y = x²"));
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a side is not from 120 to 4000, or the closure's own error.
    pub fn draw(size: (u32, u32), draw: impl FnOnce(&Area) -> Result<()>) -> Result<Figure> {
        let (area, shapes, size) = begin(size)?;
        draw(&area)?;
        drop(area);
        end(size, shapes.take())
    }
}

type Begun = (Area, Rc<RefCell<Vec<Shape>>>, (u32, u32));

/// Registers the embedded font with plotters, which measures and draws some texts itself.
pub fn register_fonts() {
    static FONTS: Once = Once::new();
    FONTS.call_once(|| {
        for family in ["sans-serif", "serif", "monospace"] {
            // All other texts use the same font.
            let _ = register_font(family, FontStyle::Normal, font::EMBEDDED);
        }
    });
}

fn begin(size: (u32, u32)) -> Result<Begun> {
    register_fonts();
    let size = PlotOptions::new().size(size.0, size.1).size_or(size.0, size.1)?;
    let shapes = Rc::new(RefCell::new(Vec::new()));
    let recorder = Recorder { size, shapes: Rc::clone(&shapes) };
    Ok((recorder.into_drawing_area(), shapes, size))
}

fn end((width, height): (u32, u32), shapes: Vec<Shape>) -> Result<Figure> {
    let texts: Vec<String> = shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Text(text) => Some(text.words.clone()),
            _ => None,
        })
        .collect();
    let alt = match texts.is_empty() {
        true => "Drawing".to_string(),
        false => format!("Drawing with the words {}", crate::plot::listed(&texts)),
    };
    let image = |shape: &Shape| matches!(shape, Shape::Image { .. });
    let fidelity = if shapes.iter().any(image) { Fidelity::Exact } else { Fidelity::Drawing };
    let (width, height) = (width * DENSITY, height * DENSITY);
    Figure::from_sheet(Sheet { width, height, shapes, fidelity }, alt)
}

impl From<DrawingAreaErrorKind<Infallible>> for Error {
    fn from(error: DrawingAreaErrorKind<Infallible>) -> Self {
        Error::Plot(error.to_string())
    }
}

type Done = Result<(), DrawingErrorKind<Infallible>>;

impl Recorder {
    fn add(&self, color: BackendColor, shape: impl FnOnce(Paint) -> Shape) -> Done {
        if color.alpha > 0.0 {
            let (r, g, b) = color.rgb;
            let shape = shape(Paint::new(RGBColor(r, g, b), color.alpha));
            self.shapes.borrow_mut().push(shape);
        }
        Ok(())
    }

    fn stroke<S: BackendStyle>(&self, points: Vec<(f64, f64)>, style: &S) -> Done {
        let width = f64::from(style.stroke_width());
        match width > 0.0 && !points.is_empty() {
            true => {
                self.add(style.color(), |paint| Shape::Line { points, width, dash: None, paint })
            }
            false => Ok(()),
        }
    }
}

/// A pixel's centre, through which lines run.
fn middle((x, y): BackendCoord) -> (f64, f64) {
    (f64::from(x) + 0.5, f64::from(y) + 0.5)
}

fn corner((x, y): BackendCoord) -> (f64, f64) {
    (f64::from(x), f64::from(y))
}

impl DrawingBackend for Recorder {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Done {
        let (x, y) = corner(point);
        let (r, g, b) = color.rgb;
        let paint = Paint::new(RGBColor(r, g, b), color.alpha);
        // Adjacent pixels become one rectangle, so that an image drawn by pixels stays small.
        if let Some(Shape::Rect(last, before)) = self.shapes.borrow_mut().last_mut() {
            let level = last.y0 == y && last.y1 == y + 1.0;
            if level && *before == paint && last.x1 == x {
                last.x1 = x + 1.0;
                return Ok(());
            }
        }
        self.add(color, |paint| Shape::Rect(Rect::new(x, y, x + 1.0, y + 1.0), paint))
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Done {
        self.stroke(vec![middle(from), middle(to)], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Done {
        if fill {
            let ((x0, y0), (x1, y1)) = (corner(upper_left), corner(bottom_right));
            return self.add(style.color(), |p| Shape::Rect(Rect::new(x0, y0, x1, y1), p));
        }
        let ((x0, y0), (x1, y1)) = (middle(upper_left), middle(bottom_right));
        self.stroke(vec![(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        self.stroke(path.into_iter().map(middle).collect(), style)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Done {
        let (at, radius) = (middle(center), f64::from(radius));
        if fill {
            return self.add(style.color(), |paint| Shape::Line {
                points: vec![at],
                width: 2.0 * radius,
                dash: None,
                paint,
            });
        }
        // Chords short enough to look round.
        let n = (4.0 * radius.sqrt()).ceil().clamp(12.0, 200.0);
        let around = (0..=n as usize).map(|i| (i as f64 / n * std::f64::consts::TAU).sin_cos());
        self.stroke(around.map(|(s, c)| (at.0 + radius * c, at.1 + radius * s)).collect(), style)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Done {
        let points = vert.into_iter().map(middle).collect();
        self.add(style.color(), |paint| Shape::Area(points, paint))
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        words: &str,
        style: &S,
        pos: BackendCoord,
    ) -> Done {
        let size = style.size() / LINE;
        let turn = match style.transform() {
            FontTransform::None => Turn::Level,
            FontTransform::Rotate90 => Turn::Down,
            FontTransform::Rotate180 => Turn::Over,
            FontTransform::Rotate270 => Turn::Up,
        };
        let anchor = style.anchor();
        let align = match anchor.h_pos {
            HPos::Left => Align::Left,
            HPos::Center => Align::Middle,
            HPos::Right => Align::Right,
        };
        let down = match anchor.v_pos {
            VPos::Top => size / 2.0,
            VPos::Center => 0.0,
            VPos::Bottom => -size / 2.0,
        };
        let ((x, y), (_, way)) = (middle(pos), turn.ways());
        let at = (x + way.0 * down, y + way.1 * down);
        let words = text::clean(words);
        self.add(style.color(), |paint| Shape::Text(Text { words, at, size, align, turn, paint }))
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        words: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = style.size() / LINE;
        Ok((text::width(words, size).ceil() as u32, size.ceil() as u32))
    }

    fn blit_bitmap(&mut self, pos: BackendCoord, (width, height): (u32, u32), src: &[u8]) -> Done {
        let (x, y) = corner(pos);
        let place = Rect::new(x, y, x + f64::from(width), y + f64::from(height));
        if src.len() as u64 == 3 * u64::from(width) * u64::from(height) && !src.is_empty() {
            let rgb = src.to_vec();
            self.shapes.borrow_mut().push(Shape::Image { place, width, height, rgb });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::prelude::{
        BLACK, BLUE, ChartBuilder, Circle, Color, IntoFont, Polygon, RED, WHITE,
    };

    #[test]
    fn what_plotters_draws_is_shapes() {
        let figure = Figure::draw((300, 200), |area| {
            area.fill(&WHITE)?;
            let (left, right) = area.split_horizontally(150);
            left.draw(&Circle::new((50, 60), 9, RED.filled()))?;
            left.draw(&Circle::new((50, 60), 9, BLUE))?;
            right.draw(&plotters::element::Text::new(
                "Größe",
                (10, 20),
                ("any font", 15).into_font(),
            ))?;
            right.draw(&Polygon::new(vec![(0, 0), (9, 0), (9, 9)], BLUE.mix(0.5)))?;
            right.draw_pixel((3, 3), &BLACK)?;
            right.draw_pixel((4, 3), &BLACK)?;
            Ok(())
        })
        .unwrap();
        let svg = figure.to_svg().unwrap();
        for words in [
            "<circle cx=\"50.5\" cy=\"60.5\" r=\"9\" fill=\"#ff0000\"/>",
            "stroke=\"#0000ff\" stroke-width=\"1\"",
            ">Größe</text>",
            "<polygon points=\"150.5,0.5 159.5,0.5 159.5,9.5\" fill=\"#0000ff\" fill-opacity=\"0.5\"/>",
            "<rect x=\"153\" y=\"3\" width=\"2\" height=\"1\" fill=\"#000000\"/>",
        ] {
            assert!(svg.contains(words), "{words}\n{svg}");
        }
        assert_eq!(figure.alt(), "Drawing with the words Größe");
    }

    #[test]
    fn errors_are_passed_on() {
        let small = Figure::draw((30, 200), |_| Ok(())).unwrap_err().to_string();
        assert!(small.contains("30"), "{small}");
        let own = Figure::draw((300, 200), |area| {
            let mut chart = ChartBuilder::on(area).build_cartesian_2d(0..3, 0..3)?;
            chart.configure_mesh().draw()?;
            Err(Error::argument("the answer", 41, "42"))
        });
        assert!(own.unwrap_err().to_string().contains("41"));
    }
}
