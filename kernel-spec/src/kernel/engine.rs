//! A cell from its text to its end: commands, compilation, execution, and the variables it leaves.

use super::assist::Assist;
use super::compiler::{Compiler, Diagnostic, Object};
use super::deps::Crates;
use super::failure::Failure;
use super::layout::{Layout, Source};
use super::output::{Ending, How};
use super::parse::{self, Parsed};
use super::process::Process;
use super::session::{Attempt, Session};
use super::text;
use serde_json::{Value, json};
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Each error about a variable leads to another try; a cell has not many of them.
const TRIES: usize = 12;

/// The compiler, the process of the cells, and what they have so far.
pub struct Engine {
    pub session: Session,
    pub compiler: Compiler,
    pub process: Process,
    pub crates: Crates,
    pub assist: Assist,
    /// Whether each cell tells how long it took.
    pub timing: bool,
}

/// What the engine asks of the kernel around it.
pub trait Host {
    /// A compiled cell begins.
    fn run(
        &mut self,
        process: &mut Process,
        object: &Path,
        function: &str,
    ) -> Result<Ending, String>;
    /// Whether the person has asked to stop.
    fn was_asked(&self) -> bool;
    /// Shows something of the kernel's own, in place of what has the same name.
    fn show(&mut self, name: &str, data: Value);
}

/// A line that begins with a colon or an exclamation mark.
struct Order {
    range: Range<usize>,
    line: String,
}

impl Engine {
    /// Runs a cell.
    pub fn execute(&mut self, code: &str, cell: u64, host: &mut dyn Host) -> Result<(), Failure> {
        let begun = Instant::now();
        let mut text = code.to_owned();
        for order in orders(code) {
            parse::blank(&mut text, order.range.clone());
            self.order(&order, code, host)?;
        }
        if let Some(problem) = text::scan(&text).problem {
            return Err(Failure::of_text(&problem.message, &text, problem.at));
        }
        let source = Rc::new(Source { cell, text });
        let Some(parsed) = parse::parse(&source.text) else {
            return Err(self.not_parsed(&source, host));
        };
        if parsed.statements == 0 {
            return Ok(());
        }
        let mut attempt = self.session.attempt(source.clone(), parsed);
        let object = match self.compile(&mut attempt, host)? {
            Ok(object) => object,
            Err(errors) => {
                let failure = Failure::of_compiler(&errors, &attempt.layout, &self.session, cell);
                self.keep_items(&source, &attempt.parsed);
                return Err(failure);
            }
        };
        for note in self.session.dropped(&attempt) {
            host.show("dropped", json!({"text/plain": note}));
        }
        self.session.accept(&attempt);
        let compiled = begun.elapsed();
        let result = host.run(&mut self.process, &object.path, &attempt.function);
        // What is loaded stays in memory without its file.
        let _ = std::fs::remove_file(&object.path);
        let result = match result {
            Ok(ending) => {
                self.session.finish(&attempt, &object, &ending.variables);
                self.ended(ending.how, cell)
            }
            Err(how) => Err(self.crashed(&how, host)),
        };
        self.assist.tell(self.session.preamble());
        if self.timing {
            host.show("timing", took(compiled, begun.elapsed() - compiled));
        }
        result
    }

    /// Compiles, in another way as long as the compiler's errors ask for one.
    fn compile(
        &self,
        attempt: &mut Attempt,
        host: &dyn Host,
    ) -> Result<Result<Object, Vec<Diagnostic>>, Failure> {
        for _ in 0..TRIES {
            let name = Session::file(attempt).to_owned();
            let result = self.compiler.compile(&attempt.layout, &name);
            if host.was_asked() {
                return Err(Failure::interrupted());
            }
            match result.map_err(|error| Failure::new("Error", format!("{error:#}")))? {
                Ok(object) => return Ok(Ok(object)),
                Err(errors) if !self.session.adjust(attempt, &errors) => return Ok(Err(errors)),
                Err(_) => {}
            }
        }
        Ok(Err(Vec::new()))
    }

    /// The compiler's errors for a cell that does not parse.
    fn not_parsed(&mut self, source: &Rc<Source>, host: &dyn Host) -> Failure {
        let mut layout = Layout::default();
        layout.generated("#![allow(warnings)]\nfn cell() {\n");
        layout.copy(source, &source.text, 0..source.text.len(), &[]);
        layout.generated("\n}\n");
        let result = self.compiler.compile(&layout, "unparsed");
        match result {
            _ if host.was_asked() => Failure::interrupted(),
            Ok(Err(errors)) => Failure::of_compiler(&errors, &layout, &self.session, source.cell),
            Ok(Ok(_)) => Failure::new("CompileError", "the kernel cannot read this cell"),
            Err(error) => Failure::new("Error", format!("{error:#}")),
        }
    }

    /// Functions, types and `use` lines of a cell whose own lines do not compile.
    fn keep_items(&mut self, source: &Rc<Source>, parsed: &Parsed) {
        if parsed.items.is_empty() {
            return;
        }
        let mut text = source.text.clone();
        let mut at = 0;
        // Everything but the items is blank.
        for item in &parsed.items {
            parse::blank(&mut text, at..item.range.start);
            at = item.range.end;
        }
        let end = text.len();
        parse::blank(&mut text, at..end);
        let source = Rc::new(Source { cell: source.cell, text });
        let Some(parsed) = parse::parse(&source.text) else { return };
        let attempt = self.session.attempt(source, parsed);
        let name = Session::file(&attempt).to_owned();
        if let Ok(Ok(object)) = self.compiler.compile(&attempt.layout, &name) {
            let _ = std::fs::remove_file(&object.path);
            self.session.accept(&attempt);
        }
    }

    fn ended(&self, how: How, cell: u64) -> Result<(), Failure> {
        let kept = "Variables of earlier cells are kept; those of this cell are not.";
        match how {
            How::Well => Ok(()),
            How::Stopped => Err(Failure::interrupted().line(kept)),
            How::Failed(spot) => {
                let text =
                    if spot.message.is_empty() { "a `?` met an error" } else { &spot.message };
                let place = self.session.place(&spot.file, spot.line, spot.column);
                Err(Failure::new("Error", text).at(place.as_ref(), cell))
            }
            How::Panicked(spot) => {
                let text =
                    if spot.message.is_empty() { "the cell panicked" } else { &spot.message };
                let place = self.session.place(&spot.file, spot.line, spot.column);
                let mut failure = Failure::new("Panic", text).at(place.as_ref(), cell);
                if place.is_none() && !spot.file.is_empty() {
                    failure = failure.line(format!("at {}:{}", spot.file, spot.line));
                }
                Err(failure.line(kept))
            }
        }
    }

    /// The cells' process has ended in the middle of a cell.
    fn crashed(&mut self, how: &str, host: &dyn Host) -> Failure {
        let lost = self.session.lose_variables();
        let restarted = self.process.restart();
        let how = how.rsplit("status: ").next().unwrap_or(how).trim();
        let failure = match host.was_asked() {
            true => Failure::interrupted()
                .line("It never looked whether it was to stop, so its process was ended."),
            false => Failure::new("Crash", format!("the cell ended its process ({how})")),
        };
        let failure = match lost.is_empty() {
            true => failure,
            false => failure.line(format!(
                "These variables are lost with it: {}. `use` lines, functions and types are kept. \
                 Run the cells that make the variables again.",
                lost.join(", ")
            )),
        };
        match restarted {
            Ok(()) => failure,
            Err(error) => failure.line(format!("{error:#}: restart the kernel (Kernel > Restart)")),
        }
    }

    fn order(&mut self, order: &Order, code: &str, host: &mut dyn Host) -> Result<(), Failure> {
        let wrong = |message: String| Failure::of_text(&message, code, order.range.start);
        if let Some(command) = order.line.strip_prefix('!') {
            return self.shell(command, host).map_err(|error| wrong(format!("{error:#}")));
        }
        let (word, rest) = order.line.split_once(char::is_whitespace).unwrap_or((&order.line, ""));
        let rest = rest.trim();
        match word {
            ":help" => host.show("help", json!({"text/plain": HELP})),
            ":vars" => {
                let data = self.variables();
                host.show("vars", data);
            }
            ":clear" => {
                self.session = Session::default();
                self.process.restart().map_err(|error| wrong(format!("{error:#}")))?;
            }
            ":opt" => {
                if !["", "0", "1", "2", "3"].contains(&rest) {
                    return Err(wrong(format!("an optimisation is 0, 1, 2 or 3, not {rest}")));
                }
                let level = if rest.is_empty() { "2" } else { rest };
                self.compiler.optimization = level.to_owned();
                let what = match level {
                    "0" => "cells are compiled quickly, and their own loops run slowly",
                    _ => "cells are optimised: their own loops run fast, compiling takes longer",
                };
                host.show("opt", json!({"text/plain": format!("optimisation {level}: {what}")}));
            }
            ":timing" => {
                self.timing = !self.timing;
                let state = if self.timing { "each cell tells how long it took" } else { "off" };
                host.show("timing", json!({"text/plain": format!("timing: {state}")}));
            }
            ":dep" => {
                let running = self.compiler.running.clone();
                let mut last = Instant::now() - Duration::from_secs(1);
                let mut tell = |line: &str| {
                    if last.elapsed() > Duration::from_millis(200) {
                        last = Instant::now();
                        host.show("dep", json!({"text/plain": line}));
                    }
                };
                let result = self.crates.add(rest, &running, &mut tell);
                if host.was_asked() {
                    return Err(Failure::interrupted());
                }
                self.compiler.crates = result.map_err(|error| wrong(format!("{error:#}")))?;
                host.show("dep", json!({"text/plain": format!("ready: {rest}")}));
                self.assist.order(&order.line);
            }
            _ => {
                return Err(wrong(format!("there is no command {word}; `:help` lists them")));
            }
        }
        Ok(())
    }

    fn shell(&mut self, command: &str, host: &mut dyn Host) -> anyhow::Result<()> {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", command]);
        let output = self.compiler.running.output(&mut shell)?;
        let text =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        if !text.is_empty() {
            host.show(command, json!({"text/plain": text.trim_end()}));
        }
        anyhow::ensure!(output.status.success(), "the command failed ({})", output.status);
        Ok(())
    }

    /// The variables with their types.
    fn variables(&self) -> Value {
        let mut text = String::new();
        let mut html = String::from(
            "<table><thead><tr><th>variable</th><th>type</th><th>cell</th></tr></thead><tbody>",
        );
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        for (name, variable) in &self.session.variables {
            let mutable = if variable.mutable { "mut " } else { "" };
            let reference = if variable.reference { "&" } else { "" };
            let kind = super::failure::shorter(&format!("{reference}{}", variable.kind));
            text += &format!("{mutable}{name}: {kind}\n");
            html += &format!(
                "<tr><td>{mutable}{name}</td><td style=\"text-align:left\">{}</td><td>{}</td></tr>",
                escape(&kind),
                variable.cell
            );
        }
        let text = if text.is_empty() { "there are no variables yet" } else { text.trim_end() };
        json!({"text/plain": text, "text/html": html + "</tbody></table>"})
    }
}

const HELP: &str = "\
:dep rand = \"0.9\"   adds a crate, as a line of Cargo.toml; also :dep ./folder
:vars               lists the variables
:clear              forgets variables, functions, types and `use` lines
:opt [0, 1, 2, 3]   optimises the cells' own code (2 if no number is given; 0 at the start)
:timing             tells how long each cell takes
!command            runs a command of the shell
:help               shows this";

fn took(compiling: Duration, running: Duration) -> Value {
    let text = format!(
        "compiled in {:.2} s, ran for {:.3} s",
        compiling.as_secs_f64(),
        running.as_secs_f64()
    );
    json!({"text/plain": text})
}

/// Lines that are meant for the kernel: those outside of all brackets and strings.
fn orders(code: &str) -> Vec<Order> {
    let of = |start: usize| {
        let line = code[start..].lines().next().unwrap_or("");
        let text = line.trim();
        let is_order = text.starts_with(':') && !text.starts_with("::")
            || text.starts_with('!') && text.len() > 1 && code[..start].trim().is_empty();
        is_order.then(|| Order { range: start..start + line.len(), line: text.to_owned() })
    };
    text::scan(code).lines.into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_stand_on_lines_of_their_own() {
        let lines = |code: &str| orders(code).into_iter().map(|o| o.line).collect::<Vec<_>>();
        assert_eq!(lines(":dep a = \"1\"\nuse a::b;\n :vars "), [":dep a = \"1\"", ":vars"]);
        assert_eq!(lines("f(\n:x\n);\n\"\n:y\"\n::std::mem::drop(1);"), [""; 0]);
        assert_eq!(lines("!ls -l"), ["!ls -l"]);
        assert_eq!(lines("let a = b\n!c;"), [""; 0]);
    }
}
