//! What a failed cell tells: the compiler's errors on the cell's own lines, a panic, a failed `?`.

use super::output::Panic;
use evcxr::CompilationError;
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

    fn line(mut self, text: impl Into<String>) -> Failure {
        self.traceback.push(text.into());
        self
    }

    pub fn content(&self) -> Value {
        json!({"ename": self.name, "evalue": self.value, "traceback": self.traceback})
    }

    /// What evcxr says it could not do.
    pub fn of_evcxr(error: &evcxr::Error, code: &str) -> Failure {
        match error {
            evcxr::Error::CompilationErrors(errors) => of_compiler(errors, code),
            evcxr::Error::SubprocessTerminated(status) => {
                let how = status.rsplit("status: ").next().unwrap_or(status).trim();
                Failure::new("Crash", format!("the cell ended its process ({how})")).line(LOST)
            }
            error => Failure::new("Error", error.to_string().trim_end()),
        }
    }

    /// A cell that was stopped by the user; `running` says that its process had to be ended.
    pub fn interrupted(running: bool) -> Failure {
        let failure = Failure::new("Interrupted", "the cell was interrupted");
        if running { failure.line(LOST) } else { failure }
    }

    /// A panic; `source` is the code that was compiled, to find the cell's own line in it.
    pub fn of_panic(panic: &Panic, source: &str, code: &str) -> Failure {
        let message = if panic.message.is_empty() { "the cell panicked" } else { &panic.message };
        let failure = Failure::new("Panic", message);
        let compiled = if panic.file == "src/lib.rs" {
            source.lines().nth(panic.line.max(1) - 1)
        } else {
            None
        };
        let at = compiled.and_then(|text| own_line(text, code));
        let failure = match at {
            Some((number, text)) => failure.line(format!("{} {text}", gutter(number))),
            None if panic.file.is_empty() => failure,
            None => failure.line(format!("at {}:{}", panic.file, panic.line)),
        };
        failure.line("Variables of earlier cells are kept; those of this cell are not.")
    }

    /// A `?` on an error, with what it printed.
    pub fn of_question_mark(text: &str) -> Failure {
        let text = if text.is_empty() { "a `?` met an error" } else { text };
        Failure::new("Error", text)
    }
}

const LOST: &str = "The variables of earlier cells are lost with it; `use` lines, functions and \
                    types are kept. Run the cells that make the variables again.";

/// The number (from 1) and text of the cell's line that the compiled line stems from.
fn own_line<'a>(compiled: &str, code: &'a str) -> Option<(usize, &'a str)> {
    let compiled = compiled.trim().trim_end_matches(';');
    let mut lines = code.lines().enumerate().filter(|(_, line)| {
        let line = line.trim().trim_end_matches(';');
        compiled == line || (line.len() > 3 && compiled.contains(line))
    });
    let found = lines.next()?;
    // Twice the same line: better no number than a wrong one.
    lines.all(|(_, line)| line.trim() != found.1.trim()).then_some((found.0 + 1, found.1))
}

fn of_compiler(errors: &[CompilationError], code: &str) -> Failure {
    let mut errors: Vec<_> = errors.iter().filter(|error| error.level() != "warning").collect();
    // What follows from the cell's own errors in generated code only confuses.
    if errors.iter().any(|error| error.is_from_user_code()) {
        errors.retain(|error| error.is_from_user_code());
    }
    let Some(first) = errors.first() else {
        return Failure::new("CompileError", "the cell does not compile");
    };
    let at = first.primary_spanned_message().and_then(|message| message.span);
    let value = match at {
        Some(span) => format!("{} (line {})", first.message(), span.start_line),
        None => first.message(),
    };
    let mut traceback = Vec::new();
    for error in errors {
        explain(error, code, &mut traceback);
    }
    Failure { name: "CompileError".to_owned(), value, traceback }
}

/// The compiler's message in the compiler's own layout, with the cell's line numbers.
fn explain(error: &CompilationError, code: &str, out: &mut Vec<String>) {
    let head = match error.code() {
        Some(number) => format!("error[{number}]"),
        None => "error".to_owned(),
    };
    out.push(format!("{}: {}", red(&head), error.message()));
    let lines: Vec<&str> = code.lines().collect();
    let repeated = format!("{}: {}", error.level(), error.message());
    for message in error.spanned_messages() {
        let label = if message.label == repeated { "" } else { &message.label };
        let Some(span) = message.span else {
            if !label.is_empty() {
                out.push(format!("  {label}"));
            }
            continue;
        };
        let Some(line) = lines.get(span.start_line.max(1) - 1) else { continue };
        out.push(format!("{} {line}", gutter(span.start_line)));
        let end = if span.end_line == span.start_line {
            span.end_column
        } else {
            line.chars().count() + 1
        };
        let marks = "^".repeat(end.saturating_sub(span.start_column).max(1));
        let blank = " ".repeat(span.start_column.max(1) - 1);
        out.push(format!("{}{blank}{}", " ".repeat(7), red(&format!("{marks} {label}"))));
    }
    for help in error.help() {
        // A replacement stands behind an empty line.
        let help = match help.split_once("\n\n") {
            Some((text, code)) if !code.contains('\n') => format!("{text}: `{}`", code.trim()),
            _ => help,
        };
        out.push(format!("  {}: {help}", bold("help")));
    }
    if let Some(hint) = error.evcxr_extra_hint() {
        out.push(format!("  {}: {hint}", bold("note")));
    }
    if matches!(error.code(), Some("E0384" | "E0596")) {
        let how = "a variable of an earlier cell becomes mutable by `let mut x = x;`";
        out.push(format!("  {}: {how}", bold("note")));
    }
}

fn gutter(line: usize) -> String {
    bold(&format!("{line:>4} |"))
}

fn red(text: &str) -> String {
    format!("\u{1b}[1;31m{text}\u{1b}[0m")
}

fn bold(text: &str) -> String {
    format!("\u{1b}[1m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_names_the_line_of_the_cell() {
        let panic = Panic { file: "src/lib.rs".into(), line: 2, message: "no value".into() };
        let failure =
            Failure::of_panic(&panic, "fn a() {\n  x.unwrap();\n}", "let y = 1;\nx.unwrap()");
        assert_eq!(failure.value, "no value");
        assert!(failure.traceback[1].contains("2 |"), "{failure:?}");

        let elsewhere = Panic { file: "/lib/a.rs".into(), line: 2, ..panic };
        let failure = Failure::of_panic(&elsewhere, "", "x.unwrap()");
        assert!(failure.traceback[1].contains("/lib/a.rs:2"), "{failure:?}");
    }

    #[test]
    fn a_line_that_stands_twice_gets_no_number() {
        assert_eq!(own_line("a();", "a();\nb();"), Some((1, "a();")));
        assert_eq!(own_line("a();", "a();\na();"), None);
        assert_eq!(own_line("", "a();"), None);
    }
}
