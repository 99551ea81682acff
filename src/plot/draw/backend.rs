//! Shapes on any plotters backend, for a plot within your own chart.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{BitMapElement, Circle, PathElement, Polygon, Rectangle, Text as Label};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, IntoFont, ShapeStyle};
use plotters_backend::DrawingBackend;

use super::raster::dashes;
use super::recorder::{LINE, register_fonts};
use super::shapes::{Align, Paint, Rect, Shape, Text, Turn};
use crate::plot::Figure;

type Done<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

impl Figure {
    /// Draws the figure on a plotters drawing area of any backend, at the area's top left corner:
    /// for several plots in one figure, or a plot in your own chart. plotters places everything on
    /// whole pixels, so that lines are less smooth than in the figure itself.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let options = PlotOptions::new().size(300, 200);
    /// let rising = plot::lines_with(&[0.0, 1.0], &[("rising", vec![0.0, 1.0])], &options)?;
    /// let falling = plot::lines_with(&[0.0, 1.0], &[("falling", vec![1.0, 0.0])], &options)?;
    /// let both = Figure::draw((600, 200), |area| {
    ///     let (left, right) = area.split_horizontally(300);
    ///     rising.draw_on(&left)?;
    ///     falling.draw_on(&right)?;
    ///     Ok(())
    /// })?;
    /// assert!(both.to_svg()?.contains(">falling</text>"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// The backend's own errors.
    pub fn draw_on<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Done<B> {
        register_fonts();
        self.shapes().iter().try_for_each(|shape| draw_shape(area, shape))
    }
}

fn draw_shape<B: DrawingBackend>(area: &DrawingArea<B, Shift>, shape: &Shape) -> Done<B> {
    match shape {
        Shape::Rect(Rect { x0, y0, x1, y1 }, paint) => {
            let [x0, y0, x1, y1] = [x0.min(*x1), y0.min(*y1), x0.max(*x1), y0.max(*y1)].map(pixel);
            // At least a pixel, as in the figure.
            let ends = [(x0, y0), (x1.max(x0 + 1), y1.max(y0 + 1))];
            area.draw(&Rectangle::new(ends, style(*paint, 0.0)))
        }
        Shape::Line { points, width, paint, .. } if points.len() == 1 => {
            let radius = pixel(width / 2.0).max(1);
            area.draw(&Circle::new(at(points[0]), radius, style(*paint, 0.0)))
        }
        Shape::Line { points, width, dash, paint } => {
            let strokes = match dash {
                Some(dash) => dashes(points, *dash),
                None => vec![points.clone()],
            };
            strokes.into_iter().try_for_each(|points| {
                let points: Vec<_> = points.into_iter().map(at).collect();
                area.draw(&PathElement::new(points, style(*paint, *width)))
            })
        }
        Shape::Area(points, paint) => {
            let points: Vec<_> = points.iter().copied().map(at).collect();
            area.draw(&Polygon::new(points, style(*paint, 0.0)))
        }
        Shape::Text(text) => draw_text(area, text),
        Shape::Image { place, width, height, rgb } => {
            let size = (pixel(place.width()).max(1) as u32, pixel(place.height()).max(1) as u32);
            let from =
                |i: u32, to: u32, of: u32| (u64::from(i) * u64::from(of) / u64::from(to)) as usize;
            let mut shown = Vec::with_capacity(3 * size.0 as usize * size.1 as usize);
            for (y, x) in (0..size.1).flat_map(|y| (0..size.0).map(move |x| (y, x))) {
                let pixel = from(y, size.1, *height) * *width as usize + from(x, size.0, *width);
                shown.extend_from_slice(rgb.get(3 * pixel..3 * pixel + 3).unwrap_or(&[255; 3]));
            }
            let corner = (pixel(place.x0), pixel(place.y0));
            let image: Option<BitMapElement<'_, (i32, i32)>> =
                BitMapElement::with_owned_buffer(corner, size, shown);
            image.map_or(Ok(()), |image| area.draw(&image))
        }
    }
}

fn draw_text<B: DrawingBackend>(area: &DrawingArea<B, Shift>, text: &Text) -> Done<B> {
    let turn = match text.turn {
        Turn::Level => FontTransform::None,
        Turn::Down => FontTransform::Rotate90,
        Turn::Over => FontTransform::Rotate180,
        Turn::Up => FontTransform::Rotate270,
    };
    let side = match text.align {
        Align::Left => HPos::Left,
        Align::Middle => HPos::Center,
        Align::Right => HPos::Right,
    };
    let color = text.paint.color.mix(text.paint.alpha);
    let font = ("sans-serif", text.size * LINE).into_font().transform(turn).color(&color);
    area.draw(&Label::new(text.words.clone(), at(text.at), font.pos(Pos::new(side, VPos::Center))))
}

/// A style that fills where the width is 0.
fn style(paint: Paint, width: f64) -> ShapeStyle {
    let color = paint.color.mix(paint.alpha);
    ShapeStyle { color, filled: width == 0.0, stroke_width: pixel(width).max(1) as u32 }
}

/// The nearest whole pixel, bounded to what backends can compute with.
fn pixel(v: f64) -> i32 {
    v.round().clamp(-1e5, 1e5) as i32
}

/// The pixel whose centre is nearest.
fn at((x, y): (f64, f64)) -> (i32, i32) {
    (pixel(x - 0.5), pixel(y - 0.5))
}
