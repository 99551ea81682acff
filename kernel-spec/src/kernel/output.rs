//! Publishes what a cell writes, while it runs.

use super::channels::{Channels, Chunk, Source};
use super::message::Message;
use super::server::Broadcast;
use super::stream::{PANIC, PANIC_MIME, Piece, QUESTION_MARK, Splitter};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

/// The cell whose output is being published.
pub struct Cell {
    pub request: Message,
    pub count: u64,
    pub silent: bool,
    /// Whether the last value shown is the cell's own result.
    pub has_result: bool,
}

/// How the compiled part of a cell ended.
#[derive(Default)]
pub struct Ending {
    pub panic: Option<Panic>,
    /// What a failed `?` printed.
    pub failed: Option<String>,
}

/// A panic as `hooks.rs` tells of it.
#[derive(Default)]
pub struct Panic {
    pub file: String,
    pub line: usize,
    pub message: String,
}

/// Text is collected this long, so that a loop of `println!` is not a message a line.
const COLLECT: Duration = Duration::from_millis(30);
/// A value shown in the middle of a cell is published when nothing follows it for so long.
const PATIENCE: Duration = Duration::from_millis(150);
const MUCH_TEXT: usize = 64 * 1024;
/// Tells the cells' process that blocks of the following type are replaced; the library has these
/// names as well.
pub const LIVE: &str = "DFDX_LAB_LIVE";
/// Text that takes the place of an earlier one of the same name; the name is the first line.
const LIVE_MIME: &str = "application/vnd.dfdx-lab.live";

/// Runs until the kernel ends: takes chunks, publishes them, answers each closed cell.
pub fn publish(
    chunks: Receiver<Chunk>,
    channels: Channels,
    broadcast: Broadcast,
    endings: Sender<Ending>,
) {
    let mut publisher = Publisher {
        channels,
        broadcast,
        cell: None,
        text: String::new(),
        text_from: Source::Stdout,
        collected_since: Instant::now(),
        bundle: Map::new(),
        shown: HashSet::new(),
        panic: None,
        panicked: false,
        failed: false,
        done: [false; 2],
        closed: [false; 2],
    };
    let mut splitters = [Splitter::default(), Splitter::default()];
    loop {
        match chunks.recv_timeout(COLLECT) {
            Ok(Chunk::Cell(cell)) => publisher.cell = Some(cell),
            Ok(Chunk::Bytes(source, bytes)) => {
                for piece in splitters[source as usize].push(&bytes) {
                    if let Some(ending) = publisher.piece(source, piece) {
                        let _ = endings.send(ending);
                    }
                }
                if publisher.text.len() > MUCH_TEXT || publisher.waited() > COLLECT {
                    publisher.flush_live();
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                for source in [Source::Stdout, Source::Stderr] {
                    if let Some(text) = splitters[source as usize].partial() {
                        publisher.add_text(source, &text);
                    }
                }
                publisher.flush_live();
                if publisher.waited() > PATIENCE {
                    publisher.flush_bundle("display_data");
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

struct Publisher {
    channels: Channels,
    broadcast: Broadcast,
    cell: Option<Cell>,
    text: String,
    text_from: Source,
    collected_since: Instant,
    /// The contents of one value: the same thing as text, HTML, image, …
    bundle: Map<String, Value>,
    /// The names of the texts that may be replaced.
    shown: HashSet<String>,
    /// The last panic told of; it may yet be caught by the cell's own code.
    panic: Option<Panic>,
    panicked: bool,
    failed: bool,
    done: [bool; 2],
    closed: [bool; 2],
}

impl Publisher {
    fn piece(&mut self, source: Source, piece: Piece) -> Option<Ending> {
        match piece {
            Piece::Text(text) => self.add_text(source, &text),
            Piece::Content { mime, text } if mime == PANIC_MIME => {
                self.tell_caught_panic();
                let mut lines = text.splitn(3, '\n');
                let mut next = || lines.next().unwrap_or("").to_owned();
                self.panic = Some(Panic {
                    file: next(),
                    line: next().parse().unwrap_or(0),
                    message: next(),
                });
            }
            Piece::Content { mime, text } if mime == LIVE_MIME => self.replace(&text),
            Piece::Content { mime, text } => self.add_content(mime, text),
            Piece::Note(note) => {
                self.panicked |= note == PANIC;
                self.failed |= note == QUESTION_MARK;
                if !self.failed {
                    self.flush_text();
                }
                self.channels.tell_evcxr(&note);
            }
            Piece::Begin => self.channels.running(),
            Piece::Done => {
                self.done[source as usize] = true;
                if self.done == [true; 2] {
                    self.done = [false; 2];
                    self.channels.tell_evcxr("EVCXR_EXECUTION_COMPLETE");
                }
            }
            Piece::Close => {
                self.closed[source as usize] = true;
                if self.closed == [true; 2] {
                    return Some(self.end());
                }
            }
        }
        None
    }

    fn waited(&self) -> Duration {
        self.collected_since.elapsed()
    }

    fn add_text(&mut self, source: Source, text: &str) {
        if source == Source::Stdout {
            self.flush_bundle("display_data");
        }
        if self.text_from != source {
            self.flush_text();
            self.text_from = source;
        }
        if self.text.is_empty() {
            self.collected_since = Instant::now();
        }
        self.text.push_str(text);
    }

    fn add_content(&mut self, mime: String, text: String) {
        self.flush_text();
        if self.bundle.contains_key(&mime) {
            self.flush_bundle("display_data");
        }
        if self.bundle.is_empty() {
            self.collected_since = Instant::now();
        }
        self.bundle.insert(mime.clone(), content(&mime, text));
    }

    /// Publishes a text in the place of an earlier one of its name.
    fn replace(&mut self, text: &str) {
        self.flush_text();
        self.flush_bundle("display_data");
        let (name, text) = text.split_once('\n').unwrap_or((text, ""));
        let message = json!({
            "data": {"text/plain": text},
            "metadata": {},
            "transient": {"display_id": name},
        });
        let new = self.shown.insert(name.to_owned());
        self.send(if new { "display_data" } else { "update_display_data" }, message);
    }

    /// Publishes text while the cell runs, except what may be the message of a failed `?`.
    fn flush_live(&mut self) {
        if !(self.failed && self.text_from == Source::Stderr) {
            self.flush_text();
        }
    }

    fn flush_text(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let name = if self.text_from == Source::Stdout { "stdout" } else { "stderr" };
        self.send("stream", json!({"name": name, "text": text}));
    }

    fn flush_bundle(&mut self, kind: &str) {
        if self.bundle.is_empty() {
            return;
        }
        let data = std::mem::take(&mut self.bundle);
        let mut message = json!({"data": data, "metadata": {}});
        match (kind, &self.cell) {
            ("execute_result", Some(cell)) => message["execution_count"] = json!(cell.count),
            _ => message["transient"] = json!({}),
        }
        self.send(kind, message);
    }

    fn tell_caught_panic(&mut self) {
        if let Some(panic) = self.panic.take() {
            let Panic { file, line, message } = panic;
            self.add_text(Source::Stderr, &format!("panicked at {file}:{line}: {message}\n"));
        }
    }

    fn end(&mut self) -> Ending {
        let mut ending = Ending::default();
        if self.panicked {
            ending.panic = Some(self.panic.take().unwrap_or_default());
        }
        if self.failed {
            let of_stderr = self.text_from == Source::Stderr;
            let text = if of_stderr { std::mem::take(&mut self.text) } else { String::new() };
            ending.failed = Some(text.trim_end().to_owned());
        }
        self.tell_caught_panic();
        self.flush_text();
        if self.bundle.len() == 1 && self.bundle.get("text/plain") == Some(&json!("()")) {
            // A cell that ends with a `println!` or a loop has nothing to show.
            self.bundle.clear();
        }
        let result = self.cell.as_ref().is_some_and(|cell| cell.has_result);
        self.flush_bundle(if result { "execute_result" } else { "display_data" });
        (self.panicked, self.failed) = (false, false);
        // A process that died had no time to say that it was done.
        (self.done, self.closed) = ([false; 2], [false; 2]);
        ending
    }

    fn send(&self, kind: &str, content: Value) {
        if let Some(cell) = self.cell.as_ref().filter(|cell| !cell.silent) {
            self.broadcast.send(cell.request.child(kind, content));
        }
    }
}

/// JSON contents travel as JSON, everything else as text.
pub fn content(mime: &str, text: String) -> Value {
    if mime.ends_with("json") {
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    } else {
        Value::String(text)
    }
}
