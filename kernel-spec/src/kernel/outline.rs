//! A crate's source without what its users cannot see: the bodies of functions and the comments. For
//! completion and help rust-analyzer needs no more, and it keeps in memory what it reads.

use super::text::token;

/// The text with empty bodies, and without comments other than documentation.
pub fn outline(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut copied = 0;
    let mut leave_out = |from: usize, to: usize| {
        short.push_str(&text[copied..from]);
        copied = to;
    };
    let mut at = 0;
    // The brackets around this place, by whether a macro repeats what is in them.
    let mut open: Vec<bool> = Vec::new();
    // A function was declared at this depth, and its body is still to come.
    let mut declared = None;
    while let Some(length) = token(&text[at..]) {
        let word = &text[at..at + length];
        match word {
            "{" if declared == Some(open.len()) => {
                let Some(end) = closed(text, at) else { break };
                // Or a constant among the arguments of a type.
                if !text[end..].trim_start().starts_with(['>', ',']) {
                    declared = None;
                    // What a macro repeats must name what it is repeated for.
                    if !(open.contains(&true) && text[at..end].contains('$')) {
                        leave_out(at + 1, end - 1);
                    }
                }
                at = end;
                continue;
            }
            "(" | "[" | "{" => open.push(text[..at].ends_with('$')),
            ")" | "]" | "}" => {
                open.pop();
                declared = declared.filter(|depth| *depth <= open.len());
            }
            ";" if declared == Some(open.len()) => declared = None,
            "fn" if declared.is_none() && is_named(&text[at + length..]) => {
                declared = Some(open.len());
            }
            _ if word.starts_with("//") && !word.starts_with("///") && !word.starts_with("//!") => {
                leave_out(at, at + length);
            }
            _ => {}
        }
        at += length;
    }
    short.push_str(&text[copied..]);
    short
}

/// Whether a name stands here, also one that a macro puts there.
fn is_named(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$')
}

/// The end of what the bracket at this byte opens.
fn closed(text: &str, start: usize) -> Option<usize> {
    let (mut at, mut depth) = (start, 0);
    loop {
        let length = token(&text[at..])?;
        match &text[at..at + length] {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        at += length;
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::outline;

    #[test]
    fn bodies_and_comments_are_left_out() {
        for (text, short) in [
            ("fn a() -> u8 { b(\"}\"); '}' } fn c();", "fn a() -> u8 {} fn c();"),
            (
                "// no\n/// Doc {\nfn a<T>()\nwhere T: B,\n{\n 1 /* } */ }\n",
                "\n/// Doc {\nfn a<T>()\nwhere T: B,\n{}\n",
            ),
            (
                "trait T { fn a(&self) -> fn(u8) { f } const C: u8 = { 1 }; }",
                "trait T { fn a(&self) -> fn(u8) {} const C: u8 = { 1 }; }",
            ),
            (
                "fn a(b: C<{ 1 }>, d: [u8; { 2 }]) -> E<{ 3 }> { f }",
                "fn a(b: C<{ 1 }>, d: [u8; { 2 }]) -> E<{ 3 }> {}",
            ),
            (
                "static F: fn() = { g }; struct S { f: fn(u8) }",
                "static F: fn() = { g }; struct S { f: fn(u8) }",
            ),
            // What a macro repeats keeps the names that it is repeated for.
            (
                "macro_rules! m { ($f:ident $t:ty) => { fn $f(self) -> $t { $t::MAX } } }",
                "macro_rules! m { ($f:ident $t:ty) => { fn $f(self) -> $t {} } }",
            ),
            (
                "($($t:ty)*) => { $(fn a() { $t } fn b() { 1 })* }",
                "($($t:ty)*) => { $(fn a() { $t } fn b() {})* }",
            ),
            ("fn a() {", "fn a() {"),
        ] {
            assert_eq!(outline(text), short);
        }
    }
}
