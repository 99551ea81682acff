//! A cell from its text to its end: commands, compilation, execution, and the variables it leaves.

use super::assist::Assist;
use super::compiler::{Compiler, Diagnostic, Object};
use super::deps::Crates;
use super::ending::{self, lost_with_it};
use super::failure::Failure;
use super::layout::{Layout, Source};
use super::output::{Ending, How};
use super::parse::{self, Parsed};
use super::process::Process;
use super::session::{Attempt, Session};
use super::text;
use super::variables;
use serde_json::{Value, json};
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How often one cell is compiled at most: each error about a variable leads to another try.
const TRIES: usize = 12;

/// The compiler, the process of the cells, and the notebook's items and variables so far.
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
    /// Runs a compiled cell to its end.
    fn run(
        &mut self,
        process: &mut Process,
        object: &Path,
        function: &str,
    ) -> Result<Ending, String>;
    /// Whether the user has asked to stop.
    fn was_asked(&self) -> bool;
    /// Shows something of the kernel's own; it replaces what was shown under the same name.
    fn show(&mut self, name: &str, data: Value);
    /// Shows a longer text in the client's pager.
    fn page(&mut self, data: Value);
}

/// A line that begins with a colon, an exclamation mark or a question mark.
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
        if !attempt.parsed.notes.is_empty() {
            host.show("notes", json!({"text/plain": attempt.parsed.notes.join("\n")}));
        }
        self.session.accept(&attempt);
        let compiled = begun.elapsed();
        let result = host.run(&mut self.process, &object.path, &attempt.function);
        // What is loaded stays in memory without its file.
        let _ = std::fs::remove_file(&object.path);
        let result = match result {
            Ok(ending) => {
                let abandoned = matches!(ending.how, How::Abandoned(..));
                let lost = self.session.finish(&attempt, &object, &ending.variables, abandoned);
                ending::result(ending.how, &self.session, cell, &lost, host.was_asked())
            }
            Err(how) => Err(self.crashed(&how, host)),
        };
        self.assist.tell(self.session.preamble());
        if self.timing {
            host.show("timing", took(compiled, begun.elapsed() - compiled));
        }
        result
    }

    /// Compiles, and tries again in another way as long as the compiler's errors suggest one.
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

    /// Keeps the functions, types and `use` lines of a cell whose other lines do not compile.
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

    /// The error of a cell in whose middle the cells' process has ended.
    fn crashed(&mut self, how: &str, host: &dyn Host) -> Failure {
        let lost = self.session.lose_variables();
        let restarted = self.process.restart();
        let how = how.rsplit("status: ").next().unwrap_or(how).trim();
        let failure = match host.was_asked() {
            true => Failure::interrupted()
                .line("It did not react to the stop, so its process was ended."),
            false => Failure::new("Crash", format!("the cell ended its process ({how})")),
        };
        let failure = match lost.is_empty() {
            true => failure,
            false => failure.line(lost_with_it(&lost, "")),
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
        if let Some(name) = order.line.strip_prefix('?') {
            return self.explain(name.trim(), host).map_err(wrong);
        }
        let (word, rest) = order.line.split_once(char::is_whitespace).unwrap_or((&order.line, ""));
        let rest = rest.trim();
        match word {
            ":help" => host.page(json!({"text/plain": HELP})),
            ":vars" => {
                let sizes = self.sizes(host);
                host.show("vars", variables::table(&self.session.variables, &sizes));
            }
            ":clear" => {
                let tokio = self.session.tokio;
                self.session = Session::default();
                self.session.tokio = tokio;
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
                self.session.tokio = self.crates.has_runtime();
                host.show("dep", json!({"text/plain": format!("ready: {rest}")}));
                self.assist.crates(self.crates.lines(), self.crates.lock());
            }
            _ => {
                return Err(wrong(format!("there is no command {word}; `:help` lists them")));
            }
        }
        Ok(())
    }

    /// Pages the signature and documentation of a name.
    fn explain(&self, name: &str, host: &mut dyn Host) -> Result<(), String> {
        if name.is_empty() {
            return Err("put a name after the `?`, as in `?Fit::epochs`".to_owned());
        }
        let answers = self.assist.explain(name);
        let begun = Instant::now();
        // rust-analyzer may still be reading the library.
        while begun.elapsed() < Duration::from_secs(30) && !host.was_asked() {
            if let Ok(answer) = answers.recv_timeout(Duration::from_millis(50)) {
                let (plain, html) = answer.ok_or(format!("nothing is known of `{name}`"))?;
                host.page(json!({"text/plain": plain, "text/html": html}));
                return Ok(());
            }
        }
        Err("the help does not answer: try again in a moment".to_owned())
    }

    /// The sizes of the variables; empty if the cells' process does not answer.
    fn sizes(&mut self, host: &mut dyn Host) -> Vec<String> {
        if self.session.variables.is_empty() {
            return Vec::new();
        }
        let text = variables::question(&self.session.variables);
        let Some(parsed) = parse::parse(&text) else { return Vec::new() };
        let attempt = self.session.attempt(Rc::new(Source { cell: 0, text }), parsed);
        let name = Session::file(&attempt).to_owned();
        let Ok(Ok(object)) = self.compiler.compile(&attempt.layout, &name) else {
            return Vec::new();
        };
        let result = host.run(&mut self.process, &object.path, &attempt.function);
        let _ = std::fs::remove_file(&object.path);
        result.map_or_else(|_| Vec::new(), |ending| ending.sizes)
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
}

const HELP: &str = "\
:dep rand = \"0.9\"   adds a crate, written as in Cargo.toml; also :dep ./folder
:vars               lists the variables with their types and sizes
:clear              forgets variables, functions, types and `use` lines
:opt [0, 1, 2, 3]   optimises the cells' own code (2 if no number is given; 0 at the start)
:timing             tells how long each cell takes
!command            runs a command of the shell
?Fit::epochs        explains a name, as Shift-Tab does
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
            || text.starts_with('?') && code[..start].trim().is_empty()
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
        assert_eq!(lines("?Fit::epochs"), ["?Fit::epochs"]);
        assert_eq!(lines("read()\n?;"), [""; 0]);
        assert_eq!(lines("let a = b\n!c;"), [""; 0]);
    }
}
