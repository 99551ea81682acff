//! Splits a cell's standard output into text, contents for the notebook (`EVCXR_BEGIN_CONTENT type`
//! … `EVCXR_END_CONTENT`) and the marks of the process that runs the cell.

/// Marks the beginning of the compiled cell; written by the process that runs it.
pub const BEGIN: &str = "\u{1e}dfdx-lab-begin";
/// Marks its end, on both streams.
pub const DONE: &str = "\u{1e}dfdx-lab-done";
/// Marks the end of all that a cell wrote, even if its process died; written by the kernel.
pub const CLOSE: &str = "\u{1e}dfdx-lab-close";

/// A cell waits for a line from the user; written by the process that runs it.
pub const INPUT: &str = "\u{1e}dfdx-lab-input";

const CONTENT_BEGIN: &str = "EVCXR_BEGIN_CONTENT ";
const CONTENT_END: &str = "EVCXR_END_CONTENT";
/// The content by which `hooks.rs` reports a panic: file, line, column, message.
pub const PANIC_MIME: &str = "application/vnd.dfdx-lab.panic";
/// The contents by which `show/cell.rs` reports how a cell ended, and which variables it left.
pub const END_MIME: &str = "application/vnd.dfdx-lab.end";
pub const VARIABLES_MIME: &str = "application/vnd.dfdx-lab.variables";

/// A piece of a cell's output.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Content {
        mime: String,
        text: String,
    },
    /// A cell waits for a line.
    Input,
    Begin,
    Done,
    Close,
}

/// Takes bytes as they come, and returns the pieces that are complete.
#[derive(Default)]
pub struct Splitter {
    line: Vec<u8>,
    content: Option<(String, Vec<String>)>,
}

impl Splitter {
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.last() == Some(&b'\n') {
                let line = std::mem::take(&mut self.line);
                self.whole_line(&String::from_utf8_lossy(&line), &mut pieces);
            }
        }
        pieces
    }

    /// The text of an unfinished line, if it cannot become anything but text.
    pub fn partial(&mut self) -> Option<String> {
        let starts_mark = [b"\x1e".as_slice(), b"EVCXR_"].iter().any(|mark| {
            self.line.windows(mark.len()).any(|at| at == *mark)
                || (1..mark.len()).any(|n| self.line.ends_with(&mark[..n]))
        });
        if self.content.is_some() || starts_mark {
            return None;
        }
        let valid = match std::str::from_utf8(&self.line) {
            Ok(_) => self.line.len(),
            // The rest of a character may still come; bytes that are not UTF-8 need not wait.
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.line.len(),
        };
        let text: Vec<u8> = self.line.drain(..valid).collect();
        (!text.is_empty()).then(|| String::from_utf8_lossy(&text).into_owned())
    }

    fn whole_line(&mut self, line: &str, pieces: &mut Vec<Piece>) {
        let marks = [
            (BEGIN, Piece::Begin),
            (DONE, Piece::Done),
            (CLOSE, Piece::Close),
            (INPUT, Piece::Input),
        ];
        for (mark, piece) in marks {
            if let Some((before, _)) = line.split_once(mark) {
                // A content that was never closed would swallow the cells after it.
                if let Some((mime, lines)) = self.content.take() {
                    pieces.push(Piece::Content { mime, text: lines.join("\n") });
                }
                push_text(before, pieces);
                pieces.push(piece);
                return;
            }
        }
        let end = line.trim_end_matches('\n');
        if end == CONTENT_END {
            if let Some((mime, lines)) = self.content.take() {
                pieces.push(Piece::Content { mime, text: lines.join("\n") });
            }
        } else if end.ends_with(PANIC_MIME) || end.ends_with(END_MIME) {
            // A panic in the middle of a display leaves its content unfinished: drop that.
            let before = end.split(CONTENT_BEGIN).next().unwrap_or("");
            if self.content.take().is_none() {
                push_text(before, pieces);
            }
            let mime = &end[before.len() + CONTENT_BEGIN.len().min(end.len() - before.len())..];
            self.content = Some((mime.trim().to_owned(), Vec::new()));
        } else if let Some((_, lines)) = self.content.as_mut() {
            lines.push(end.to_owned());
        } else if let Some((before, mime)) = end.split_once(CONTENT_BEGIN) {
            push_text(before, pieces);
            self.content = Some((mime.trim().to_owned(), Vec::new()));
        } else {
            push_text(line, pieces);
        }
    }
}

fn push_text(text: &str, pieces: &mut Vec<Piece>) {
    if let Some(Piece::Text(last)) = pieces.last_mut() {
        last.push_str(text);
    } else if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::Piece::*;
    use super::*;

    fn text(text: &str) -> Piece {
        Text(text.to_owned())
    }

    fn content(mime: &str, text: &str) -> Piece {
        Content { mime: mime.to_owned(), text: text.to_owned() }
    }

    /// The pieces must not depend on where the pipe cuts the bytes.
    fn split(bytes: &str) -> Vec<Piece> {
        let whole = Splitter::default().push(bytes.as_bytes());
        let mut one_by_one = Splitter::default();
        let mut pieces: Vec<Piece> = Vec::new();
        for byte in bytes.bytes() {
            for piece in one_by_one.push(&[byte]) {
                match (pieces.last_mut(), piece) {
                    (Some(Text(last)), Text(more)) => last.push_str(&more),
                    (_, piece) => pieces.push(piece),
                }
            }
        }
        assert_eq!(pieces, whole);
        whole
    }

    #[test]
    fn text_and_contents_keep_their_order() {
        let pieces =
            split("one\ntwo\nEVCXR_BEGIN_CONTENT text/html\n<b>\n</b>\nEVCXR_END_CONTENT\nthree\n");
        assert_eq!(
            pieces,
            [text("one\ntwo\n"), content("text/html", "<b>\n</b>"), text("three\n")]
        );
    }

    #[test]
    fn marks_are_found_behind_an_unfinished_line() {
        assert_eq!(
            split("xEVCXR_BEGIN_CONTENT text/plain\n1\nEVCXR_END_CONTENT\n"),
            [text("x"), content("text/plain", "1")]
        );
        assert_eq!(split("x\u{1e}dfdx-lab-done\n"), [text("x"), Done]);
        assert_eq!(split("name? \u{1e}dfdx-lab-input\n"), [text("name? "), Input]);
    }

    #[test]
    fn an_unfinished_content_does_not_reach_into_the_next_cell() {
        assert_eq!(
            split("EVCXR_BEGIN_CONTENT text/plain\nhalf\n\u{1e}dfdx-lab-close\nnext\n"),
            [content("text/plain", "half"), Close, text("next\n")]
        );
        let panic = format!("EVCXR_BEGIN_CONTENT {PANIC_MIME}\na\nEVCXR_END_CONTENT\nnext\n");
        assert_eq!(
            split(&format!("EVCXR_BEGIN_CONTENT text/plain\nhalf\n{panic}")),
            [content(PANIC_MIME, "a"), text("next\n")]
        );
    }

    #[test]
    fn an_unfinished_line_is_shown_unless_it_may_become_a_mark() {
        let partial = |bytes: &[u8]| {
            let mut splitter = Splitter::default();
            assert_eq!(splitter.push(bytes), []);
            splitter.partial()
        };
        assert_eq!(partial(b"50 %"), Some("50 %".to_owned()));
        assert_eq!(partial(b"EVCXR_BEGIN"), None);
        assert_eq!(partial(b"text EVC"), None);
        assert_eq!(partial("ü".as_bytes().split_at(1).0), None);
        assert_eq!(partial(&[b'a', 0xff, b'b']), Some("a\u{fffd}b".to_owned()));
    }
}
