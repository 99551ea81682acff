//! Shapes painted on a plotters bitmap, with smooth lines and text.
//!
//! plotters' backend fills and blends. Lines and areas are painted here, by how much of each pixel
//! they cover, because plotters turns a thick line into one self-crossing polygon with whole-pixel
//! corners, which shows as spikes and gaps in a noisy curve.

use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::style::Color;

use super::shapes::{Align, DENSITY, Dash, Paint, Rect, Shape, Sheet, Text, span};
use super::style::WHITE;
use super::text;

const SCALE: f64 = DENSITY as f64;

type Point = (f64, f64);

/// The pixels of a sheet, three bytes each.
pub fn paint(sheet: &Sheet) -> Vec<u8> {
    let mut raster = Raster::new(sheet.width, sheet.height);
    sheet.shapes.iter().for_each(|shape| raster.shape(shape));
    raster.pixels
}

struct Raster {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    /// Coverage of the shape being painted; all zero between shapes.
    mask: Vec<u8>,
}

impl Raster {
    fn new(width: u32, height: u32) -> Self {
        let count = width as usize * height as usize;
        Raster { width, height, pixels: vec![WHITE.0; 3 * count], mask: vec![0; count] }
    }

    fn size(&self) -> (i32, i32) {
        (self.width as i32, self.height as i32)
    }

    fn backend(&mut self) -> BitMapBackend<'_> {
        BitMapBackend::with_buffer(&mut self.pixels, (self.width, self.height))
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Rect(rect, paint) => self.rect(*rect, *paint),
            Shape::Line { points, width, dash, paint } => {
                let strokes = match dash {
                    Some(dash) => dashes(points, *dash),
                    None => vec![points.clone()],
                };
                self.lines(&strokes, *width, *paint);
            }
            Shape::Area(points, paint) => self.area(points, *paint),
            Shape::Text(text) => self.text(text),
            Shape::Image { place, width, height, rgb } => {
                self.image(*place, (*width, *height), rgb);
            }
        }
    }

    fn rect(&mut self, rect: Rect, paint: Paint) {
        let (x0, x1) = span(rect.x0, rect.x1, self.width);
        let (y0, y1) = span(rect.y0, rect.y1, self.height);
        let style = paint.color.mix(paint.alpha);
        // Painting into memory has no error to report.
        if x0 < x1 && y0 < y1 {
            let [x0, y0, x1, y1] = [x0, y0, x1, y1].map(|v| v as i32);
            let _ = self.backend().draw_rect((x0, y0), (x1, y1), &style, true);
        }
    }

    /// Paints an image by nearest neighbour.
    fn image(&mut self, place: Rect, (width, height): (u32, u32), rgb: &[u8]) {
        let (x0, x1) = span(place.x0, place.x1, self.width);
        let (y0, y1) = span(place.y0, place.y1, self.height);
        let nearest = |at: u32, low: f64, high: f64, n: u32| {
            let share = (f64::from(at) + 0.5 - low * SCALE) / ((high - low) * SCALE);
            ((share * f64::from(n)).max(0.0) as usize).min(n.saturating_sub(1) as usize)
        };
        for y in y0..y1 {
            let row = nearest(y, place.y0, place.y1, height) * width as usize;
            for x in x0..x1 {
                let from = 3 * (row + nearest(x, place.x0, place.x1, width));
                let to = 3 * (y as usize * self.width as usize + x as usize);
                if let Some(pixel) = rgb.get(from..from + 3) {
                    self.pixels[to..to + 3].copy_from_slice(pixel);
                }
            }
        }
    }

    fn lines(&mut self, strokes: &[Vec<Point>], width: f64, paint: Paint) {
        let (w, h) = self.size();
        let radius = (width * SCALE / 2.0).max(0.5);
        let at = |&(x, y): &Point| (x * SCALE, y * SCALE);
        let (mut top, mut bottom) = (h, 0);
        for points in strokes {
            let single = [&points[..], points].concat();
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
        }
        self.paint_mask(top, bottom, paint);
    }

    /// Paints the covered pixels of these rows of the mask, and clears it.
    fn paint_mask(&mut self, top: i32, bottom: i32, paint: Paint) {
        let w = self.size().0;
        let mut mask = std::mem::take(&mut self.mask);
        let mut backend = self.backend();
        for y in top..bottom {
            let row = (y * w) as usize..((y + 1) * w) as usize;
            for (x, cover) in mask[row].iter_mut().enumerate().filter(|(_, c)| **c > 0) {
                let alpha = paint.alpha * shade(f64::from(*cover) / 255.0);
                let color = paint.color.mix(alpha).to_backend_color();
                let _ = backend.draw_pixel((x as i32, y), color);
                *cover = 0;
            }
        }
        drop(backend);
        self.mask = mask;
    }

    /// Adds a segment's coverage of one row of pixels to the mask.
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

    /// Adds a polygon's coverage to the mask, from its inside lengths on four scan lines for each
    /// row of pixels.
    fn area(&mut self, points: &[Point], paint: Paint) {
        const LINES: i32 = 4;
        let (w, h) = self.size();
        let device = |&(x, y): &Point| (x * SCALE, y * SCALE);
        let points: Vec<Point> = points.iter().map(device).collect();
        if points.len() < 3 || !points.iter().all(|p| p.0.abs() < 1e6 && p.1.abs() < 1e6) {
            return;
        }
        let next = points.iter().cycle().skip(1);
        let mut edges: Vec<(Point, Point, i32)> = points
            .iter()
            .zip(next)
            .filter(|(a, b)| a.1 != b.1)
            .map(|(a, b)| if a.1 < b.1 { (*a, *b, 1) } else { (*b, *a, -1) })
            .collect();
        edges.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
        let lowest = edges.iter().map(|e| e.1.1).fold(0.0, f64::max);
        let (top, bottom) = range(edges.first().map_or(0.0, |e| e.0.1), lowest, h);
        let mut row = vec![0f32; w as usize];
        let (mut open, mut begun): (Vec<usize>, usize) = (Vec::new(), 0);
        let mut crossings: Vec<(f64, i32)> = Vec::new();
        for y in top..bottom {
            row.fill(0.0);
            for line in 0..LINES {
                let at = f64::from(y) + (f64::from(line) + 0.5) / f64::from(LINES);
                while edges.get(begun).is_some_and(|e| e.0.1 <= at) {
                    open.push(begun);
                    begun += 1;
                }
                open.retain(|&e| edges[e].1.1 > at);
                crossings.clear();
                crossings.extend(open.iter().map(|&e| {
                    let (a, b, way) = edges[e];
                    (a.0 + (at - a.1) / (b.1 - a.1) * (b.0 - a.0), way)
                }));
                crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
                let mut inside = 0;
                for pair in crossings.windows(2) {
                    inside += pair[0].1;
                    if inside != 0 {
                        cover(&mut row, pair[0].0, pair[1].0);
                    }
                }
            }
            let mask = &mut self.mask[(y * w) as usize..((y + 1) * w) as usize];
            for (cell, covered) in mask.iter_mut().zip(&row) {
                *cell = (covered / LINES as f32 * 255.0).round() as u8;
            }
        }
        self.paint_mask(top, bottom, paint);
    }

    fn text(&mut self, text: &Text) {
        let size = text.size * SCALE;
        let back = match text.align {
            Align::Left => 0.0,
            Align::Middle => text::width(&text.words, size) / 2.0,
            Align::Right => text::width(&text.words, size),
        };
        let ((along_x, along_y), (down_x, down_y)) = text.turn.ways();
        let (x, y) = (text.at.0 * SCALE, text.at.1 * SCALE);
        let along = x * along_x + y * along_y - back;
        let down = (x * down_x + y * down_y + text::CAP_HEIGHT * size / 2.0).round();
        let [along_x, along_y, down_x, down_y] =
            [along_x, along_y, down_x, down_y].map(|v| v as i32);
        let Paint { color, alpha } = text.paint;
        let mut backend = self.backend();
        text::draw(&text.words, size, along, |a, d, cover| {
            let d = d + down as i32;
            let color = color.mix(alpha * shade(f64::from(cover))).to_backend_color();
            let at = (a * along_x + d * down_x, a * along_y + d * down_y);
            let _ = backend.draw_pixel(at, color);
        });
    }
}

/// Adds to each pixel of a row the part of it that lies between `from` and `to`.
fn cover(row: &mut [f32], from: f64, to: f64) {
    let from = from.clamp(0.0, row.len() as f64);
    let to = to.clamp(from, row.len() as f64);
    let (first, last) = (from as usize, (to.ceil() as usize).min(row.len()));
    for (x, cell) in row.iter_mut().enumerate().take(last).skip(first) {
        *cell += ((x as f64 + 1.0).min(to) - (x as f64).max(from)) as f32;
    }
}

/// The strokes of a dashed line; a stroke continues around corners.
pub fn dashes(points: &[Point], (on, off): Dash) -> Vec<Vec<Point>> {
    // A stroke of no length would loop for ever, and a line with nearly closed gaps looks solid.
    if !(on >= 0.1 && off >= 0.1) || points.len() < 2 {
        return vec![points.to_vec()];
    }
    let (mut strokes, mut stroke, mut drawing, mut left) = (Vec::new(), Vec::new(), true, on);
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let length = (b.0 - a.0).hypot(b.1 - a.1);
        if length.is_nan() || length >= 1e5 {
            continue;
        }
        let at = |t: f64| (a.0 + t / length * (b.0 - a.0), a.1 + t / length * (b.1 - a.1));
        if drawing && stroke.is_empty() {
            stroke.push(a);
        }
        let mut done = 0.0;
        while length - done > left {
            done += left;
            if drawing {
                stroke.push(at(done));
                strokes.push(std::mem::take(&mut stroke));
            } else {
                stroke = vec![at(done)];
            }
            drawing = !drawing;
            left = if drawing { on } else { off };
        }
        left -= length - done;
        if drawing {
            stroke.push(b);
        }
    }
    if !stroke.is_empty() {
        strokes.push(stroke);
    }
    strokes
}

/// Coverage in sixteenths: smooth enough, and few enough colours for a PNG palette.
fn shade(cover: f64) -> f64 {
    (cover.clamp(0.0, 1.0) * 16.0).round() / 16.0
}

/// Whole pixels from `low` to `high` in device pixels, within the sheet.
fn range(low: f64, high: f64, limit: i32) -> (i32, i32) {
    ((low.floor() as i32).clamp(0, limit), (high.ceil() as i32).clamp(0, limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::draw::shapes::Turn;
    use crate::plot::draw::style::INK;

    const PAINT: Paint = Paint { color: INK, alpha: 1.0 };

    fn pixel(raster: &Raster, x: usize, y: usize) -> u8 {
        raster.pixels[3 * (y * raster.width as usize + x)]
    }

    fn line(points: &[Point], width: f64) -> Shape {
        Shape::Line { points: points.to_vec(), width, dash: None, paint: PAINT }
    }

    #[test]
    fn opaque_and_translucent_rectangles_cover_the_same_pixels() {
        for alpha in [1.0, 0.5] {
            let mut raster = Raster::new(40, 20);
            raster.rect(Rect::new(2.0, 3.0, 5.0, 4.0), Paint::new(INK, alpha));
            let painted: Vec<_> = (0..20)
                .flat_map(|y| (0..40).map(move |x| (x, y)))
                .filter(|&(x, y)| pixel(&raster, x, y) < 255)
                .collect();
            assert_eq!(painted.len(), 6 * 2, "alpha {alpha}");
            assert_eq!((painted[0], painted[11]), ((4, 6), (9, 7)), "alpha {alpha}");
        }
    }

    #[test]
    fn a_line_has_its_width_and_no_gap() {
        let mut raster = Raster::new(120, 120);
        raster.shape(&line(&[(5.0, 50.0), (30.0, 5.0), (31.0, 55.0)], 2.0));
        for y in 14..96 {
            let across = (0..61).filter(|&x| pixel(&raster, x, y) < 150).count();
            // 4 device pixels, seen at the slope of the left leg: 4 * sqrt(1 + (25 / 45)^2).
            assert!((3..=8).contains(&across), "row {y}: {across} pixels");
        }
        assert!(raster.mask.iter().all(|&m| m == 0));
    }

    #[test]
    fn a_broken_line_has_strokes_of_its_length_and_goes_on_around_corners() {
        let strokes = dashes(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)], (4.0, 3.0));
        assert_eq!(strokes[0], [(0.0, 0.0), (4.0, 0.0)]);
        assert_eq!(strokes[1], [(7.0, 0.0), (10.0, 0.0), (10.0, 1.0)]);
        assert_eq!(strokes[2], [(10.0, 4.0), (10.0, 8.0)]);
        assert_eq!(strokes.len(), 3);
        assert_eq!(dashes(&[(0.0, 0.0), (9.0, 0.0)], (0.0, 1.0)).len(), 1);
    }

    #[test]
    fn an_area_covers_its_share_of_each_pixel() {
        let mut raster = Raster::new(20, 20);
        // A square whose right edge cuts pixels in half.
        let square = vec![(2.0, 2.0), (5.25, 2.0), (5.25, 6.0), (2.0, 6.0)];
        raster.shape(&Shape::Area(square, Paint::new(INK, 1.0)));
        assert_eq!((pixel(&raster, 3, 6), pixel(&raster, 4, 3)), (255, 255));
        assert_eq!((pixel(&raster, 4, 4), pixel(&raster, 9, 11)), (INK.0, INK.0));
        let half = pixel(&raster, 10, 7);
        assert!((130..165).contains(&half), "{half}");
        assert_eq!((pixel(&raster, 11, 7), pixel(&raster, 9, 12)), (255, 255));
        // Wound twice around: covered once, without a hole.
        let mut raster = Raster::new(20, 20);
        let star = (0..5).map(|i| (f64::from(i) * 2.0 * std::f64::consts::TAU / 5.0).sin_cos());
        let star = star.map(|(s, c)| (5.0 + 4.0 * s, 5.0 - 4.0 * c)).collect();
        raster.shape(&Shape::Area(star, Paint::new(INK, 0.5)));
        let middle = pixel(&raster, 10, 10);
        assert!((130..165).contains(&middle), "{middle}");
    }

    #[test]
    fn nothing_is_painted_outside_the_sheet() {
        let mut raster = Raster::new(40, 40);
        raster.shape(&line(&[(-50.0, -1e9), (f64::NAN, 3.0), (1e300, 5.0)], 3.0));
        raster.shape(&line(&[(-500.0, 10.0), (500.0, 10.0)], 3.0));
        raster.rect(Rect::new(-1e300, f64::NAN, f64::INFINITY, 3.0), PAINT);
        raster.rect(Rect::new(30.0, 30.0, 50.0, 50.0), PAINT);
        raster.shape(&Shape::Area(vec![(-9.0, 12.0), (99.0, 12.0), (99.0, 14.0)], PAINT));
        raster.shape(&Shape::Area(vec![(f64::NAN, 0.0), (9.0, 0.0), (9.0, 9.0)], PAINT));
        for turn in [Turn::Level, Turn::Up, Turn::Down, Turn::Over] {
            let (words, at) = ("outside".to_string(), (500.0, -20.0));
            let (size, align) = (12.0, Align::Middle);
            raster.shape(&Shape::Text(Text { words, at, size, align, turn, paint: PAINT }));
        }
        let image = Shape::Image {
            place: Rect::new(-5.0, 18.0, 900.0, 30.0),
            width: 2,
            height: 2,
            rgb: vec![255; 12],
        };
        raster.shape(&image);
        assert_eq!(pixel(&raster, 20, 35), 255);
    }
}
