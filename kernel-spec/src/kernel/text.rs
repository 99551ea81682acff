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

/// Counts brackets outside strings, characters and comments.
pub fn completeness(code: &str) -> Completeness {
    let mut open = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let skip = match first {
            '(' | '[' | '{' => {
                open.push(first);
                Some(1)
            }
            ')' | ']' | '}' => {
                let wanted = match first {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                if open.pop() != Some(wanted) {
                    return Completeness::Invalid;
                }
                Some(1)
            }
            '/' if rest.starts_with("//") => Some(rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => block_comment(rest),
            'r' if raw_string_hashes(rest).is_some() => {
                let hashes = "#".repeat(raw_string_hashes(rest).unwrap_or(0));
                let start = hashes.len() + 2;
                let end = format!("\"{hashes}");
                rest[start..].find(&end).map(|at| start + at + end.len())
            }
            '"' => quoted(rest),
            '\'' => Some(character(rest)),
            c if c.is_alphanumeric() || c == '_' => {
                let word = |c: char| !(c.is_alphanumeric() || c == '_');
                let end = rest.find(word).unwrap_or(rest.len());
                // `r"` and `br"` begin a string, not a word.
                let raw = end < rest.len() && rest[..end].ends_with('r') && end > 1;
                Some(if raw && raw_string_hashes(&rest[end - 1..]).is_some() {
                    end - 1
                } else {
                    end
                })
            }
            c => Some(c.len_utf8()),
        };
        match skip {
            Some(bytes) => rest = &rest[bytes..],
            None => return Completeness::Incomplete,
        }
    }
    if open.is_empty() { Completeness::Complete } else { Completeness::Incomplete }
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
}
