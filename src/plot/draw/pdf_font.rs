//! Fonts embedded in a PDF: the glyphs used, their widths, and the letters they stand for.

use std::collections::BTreeMap;

use ab_glyph::{Font as _, GlyphId};
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish as _, Name, Pdf, Rect, Ref, Str};
use subsetter::GlyphRemapper;

use super::font::Face;
use super::pdf_object::{Refs, deflate};
use super::text::{CAP_HEIGHT, Placed};
use crate::error::{Error, Result};

const IDENTITY: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// One font of a page.
struct Used {
    face: &'static Face,
    /// Glyphs get new numbers without gaps.
    numbers: GlyphRemapper,
    /// For each new number, the glyph and a letter that it stands for.
    letters: BTreeMap<u16, (GlyphId, char)>,
}

/// The fonts of a page.
#[derive(Default)]
pub struct Fonts(Vec<Used>);

impl Fonts {
    /// The name that the page calls a font by.
    pub fn name(&mut self, face: &'static Face) -> String {
        format!("F{}", self.place(face))
    }

    fn place(&mut self, face: &'static Face) -> usize {
        if let Some(place) = self.0.iter().position(|used| std::ptr::eq(used.face, face)) {
            return place;
        }
        let (numbers, letters) = (GlyphRemapper::new(), BTreeMap::new());
        self.0.push(Used { face, numbers, letters });
        self.0.len() - 1
    }

    /// The number of a glyph in its font, and how far it advances, in ems.
    pub fn glyph(&mut self, placed: &Placed) -> (u16, f64) {
        let place = self.place(placed.face);
        let used = &mut self.0[place];
        let number = used.numbers.remap(placed.glyph.0);
        // The box for letters that the font lacks is none of them.
        let letter = if placed.glyph.0 == 0 { char::REPLACEMENT_CHARACTER } else { placed.letter };
        used.letters.entry(number).or_insert((placed.glyph, letter));
        (number, advance(placed.face, placed.glyph))
    }

    /// Writes all fonts; returns their names and object numbers.
    pub fn write(&self, pdf: &mut Pdf, refs: &mut Refs) -> Result<Vec<(String, Ref)>> {
        let mut named = Vec::new();
        for (i, used) in self.0.iter().enumerate() {
            named.push((format!("F{i}"), used.write(pdf, refs)?));
        }
        Ok(named)
    }
}

fn em(face: &Face) -> f64 {
    f64::from(face.font.units_per_em().unwrap_or(1000.0))
}

fn advance(face: &Face, glyph: GlyphId) -> f64 {
    f64::from(face.font.h_advance_unscaled(glyph)) / em(face)
}

impl Used {
    fn write(&self, pdf: &mut Pdf, refs: &mut Refs) -> Result<Ref> {
        let failed = |e| Error::Plot(format!("the font {} is not usable: {e}", self.face.name));
        let file =
            subsetter::subset(self.face.data, self.face.index, &self.numbers).map_err(failed)?;
        // OpenType with PostScript outlines.
        let cff = file.starts_with(b"OTTO");
        let [font, descendant, descriptor, data, unicode] = [(); 5].map(|()| refs.next());
        // A subset's name begins with six capitals of its own.
        let name = format!("SUBSET+{}", self.face.name.replace([' ', '/', '(', ')', '#'], ""));
        let name = Name(name.as_bytes());

        pdf.type0_font(font)
            .base_font(name)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(descendant)
            .to_unicode(unicode);
        let mut cid = pdf.cid_font(descendant);
        cid.subtype(if cff { CidFontType::Type0 } else { CidFontType::Type2 });
        cid.base_font(name).system_info(IDENTITY).font_descriptor(descriptor).default_width(0.0);
        if !cff {
            cid.cid_to_gid_map_predefined(Name(b"Identity"));
        }
        let mut widths = cid.widths();
        for (number, (glyph, _)) in &self.letters {
            widths.consecutive(*number, [(1000.0 * advance(self.face, *glyph)) as f32]);
        }
        widths.finish();
        cid.finish();

        let per_em = |v: f32| (1000.0 * f64::from(v) / em(self.face)) as f32;
        let (up, down) =
            (per_em(self.face.font.ascent_unscaled()), per_em(self.face.font.descent_unscaled()));
        let mut described = pdf.font_descriptor(descriptor);
        described.name(name).flags(FontFlags::NON_SYMBOLIC);
        described.bbox(Rect::new(-1000.0, down, 2000.0, up)).italic_angle(0.0);
        described.ascent(up).descent(down).cap_height(1000.0 * CAP_HEIGHT as f32).stem_v(80.0);
        match cff {
            true => described.font_file3(data),
            false => described.font_file2(data),
        };
        described.finish();

        let packed = deflate(&file);
        let mut stream = pdf.stream(data, &packed);
        stream.filter(Filter::FlateDecode);
        if cff {
            stream.pair(Name(b"Subtype"), Name(b"OpenType"));
        }
        stream.finish();
        let mut letters = UnicodeCmap::new(Name(b"Letters"), IDENTITY);
        for (number, (_, letter)) in &self.letters {
            letters.pair(*number, *letter);
        }
        pdf.cmap(unicode, &letters.finish());
        Ok(font)
    }
}
