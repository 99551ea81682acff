//! Positions in a cell's text, and whether the text is finished.

/// Jupyter counts code points; evcxr and rust-analyzer count bytes.
pub fn byte_at(code: &str, position: usize) -> usize {
    code.char_indices().nth(position).map_or(code.len(), |(byte, _)| byte)
}

/// The inverse of [`byte_at`]; a byte inside a character counts as its beginning.
pub fn char_at(code: &str, byte: usize) -> usize {
    code.char_indices().take_while(|(at, character)| at + character.len_utf8() <= byte).count()
}

/// What a line-by-line client wants to know before it runs a cell.
#[derive(Debug, PartialEq, Eq)]
pub enum Completeness {
    Complete,
    Incomplete,
    Invalid,
}

/// Whether the cell can be run, by its brackets and quotes.
pub fn completeness(code: &str) -> Completeness {
    match scan(code).problem {
        None => Completeness::Complete,
        Some(Problem { closed_too_often: true, .. }) => Completeness::Invalid,
        Some(_) => Completeness::Incomplete,
    }
}

/// A bracket or quote without its partner.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    /// Its position, in bytes.
    pub at: usize,
    closed_too_often: bool,
}

/// The result of scanning brackets, strings, characters and comments.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scan {
    pub problem: Option<Problem>,
    /// The first bytes of the lines that begin outside all brackets, strings and comments.
    pub lines: Vec<usize>,
}

/// Scans a cell's brackets outside strings, characters and comments.
pub fn scan(code: &str) -> Scan {
    let mut found = Scan { problem: None, lines: vec![0] };
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut at = 0;
    let problem =
        |message: String, at, closed_too_often| Some(Problem { message, at, closed_too_often });
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        let skip = match first {
            '\n' => {
                if open.is_empty() {
                    found.lines.push(at + 1);
                }
                Some(1)
            }
            '(' | '[' | '{' => {
                open.push((first, at));
                Some(1)
            }
            ')' | ']' | '}' => {
                match open.pop() {
                    Some((bracket, _)) if partner(bracket) == first => {}
                    Some((bracket, place)) => {
                        let line = code[..place].matches('\n').count() + 1;
                        let message = format!(
                            "`{first}` closes nothing: the `{bracket}` of line {line} needs a `{}`",
                            partner(bracket)
                        );
                        found.problem = problem(message, at, true);
                        return found;
                    }
                    None => {
                        found.problem = problem(format!("`{first}` closes nothing"), at, true);
                        return found;
                    }
                }
                Some(1)
            }
            _ => token(rest),
        };
        match skip {
            Some(bytes) => at += bytes,
            None => {
                let what = if first == '/' { "this comment" } else { "this text" };
                let end = if first == '/' { "a `*/`" } else { "a closing quote" };
                found.problem = problem(format!("{what} lacks {end}"), at, false);
                return found;
            }
        }
    }
    if let Some((bracket, place)) = open.pop() {
        found.problem = problem(format!("this `{bracket}` is never closed"), place, false);
    }
    found
}

/// The length of what the text begins with: a comment, a string, a character, a word, or else one
/// letter of any kind. None if it is never closed.
pub fn token(text: &str) -> Option<usize> {
    match text.chars().next()? {
        '/' if text.starts_with("//") => Some(text.find('\n').unwrap_or(text.len())),
        '/' if text.starts_with("/*") => block_comment(text),
        'r' if raw_string_hashes(text).is_some() => {
            let hashes = "#".repeat(raw_string_hashes(text).unwrap_or(0));
            let start = hashes.len() + 2;
            let end = format!("\"{hashes}");
            text[start..].find(&end).map(|at| start + at + end.len())
        }
        '"' => quoted(text),
        '\'' => Some(character(text)),
        c if c.is_alphanumeric() || c == '_' => {
            let word = |c: char| !(c.is_alphanumeric() || c == '_');
            let end = text.find(word).unwrap_or(text.len());
            // `r"` and `br"` begin a string, not a word.
            let raw = end < text.len() && text[..end].ends_with('r') && end > 1;
            Some(if raw && raw_string_hashes(&text[end - 1..]).is_some() { end - 1 } else { end })
        }
        c => Some(c.len_utf8()),
    }
}

fn partner(bracket: char) -> char {
    match bracket {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

fn block_comment(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    None
}

fn raw_string_hashes(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

fn quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of a character literal, or of the mark of a lifetime or label.
fn character(text: &str) -> usize {
    let mut inner = text[1..].char_indices();
    match inner.next() {
        Some((_, '\\')) => text[3.min(text.len())..].find('\'').map_or(1, |at| 3 + at + 1),
        Some(_) => match inner.next() {
            Some((at, '\'')) => at + 2,
            _ => 1,
        },
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_code_points() {
        let code = "let ü = \"🦀\"; x";
        for (position, (byte, _)) in code.char_indices().enumerate() {
            assert_eq!(byte_at(code, position), byte);
            assert_eq!(char_at(code, byte), position);
        }
        assert_eq!(byte_at(code, 1000), code.len());
        assert_eq!(char_at(code, code.len()), code.chars().count());
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        for code in [
            "",
            "f(1)",
            "// (",
            "/* ( /* [ */ */ 1",
            "\"(\\\"[\"",
            "r#\"(\"#",
            "br\"(\"",
            "'('",
            "'\\''",
            "fn f<'a>(x: &'a str) {}",
            "'outer: loop { break 'outer }",
            "let r = (1,);",
            "'ü'",
        ] {
            assert_eq!(completeness(code), Completeness::Complete, "{code}");
        }
        for code in ["f(1", "\"abc", "/* ", "r#\"\"", "if x {\n  (1)\n"] {
            assert_eq!(completeness(code), Completeness::Incomplete, "{code}");
        }
        for code in [")", "(]", "{ } }"] {
            assert_eq!(completeness(code), Completeness::Invalid, "{code}");
        }
    }

    #[test]
    fn what_has_no_partner_is_named_with_its_place() {
        let problem = |code: &str| scan(code).problem.map(|p| (p.message, p.at));
        assert_eq!(problem("f(1)"), None);
        assert_eq!(problem("a\n}"), Some(("`}` closes nothing".into(), 2)));
        assert_eq!(problem("f(\n  g(1);"), Some(("this `(` is never closed".into(), 1)));
        assert_eq!(problem("let a = \"b;"), Some(("this text lacks a closing quote".into(), 8)));
        let crossed = "`]` closes nothing: the `(` of line 1 needs a `)`";
        assert_eq!(problem("(1]"), Some((crossed.into(), 2)));
        assert_eq!(scan("a\nf(\n:vars\n)\n:vars").lines, [0, 2, 13]);
    }
}
