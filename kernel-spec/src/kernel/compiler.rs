//! One call of rustc for a cell: the shared object and the types of the variables, or the errors.

use super::layout::Layout;
use super::parse;
use anyhow::{Context, Result};
use serde_json::Value;
use std::ops::Range;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// The process that compiles, so that it can be stopped.
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<Option<i32>>>);

impl Running {
    pub fn set(&self, process: Option<i32>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = process;
    }

    /// Ends the compiler and what it has started, if it runs.
    pub fn stop(&self) {
        if let Some(group) = *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            // SAFETY: a plain system call; the group is that of a child which was not waited for.
            unsafe { libc::kill(-group, libc::SIGKILL) };
        }
    }

    /// Runs a command in a group of its own and takes its output.
    pub fn output(&self, command: &mut Command) -> Result<std::process::Output> {
        let child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("running {:?}", command.get_program()))?;
        self.set(Some(child.id() as i32));
        let output = child.wait_with_output();
        self.set(None);
        Ok(output?)
    }
}

/// How cells are compiled.
#[derive(Clone)]
pub struct Compiler {
    pub rustc: PathBuf,
    /// Where the library is, and how to link with it.
    pub flags: Vec<String>,
    /// What `:dep` has added.
    pub crates: Vec<String>,
    pub optimization: String,
    pub folder: PathBuf,
    pub running: Running,
}

/// A compiled cell.
#[derive(Debug)]
pub struct Object {
    pub path: PathBuf,
    /// The calls that keep variables: the runtime's function, the variable, the type arguments.
    pub kept: Vec<Kept>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub function: String,
    pub name: String,
    pub types: Vec<String>,
}

/// An error of the compiler.
#[derive(Debug, Clone, Default)]
pub struct Diagnostic {
    pub code: String,
    pub message: String,
    pub spans: Vec<Span>,
    pub children: Vec<Child>,
}

#[derive(Debug, Clone)]
pub struct Span {
    /// Bytes of the compiled file.
    pub range: Range<usize>,
    pub primary: bool,
    pub label: String,
}

/// A note or help below a message.
#[derive(Debug, Clone)]
pub struct Child {
    pub level: String,
    pub message: String,
    pub range: Option<Range<usize>>,
    pub replacement: Option<String>,
}

impl Compiler {
    /// Compiles the file; the inner error is the compiler's.
    pub fn compile(&self, layout: &Layout, name: &str) -> Result<Result<Object, Vec<Diagnostic>>> {
        let source = self.folder.join(format!("{name}.rs"));
        let object = self.folder.join(format!("lib{name}.so"));
        let listing = self.folder.join(format!("{name}.mir"));
        std::fs::write(&source, self.text(layout))
            .with_context(|| format!("writing {}", source.display()))?;
        let mut rustc = Command::new(&self.rustc);
        rustc
            .args(["--edition", "2024", "--crate-type", "cdylib"])
            // The same for every cell, so that a type of one cell is the same type in the next.
            .args(["--crate-name", "cell", "-Cmetadata=dfdx-lab"])
            .args(["-Cprefer-dynamic", "-Cdebuginfo=0", "-Cpanic=unwind", "-Coverflow-checks=on"])
            .arg(format!("-Copt-level={}", self.optimization))
            // The standard library's own checks keep the sums of loops in memory.
            .arg(match self.optimization.as_str() {
                "0" => "-Cdebug-assertions=on",
                _ => "-Cdebug-assertions=off",
            })
            .arg(format!("--emit=link={},mir={}", object.display(), listing.display()))
            .args(["--error-format=json", "--json=diagnostic-short", "-Ztrim-diagnostic-paths=no"])
            .args(&self.flags)
            .args(&self.crates)
            .arg(&source)
            .current_dir(&self.folder)
            // Permits the flag that names types in full; the cells use nothing unstable.
            .env("RUSTC_BOOTSTRAP", "1");
        let output = self.running.output(&mut rustc);
        let result = match &output {
            Ok(output) if output.status.success() => {
                let text = std::fs::read_to_string(&listing).unwrap_or_default();
                Ok(Object { path: object, kept: kept(&text) })
            }
            Ok(output) => {
                let _ = std::fs::remove_file(&object);
                let text = String::from_utf8_lossy(&output.stderr);
                let mut found: Vec<_> =
                    text.lines().filter_map(|line| diagnostic(line, &source)).collect();
                if found.is_empty() {
                    let message = text.trim().to_owned();
                    found.push(Diagnostic { message, ..Default::default() });
                }
                Err(found)
            }
            Err(_) => Err(Vec::new()),
        };
        let _ = std::fs::remove_file(&listing);
        let _ = std::fs::remove_file(&source);
        output?;
        Ok(result)
    }
}

impl Compiler {
    /// The file's text. In optimised cells a loop calls the check that is inlined into it; the name
    /// has the same length, so that all positions stay valid.
    fn text(&self, layout: &Layout) -> String {
        match self.optimization.as_str() {
            "0" => layout.text.clone(),
            _ => layout.text.replace(
                &format!("{}::step();", parse::RUNTIME),
                &format!("{}::fast();", parse::RUNTIME),
            ),
        }
    }
}

/// One line of what rustc writes as JSON, if it is an error.
fn diagnostic(line: &str, source: &Path) -> Option<Diagnostic> {
    let value: Value = serde_json::from_str(line).ok()?;
    let level = value["level"].as_str()?;
    let message = value["message"].as_str()?.to_owned();
    if !level.starts_with("error") || message.starts_with("aborting due to") {
        return None;
    }
    let spans = value["spans"].as_array()?;
    Some(Diagnostic {
        code: value["code"]["code"].as_str().unwrap_or("").to_owned(),
        message,
        spans: spans.iter().filter_map(|span| own_span(span, source)).collect(),
        children: value["children"].as_array()?.iter().map(|one| child(one, source)).collect(),
    })
}

/// A span in the cell; one inside a macro counts where the macro is called.
fn own_span(span: &Value, source: &Path) -> Option<Span> {
    let range = own_range(span, source)?;
    let label = span["label"].as_str().unwrap_or("").to_owned();
    Some(Span { range, primary: span["is_primary"] == true, label })
}

fn own_range(span: &Value, source: &Path) -> Option<Range<usize>> {
    let mut span = span;
    loop {
        if span["file_name"].as_str().is_some_and(|name| Path::new(name) == source) {
            let byte = |name: &str| span[name].as_u64().map(|byte| byte as usize);
            return Some(byte("byte_start")?..byte("byte_end")?);
        }
        span = &span["expansion"]["span"];
        span.as_object()?;
    }
}

fn child(value: &Value, source: &Path) -> Child {
    let span = value["spans"].as_array().and_then(|spans| spans.first());
    let one = value["spans"].as_array().is_some_and(|spans| spans.len() == 1);
    let replacement = span.and_then(|span| span["suggested_replacement"].as_str());
    Child {
        level: value["level"].as_str().unwrap_or("note").to_owned(),
        message: value["message"].as_str().unwrap_or("").to_owned(),
        range: span.and_then(|span| own_range(span, source)),
        replacement: replacement.filter(|_| one).map(str::to_owned),
    }
}

/// The calls that keep variables, from the compiler's listing of the program (MIR).
fn kept(listing: &str) -> Vec<Kept> {
    const CALL: &str = "dfdx_lab::show::cell::put";
    let mut name = String::new();
    let mut found = Vec::new();
    for line in listing.lines() {
        if let Some((_, rest)) = line.split_once("= const \"") {
            name = rest.split('"').next().unwrap_or("").to_owned();
        }
        let Some((_, rest)) = line.split_once(CALL) else { continue };
        let Some((suffix, rest)) = rest.split_once("::<") else { continue };
        if suffix.contains(['(', ' ']) {
            continue;
        }
        let types = type_list(rest);
        // In an optimised cell the name stands in the call itself.
        let own = rest.split_once(">(const \"").and_then(|(_, rest)| rest.split('"').next());
        let name = own.unwrap_or(&name).to_owned();
        found.push(Kept { function: format!("put{suffix}"), name, types });
    }
    found
}

/// The types up to the closing bracket of the list that has begun.
fn type_list(text: &str) -> Vec<String> {
    let mut types = Vec::new();
    let (mut depth, mut start) = (0, 0);
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' | b'(' | b'[' | b'{' => depth += 1,
            // The arrow of `fn() -> T` closes nothing.
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' if depth == 0 => {
                types.push(text[start..at].trim().to_owned());
                return types;
            }
            b'>' | b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                types.push(text[start..at].trim().to_owned());
                start = at + 1;
            }
            _ => {}
        }
    }
    types
}

/// Whether a type can be written in another cell.
pub fn has_name(kind: &str) -> bool {
    !["{closure", "{async", "{coroutine", "impl ", " {", "'_ "]
        .iter()
        .any(|mark| kind.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_from_the_listing() {
        let listing = r#"
        _19 = const "f";
        _23 = dfdx_lab::show::cell::put_fn1::<f64, std::vec::Vec<(i32, &str)>, {closure@c.rs:1:2: 1:9}>(move _24, const ZeroSized: {closure@c.rs:7:11: 7:19}) -> [return: bb13, unwind: bb26];
        _28 = const "b";
        _30 = dfdx_lab::show::cell::put::<std::boxed::Box<dyn std::ops::Fn(f64) -> f64 + std::marker::Send>>(move _31, move _32) -> [return: bb16, unwind: bb26];
        _11 = dfdx_lab::show::cell::put::<f64>(const "s", move _4) -> [return: bb4, unwind: bb7];
        "#;
        let found = kept(listing);
        assert_eq!((found[2].name.as_str(), found[2].types[0].as_str()), ("s", "f64"));
        assert_eq!((found[0].function.as_str(), found[0].name.as_str()), ("put_fn1", "f"));
        assert_eq!(found[0].types[..2], ["f64", "std::vec::Vec<(i32, &str)>"]);
        assert!(!has_name(&found[0].types[2]));
        let kind = "std::boxed::Box<dyn std::ops::Fn(f64) -> f64 + std::marker::Send>";
        assert_eq!((found[1].name.as_str(), &found[1].types[..]), ("b", &[kind.to_owned()][..]));
        assert!(has_name(kind));
    }
}
