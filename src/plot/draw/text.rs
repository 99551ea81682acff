//! Text: measured, shortened, and painted at fractions of a pixel.
//!
//! Glyphs are drawn here, because plotters leaves out their side bearings and rounds their
//! positions, which makes small text uneven.

use ab_glyph::{Font, GlyphId, PxScale, ScaleFont, point};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::arabic;
use super::font::{self, Face, unseen};

/// Height of a capital letter, in ems of the embedded font.
pub const CAP_HEIGHT: f64 = 0.729;

/// Whether the embedded font can be read.
pub fn available() -> bool {
    font::embedded().is_some()
}

/// A text ready to draw: on one line, with letters and accents composed where possible (Unicode
/// NFC), because fonts have the composed letters.
pub fn clean(text: &str) -> String {
    // Characters that XML does not allow become spaces.
    let no_letter = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    text.nfc().map(|c| if no_letter(c) { ' ' } else { c }).collect()
}

/// A letter in its place on a line.
pub struct Placed {
    pub face: &'static Face,
    pub glyph: GlyphId,
    pub letter: char,
    pub x: f64,
}

/// The scale at which a font has this many pixels an em.
fn scale(face: &Face, size: f64) -> PxScale {
    let em = face.font.units_per_em().unwrap_or(2048.0);
    PxScale::from(size as f32 * face.font.height_unscaled() / em)
}

/// Every letter with its position, and the total width. A letter that no font has is a box.
pub fn layout(text: &str, size: f64) -> (Vec<Placed>, f64) {
    let Some(embedded) = font::embedded() else { return (Vec::new(), 0.0) };
    let mut placed: Vec<Placed> = Vec::with_capacity(text.len());
    let mut x = 0.0;
    for letter in arabic::seen(&clean(text)).chars().filter(|c| !unseen(*c)) {
        let face = font::of(letter).unwrap_or(embedded);
        let glyph = face.font.glyph_id(letter);
        let scaled = face.font.as_scaled(scale(face, size));
        if let Some(before) = placed.last().filter(|before| std::ptr::eq(before.face, face)) {
            x += f64::from(scaled.kern(before.glyph, glyph));
        }
        placed.push(Placed { face, glyph, letter, x });
        x += f64::from(scaled.h_advance(glyph));
    }
    (placed, x)
}

/// The width of a line of text in pixels, at this many pixels an em.
pub fn width(text: &str, size: f64) -> f64 {
    layout(text, size).1
}

/// Calls `paint(x, y, coverage)` for the pixels of a line of text whose baseline begins at
/// (`left`, 0); y grows downwards.
pub fn draw(text: &str, size: f64, left: f64, mut paint: impl FnMut(i32, i32, f32)) {
    for placed in layout(text, size).0 {
        let face = placed.face;
        let at = point((placed.x + left) as f32, 0.0);
        let glyph = placed.glyph.with_scale_and_position(scale(face, size), at);
        if let Some(outline) = face.font.outline_glyph(glyph) {
            let corner = outline.px_bounds().min;
            outline.draw(|x, y, coverage| {
                paint(corner.x as i32 + x as i32, corner.y as i32 + y as i32, coverage);
            });
        }
    }
}

/// The text, its middle replaced by an ellipsis if it is wider than `room`: names that differ only
/// at their beginning or end stay distinct.
pub fn shorten(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_string();
    }
    // A letter and its accents stay together.
    let mut letters: Vec<String> = Vec::new();
    for c in clean(text).chars() {
        match letters.last_mut() {
            Some(letter) if is_combining_mark(c) || unseen(c) => letter.push(c),
            _ => letters.push(c.to_string()),
        }
    }
    let cut = |n: usize| -> String {
        let (head, tail) = (&letters[..n.div_ceil(2)], &letters[letters.len() - n / 2..]);
        format!("{}…{}", head.concat(), tail.concat())
    };
    // Bisection for the most letters that fit.
    let (mut fits, mut too_many) = (0, letters.len());
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
    fn letters_and_their_accents_are_one() {
        // e with an acute accent, and x with a circumflex, which has no composed letter.
        let (apart, together) = ("cafe\u{301}", "café");
        assert_eq!(clean(apart), together);
        assert_eq!(width(apart, 12.0), width(together, 12.0));
        assert_eq!(width("x\u{302}", 12.0), width("x", 12.0));
        let short = shorten(&"x\u{302}".repeat(20), 12.0, 50.0);
        assert_eq!(short.matches('x').count(), short.matches('\u{302}').count(), "{short}");
        assert_eq!(width("a\u{200d}\u{fe0f}b", 12.0), width("ab", 12.0));
        assert_eq!(clean("two\nlines\u{0}"), "two lines ");
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
