//! Completion and help by evcxr's rust-analyzer, in a thread of its own: it is slow to start, and a
//! running cell must not keep a person from typing the next one.

use super::cell;
use super::message::Message;
use super::server::{Broadcast, Replies};
use super::text::{byte_at, char_at, scan};
use super::visible;
use super::worker::status;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};

const THREAD: &str = "assist";

/// What the thread is asked.
pub enum Ask {
    /// The kernel is set up, and the library's sources are here.
    Begin(PathBuf),
    /// The notebook's items and variables, as text that stands before a cell.
    Notebook(String),
    /// A line such as `:dep`.
    Order(String),
    /// A complete or inspect request.
    Request(Message),
    /// What is known of the name at the end of a text: as text and as HTML.
    Explain(String, Sender<Option<(String, String)>>),
}

/// A handle on the thread.
#[derive(Clone)]
pub struct Assist(Sender<Ask>);

impl Assist {
    /// Starts the thread; it answers when rust-analyzer is ready.
    pub fn start(replies: Replies, broadcast: Broadcast) -> Assist {
        let (sender, asks) = channel();
        // What rust-analyzer fails on is no news to the person at the terminal.
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() != Some(THREAD) {
                usual(info);
            }
        }));
        let thread = std::thread::Builder::new().name(THREAD.to_owned());
        // Without the thread nothing completes, and cells run all the same.
        let _ = thread.spawn(move || serve(&asks, &replies, &broadcast));
        Assist(sender)
    }

    /// Lets rust-analyzer read the library.
    pub fn begin(&self, sources: PathBuf) {
        let _ = self.0.send(Ask::Begin(sources));
    }

    pub fn tell(&self, notebook: String) {
        let _ = self.0.send(Ask::Notebook(notebook));
    }

    pub fn order(&self, line: &str) {
        let _ = self.0.send(Ask::Order(line.to_owned()));
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
    let mut context = None;
    let mut hidden = HashSet::new();
    let mut notebook = String::new();
    while let Ok(ask) = asks.recv() {
        match ask {
            Ask::Begin(sources) => {
                context = catch_unwind(start).ok().flatten();
                hidden = visible::hidden(&sources);
            }
            Ask::Notebook(text) => notebook = text,
            Ask::Order(line) => {
                if let Some(context) = &mut context {
                    let _ = catch_unwind(AssertUnwindSafe(|| context.execute(&line).map(drop)));
                }
            }
            Ask::Explain(name, answer) => {
                let _ = answer.send(explain(context.as_mut(), &notebook, &name, name.len()));
            }
            Ask::Request(request) => {
                status(broadcast, &request, "busy");
                let content = match request.kind() {
                    "complete_request" => complete(context.as_mut(), &notebook, &hidden, &request),
                    _ => inspect(context.as_mut(), &notebook, &request),
                };
                replies.send(request.reply(content));
                status(broadcast, &request, "idle");
            }
        }
    }
}

/// evcxr, with a process that does nothing in place of one that runs cells.
fn start() -> Option<evcxr::CommandContext> {
    let mut process = Command::new(std::env::current_exe().ok()?);
    process.env(cell::IDLE, "1");
    let (context, _) = evcxr::EvalContext::with_subprocess_command(process).ok()?;
    let mut context = evcxr::CommandContext::with_eval_context(context);
    context.execute(":load_config --quiet").ok()?;
    Some(context)
}

fn complete(
    context: Option<&mut evcxr::CommandContext>,
    notebook: &str,
    hidden: &HashSet<String>,
    request: &Message,
) -> Value {
    let code = request.content["code"].as_str().unwrap_or("");
    let position = request.content["cursor_pos"].as_u64().unwrap_or(0) as usize;
    let at = byte_at(code, position);
    let found = context.and_then(|context| {
        let mut ask = |code: &str, at: usize| {
            let whole = format!("{notebook}{code}");
            let at = notebook.len() + at;
            let found = catch_unwind(AssertUnwindSafe(|| context.completions(&whole, at).ok()));
            let found = found.ok().flatten().filter(|f| f.start_offset >= notebook.len())?;
            let range = found.start_offset - notebook.len()..found.end_offset - notebook.len();
            (!found.completions.is_empty()).then_some((range, found.completions))
        };
        ask(code, at).or_else(|| {
            // In an argument rust-analyzer may fail, and in a macro it does not look.
            let (shorter, moved) = alone(code, at)?;
            let (range, found) = ask(&shorter, at - moved)?;
            Some((range.start + moved..range.end + moved, found))
        })
    });
    let Some((range, found)) = found else {
        return json!({
            "status": "ok", "matches": [], "metadata": {},
            "cursor_start": position, "cursor_end": position,
        });
    };
    let (start, end) = (char_at(code, range.start), char_at(code, range.end));
    let mut seen = HashSet::new();
    let names = found.iter().filter_map(|one| {
        // A name alone: what stands in brackets behind it would be taken for the person's code.
        let name = one.code.split('(').next().unwrap_or("").trim_end();
        let wanted = !name.is_empty() && !hidden.contains(name) && !name.contains(['\n', '{']);
        let own = name.starts_with("evcxr_") || name == "__lab";
        (wanted && !own && seen.insert(name)).then_some((name, one.kind))
    });
    let mut names: Vec<(&str, &str)> = names.collect();
    names.sort_by_key(|(_, kind)| *kind == "keyword");
    let matches: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
    let types: Vec<Value> = names
        .iter()
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

/// The cell up to its present statement, and behind it only the chain of names and calls that ends
/// at the cursor; and by how much that has moved to the front.
fn alone(code: &str, at: usize) -> Option<(String, usize)> {
    let before = code.get(..at)?;
    let chain = chain_start(before);
    let statement = scan(&before[..chain]).lines.into_iter().next_back().unwrap_or(0);
    let shorter = format!("{}{}", &code[..statement], &before[chain..]);
    (chain > statement).then_some((shorter, chain - statement))
}

/// Where the chain `a.b(c)?.d` begins that ends the text.
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
    context: Option<&mut evcxr::CommandContext>,
    notebook: &str,
    request: &Message,
) -> Value {
    let code = request.content["code"].as_str().unwrap_or("");
    let position = request.content["cursor_pos"].as_u64().unwrap_or(0) as usize;
    match explain(context, notebook, code, byte_at(code, position)) {
        Some((plain, html)) => {
            let data = json!({"text/plain": plain, "text/html": html});
            json!({"status": "ok", "found": true, "data": data, "metadata": {}})
        }
        None => json!({"status": "ok", "found": false, "data": {}, "metadata": {}}),
    }
}

/// Signature and documentation of what stands at this byte, as text and as HTML.
fn explain(
    context: Option<&mut evcxr::CommandContext>,
    notebook: &str,
    code: &str,
    at: usize,
) -> Option<(String, String)> {
    let whole = format!("{notebook}{code}");
    let at = notebook.len() + at;
    let context = context?;
    let found = catch_unwind(AssertUnwindSafe(|| context.hover_at(&whole, at).ok()));
    found.ok().flatten().filter(|(plain, _)| plain != "No documentation found")
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
    }
}
