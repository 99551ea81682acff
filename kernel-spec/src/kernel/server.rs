//! Answers Jupyter on its sockets; passes cells to the worker, in order, and completion to its
//! thread.

use super::assist::Assist;
use super::connection::Sockets;
use super::history::History;
use super::interrupt::Interrupter;
use super::message::{Key, Message};
use super::text::{Completeness, completeness};
use anyhow::Result;
use serde_json::{Value, json};
use std::sync::mpsc as threads;
use tokio::sync::mpsc;
use zeromq::{PubSocket, RepSocket, RouterRecvHalf, RouterSendHalf, SocketRecv, SocketSend};

/// How many messages may wait: a slow client slows the cell down instead of filling the memory.
const BACKLOG: usize = 256;

/// The broadcast channel (iopub).
#[derive(Clone)]
pub struct Broadcast(mpsc::Sender<Message>);

impl Broadcast {
    /// Sends from a thread that may wait.
    pub fn send(&self, message: Message) {
        let _ = self.0.blocking_send(message);
    }

    async fn send_async(&self, message: Message) {
        let _ = self.0.send(message).await;
    }

    async fn status(&self, request: &Message, state: &str) {
        self.send_async(request.child("status", json!({"execution_state": state}))).await;
    }
}

/// What the worker is asked for.
pub enum Job {
    /// An execute request, and which one it is.
    Request(Message, u64),
    Shutdown,
}

/// Where answers of the worker go.
#[derive(Clone)]
pub struct Replies(mpsc::Sender<Message>);

impl Replies {
    pub fn send(&self, message: Message) {
        let _ = self.0.blocking_send(message);
    }
}

/// The ends of the server that the worker holds.
pub struct Ends {
    pub broadcast: Broadcast,
    /// Replies on the shell channel.
    pub replies: Replies,
    pub history: History,
}

/// The questions to the user on the stdin channel, and the answers.
pub struct Person {
    pub questions: Replies,
    pub answers: threads::Receiver<Message>,
}

/// Starts the tasks that serve the sockets, except the control channel.
pub fn start(
    sockets: Sockets,
    jobs: threads::Sender<Job>,
    interrupter: Interrupter,
) -> (Ends, Person, Assist, Control) {
    let Sockets { heartbeat, shell, control, stdin, iopub, key } = sockets;
    let (broadcast, to_broadcast) = mpsc::channel(BACKLOG);
    let (replies, to_reply) = mpsc::channel(BACKLOG);
    let (questions, to_ask) = mpsc::channel(BACKLOG);
    let (answer, answers) = threads::channel();
    let broadcast = Broadcast(broadcast);
    let history = History::default();
    let (shell_out, shell_in) = shell.split();
    let (control_out, control_in) = control.split();
    let (stdin_out, stdin_in) = stdin.split();
    tokio::spawn(beat(heartbeat));
    tokio::spawn(publish(iopub, to_broadcast, key.clone()));
    tokio::spawn(answer_with(shell_out, to_reply, key.clone()));
    tokio::spawn(answer_with(stdin_out, to_ask, key.clone()));
    tokio::spawn(hear_answers(stdin_in, answer, key.clone()));
    let assist = Assist::start(Replies(replies.clone()), broadcast.clone());
    let shell = Shell {
        broadcast: broadcast.clone(),
        replies: replies.clone(),
        jobs,
        assist: assist.clone(),
        interrupter,
        history: history.clone(),
        key: key.clone(),
    };
    tokio::spawn(shell.serve(shell_in));
    let control =
        Control { incoming: control_in, outgoing: control_out, key, broadcast: broadcast.clone() };
    let ends = Ends { broadcast, replies: Replies(replies), history };
    (ends, Person { questions: Replies(questions), answers }, assist, control)
}

async fn beat(mut socket: RepSocket) {
    while let Ok(message) = socket.recv().await {
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

async fn publish(mut socket: PubSocket, mut messages: mpsc::Receiver<Message>, key: Key) {
    while let Some(message) = messages.recv().await {
        if let Ok(message) = message.encode(&key)
            && let Err(error) = socket.send(message).await
        {
            eprintln!("the broadcast channel: {error}");
        }
    }
}

async fn answer_with(mut socket: RouterSendHalf, mut messages: mpsc::Receiver<Message>, key: Key) {
    while let Some(message) = messages.recv().await {
        // A client that has gone is no reason to stop.
        if let Ok(message) = message.encode(&key) {
            let _ = socket.send(message).await;
        }
    }
}

async fn hear_answers(mut socket: RouterRecvHalf, answers: threads::Sender<Message>, key: Key) {
    while let Some(message) = receive(&mut socket, &key).await {
        let _ = answers.send(message);
    }
}

/// The next message that can be read; none when the socket is closed.
async fn receive(socket: &mut RouterRecvHalf, key: &Key) -> Option<Message> {
    loop {
        match Message::decode(socket.recv().await.ok()?, key) {
            Ok(message) => return Some(message),
            Err(error) => eprintln!("ignored: {error:#}"),
        }
    }
}

struct Shell {
    broadcast: Broadcast,
    replies: mpsc::Sender<Message>,
    jobs: threads::Sender<Job>,
    assist: Assist,
    interrupter: Interrupter,
    history: History,
    key: Key,
}

impl Shell {
    async fn serve(self, mut socket: RouterRecvHalf) {
        while let Some(request) = receive(&mut socket, &self.key).await {
            match request.kind() {
                "execute_request" => {
                    let number = self.interrupter.received();
                    let _ = self.jobs.send(Job::Request(request, number));
                }
                "complete_request" | "inspect_request" => self.assist.request(request),
                _ => self.answer(request).await,
            }
        }
    }

    async fn answer(&self, request: Message) {
        let content = match request.kind() {
            "kernel_info_request" => Some(kernel_info()),
            "is_complete_request" => Some(is_complete(&request)),
            "comm_info_request" => Some(json!({"status": "ok", "comms": {}})),
            "history_request" => Some(self.history.answer(&request.content)),
            _ => None,
        };
        self.broadcast.status(&request, "busy").await;
        if request.kind() == "comm_open" {
            // No comm has a target here; closing it tells the client so.
            let close = json!({"comm_id": request.content["comm_id"], "data": {}});
            self.broadcast.send_async(request.child("comm_close", close)).await;
        }
        if let Some(content) = content {
            let _ = self.replies.send(request.reply(content)).await;
        }
        self.broadcast.status(&request, "idle").await;
    }
}

/// The control channel, which is heard while a cell runs.
pub struct Control {
    incoming: RouterRecvHalf,
    outgoing: RouterSendHalf,
    broadcast: Broadcast,
    key: Key,
}

impl Control {
    /// Serves until a shutdown is asked for; the request is answered by [`Control::goodbye`].
    pub async fn serve(&mut self, interrupter: &Interrupter) -> Option<Message> {
        while let Some(request) = receive(&mut self.incoming, &self.key).await {
            let content = match request.kind() {
                "shutdown_request" => return Some(request),
                "kernel_info_request" => kernel_info(),
                "interrupt_request" => {
                    if let Some(heard) = interrupter.hear() {
                        let interrupter = interrupter.clone();
                        // Not awaited, so that a shutdown is heard meanwhile.
                        tokio::task::spawn_blocking(move || interrupter.stop(heard));
                    }
                    json!({"status": "ok"})
                }
                _ => continue,
            };
            self.broadcast.status(&request, "busy").await;
            let _ = self.send(&request.reply(content)).await;
            self.broadcast.status(&request, "idle").await;
        }
        None
    }

    /// The last message of a kernel.
    pub async fn goodbye(&mut self, request: &Message) {
        let restart = request.content["restart"].as_bool().unwrap_or(false);
        let content = json!({"status": "ok", "restart": restart});
        self.broadcast.send_async(request.child("shutdown_reply", content.clone())).await;
        let _ = self.send(&request.reply(content)).await;
        // Other tasks write to both sockets, and need a moment.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }

    async fn send(&mut self, message: &Message) -> Result<()> {
        Ok(self.outgoing.send(message.encode(&self.key)?).await?)
    }
}

fn is_complete(request: &Message) -> Value {
    match completeness(request.content["code"].as_str().unwrap_or("")) {
        Completeness::Complete => json!({"status": "complete"}),
        Completeness::Incomplete => json!({"status": "incomplete", "indent": "    "}),
        Completeness::Invalid => json!({"status": "invalid"}),
    }
}

fn kernel_info() -> Value {
    json!({
        "status": "ok",
        "protocol_version": "5.4",
        "implementation": "dfdx-lab",
        "implementation_version": env!("CARGO_PKG_VERSION"),
        "language_info": {
            "name": "rust",
            "version": "2024",
            "mimetype": "text/rust",
            "file_extension": ".rs",
            "pygments_lexer": "rust",
            "codemirror_mode": "rust",
        },
        "banner": "Rust (dfdx-lab): neural networks, tables and plots in Rust cells",
        "help_links": [{"text": "Rust's standard library", "url": "https://doc.rust-lang.org/std/"}],
    })
}
