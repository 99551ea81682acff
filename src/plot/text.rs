//! Text by the embedded font, placed to a fraction of a pixel.
//!
//! plotters' own text drawing leaves out a glyph's side bearing and rounds its place, which makes
//! small text uneven, so glyphs are drawn here.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, GlyphId, PxScale, ScaleFont, point};

static FONT: LazyLock<Option<FontRef<'static>>> =
    LazyLock::new(|| FontRef::try_from_slice(include_bytes!("font/DejaVuSans-subset.ttf")).ok());

/// Height of a capital letter, in ems of the embedded font.
pub(super) const CAP_HEIGHT: f64 = 0.729;

/// Whether the embedded font was understood.
pub(super) fn available() -> bool {
    FONT.is_some()
}

/// Every character with something to draw, and where it begins; then the whole width.
fn layout(font: &FontRef<'static>, text: &str, size: f64) -> (Vec<Glyph>, f32) {
    let em = font.units_per_em().unwrap_or(2048.0);
    let scale = PxScale::from(size as f32 * font.height_unscaled() / em);
    let scaled = font.as_scaled(scale);
    let mut glyphs = Vec::with_capacity(text.len());
    let mut x = 0.0;
    let mut before: Option<GlyphId> = None;
    for c in text.chars() {
        let id = font.glyph_id(if c.is_control() { ' ' } else { c });
        if let Some(before) = before {
            x += scaled.kern(before, id);
        }
        glyphs.push(id.with_scale_and_position(scale, point(x, 0.0)));
        x += scaled.h_advance(id);
        before = Some(id);
    }
    (glyphs, x)
}

/// The width of a line of text in pixels, at this many pixels an em.
pub(super) fn width(text: &str, size: f64) -> f64 {
    FONT.as_ref().map_or(0.0, |font| f64::from(layout(font, text, size).1))
}

/// Calls `paint(x, y, coverage)` for the pixels of a line of text whose baseline begins at
/// (`left`, 0); y grows downwards.
pub(super) fn draw(text: &str, size: f64, left: f64, mut paint: impl FnMut(i32, i32, f32)) {
    let Some(font) = FONT.as_ref() else { return };
    for mut glyph in layout(font, text, size).0 {
        glyph.position.x += left as f32;
        if let Some(outline) = font.outline_glyph(glyph) {
            let corner = outline.px_bounds().min;
            outline.draw(|x, y, coverage| {
                paint(corner.x as i32 + x as i32, corner.y as i32 + y as i32, coverage);
            });
        }
    }
}

/// The text, its middle replaced by an ellipsis where it is wider than `room`: names that differ
/// only in their beginning or only in their end stay apart.
pub(super) fn shorten(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_string();
    }
    let chars: Vec<char> = text.chars().collect();
    let cut = |n: usize| -> String {
        let (head, tail) = (&chars[..n.div_ceil(2)], &chars[chars.len() - n / 2..]);
        head.iter().chain(['…'].iter()).chain(tail).collect()
    };
    // The most characters that fit; widths grow with their number.
    let (mut fits, mut too_many) = (0, chars.len());
    while fits + 1 < too_many {
        let middle = (fits + too_many) / 2;
        if width(&cut(middle), size) <= room {
            fits = middle;
        } else {
            too_many = middle;
        }
    }
    cut(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_measured_and_shortened() {
        assert!(available());
        assert_eq!(width("", 12.0), 0.0);
        let long = "a rather long name of a class";
        let short = shorten(long, 12.0, 60.0);
        let (head, tail) = short.split_once('…').unwrap();
        assert!(long.starts_with(head) && long.ends_with(tail), "{short}");
        assert!(width(&short, 12.0) <= 60.0 && width(&short, 12.0) > 40.0);
        assert_eq!(shorten("awake", 12.0, 60.0), "awake");
        assert_eq!(shorten("awake", 12.0, 0.0), "…");
    }

    #[test]
    fn capitals_stand_as_high_as_stated() {
        let (mut top, mut bottom) = (0, i32::MIN);
        draw("H", 1000.0, 0.0, |_, y, c| {
            if c > 0.5 {
                top = top.min(y);
                bottom = bottom.max(y);
            }
        });
        assert_eq!((top, bottom), ((-1000.0 * CAP_HEIGHT) as i32, -1));
    }
}
