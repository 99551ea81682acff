//! Right-to-left texts in visual order, with Arabic letters joined.
//!
//! A letter's form follows from its neighbours (The Unicode Standard, section 9.2); each form has a
//! character of its own in the blocks of presentation forms, which the embedded font has. That is
//! enough for labels, and saves a shaping engine.

use unicode_bidi::BidiInfo;
use unicode_normalization::char::is_combining_mark;

/// Letters in the order of their forms from U+FE80 on, with the number of forms: two (isolated,
/// final), four (also initial and medial), or one for the first letter.
const LETTERS: [(char, u32); 36] = [
    ('ء', 1),
    ('آ', 2),
    ('أ', 2),
    ('ؤ', 2),
    ('إ', 2),
    ('ئ', 4),
    ('ا', 2),
    ('ب', 4),
    ('ة', 2),
    ('ت', 4),
    ('ث', 4),
    ('ج', 4),
    ('ح', 4),
    ('خ', 4),
    ('د', 2),
    ('ذ', 2),
    ('ر', 2),
    ('ز', 2),
    ('س', 4),
    ('ش', 4),
    ('ص', 4),
    ('ض', 4),
    ('ط', 4),
    ('ظ', 4),
    ('ع', 4),
    ('غ', 4),
    ('ف', 4),
    ('ق', 4),
    ('ك', 4),
    ('ل', 4),
    ('م', 4),
    ('ن', 4),
    ('ه', 4),
    ('و', 2),
    ('ى', 2),
    ('ي', 4),
];
const FIRST: u32 = 0xfe80;

/// Persian letters, with the first of their forms.
const PERSIAN: [(char, u32, u32); 6] = [
    ('پ', 0xfb56, 4),
    ('چ', 0xfb7a, 4),
    ('ژ', 0xfb8a, 2),
    ('ک', 0xfb8e, 4),
    ('گ', 0xfb92, 4),
    ('ی', 0xfbfc, 4),
];

/// The first form of a letter, and how many it has.
fn forms(letter: char) -> Option<(u32, u32)> {
    let mut first = FIRST;
    for (other, count) in LETTERS {
        if other == letter {
            return Some((first, count));
        }
        first += count;
    }
    PERSIAN.iter().find(|p| p.0 == letter).map(|p| (p.1, p.2))
}

/// Whether a letter joins the one after it.
fn joins_next(letter: char) -> bool {
    letter == 'ـ' || forms(letter).is_some_and(|(_, count)| count == 4)
}

/// Whether a letter joins the one before it.
fn joins_previous(letter: char) -> bool {
    letter == 'ـ' || forms(letter).is_some_and(|(_, count)| count > 1)
}

/// Vowels and other marks over and under letters; letters join across them.
fn mark(c: char) -> bool {
    matches!(c, '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}')
}

/// The text with each Arabic letter in its presentation form.
fn joined(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let before = |i: usize| letters[..i].iter().rev().copied().find(|c| !mark(*c));
    let after = |i: usize| letters[i + 1..].iter().copied().find(|c| !mark(*c));
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < letters.len() {
        let letter = letters[i];
        let previous = before(i).is_some_and(joins_next);
        // Lam and alef are one ligature.
        let pair =
            letters.get(i + 1).and_then(|next| "آأإا".chars().position(|alef| alef == *next));
        let code = match (letter, pair, forms(letter)) {
            ('ل', Some(alef), _) => {
                i += 1;
                Some(0xfef5 + 2 * alef as u32 + u32::from(previous))
            }
            (_, _, Some((first, count))) => {
                let next = count == 4 && after(i).is_some_and(joins_previous);
                let previous = count > 1 && previous;
                Some(first + u32::from(previous) + 2 * u32::from(next))
            }
            _ => None,
        };
        out.push(code.and_then(char::from_u32).unwrap_or(letter));
        i += 1;
    }
    out
}

/// The text in visual order, its letters from left to right.
pub fn seen(text: &str) -> String {
    // Letters of right-to-left scripts and their forms begin here; most texts have none.
    if !text.chars().any(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fefc}')) {
        return text.to_string();
    }
    let text = joined(text);
    let info = BidiInfo::new(&text, None);
    let mut out = String::with_capacity(text.len());
    for line in &info.paragraphs {
        let (levels, runs) = info.visual_runs(line, line.range.clone());
        for run in runs {
            match levels[run.start].is_rtl() {
                true => out += &backwards(&text[run]),
                false => out += &text[run],
            }
        }
    }
    out
}

/// The text reversed, with each mark still after its letter and brackets mirrored.
fn backwards(text: &str) -> String {
    let mut letters: Vec<String> = Vec::new();
    for c in text.chars() {
        match letters.last_mut() {
            Some(letter) if is_combining_mark(c) => letter.push(c),
            _ => letters.push(mirrored(c).to_string()),
        }
    }
    letters.into_iter().rev().collect()
}

fn mirrored(c: char) -> char {
    const PAIRS: [(char, char); 6] =
        [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>'), ('«', '»'), ('≤', '≥')];
    let other = |&(a, b): &(char, char)| match c {
        c if c == a => Some(b),
        c if c == b => Some(a),
        _ => None,
    };
    PAIRS.iter().find_map(other).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arabic_letters_are_joined_and_run_to_the_left() {
        // Beh isolated, initial, medial and final.
        assert_eq!(seen("ب"), "\u{fe8f}");
        assert_eq!(seen("ببب"), "\u{fe90}\u{fe92}\u{fe91}");
        // Dal joins only the letter before it; lam and alef are a ligature; letters join across
        // vowels.
        assert_eq!(joined("دب"), "\u{fea9}\u{fe8f}");
        assert_eq!(joined("لا"), "\u{fefb}");
        assert_eq!(joined("سلام"), "\u{feb3}\u{fefc}\u{fee1}");
        assert_eq!(joined("بَب"), "\u{fe91}\u{64e}\u{fe90}");
        assert_eq!(seen("بَب"), "\u{fe90}\u{fe91}\u{64e}");
        assert_eq!(joined("گل"), "\u{fb94}\u{fede}");
        assert_eq!(forms('ي'), Some((0xfef1, 4)));
    }

    #[test]
    fn hebrew_runs_to_the_left_and_numbers_in_it_to_the_right() {
        assert_eq!(seen("שלום"), "םולש");
        assert_eq!(seen("REM 12"), "REM 12");
        assert_eq!(seen("שלב 12"), "12 בלש");
        assert_eq!(seen("(שלב)"), "(בלש)");
        assert_eq!(seen(""), "");
    }
}
