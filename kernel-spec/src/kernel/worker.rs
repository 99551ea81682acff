//! Runs cells, one after the other.

use super::channels::{Channels, Chunk, Phase};
use super::engine::{Engine, Host};
use super::failure::Failure;
use super::interrupt::Interrupter;
use super::message::Message;
use super::output::{Cell, Ending};
use super::process::Process;
use super::server::{Broadcast, Ends, Job};
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender};

/// What runs the cells, or the reason why nothing can.
pub enum State {
    Ready(Box<Engine>),
    Broken(String),
}

/// The thread that owns the engine.
pub struct Worker {
    pub state: State,
    pub ends: Ends,
    pub chunks: SyncSender<Chunk>,
    pub endings: Receiver<Ending>,
    pub channels: Channels,
    pub interrupter: Interrupter,
    pub count: u64,
}

impl Worker {
    /// Serves requests until the kernel shuts down.
    pub fn run(mut self, jobs: &Receiver<Job>) {
        let mut waiting = VecDeque::new();
        self.interrupter.started();
        loop {
            let Some(job) = waiting.pop_front().or_else(|| jobs.recv().ok()) else { return };
            let Job::Request(request, number) = job else { return };
            status(&self.ends.broadcast, &request, "busy");
            let (content, go_on) = self.execute(&request, number);
            if !go_on {
                // Collected before the answer is sent: cells that come after it are meant to run.
                waiting.extend(jobs.try_iter());
            }
            self.ends.replies.send(request.reply(content));
            status(&self.ends.broadcast, &request, "idle");
            if !go_on {
                self.abort_waiting(&mut waiting);
            }
        }
    }

    /// Aborts the cells that were sent together with one that failed ("Run All").
    fn abort_waiting(&mut self, waiting: &mut VecDeque<Job>) {
        for job in std::mem::take(waiting) {
            match job {
                Job::Request(request, _) => {
                    status(&self.ends.broadcast, &request, "busy");
                    self.ends.replies.send(request.reply(json!({"status": "aborted"})));
                    status(&self.ends.broadcast, &request, "idle");
                }
                job => waiting.push_back(job),
            }
        }
    }

    fn execute(&mut self, request: &Message, number: u64) -> (Value, bool) {
        let code = request.content["code"].as_str().unwrap_or("");
        let flag = |name: &str, default| request.content[name].as_bool().unwrap_or(default);
        let silent = flag("silent", false);
        if !silent && flag("store_history", true) {
            self.count += 1;
            self.ends.history.add(self.count, code);
        }
        let count = self.count;
        if !silent {
            let input = json!({"code": code, "execution_count": count});
            self.ends.broadcast.send(request.child("execute_input", input));
        }
        let cell = Cell { request: request.clone(), count, silent };
        // A stop while the kernel was starting, or busy, is meant for what was sent to it before.
        let result = match self.interrupter.is_stopped(number) {
            true => Err(Failure::interrupted()),
            false => self.run_cell(cell, code),
        };
        match result {
            Ok(pages) => {
                let page = |data| json!({"source": "page", "data": data, "start": 0});
                let payload: Vec<Value> = pages.into_iter().map(page).collect();
                let content = json!({
                    "status": "ok",
                    "execution_count": count,
                    "user_expressions": {},
                    "payload": payload,
                });
                (content, true)
            }
            Err(failure) => {
                if !silent {
                    self.ends.broadcast.send(request.child("error", failure.content()));
                }
                let mut content = failure.content();
                content["status"] = json!("error");
                content["execution_count"] = json!(count);
                (content, !flag("stop_on_error", true))
            }
        }
    }

    /// Returns what the client is to show in its pager.
    fn run_cell(&mut self, cell: Cell, code: &str) -> Result<Vec<Value>, Failure> {
        let engine = match &mut self.state {
            State::Ready(engine) => engine,
            State::Broken(reason) => return Err(Failure::new("KernelNotReady", reason.clone())),
        };
        let (request, count, silent) = (cell.request.clone(), cell.count, cell.silent);
        let _ = self.chunks.send(Chunk::Cell(cell));
        self.interrupter.begin_cell();
        self.channels.set_phase(Phase::Compiling);
        let mut host = CellHost {
            channels: &self.channels,
            endings: &self.endings,
            interrupter: &self.interrupter,
            broadcast: &self.ends.broadcast,
            request: &request,
            silent,
            count,
            shown: BTreeSet::new(),
            pages: Vec::new(),
        };
        let result = catch_unwind(AssertUnwindSafe(|| engine.execute(code, count, &mut host)));
        self.channels.set_phase(Phase::Idle);
        let pages = host.pages;
        let result = result.map(|result| result.map(|()| pages));
        result.unwrap_or_else(|_| {
            let reason = "the kernel failed inside: restart it (Kernel > Restart)";
            self.state = State::Broken(reason.to_owned());
            Err(Failure::new("KernelNotReady", reason))
        })
    }
}

/// The running cell, as the engine sees it.
struct CellHost<'a> {
    channels: &'a Channels,
    endings: &'a Receiver<Ending>,
    interrupter: &'a Interrupter,
    broadcast: &'a Broadcast,
    request: &'a Message,
    silent: bool,
    count: u64,
    shown: BTreeSet<String>,
    pages: Vec<Value>,
}

impl Host for CellHost<'_> {
    fn run(
        &mut self,
        process: &mut Process,
        object: &Path,
        function: &str,
    ) -> Result<Ending, String> {
        let result = process.run(object, function);
        self.channels.close();
        let ending = self.endings.recv().unwrap_or_default();
        // The kernel may have more to compile for this cell.
        self.channels.set_phase(Phase::Compiling);
        result.map(|()| ending)
    }

    fn was_asked(&self) -> bool {
        self.interrupter.was_asked()
    }

    fn show(&mut self, name: &str, data: Value) {
        if self.silent {
            return;
        }
        let id = format!("kernel-{}-{}-{name}", std::process::id(), self.count);
        let new = self.shown.insert(name.to_owned());
        let kind = if new { "display_data" } else { "update_display_data" };
        let content = json!({"data": data, "metadata": {}, "transient": {"display_id": id}});
        self.broadcast.send(self.request.child(kind, content));
    }

    fn page(&mut self, data: Value) {
        if !self.silent {
            self.pages.push(data);
        }
    }
}

pub fn status(broadcast: &Broadcast, request: &Message, state: &str) {
    broadcast.send(request.child("status", json!({"execution_state": state})));
}
