//! Shapes as SVG, in which text stays text.
//!
//! plotters-svg is not used: it takes only whole pixels and lacks dashes, round joins and text
//! widths.

use std::fmt::Write as _;

use base64::Engine as _;
use plotters::style::RGBColor;

use super::png;
use super::shapes::{Align, DENSITY, Fidelity, Paint, Rect, Shape, Sheet, Text, Turn, span};
use super::text;
use crate::error::Result;
use crate::html::escape;

/// Fonts of about the same widths, for where DejaVu Sans is not installed. Each text also states
/// its width.
const FONTS: &str = "DejaVu Sans, Verdana, sans-serif";

/// The content of an SVG file; `alt` is its title.
pub fn write(sheet: &Sheet, alt: &str) -> Result<String> {
    let (width, height) = sheet.size();
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
         width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         font-family=\"{FONTS}\">\n<title>{}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        escape(&text::clean(alt))
    );
    for run in sheet.shapes.chunk_by(|a, b| is_rect(a) && is_rect(b)) {
        // Crisp edges, so that adjacent rectangles show no seam.
        let crisp = run.iter().any(is_rect);
        if crisp {
            out += "<g shape-rendering=\"crispEdges\">\n";
        }
        for shape in run {
            write_shape(&mut out, sheet, shape)?;
        }
        if crisp {
            out += "</g>\n";
        }
    }
    out += "</svg>\n";
    Ok(out)
}

fn is_rect(shape: &Shape) -> bool {
    matches!(shape, Shape::Rect(..))
}

fn write_shape(out: &mut String, sheet: &Sheet, shape: &Shape) -> Result<()> {
    match shape {
        Shape::Rect(rect, paint) => write_rect(out, sheet, *rect, *paint),
        Shape::Line { points, width, dash, paint } => {
            let dash = match dash {
                Some((on, off)) if points.len() > 1 => {
                    format!(" stroke-dasharray=\"{} {}\"", short(*on), short(*off))
                }
                _ => String::new(),
            };
            // The thinnest line is a device pixel wide.
            let width = width.max(1.0 / f64::from(DENSITY));
            for run in points.split(|p| !near(*p)).filter(|run| !run.is_empty()) {
                write_line(out, run, width, &dash, *paint);
            }
        }
        Shape::Area(points, paint) => {
            if points.len() > 2 && points.iter().all(|p| near(*p)) {
                let (points, fill) = (list(points), painted("fill", *paint));
                _ = writeln!(out, "<polygon points=\"{points}\"{fill}/>");
            }
        }
        Shape::Text(text) => write_text(out, text),
        Shape::Image { place, width, height, rgb } => {
            let png = png::encode(*width, *height, rgb, Fidelity::Exact)?;
            let png = base64::engine::general_purpose::STANDARD.encode(png);
            let [x, y] = [place.x0, place.y0].map(short);
            let [w, h] = [place.width(), place.height()].map(short);
            // xlink:href, because LaTeX's converters do not know plain href.
            _ = writeln!(
                out,
                "<image x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" \
                 preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" \
                 xlink:href=\"data:image/png;base64,{png}\"/>"
            );
        }
    }
    Ok(())
}

fn write_rect(out: &mut String, sheet: &Sheet, rect: Rect, paint: Paint) {
    let (x0, x1) = span(rect.x0, rect.x1, sheet.width);
    let (y0, y1) = span(rect.y0, rect.y1, sheet.height);
    if x0 >= x1 || y0 >= y1 {
        return;
    }
    let nominal = |device: u32| short(f64::from(device) / f64::from(DENSITY));
    let [x, y, w, h] = [x0, y0, x1 - x0, y1 - y0].map(nominal);
    let fill = painted("fill", paint);
    _ = writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"{fill}/>");
}

fn write_line(out: &mut String, points: &[(f64, f64)], width: f64, dash: &str, paint: Paint) {
    if let [(x, y)] = points {
        let ([x, y, r], fill) = ([*x, *y, width / 2.0].map(short), painted("fill", paint));
        _ = writeln!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"{fill}/>");
        return;
    }
    let (points, width, stroke) = (list(points), short(width), painted("stroke", paint));
    _ = writeln!(
        out,
        "<polyline points=\"{points}\" fill=\"none\"{stroke} stroke-width=\"{width}\" \
         stroke-linecap=\"round\" stroke-linejoin=\"round\"{dash}/>"
    );
}

fn write_text(out: &mut String, text: &Text) {
    if !near(text.at) || text.words.trim().is_empty() {
        return;
    }
    let (_, down) = text.turn.ways();
    let drop = text::CAP_HEIGHT * text.size / 2.0;
    let [x, y] = [text.at.0 + drop * down.0, text.at.1 + drop * down.1].map(short);
    let anchor = match text.align {
        Align::Left => "",
        Align::Middle => " text-anchor=\"middle\"",
        Align::Right => " text-anchor=\"end\"",
    };
    let turn = match text.turn {
        Turn::Level => String::new(),
        turn => format!(" transform=\"rotate({} {x} {y})\"", turn.degrees()),
    };
    // The size is written with four digits, because its rounding error adds up over the letters of
    // a line.
    let (size, fill) = (digits(text.size, 4), painted("fill", text.paint));
    let wide = short(text::width(&text.words, text.size));
    _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" textLength=\"{wide}\" \
         lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\"{anchor}{turn}{fill}>{}</text>",
        escape(&text::clean(&text.words))
    );
}

/// Whether a point lies on the sheet or near it, the same bound as for the bitmap.
fn near((x, y): (f64, f64)) -> bool {
    x.abs() < 5e5 && y.abs() < 5e5
}

fn list(points: &[(f64, f64)]) -> String {
    let mut out = String::with_capacity(12 * points.len());
    for (x, y) in points {
        _ = write!(out, "{},{} ", short(*x), short(*y));
    }
    out.truncate(out.trim_end().len());
    out
}

fn painted(what: &str, Paint { color: RGBColor(r, g, b), alpha }: Paint) -> String {
    let opacity = match alpha {
        1.0 => String::new(),
        alpha => format!(" {what}-opacity=\"{}\"", short(alpha)),
    };
    format!(" {what}=\"#{r:02x}{g:02x}{b:02x}\"{opacity}")
}

/// A number with two decimals, which is a fiftieth of a device pixel.
fn short(v: f64) -> String {
    digits(v, 2)
}

/// A number with at most `most` decimals.
fn digits(v: f64, most: usize) -> String {
    let text = format!("{v:.most$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_string() } else { text.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::draw::style::INK;

    fn sheet(shapes: Vec<Shape>) -> String {
        let sheet = Sheet { width: 200, height: 101, shapes, fidelity: Fidelity::Drawing };
        write(&sheet, "a <b> & \"c\"").unwrap()
    }

    #[test]
    fn shapes_are_elements_and_text_stays_text() {
        let half = Paint::new(INK, 0.5);
        let text = |turn| {
            Shape::Text(Text {
                words: "a < b & \u{1}".to_string(),
                at: (10.0, 20.0),
                size: 20.0,
                align: Align::Middle,
                turn,
                paint: Paint::new(INK, 1.0),
            })
        };
        let line = |points: &[(f64, f64)]| Shape::Line {
            points: points.to_vec(),
            width: 2.0,
            dash: Some((4.0, 2.5)),
            paint: half,
        };
        let svg = sheet(vec![
            Shape::Rect(Rect::new(1.1, 2.0, 3.0, 2.1), half),
            line(&[(0.0, 1.0), (f64::NAN, 2.0), (3.0, 1e300), (4.0, 5.123), (6.0, -0.001)]),
            Shape::Area(vec![(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)], half),
            text(Turn::Level),
            text(Turn::Up),
        ]);
        for words in [
            "width=\"100\" height=\"50.5\" viewBox=\"0 0 100 50.5\"",
            "<title>a &lt;b&gt; &amp; &quot;c&quot;</title>",
            "<rect x=\"1\" y=\"2\" width=\"2\" height=\"0.5\" fill=\"#262a30\" fill-opacity=\"0.5\"/>",
            "<circle cx=\"0\" cy=\"1\" r=\"1\"",
            "points=\"4,5.12 6,0\" fill=\"none\" stroke=\"#262a30\" stroke-opacity=\"0.5\"",
            "stroke-dasharray=\"4 2.5\"",
            "<polygon points=\"0,0 1,0 1,1\"",
            "y=\"27.29\"",
            ">a &lt; b &amp;  </text>",
            "transform=\"rotate(-90 17.29 20)\"",
        ] {
            assert!(svg.contains(words), "{words}\n{svg}");
        }
    }

    /// The reader compares a text's stated width with that of its letters at the written size,
    /// which is fractional where a caption was made to fit.
    #[test]
    fn a_long_line_is_as_wide_as_it_says() {
        for size in [8.0 + 1.0 / 3.0, 9.3349, 10.00501] {
            let text = Text {
                words: "a name that is much too long to stand under a bar ".repeat(2),
                at: (10.0, 20.0),
                size,
                align: Align::Left,
                turn: Turn::Level,
                paint: Paint::new(INK, 1.0),
            };
            let read = crate::plot::draw::svg_reader::sheet(&sheet(vec![Shape::Text(text)]));
            let [.., Shape::Text(text)] = read.shapes.as_slice() else { panic!("no text") };
            assert!((text.size - size).abs() < 1e-4, "{} is not {size}", text.size);
        }
    }
}
