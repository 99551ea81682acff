//! Short forms of long values, such as a list of a million numbers.

use std::fmt::{self, Debug, Write};

/// Longer lists are shortened to their first and last elements.
pub(super) const MOST: usize = 1000;
/// Elements shown at each end of a shortened list.
pub(super) const END: usize = 100;
/// Longest text in bytes of a value without elements, such as a struct of structs.
const MOST_TEXT: usize = 20_000;

/// `[first, second, … last] (1000000 elements)`, from the texts of the elements.
pub(super) fn list(length: usize, element: &dyn Fn(usize) -> String) -> String {
    let mut out = String::from("[");
    let mut push = |i: usize| {
        if out.len() > 1 {
            out += ", ";
        }
        out += &element(i);
    };
    if length <= MOST {
        (0..length).for_each(push);
        return out + "]";
    }
    (0..END).for_each(&mut push);
    out += ", …";
    (length - END..length).for_each(|i| {
        out += ", ";
        out += &element(i);
    });
    out + &format!("] ({length} elements)")
}

/// The `Debug` text, shortened to a bearable length.
pub(super) fn debug<T: Debug + ?Sized>(value: &T) -> String {
    let mut short = Short { text: String::new(), full: false };
    // An error means that the text is full, or comes from the value; either way the text so far is
    // shown.
    let _ = write!(short, "{value:?}");
    if short.full {
        short.text += " … (shortened)";
    }
    short.text
}

/// Takes text until it is full; then it stops the writer, so that a huge value costs no more.
struct Short {
    text: String,
    full: bool,
}

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MOST_TEXT - self.text.len();
        if text.len() <= room {
            self.text += text;
            return Ok(());
        }
        let end = (0..=room).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        self.text += &text[..end];
        self.full = true;
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_keep_their_ends_and_say_how_many() {
        assert_eq!(list(3, &|i| i.to_string()), "[0, 1, 2]");
        let text = list(1_000_000, &|i| i.to_string());
        assert!(text.starts_with("[0, 1, 2, ") && text.contains("99, …, 999900, "), "{text}");
        assert!(text.ends_with("999999] (1000000 elements)") && text.len() < 6000, "{text}");
    }

    #[test]
    fn a_long_debug_text_stops_early() {
        let rows = vec![vec!["ü"; 100]; 1000];
        let text = debug(&rows);
        assert!(text.len() < MOST_TEXT + 40 && text.ends_with("… (shortened)"), "{}", text.len());
        assert_eq!(debug("a\n"), "\"a\\n\"");
    }
}
