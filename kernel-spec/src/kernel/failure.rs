//! The message of a failed cell: the compiler's errors at the cell's own lines, a panic, a failed
//! `?`.

use super::compiler::{Child, Diagnostic};
use super::hints;
use super::layout::{Layout, Origin, Place, line_and_column, line_start};
use super::session::Session;
use serde_json::{Value, json};

/// The content of an `error` message.
#[derive(Debug, Clone)]
pub struct Failure {
    pub name: String,
    pub value: String,
    pub traceback: Vec<String>,
}

impl Failure {
    pub fn new(name: &str, value: impl Into<String>) -> Failure {
        let value = value.into();
        let traceback = vec![format!("{}: {value}", red(name))];
        Failure { name: name.to_owned(), value, traceback }
    }

    pub fn line(mut self, text: impl Into<String>) -> Failure {
        self.traceback.push(text.into());
        self
    }

    /// Adds the line of the cell, with an arrow below it.
    pub fn at(mut self, place: Option<&Place>, cell: u64) -> Failure {
        if let Some(place) = place {
            show(place, cell, "", &mut self.traceback);
        }
        self
    }

    pub fn content(&self) -> Value {
        json!({"ename": self.name, "evalue": self.value, "traceback": self.traceback})
    }

    /// A cell that was stopped by the user.
    pub fn interrupted() -> Failure {
        Failure::new("Interrupted", "the cell was interrupted")
    }

    /// What is missing in the cell's text, found before it is compiled.
    pub fn of_text(message: &str, text: &str, byte: usize) -> Failure {
        let (line, column) = line_and_column(text, byte);
        let mut failure = Failure::new("CompileError", format!("{message} (line {line})"));
        failure.traceback = vec![format!("{}: {message}", red("error"))];
        arrow(text, line, column, 1, "", &mut failure.traceback);
        failure
    }

    /// The compiler's errors for a cell.
    pub fn of_compiler(
        errors: &[Diagnostic],
        layout: &Layout,
        session: &Session,
        cell: u64,
    ) -> Failure {
        let errors = own_errors(errors, layout);
        let Some(first) = errors.first() else {
            return Failure::new("CompileError", "the cell does not compile");
        };
        let mut failure = Failure::new("CompileError", "");
        failure.traceback.clear();
        for (number, error) in errors.iter().enumerate() {
            // The first errors usually cause the others.
            if number == 5 {
                let more = errors.len() - number;
                failure.traceback.push(format!("… and {more} more"));
                break;
            }
            explain(error, layout, session, cell, &mut failure.traceback);
        }
        let message = match hints::cannot_be_shown(first) {
            Some(kind) => format!("a value of type `{kind}` has no text to show"),
            None => shorter(&first.message),
        };
        failure.value = match primary(first, layout) {
            Some(place) => format!("{message} ({})", where_is(&place, cell)),
            None => message,
        };
        failure
    }
}

/// Errors about the cells' own code; those that follow from them in generated code only confuse.
fn own_errors<'a>(errors: &'a [Diagnostic], layout: &Layout) -> Vec<&'a Diagnostic> {
    let own: Vec<_> = errors.iter().filter(|error| primary(error, layout).is_some()).collect();
    match own.is_empty() {
        true => errors.iter().collect(),
        false => own,
    }
}

/// Where an error is: its primary span, or else any that is in a cell.
pub fn primary(error: &Diagnostic, layout: &Layout) -> Option<Place> {
    let of = |wanted: bool| {
        let mut spans = error.spans.iter().filter(|span| span.primary == wanted);
        spans.find_map(|span| layout.place(span.range.clone()))
    };
    of(true).or_else(|| of(false))
}

/// `line 2`, or `cell 4, line 2` for the code of an earlier cell.
fn where_is(place: &Place, cell: u64) -> String {
    let (line, _) = line_and_column(&place.source.text, place.range.start);
    match place.source.cell == cell {
        true => format!("line {line}"),
        false => format!("cell {}, line {line}", place.source.cell),
    }
}

/// The compiler's message in the compiler's own layout, with the cell's line numbers.
fn explain(
    error: &Diagnostic,
    layout: &Layout,
    session: &Session,
    cell: u64,
    out: &mut Vec<String>,
) {
    let head = match error.code.is_empty() {
        true => "error".to_owned(),
        false => format!("error[{}]", error.code),
    };
    if let Some(kind) = hints::cannot_be_shown(error) {
        let message = format!("a value of type `{kind}` has no text to show");
        out.push(format!("{}: {message}", red("error")));
        if let Some(place) = primary(error, layout) {
            show(&place, cell, "", out);
        }
        out.push(format!("  {}: put `#[derive(Debug)]` above the type", bold("hint")));
        return;
    }
    out.push(format!("{}: {}", red(&head), shorter(&error.message)));
    let mut shown = false;
    let mut spans: Vec<_> = error.spans.iter().collect();
    spans.sort_by_key(|span| !span.primary);
    for span in spans {
        // The code that takes and keeps variables is the kernel's, not the cell's.
        if matches!(layout.origin(span.range.start), Some(Origin::Older(_) | Origin::Put(_))) {
            continue;
        }
        let Some(place) = layout.place(span.range.clone()) else { continue };
        if !span.primary && place.source.cell != cell {
            continue;
        }
        show(&place, cell, &shorter(&span.label), out);
        shown = true;
    }
    if !shown && let Some(place) = primary(error, layout) {
        show(&place, cell, "", out);
    }
    let hint = hints::hint(error, layout, session);
    if let Some(hint) = &hint {
        out.push(format!("  {}: {hint}", bold("hint")));
    }
    // What the compiler guesses about code that it cannot parse is seldom what was meant.
    let unread = error.code.is_empty() && hint.is_some();
    for child in error.children.iter().filter(|_| !unread) {
        if let Some(text) = advice(child, layout, hint.is_some()) {
            out.push(format!("  {}: {text}", bold(&child.level)));
        }
    }
}

/// The compiler's help in one sentence, or none if it would not help.
fn advice(child: &Child, layout: &Layout, has_hint: bool) -> Option<String> {
    let message = shorter(&child.message);
    let foreign = [
        "__lab",
        "dfdx_lab::show::cell",
        "the full name",
        "--verbose",
        "this error originates",
        "--explain",
        "the following other types implement",
        "required by a bound in",
        "might not have had the expected associated types",
        "` on by default",
    ];
    let text = message.split('\n').next().unwrap_or("").trim_end_matches(':').to_owned();
    if text.is_empty() || foreign.iter().any(|word| message.contains(word)) {
        return None;
    }
    match (&child.replacement, &child.range) {
        (Some(new), Some(range)) => {
            // The user cannot change code that the kernel has written.
            let place = layout.place(range.clone())?;
            let old = &place.source.text[place.range.clone()];
            let line = line_and_column(&place.source.text, place.range.start).0;
            let start = line_start(&place.source.text, line)?;
            let whole = place.source.text[start..].lines().next().unwrap_or("");
            let column = place.range.start - start;
            if new.contains('\n') || old.contains('\n') || column + old.len() > whole.len() {
                return Some(text);
            }
            let changed = format!("{}{new}{}", &whole[..column], &whole[column + old.len()..]);
            Some(format!("{text}: `{}`", changed.trim()))
        }
        // Lists of traits and candidates of foreign crates help nobody.
        _ if child.level != "help" && (has_hint || message.contains('\n')) => None,
        _ if message.lines().count() > 3 => None,
        _ => Some(text),
    }
}

/// A line of a cell with an arrow below it.
fn show(place: &Place, cell: u64, label: &str, out: &mut Vec<String>) {
    let text = &place.source.text;
    let (line, column) = line_and_column(text, place.range.start);
    if place.source.cell != cell {
        out.push(format!("in cell {}:", place.source.cell));
    }
    let marked = &text[place.range.clone()];
    let width = marked.lines().next().unwrap_or("").chars().count().max(1);
    arrow(text, line, column, width, label, out);
}

fn arrow(text: &str, line: usize, column: usize, width: usize, label: &str, out: &mut Vec<String>) {
    let start = line_start(text, line).unwrap_or(0);
    out.push(format!("{} {}", gutter(line), text[start..].lines().next().unwrap_or("")));
    let blank = " ".repeat(7 + column);
    let marks = "^".repeat(width);
    out.push(format!("{blank}{}", red(&format!("{marks} {label}"))).trim_end().to_owned());
}

/// The message with the names of types without their modules.
pub fn shorter(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find(|c: char| c.is_alphabetic() || c == '_') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
        let (path, after) = rest.split_at(end.unwrap_or(rest.len()));
        // A colon at the end belongs to the sentence.
        let whole = path.trim_end_matches(':');
        let (path, after) = match path.len() - whole.len() {
            0 => (path, after),
            _ => rest.split_at(whole.len()),
        };
        let last = path.rsplit("::").next().unwrap_or(path);
        let kept = match last.starts_with(char::is_uppercase) && path.contains("::") {
            true => from_type(path),
            false => path,
        };
        out.push_str(kept);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// `a::b::Option::Some` from `Option` on.
fn from_type(path: &str) -> &str {
    let mut at = 0;
    for part in path.split("::") {
        if part.starts_with(char::is_uppercase) {
            return &path[at..];
        }
        at += part.len() + 2;
    }
    path
}

pub fn gutter(line: usize) -> String {
    bold(&format!("{line:>4} |"))
}

pub fn red(text: &str) -> String {
    format!("\u{1b}[1;31m{text}\u{1b}[0m")
}

pub fn bold(text: &str) -> String {
    format!("\u{1b}[1m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_without_their_modules() {
        for (long, short) in [
            ("expected `std::string::String`, found `&str`", "expected `String`, found `&str`"),
            ("`std::vec::Vec<std::option::Option<m::E>>`", "`Vec<Option<E>>`"),
            ("cannot find `a::b` in: c", "cannot find `a::b` in: c"),
            ("std::option::Option::Some(x)", "Option::Some(x)"),
            ("größe: Ü", "größe: Ü"),
        ] {
            assert_eq!(shorter(long), short);
        }
    }

    #[test]
    fn a_missing_bracket_has_a_line_and_an_arrow() {
        let failure = Failure::of_text("`(` is never closed", "let ü = 1;\nf(1", 12);
        assert_eq!(failure.value, "`(` is never closed (line 2)");
        assert!(failure.traceback[1].contains("f(1") && failure.traceback[2].contains('^'));
    }

    #[test]
    fn sources_are_shared() {
        let source =
            std::rc::Rc::new(super::super::layout::Source { cell: 1, text: "a\nbcd".into() });
        let place = Place { source, range: 3..4 };
        let failure = Failure::new("Panic", "no").at(Some(&place), 2);
        assert!(failure.traceback[1].contains("cell 1"), "{failure:?}");
    }
}
