//! Completion and help by rust-analyzer, in a thread of its own: it is slow to start, and a
//! running cell must not keep the user from typing the next one.

use super::analyzer::{Analyzer, Sources};
use super::message::Message;
use super::server::{Broadcast, Replies};
use super::text::{byte_at, char_at, scan};
use super::types::Types;
use super::visible::{self, Before, Names};
use super::worker::status;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

const THREAD: &str = "assist";
/// When nobody has asked for so long, what the answers took is given back.
const QUIET: Duration = Duration::from_secs(2);

/// What the thread is asked.
pub enum Ask {
    /// The kernel is set up: the places of the sources, and the way to ask the compiler about types
    /// that rust-analyzer cannot read.
    Begin(Sources, Types),
    /// The notebook's items and variables, as text to put before a cell.
    Notebook(String),
    /// The notebook has added crates: lines of a manifest, and the file with their versions.
    Crates(String, PathBuf),
    /// A complete or inspect request.
    Request(Message),
    /// Asks what is known of the name at the end of a text; the answer is text and HTML.
    Explain(String, Sender<Option<(String, String)>>),
}

/// A handle on the thread.
#[derive(Clone)]
pub struct Assist(Sender<Ask>);

impl Assist {
    /// Starts the thread; it answers when rust-analyzer is ready.
    pub fn start(replies: Replies, broadcast: Broadcast) -> Assist {
        let (sender, asks) = channel();
        // Failures inside rust-analyzer must not fill the user's terminal.
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() != Some(THREAD) {
                usual(info);
            }
        }));
        let thread = std::thread::Builder::new().name(THREAD.to_owned());
        // Without the thread there is no completion, but cells still run.
        let _ = thread.spawn(move || serve(&asks, &replies, &broadcast));
        Assist(sender)
    }

    /// Lets rust-analyzer read the library.
    pub fn begin(&self, sources: Sources, types: Types) {
        let _ = self.0.send(Ask::Begin(sources, types));
    }

    pub fn tell(&self, notebook: String) {
        let _ = self.0.send(Ask::Notebook(notebook));
    }

    pub fn crates(&self, lines: String, lock: PathBuf) {
        let _ = self.0.send(Ask::Crates(lines, lock));
    }

    /// What is known of a name; the answer may take a while.
    pub fn explain(&self, name: &str) -> Receiver<Option<(String, String)>> {
        let (answer, answers) = channel();
        let _ = self.0.send(Ask::Explain(name.to_owned(), answer));
        answers
    }

    pub fn request(&self, request: Message) {
        let _ = self.0.send(Ask::Request(request));
    }
}

fn serve(asks: &Receiver<Ask>, replies: &Replies, broadcast: &Broadcast) {
    let mut sources = None;
    let mut analyzer: Option<Analyzer> = None;
    let mut types = None;
    let mut names = Names::default();
    let mut notebook = String::new();
    let mut tidy = true;
    loop {
        let ask = match asks.recv_timeout(if tidy { Duration::MAX } else { QUIET }) {
            Ok(ask) => ask,
            Err(RecvTimeoutError::Timeout) => {
                if let Some(analyzer) = &mut analyzer {
                    analyzer.tidy();
                }
                tidy = true;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        tidy = matches!(ask, Ask::Notebook(_)) && tidy;
        match ask {
            Ask::Begin(begun, asked) => {
                types = Some(asked);
                names = Names::read(&begun.library.join("src"));
                analyzer = guarded(|| Analyzer::start(&begun, "", None).ok());
                sources = Some(begun);
            }
            Ask::Notebook(text) => notebook = text,
            Ask::Crates(lines, lock) => {
                // One that cannot be read leaves what was there.
                let started = sources.as_ref().and_then(|sources| {
                    guarded(|| Analyzer::start(sources, &lines, Some(&lock)).ok())
                });
                analyzer = started.or(analyzer);
            }
            Ask::Explain(name, answer) => {
                let _ = answer.send(explain(
                    analyzer.as_mut(),
                    types.as_mut(),
                    &notebook,
                    &name,
                    name.len(),
                ));
            }
            Ask::Request(request) => {
                status(broadcast, &request, "busy");
                let content = match request.kind() {
                    "complete_request" => {
                        complete(analyzer.as_mut(), types.as_mut(), &notebook, &names, &request)
                    }
                    _ => inspect(analyzer.as_mut(), types.as_mut(), &notebook, &request),
                };
                replies.send(request.reply(content));
                status(broadcast, &request, "idle");
            }
        }
    }
}

/// rust-analyzer panics on some code.
fn guarded<T>(ask: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(ask)).ok().flatten()
}

fn complete(
    analyzer: Option<&mut Analyzer>,
    types: Option<&mut Types>,
    notebook: &str,
    names: &Names,
    request: &Message,
) -> Value {
    let code = request.content["code"].as_str().unwrap_or("");
    let position = request.content["cursor_pos"].as_u64().unwrap_or(0) as usize;
    let at = byte_at(code, position);
    let found = analyzer.and_then(|analyzer| {
        let mut ask = |code: &str, at: usize| {
            let found = guarded(|| analyzer.complete(notebook, code, at));
            found.filter(|(_, names)| !names.is_empty())
        };
        let (range, found) = ask(code, at).or_else(|| {
            // rust-analyzer may fail in an argument, and completes nothing in a macro.
            let (shorter, moved) = alone(code, at)?;
            let (range, found) = ask(&shorter, at - moved)?;
            Some((range.start + moved..range.end + moved, found))
        })?;
        // For a name that is partly typed only the matching fields are offered: ask for all.
        let until = &code[..range.start];
        let whole = match until.ends_with('.') && !range.is_empty() {
            true => match alone(until, until.len()) {
                Some((shorter, _)) => ask(&shorter, shorter.len()),
                None => ask(until, until.len()),
            },
            false => None,
        };
        let fields = whole.map_or_else(|| fields(&found), |(_, whole)| fields(&whole));
        Some((range, found, fields))
    });
    let dot = code[..name_at(code, at).start].ends_with('.');
    let vague = found.as_ref().is_none_or(|(_, found, _)| {
        found.iter().all(|(code, _)| visible::is_of_all(code.split('(').next().unwrap_or("")))
    });
    if dot
        && vague
        && let Some((range, names)) = methods(types, notebook, code, at)
    {
        return answer(code, &range, names.iter().map(|name| (name.as_str(), "function")));
    }
    let Some((range, found, fields)) = found else {
        return json!({
            "status": "ok", "matches": [], "metadata": {},
            "cursor_start": position, "cursor_end": position,
        });
    };
    let before = before(&code[..range.start], &fields);
    let mut seen = HashSet::new();
    let ranked = found.iter().filter_map(|(code, kind)| {
        // The name alone: arguments in brackets would be taken for the user's own code.
        let name = code.split('(').next().unwrap_or("").trim_end();
        let rank = names.rank(name, &before)?;
        let rank = if *kind == "keyword" { u8::MAX } else { rank };
        let own = name == "__lab";
        let wanted = !name.is_empty() && !own && !name.contains(['\n', '{']);
        (wanted && seen.insert(name)).then_some((rank, name, *kind))
    });
    let mut ranked: Vec<(u8, &str, &str)> = ranked.collect();
    ranked.sort_by_key(|(rank, ..)| *rank);
    answer(code, &range, ranked.iter().map(|(_, name, kind)| (*name, *kind)))
}

/// The names that may replace this range of the cell, with their kinds.
fn answer<'a>(
    code: &str,
    range: &Range<usize>,
    names: impl Iterator<Item = (&'a str, &'a str)> + Clone,
) -> Value {
    let (start, end) = (char_at(code, range.start), char_at(code, range.end));
    let matches: Vec<&str> = names.clone().map(|(name, _)| name).collect();
    let types: Vec<Value> = names
        .map(|(name, kind)| json!({"text": name, "type": kind, "start": start, "end": end}))
        .collect();
    json!({
        "status": "ok",
        "matches": matches,
        "cursor_start": start,
        "cursor_end": end,
        "metadata": {"_jupyter_types_experimental": types},
    })
}

/// The name around this byte.
fn name_at(code: &str, at: usize) -> Range<usize> {
    let other = |c: char| !(c.is_alphanumeric() || c == '_');
    let start = code[..at].rfind(other);
    let start = start.map_or(0, |at| at + code[at..].chars().next().map_or(0, char::len_utf8));
    start..code[at..].find(other).map_or(code.len(), |end| at + end)
}

/// The expression before the dot of the name at this byte, as code of its own.
fn value_before(code: &str, at: usize) -> Option<String> {
    let until = code[..name_at(code, at).start].strip_suffix('.')?;
    Some(alone(until, until.len()).map_or_else(|| until.to_owned(), |(shorter, _)| shorter))
}

/// The methods of a value that only the compiler knows.
fn methods(
    types: Option<&mut Types>,
    notebook: &str,
    code: &str,
    at: usize,
) -> Option<(Range<usize>, Vec<String>)> {
    let value = value_before(code, at)?;
    let range = name_at(code, at).start..at;
    let begun = &code[range.clone()];
    let all = types?.methods(notebook, &value)?;
    let names: Vec<_> = all.keys().filter(|name| name.starts_with(begun)).cloned().collect();
    (!names.is_empty()).then_some((range, names))
}

/// The fields among the completions after a dot.
fn fields(found: &[(String, &str)]) -> HashSet<String> {
    let plain = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let fields = found.iter().filter(|(code, kind)| *kind == "instance" && plain(code));
    fields.map(|(code, _)| code.clone()).collect()
}

/// What a name that begins after this text belongs to.
fn before<'a>(text: &'a str, fields: &'a HashSet<String>) -> Before<'a> {
    if let Some(path) = text.strip_suffix("::") {
        let start = path.rfind(|c: char| !(c.is_alphanumeric() || c == '_'));
        return Before::Path(&path[start.map_or(0, |at| at + 1)..]);
    }
    match text.ends_with('.') && !text.ends_with("..") {
        true => Before::Value(fields.iter().map(String::as_str).collect()),
        false => Before::Nothing,
    }
}

/// The cell up to its present statement, followed by only the chain of names and calls that ends at
/// the cursor; and the number of bytes by which the chain has moved to the front.
fn alone(code: &str, at: usize) -> Option<(String, usize)> {
    let before = code.get(..at)?;
    let chain = chain_start(before);
    let statement = scan(&before[..chain]).lines.into_iter().next_back().unwrap_or(0);
    let shorter = format!("{}{}", &code[..statement], &before[chain..]);
    (chain > statement).then_some((shorter, chain - statement))
}

/// Where the chain at the end of the text begins, such as `a.b(c)?.d`.
fn chain_start(text: &str) -> usize {
    let mut depth = 0;
    for (at, letter) in text.char_indices().rev() {
        match letter {
            ')' | ']' => depth += 1,
            '(' | '[' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            c if c.is_alphanumeric() || c == '_' || c == '.' || c == ':' || c == '?' => {}
            c => return at + c.len_utf8(),
        }
    }
    0
}

fn inspect(
    analyzer: Option<&mut Analyzer>,
    types: Option<&mut Types>,
    notebook: &str,
    request: &Message,
) -> Value {
    let code = request.content["code"].as_str().unwrap_or("");
    let position = request.content["cursor_pos"].as_u64().unwrap_or(0) as usize;
    match explain(analyzer, types, notebook, code, byte_at(code, position)) {
        Some((plain, html)) => {
            let data = json!({"text/plain": plain, "text/html": html});
            json!({"status": "ok", "found": true, "data": data, "metadata": {}})
        }
        None => json!({"status": "ok", "found": false, "data": {}, "metadata": {}}),
    }
}

/// Signature and documentation of the name at this byte, as text and as HTML.
fn explain(
    analyzer: Option<&mut Analyzer>,
    types: Option<&mut Types>,
    notebook: &str,
    code: &str,
    at: usize,
) -> Option<(String, String)> {
    let found = analyzer.and_then(|analyzer| guarded(|| analyzer.explain(notebook, code, at)));
    let found = found.map(|(plain, markdown)| {
        let mut html = String::new();
        pulldown_cmark::html::push_html(&mut html, pulldown_cmark::Parser::new(&markdown));
        (plain, html)
    });
    found.or_else(|| {
        let value = value_before(code, at)?;
        let method = types?.methods(notebook, &value)?.get(&code[name_at(code, at)])?;
        let (signature, about) = (&method.signature, &method.about);
        let html = format!("<pre>{}</pre><p>{}</p>", escaped(signature), escaped(about));
        Some((format!("{signature}\n\n{about}"), html))
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_completed_for_itself() {
        let of = |code: &str| alone(code, code.len());
        assert_eq!(of("let a = 1;\nmodel.fit(&da"), Some(("let a = 1;\nda".into(), 11)));
        assert_eq!(of("f(data.take(&[1])?.la"), Some(("data.take(&[1])?.la".into(), 2)));
        assert_eq!(of("println!(\"{}\", data.le"), Some(("data.le".into(), 15)));
        assert_eq!(of("data.le"), None);
        let value = |code: &str| value_before(code, code.len());
        assert_eq!(
            value("let a = 1;\nprintln!(\"{}\", frame.column(\"a\")?.su").unwrap(),
            "let a = 1;\nframe.column(\"a\")?"
        );
        assert_eq!(value("frame.").as_deref(), Some("frame"));
        assert_eq!(value("frame"), None);
        assert_eq!(name_at("größe.größe + 1", 10), 8..15);
    }
}
