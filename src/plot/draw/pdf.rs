//! Shapes as a PDF of one page, in which text stays text and the glyphs used are embedded.
//!
//! Written by pdf-writer and subsetter, three crates in all; krilla and svg2pdf, which are built on
//! them, take ten times as many.

use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect as Box, Ref, Str, TextStr};
use plotters::style::RGBColor;

use super::pdf_font::Fonts;
use super::pdf_object::{Refs, deflate};
use super::shapes::{Align, DENSITY, Paint, Rect, Shape, Sheet, Text, span};
use super::text;
use crate::error::Result;

/// Points of 1/72 inch in a nominal pixel of 1/96 inch.
const POINT: f32 = 0.75;

/// The content of a PDF file; `alt` is its title.
pub fn write(sheet: &Sheet, alt: &str) -> Result<Vec<u8>> {
    let mut page = Page::new(sheet);
    sheet.shapes.iter().for_each(|shape| page.shape(shape));
    page.finish(alt)
}

struct Page<'a> {
    sheet: &'a Sheet,
    content: Content,
    fonts: Fonts,
    /// Opacities in thousandths; each becomes a graphics state.
    opacities: Vec<u16>,
    opacity: u16,
    images: Vec<(u32, u32, &'a [u8])>,
}

impl<'a> Page<'a> {
    fn new(sheet: &'a Sheet) -> Self {
        let mut content = Content::new();
        // Nominal pixels with y downwards, as the shapes have them.
        content.transform([POINT, 0.0, 0.0, -POINT, 0.0, sheet.size().1 as f32 * POINT]);
        content.set_line_cap(LineCapStyle::RoundCap).set_line_join(LineJoinStyle::RoundJoin);
        let (fonts, opacities, images) = (Fonts::default(), Vec::new(), Vec::new());
        Page { sheet, content, fonts, opacities, opacity: 1000, images }
    }

    fn shape(&mut self, shape: &'a Shape) {
        match shape {
            Shape::Rect(rect, paint) => self.rect(*rect, *paint),
            Shape::Line { points, width, dash, paint } => {
                for run in points.split(|p| !near(*p)).filter(|run| !run.is_empty()) {
                    self.line(run, *width as f32, *dash, *paint);
                }
            }
            Shape::Area(points, paint) => {
                if points.len() > 2 && points.iter().all(|p| near(*p)) {
                    self.fill(*paint);
                    self.path(points);
                    self.content.close_path().fill_nonzero();
                }
            }
            Shape::Text(text) => self.text(text),
            Shape::Image { place, width, height, rgb } => {
                let name = format!("I{}", self.images.len());
                self.images.push((*width, *height, rgb));
                let [x, y] = [place.x0, place.y1].map(|v| v as f32);
                let [w, h] = [place.width(), place.height()].map(|v| v as f32);
                self.state(1.0);
                self.content.save_state();
                // An image has its own y upwards.
                self.content.transform([w, 0.0, 0.0, -h, x, y]);
                self.content.x_object(Name(name.as_bytes()));
                self.content.restore_state();
            }
        }
    }

    /// Sets the opacity, which in PDF is a named graphics state of the page.
    fn state(&mut self, alpha: f64) {
        let opacity = (alpha * 1000.0).round() as u16;
        if opacity != self.opacity {
            self.opacity = opacity;
            if !self.opacities.contains(&opacity) {
                self.opacities.push(opacity);
            }
            self.content.set_parameters(Name(format!("O{opacity}").as_bytes()));
        }
    }

    fn fill(&mut self, paint: Paint) {
        self.state(paint.alpha);
        let [r, g, b] = shares(paint.color);
        self.content.set_fill_rgb(r, g, b);
    }

    fn path(&mut self, points: &[(f64, f64)]) {
        for (i, (x, y)) in points.iter().enumerate() {
            match i {
                0 => self.content.move_to(*x as f32, *y as f32),
                _ => self.content.line_to(*x as f32, *y as f32),
            };
        }
    }

    fn rect(&mut self, rect: Rect, paint: Paint) {
        let (x0, x1) = span(rect.x0, rect.x1, self.sheet.width);
        let (y0, y1) = span(rect.y0, rect.y1, self.sheet.height);
        if x0 < x1 && y0 < y1 {
            self.fill(paint);
            let [x, y, w, h] = [x0, y0, x1 - x0, y1 - y0].map(|v| v as f32 / DENSITY as f32);
            self.content.rect(x, y, w, h).fill_nonzero();
        }
    }

    fn line(&mut self, points: &[(f64, f64)], width: f32, dash: Option<(f64, f64)>, paint: Paint) {
        self.state(paint.alpha);
        let [r, g, b] = shares(paint.color);
        self.content.set_stroke_rgb(r, g, b);
        self.content.set_line_width(width.max(1.0 / DENSITY as f32));
        match dash {
            Some((on, off)) => self.content.set_dash_pattern([on as f32, off as f32], 0.0),
            None => self.content.set_dash_pattern([], 0.0),
        };
        // A line back to its start has round ends, which makes a dot.
        self.path(if points.len() == 1 { &[] } else { points });
        if let [dot] = points {
            self.path(&[*dot, *dot]);
        }
        self.content.stroke();
    }

    fn text(&mut self, text: &Text) {
        if !near(text.at) || text.words.trim().is_empty() {
            return;
        }
        let (placed, width) = text::layout(&text.words, text.size);
        let back = match text.align {
            Align::Left => 0.0,
            Align::Middle => width / 2.0,
            Align::Right => width,
        };
        let (along, down) = text.turn.ways();
        let drop = text::CAP_HEIGHT * text.size / 2.0;
        let at = |x: f64| {
            let x = x - back;
            let place = |at: f64, along: f64, down: f64| (at + x * along + drop * down) as f32;
            (place(text.at.0, along.0, down.0), place(text.at.1, along.1, down.1))
        };
        self.fill(text.paint);
        // What is found and copied, where the glyphs do not tell it: boxes for missing letters, joined
        // letters, and those that stand from right to left.
        let told = placed.iter().map(|p| p.letter).eq(text.words.chars())
            && placed.iter().all(|p| p.glyph.0 != 0);
        if !told {
            let mut mark = self.content.begin_marked_content_with_properties(Name(b"Span"));
            mark.properties().actual_text(TextStr(&text.words));
        }
        self.content.begin_text();
        for run in placed.chunk_by(|a, b| std::ptr::eq(a.face, b.face)) {
            let font = self.fonts.name(run[0].face);
            self.content.set_font(Name(font.as_bytes()), text.size as f32);
            let (x, y) = at(run[0].x);
            let [ax, ay, dx, dy] = [along.0, along.1, down.0, down.1].map(|v| v as f32);
            // A font has its own y upwards.
            self.content.set_text_matrix([ax, ay, -dx, -dy, x, y]);
            let mut positioned = self.content.show_positioned();
            let mut items = positioned.items();
            let mut next = run[0].x;
            for letter in run {
                // In thousandths of an em; positive values move back.
                let aside = (next - letter.x) / text.size * 1000.0;
                if aside.abs() > 0.5 {
                    items.adjust(aside as f32);
                }
                let (glyph, advance) = self.fonts.glyph(letter);
                items.show(Str(&glyph.to_be_bytes()));
                next = letter.x + advance * text.size;
            }
        }
        self.content.end_text();
        if !told {
            self.content.end_marked_content();
        }
    }

    fn finish(self, alt: &str) -> Result<Vec<u8>> {
        let mut refs = Refs::default();
        let [catalog, pages, page, content, info] = [(); 5].map(|()| refs.next());
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(pages);
        pdf.pages(pages).kids([page]).count(1);
        pdf.document_info(info).title(TextStr(alt)).producer(TextStr("dfdx-lab"));
        let fonts = self.fonts.write(&mut pdf, &mut refs)?;
        let images: Vec<Ref> = self
            .images
            .iter()
            .map(|(width, height, rgb)| {
                let id = refs.next();
                let packed = deflate(rgb);
                let mut image = pdf.image_xobject(id, &packed);
                image.filter(Filter::FlateDecode);
                image.width(*width as i32).height(*height as i32).bits_per_component(8);
                image.color_space().device_rgb();
                id
            })
            .collect();
        let mut sheet = pdf.page(page);
        let (width, height) = self.sheet.size();
        sheet.media_box(Box::new(0.0, 0.0, width as f32 * POINT, height as f32 * POINT));
        sheet.parent(pages).contents(content);
        let mut resources = sheet.resources();
        let mut named = resources.fonts();
        for (name, id) in &fonts {
            named.pair(Name(name.as_bytes()), *id);
        }
        named.finish();
        let mut named = resources.x_objects();
        for (i, id) in images.iter().enumerate() {
            named.pair(Name(format!("I{i}").as_bytes()), *id);
        }
        named.finish();
        let mut states = resources.ext_g_states();
        for opacity in self.opacities {
            let alpha = f32::from(opacity) / 1000.0;
            let name = format!("O{opacity}");
            let mut state = states
                .insert(Name(name.as_bytes()))
                .start::<pdf_writer::writers::ExtGraphicsState<'_>>();
            state.stroking_alpha(alpha).non_stroking_alpha(alpha);
        }
        states.finish();
        resources.finish();
        sheet.finish();
        let packed = deflate(&self.content.finish());
        pdf.stream(content, &packed).filter(Filter::FlateDecode);
        Ok(pdf.finish())
    }
}

/// Whether a point lies on the sheet or near it, the same bound as for the bitmap.
fn near((x, y): (f64, f64)) -> bool {
    x.abs() < 5e5 && y.abs() < 5e5
}

fn shares(RGBColor(r, g, b): RGBColor) -> [f32; 3] {
    [r, g, b].map(|v| f32::from(v) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::draw::shapes::Fidelity;
    use crate::plot::draw::shapes::Turn;
    use crate::plot::draw::style::INK;

    #[test]
    fn a_page_has_its_size_its_text_and_its_pictures() {
        let paint = Paint::new(INK, 0.25);
        let (words, at) = ("Áé −1".to_string(), (9.0, 9.0));
        let text = Text { words, at, size: 11.0, align: Align::Right, turn: Turn::Up, paint };
        let place = Rect::new(1.0, 1.0, 5.0, 5.0);
        let shapes = vec![
            Shape::Rect(place, paint),
            Shape::Line { points: vec![(1.0, 2.0)], width: 3.0, dash: None, paint },
            Shape::Area(vec![(1.0, 2.0), (4.0, 4.0), (9.0, 1.0)], paint),
            Shape::Text(text),
            Shape::Image { place, width: 1, height: 2, rgb: vec![7; 6] },
        ];
        let sheet = Sheet { width: 200, height: 101, shapes, fidelity: Fidelity::Drawing };
        let pdf = write(&sheet, "a (picture) é").unwrap();
        let holds = |words: &str| pdf.windows(words.len()).any(|w| w == words.as_bytes());
        assert!(pdf.starts_with(b"%PDF-1.") && pdf.ends_with(b"%%EOF"));
        for words in [
            "/MediaBox [0 0 75 37.875]",
            "/FontFile2",
            "/ToUnicode",
            "/Subtype /Image",
            "/ca 0.25",
            "/O250",
        ] {
            assert!(holds(words), "{words}");
        }
        assert!(pdf.len() < 20_000, "{} bytes: the whole font is in it", pdf.len());
    }

    /// Boxes in the place of letters, joined letters and those from right to left do not tell what the
    /// text is.
    #[test]
    fn a_text_is_found_as_it_was_given() {
        let paint = Paint::new(INK, 1.0);
        let page = |words: &str| {
            let words = words.to_string();
            let at = (9.0, 9.0);
            let text = Text { words, at, size: 11.0, align: Align::Left, turn: Turn::Level, paint };
            let shapes = vec![Shape::Text(text)];
            let sheet = Sheet { width: 200, height: 101, shapes, fidelity: Fidelity::Drawing };
            let mut page = Page::new(&sheet);
            sheet.shapes.iter().for_each(|shape| page.shape(shape));
            page.content.finish().to_vec()
        };
        let tells = |words: &str| page(words).windows(10).any(|w| w == b"ActualText");
        assert!(!tells("Plain é −1"));
        // Of a private use area: no font has it.
        for words in ["a \u{f8ff} b", "e\u{301}", "\u{633}\u{644}\u{627}\u{645}"] {
            assert!(tells(words), "{words:?}");
        }
    }
}
