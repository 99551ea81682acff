//! Publishes what a cell writes, while it runs.

use super::cell::IN_PANIC;
use super::channels::{Channels, Chunk, Source};
use super::message::Message;
use super::server::Broadcast;
use super::stream::{END_MIME, PANIC_MIME, Piece, Splitter, VARIABLES_MIME};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

/// The cell whose output is being published.
pub struct Cell {
    pub request: Message,
    pub count: u64,
    pub silent: bool,
}

/// How the compiled part of a cell ended.
#[derive(Default)]
pub struct Ending {
    pub how: How,
    /// The variables that are kept; those made by this cell have a plus.
    pub variables: Vec<String>,
    /// For each variable whose size was asked for: name, bytes and contents, separated by tabs.
    pub sizes: Vec<String>,
}

#[derive(Default, PartialEq, Eq)]
pub enum How {
    #[default]
    Well,
    Panicked(Spot),
    /// A `?` met an error.
    Failed(Spot),
    /// It checked for a stop, and found one.
    Stopped,
    /// It called `std::process::exit` with this code.
    Left(String),
    /// It was abandoned where it stood, for this reason, perhaps after this panic; the variables
    /// that it had taken are lost.
    Abandoned(String, Option<Spot>),
}

/// A message and where it comes from.
#[derive(Default, PartialEq, Eq, Clone)]
pub struct Spot {
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub message: String,
}

impl Spot {
    /// File, line, column, and the rest.
    fn read(text: &str) -> Spot {
        let mut lines = text.splitn(4, '\n');
        let mut next = || lines.next().unwrap_or("").to_owned();
        Spot {
            file: next(),
            line: next().parse().unwrap_or(0),
            column: next().parse().unwrap_or(0),
            message: next(),
        }
    }
}

/// A question of the running cell.
pub struct Question {
    pub request: Message,
    pub prompt: String,
}

/// How long text is collected, so that a loop of `println!` does not send a message for each line.
const COLLECT: Duration = Duration::from_millis(30);
/// A value shown in the middle of a cell is published when nothing has followed it for this long.
const PATIENCE: Duration = Duration::from_millis(150);
const MUCH_TEXT: usize = 64 * 1024;
/// The variable that tells the cells' process that contents of the following types are replaced;
/// the library has these names as well.
pub const LIVE: &str = "DFDX_LAB_LIVE";
/// Text that replaces an earlier one of the same name; the name is the first line.
const LIVE_MIME: &str = "application/vnd.dfdx-lab.live";
/// The same for contents of several types: an object with the name and the contents.
const LIVE_FORMS_MIME: &str = "application/vnd.dfdx-lab.live+json";
/// How large a variable is.
const SIZE_MIME: &str = "application/vnd.dfdx-lab.size";
/// What follows is the cell's own result.
const LAST_MIME: &str = "application/vnd.dfdx-lab.last";
/// The contents before it are one value.
const SHOWN_MIME: &str = "application/vnd.dfdx-lab.shown";
/// What was shown is removed when something new is shown.
const CLEAR_MIME: &str = "application/vnd.dfdx-lab.clear";

/// Runs until the kernel ends: takes chunks, publishes them, answers each closed cell.
pub fn publish(
    chunks: Receiver<Chunk>,
    channels: Channels,
    broadcast: Broadcast,
    endings: Sender<Ending>,
    questions: Sender<Question>,
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
        ending: Ending::default(),
        last: false,
        questions,
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
                    publisher.flush_text();
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                for source in [Source::Stdout, Source::Stderr] {
                    if let Some(text) = splitters[source as usize].partial() {
                        publisher.add_text(source, &text);
                    }
                }
                publisher.flush_text();
                if publisher.waited() > PATIENCE {
                    publisher.flush_bundle();
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
    /// The last panic that was reported; the cell's own code may still catch it.
    panic: Option<Spot>,
    ending: Ending,
    /// Whether the next value is the cell's result.
    last: bool,
    questions: Sender<Question>,
    done: [bool; 2],
    closed: [bool; 2],
}

impl Publisher {
    fn piece(&mut self, source: Source, piece: Piece) -> Option<Ending> {
        match piece {
            Piece::Text(text) => self.add_text(source, &text),
            Piece::Content { mime, text } => self.content(mime, text),
            Piece::Input => self.ask(),
            Piece::Begin => self.channels.running(),
            Piece::Done => {
                self.done[source as usize] = true;
                if self.done == [true; 2] {
                    self.done = [false; 2];
                    self.channels.done();
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

    fn content(&mut self, mime: String, text: String) {
        match mime.as_str() {
            PANIC_MIME => {
                self.tell_caught_panic();
                self.panic = Some(Spot::read(&text));
            }
            END_MIME => {
                let (how, rest) = text.split_once('\n').unwrap_or((&text, ""));
                self.ending.how = match how {
                    "panicked" => How::Panicked(self.panic.take().unwrap_or_default()),
                    "failed" => How::Failed(Spot::read(rest)),
                    "left" => How::Left(rest.to_owned()),
                    "abandoned" => {
                        let spot = self.panic.take_if(|_| rest == IN_PANIC);
                        How::Abandoned(rest.to_owned(), spot)
                    }
                    _ => How::Stopped,
                };
            }
            VARIABLES_MIME => self.ending.variables = text.lines().map(str::to_owned).collect(),
            SIZE_MIME => self.ending.sizes.push(text),
            LIVE_MIME => {
                let (name, text) = text.split_once('\n').unwrap_or((&text, ""));
                self.replace(name, json!({"text/plain": text}));
            }
            LIVE_FORMS_MIME => {
                let value: Value = serde_json::from_str(&text).unwrap_or_default();
                self.replace(value["name"].as_str().unwrap_or(""), value["data"].clone());
            }
            LAST_MIME => {
                self.flush_text();
                self.flush_bundle();
                self.last = true;
            }
            SHOWN_MIME => self.flush_bundle(),
            CLEAR_MIME => {
                self.flush_text();
                self.flush_bundle();
                self.send("clear_output", json!({"wait": true}));
            }
            _ => self.add_content(mime, text),
        }
    }

    /// Asks the user for a line; the text before the cursor is the question.
    fn ask(&mut self) {
        self.flush_bundle();
        let from = self.text.rfind('\n').map_or(0, |at| at + 1);
        let prompt = match self.text_from {
            Source::Stdout => self.text.split_off(from),
            Source::Stderr => String::new(),
        };
        self.flush_text();
        if let Some(cell) = &self.cell {
            let _ = self.questions.send(Question { request: cell.request.clone(), prompt });
        }
    }

    fn waited(&self) -> Duration {
        self.collected_since.elapsed()
    }

    fn add_text(&mut self, source: Source, text: &str) {
        if source == Source::Stdout {
            self.flush_bundle();
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
            self.flush_bundle();
        }
        if self.bundle.is_empty() {
            self.collected_since = Instant::now();
        }
        self.bundle.insert(mime.clone(), content(&mime, text));
    }

    /// Publishes contents in place of earlier ones of the same name.
    fn replace(&mut self, name: &str, data: Value) {
        self.flush_text();
        self.flush_bundle();
        let message = json!({
            "data": data,
            "metadata": {},
            "transient": {"display_id": name},
        });
        let new = self.shown.insert(name.to_owned());
        self.send(if new { "display_data" } else { "update_display_data" }, message);
    }

    fn flush_text(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let name = if self.text_from == Source::Stdout { "stdout" } else { "stderr" };
        self.send("stream", json!({"name": name, "text": text}));
    }

    fn flush_bundle(&mut self) {
        if self.bundle.is_empty() {
            return;
        }
        let data = std::mem::take(&mut self.bundle);
        let mut message = json!({"data": data, "metadata": {}});
        let kind = match (std::mem::take(&mut self.last), &self.cell) {
            (true, Some(cell)) => {
                message["execution_count"] = json!(cell.count);
                "execute_result"
            }
            _ => {
                message["transient"] = json!({});
                "display_data"
            }
        };
        self.send(kind, message);
    }

    fn tell_caught_panic(&mut self) {
        if let Some(panic) = self.panic.take() {
            let Spot { file, line, message, .. } = panic;
            // The file of a cell is the kernel's own: the user does not know it.
            let at = match file.contains("/compiled/cell_") {
                true => String::new(),
                false => format!(" at {file}:{line}"),
            };
            self.add_text(Source::Stderr, &format!("panicked{at}: {message}\n"));
        }
    }

    fn end(&mut self) -> Ending {
        self.tell_caught_panic();
        self.flush_text();
        self.flush_bundle();
        self.last = false;
        let ending = std::mem::take(&mut self.ending);
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
