//! The embedded font, and system fonts for letters that it lacks.

use std::collections::{BTreeSet, HashMap};
use std::sync::{LazyLock, Mutex, PoisonError};

use ab_glyph::{Font, FontRef};
use fontdb::{Database, Style};

/// Latin, Greek, Cyrillic, Hebrew, Arabic and the symbols that plots use; its licence lies beside
/// it.
pub const EMBEDDED: &[u8] = include_bytes!("../font/DejaVuSans-subset.ttf");

/// A font that letters are taken from; kept until the program ends.
pub struct Face {
    pub font: FontRef<'static>,
    /// The content of its file, which may hold several fonts, and the index of this one.
    pub data: &'static [u8],
    pub index: u32,
    /// Its PostScript name.
    pub name: String,
}

impl Face {
    fn new(data: &'static [u8], index: u32, name: &str) -> Option<Face> {
        let font = FontRef::try_from_slice_and_index(data, index).ok()?;
        Some(Face { font, data, index, name: name.to_string() })
    }

    pub fn has(&self, letter: char) -> bool {
        has(&self.font, letter)
    }
}

/// Whether a font has an outline for a letter; letters without one, such as emoji bitmaps, cannot
/// be painted.
fn has(font: &FontRef<'_>, letter: char) -> bool {
    let glyph = font.glyph_id(letter);
    glyph.0 != 0 && (letter.is_whitespace() || font.outline(glyph).is_some())
}

/// The embedded font; `None` only if it was damaged when the library was built.
pub fn embedded() -> Option<&'static Face> {
    static FACE: LazyLock<Option<Face>> = LazyLock::new(|| Face::new(EMBEDDED, 0, "DejaVuSans"));
    FACE.as_ref()
}

/// The font that has this letter: the embedded one, else one of the system's.
pub fn of(letter: char) -> Option<&'static Face> {
    static SYSTEM: LazyLock<Mutex<Others>> = LazyLock::new(|| {
        let mut database = Database::new();
        database.load_system_fonts();
        Mutex::new(Others::new(database))
    });
    match embedded() {
        Some(face) if face.has(letter) => Some(face),
        _ => SYSTEM.lock().unwrap_or_else(PoisonError::into_inner).of(letter),
    }
}

/// System fonts that are searched when a letter is missing.
struct Others {
    database: Database,
    /// In the order of the search.
    order: Vec<fontdb::ID>,
    loaded: Vec<&'static Face>,
    known: HashMap<char, Option<&'static Face>>,
}

impl Others {
    fn new(database: Database) -> Others {
        let plain = |face: &&fontdb::FaceInfo| {
            let family = face.families.first().map_or("", |(name, _)| name.as_str());
            // Upright, regular, sans-serif fonts come first, as the embedded font is one.
            let serif = family.contains("Serif") || face.monospaced;
            let weight = face.weight.0.abs_diff(400);
            (face.style != Style::Normal, serif, weight, family.to_string(), face.index)
        };
        // Fonts that show every letter as a box.
        let boxes = |face: &&fontdb::FaceInfo| face.post_script_name.contains("LastResort");
        let mut faces: Vec<_> = database.faces().filter(|face| !boxes(face)).collect();
        faces.sort_by_cached_key(plain);
        let order = faces.into_iter().map(|face| face.id).collect();
        Others { database, order, loaded: Vec::new(), known: HashMap::new() }
    }

    fn of(&mut self, letter: char) -> Option<&'static Face> {
        if let Some(known) = self.known.get(&letter) {
            return *known;
        }
        let loaded = self.loaded.iter().copied().find(|face| face.has(letter));
        let found = loaded.or_else(|| self.load(letter));
        self.known.insert(letter, found);
        found
    }

    fn load(&mut self, letter: char) -> Option<&'static Face> {
        let look = |data: &[u8], index: u32| -> Option<Vec<u8>> {
            let font = FontRef::try_from_slice_and_index(data, index).ok()?;
            has(&font, letter).then(|| data.to_vec())
        };
        for id in &self.order {
            let info = self.database.face(*id)?;
            if let Some(Some(data)) = self.database.with_face_data(*id, look) {
                // Leaked at most once for each of a few fonts.
                let face = Face::new(data.leak(), info.index, &info.post_script_name)?;
                let face: &'static Face = Box::leak(Box::new(face));
                self.loaded.push(face);
                return Some(face);
            }
        }
        None
    }
}

/// Prints, once for each letter, which letters of these texts no font has.
pub fn tell_missing<'a>(texts: impl Iterator<Item = &'a str>) {
    static TOLD: Mutex<BTreeSet<char>> = Mutex::new(BTreeSet::new());
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let missing: BTreeSet<char> = texts
        .flat_map(str::chars)
        .filter(|c| !told.contains(c) && !unseen(*c))
        .filter(|c| of(*c).is_none() || needs_shaping(*c))
        .collect();
    if !missing.is_empty() {
        crate::live::print(&format!("{}\n", notice(&missing)));
        told.extend(missing);
    }
}

/// Scripts of India, Tibet, Myanmar and Cambodia, whose letters are combined by rules in their
/// fonts.
fn needs_shaping(letter: char) -> bool {
    matches!(letter, '\u{900}'..='\u{dff}' | '\u{f00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

fn notice(missing: &BTreeSet<char>) -> String {
    const SHOWN: usize = 12;
    let letters: Vec<String> = missing.iter().take(SHOWN).map(char::to_string).collect();
    let more = match missing.len().saturating_sub(SHOWN) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!(
        "Plots: {}{more} cannot be drawn as they should be, because no font on this machine has \
         them (then a box stands for each; install one, such as Noto Sans, and start the kernel \
         anew) or their script joins letters in ways that are not known here. As SVG, \
         plot::format(Svg), the browser draws them.",
        letters.join(" ")
    )
}

/// Whether a character is invisible and only changes others: joiners, direction marks, variation
/// selectors.
pub fn unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_font_has_latin_greek_cyrillic_and_the_signs_of_plots() {
        let face = embedded().unwrap();
        let alphabets =
            ["שלום", "سلامﺳﻼﭖ", "aZ09éßŁőșẼ", "αΩώᾳ", "яЖўӘ", "−×±≤≈∞√∑⁻⁹₂…–“”€°µ→▲●★✓½∂"];
        for letter in alphabets.concat().chars() {
            assert!(face.has(letter), "{letter}");
        }
        assert!(!face.has('漢'));
        let missing = face.font.glyph_id('漢');
        assert!(face.font.outline(missing).is_some(), "nothing stands for what is missing");
    }

    #[test]
    fn a_letter_comes_from_the_first_font_that_has_it() {
        let mut database = Database::new();
        database.load_font_data(EMBEDDED.to_vec());
        let mut others = Others::new(database);
        assert!(others.of('漢').is_none() && others.loaded.is_empty());
        let face = others.of('ж').unwrap();
        assert!(face.has('ж') && face.index == 0);
        assert!(std::ptr::eq(face, others.of('Ж').unwrap()));
        assert_eq!(others.loaded.len(), 1);
    }

    #[test]
    fn the_notice_names_the_letters() {
        let letters = "漢字🙂".chars().collect();
        assert!(notice(&letters).contains("字 漢 🙂 cannot be drawn"), "{}", notice(&letters));
        let many = ('\u{4e00}'..'\u{4e20}').collect();
        assert!(notice(&many).contains("and 20 more"), "{}", notice(&many));
    }
}
