//! Runs cells, one after the other, and answers what needs evcxr's knowledge of them.

use super::channels::{Channels, Chunk, Phase};
use super::failure::Failure;
use super::interrupt::Interrupter;
use super::message::Message;
use super::output::{Cell, Ending, content};
use super::server::{Broadcast, Ends, Job};
use super::text::{byte_at, char_at};
use anyhow::Result;
use evcxr::{CommandContext, EvalCallbacks, EvalOutputs};
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender};

/// What runs the cells: evcxr, or the reason why it cannot.
pub enum Engine {
    Ready(Box<CommandContext>),
    Broken(String),
}

/// The thread that owns the engine.
pub struct Worker {
    pub engine: Engine,
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
        loop {
            let Some(job) = waiting.pop_front().or_else(|| jobs.recv().ok()) else { return };
            let Job::Request(request) = job else { return };
            status(&self.ends.broadcast, &request, "busy");
            let (content, go_on) = self.answer(&request);
            if !go_on {
                // Looked at before the answer is sent: what comes after it was meant to run.
                waiting.extend(jobs.try_iter());
            }
            self.ends.replies.send(request.reply(content));
            status(&self.ends.broadcast, &request, "idle");
            if !go_on {
                self.abort_waiting(&mut waiting);
            }
        }
    }

    /// The answer, and whether the requests behind this one may run.
    fn answer(&mut self, request: &Message) -> (Value, bool) {
        match request.kind() {
            "execute_request" => self.execute(request),
            "complete_request" => (self.complete(request), true),
            _ => (self.inspect(request), true),
        }
    }

    /// After a failed cell those that were sent with it must not run ("Run All").
    fn abort_waiting(&mut self, waiting: &mut VecDeque<Job>) {
        for job in std::mem::take(waiting) {
            match job {
                Job::Request(request) if request.kind() == "execute_request" => {
                    status(&self.ends.broadcast, &request, "busy");
                    self.ends.replies.send(request.reply(json!({"status": "aborted"})));
                    status(&self.ends.broadcast, &request, "idle");
                }
                job => waiting.push_back(job),
            }
        }
    }

    fn execute(&mut self, request: &Message) -> (Value, bool) {
        let code = request.content["code"].as_str().unwrap_or("");
        let flag = |name: &str, default| request.content[name].as_bool().unwrap_or(default);
        let silent = flag("silent", false);
        if !silent && flag("store_history", true) {
            self.count += 1;
        }
        let count = self.count;
        if !silent {
            let input = json!({"code": code, "execution_count": count});
            self.ends.broadcast.send(request.child("execute_input", input));
        }
        let cell = Cell {
            request: request.clone(),
            count,
            silent,
            has_result: !code.trim_end().ends_with(';'),
        };
        match self.run_cell(cell, code) {
            Ok(outputs) => {
                if !silent && !outputs.is_empty() {
                    let data: Map<String, Value> = outputs
                        .content_by_mime_type
                        .into_iter()
                        .map(|(mime, text)| (mime.clone(), content(&mime, text)))
                        .collect();
                    let result = json!({"data": data, "metadata": {}, "execution_count": count});
                    self.ends.broadcast.send(request.child("execute_result", result));
                }
                let content = json!({
                    "status": "ok",
                    "execution_count": count,
                    "user_expressions": {},
                    "payload": [],
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

    fn run_cell(&mut self, cell: Cell, code: &str) -> Result<EvalOutputs, Failure> {
        let context = match &mut self.engine {
            Engine::Ready(context) => context,
            Engine::Broken(reason) => return Err(Failure::new("KernelNotReady", reason.clone())),
        };
        let (request, allow_stdin) =
            (cell.request.clone(), cell.request.content["allow_stdin"].as_bool() == Some(true));
        let _ = self.chunks.send(Chunk::Cell(cell));
        self.interrupter.begin_cell();
        self.channels.set_phase(Phase::Compiling);
        let ends = &self.ends;
        let mut callbacks = EvalCallbacks {
            input_reader: &|question| match allow_stdin {
                true => ask(ends, &request, &question.prompt, question.is_password),
                false => String::new(),
            },
        };
        let result =
            catch_unwind(AssertUnwindSafe(|| context.execute_with_callbacks(code, &mut callbacks)));
        let running = self.channels.phase() == Phase::Running;
        self.channels.set_phase(Phase::Idle);
        self.channels.close();
        let ending = self.endings.recv().unwrap_or_default();
        let Ok(result) = result else {
            let reason = "the kernel lost its compiler: restart the kernel (Kernel > Restart)";
            self.engine = Engine::Broken(reason.to_owned());
            return Err(Failure::new("KernelNotReady", reason));
        };
        match result {
            Err(_) if self.interrupter.was_asked() => Err(Failure::interrupted(running)),
            Err(error) => Err(Failure::of_evcxr(&error, code)),
            Ok(_) if ending.panic.is_some() => {
                let source = context.last_source().unwrap_or_default();
                Err(Failure::of_panic(&ending.panic.unwrap_or_default(), &source, code))
            }
            Ok(outputs) => match ending.failed {
                Some(text) => Err(Failure::of_question_mark(&text)),
                None => Ok(outputs),
            },
        }
    }

    fn complete(&mut self, request: &Message) -> Value {
        let code = request.content["code"].as_str().unwrap_or("");
        let position = request.content["cursor_pos"].as_u64().unwrap_or(0) as usize;
        let found = match &mut self.engine {
            Engine::Ready(context) => catch_unwind(AssertUnwindSafe(|| {
                context.completions(code, byte_at(code, position)).ok()
            })),
            Engine::Broken(_) => Ok(None),
        };
        let Ok(Some(found)) = found else {
            return json!({
                "status": "ok", "matches": [], "metadata": {},
                "cursor_start": position, "cursor_end": position,
            });
        };
        let start = char_at(code, found.start_offset);
        let end = char_at(code, found.end_offset);
        let matches: Vec<&str> = found.completions.iter().map(|one| one.code.as_str()).collect();
        let types: Vec<Value> = found
            .completions
            .iter()
            .map(|one| json!({"text": one.code, "type": one.kind, "start": start, "end": end}))
            .collect();
        json!({
            "status": "ok",
            "matches": matches,
            "cursor_start": start,
            "cursor_end": end,
            "metadata": {"_jupyter_types_experimental": types},
        })
    }

    fn inspect(&mut self, request: &Message) -> Value {
        let code = request.content["code"].as_str().unwrap_or("");
        let position = request.content["cursor_pos"].as_u64().unwrap_or(0) as usize;
        let found = match &mut self.engine {
            Engine::Ready(context) => catch_unwind(AssertUnwindSafe(|| {
                context.hover_at(code, byte_at(code, position)).ok()
            })),
            Engine::Broken(_) => Ok(None),
        };
        let nothing = json!({"status": "ok", "found": false, "data": {}, "metadata": {}});
        match found {
            Ok(Some((plain, html))) if plain != "No documentation found" => {
                let data = json!({"text/plain": plain, "text/html": html});
                json!({"status": "ok", "found": true, "data": data, "metadata": {}})
            }
            _ => nothing,
        }
    }
}

/// Asks the person at the notebook for a line.
fn ask(ends: &Ends, request: &Message, prompt: &str, password: bool) -> String {
    let content = json!({"prompt": prompt, "password": password});
    while ends.answers.try_recv().is_ok() {} // answers to a cell that was interrupted
    ends.questions.send(request.to_sender("input_request", content));
    let answer = ends.answers.recv();
    let line = answer.ok().and_then(|answer| answer.content["value"].as_str().map(str::to_owned));
    line.unwrap_or_default()
}

pub fn status(broadcast: &Broadcast, request: &Message, state: &str) {
    broadcast.send(request.child("status", json!({"execution_state": state})));
}
