//! The Jupyter kernel. It parses each cell ([`parse`]), writes the file that rustc compiles
//! ([`session`]), runs the result in a process of its own ([`process`], [`cell`]) and publishes
//! what that writes ([`output`]). Completion and help come from rust-analyzer ([`assist`]).
//!
//! A cell that fails is answered as an error, so that "Run All" stops; its output appears while it
//! runs; an unfinished line does not hang it; a stop unwinds the cell and keeps every variable.

mod analyzer;
mod asking;
mod assist;
mod channels;
mod compiler;
mod connection;
mod deps;
mod ending;
mod engine;
mod failure;
mod folder;
mod hints;
mod history;
mod interrupt;
mod layout;
mod message;
mod outline;
mod output;
mod pages;
mod parse;
mod process;
mod rescue;
mod server;
mod session;
mod stream;
mod text;
mod types;
mod variables;
mod visible;
mod waits;
mod worker;

pub mod cell;

use analyzer::Sources;
use anyhow::{Context, Result};
use assist::Assist;
use channels::Channels;
use compiler::Compiler;
use deps::Crates;
use engine::Engine;
use folder::Folder;
use interrupt::Interrupter;
use message::Message;
use process::{Process, Setting};
use server::{Ends, Job};
use session::Session;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;
use types::Types;
use worker::{State, Worker};

/// The variable that names the folder for temporary files.
const TEMPORARY: &str = "TMPDIR";

/// What must be there before a cell can be compiled.
pub struct Ready {
    /// The compiler of the cells.
    pub rustc: PathBuf,
    pub hooks: PathBuf,
    pub library: PathBuf,
    /// The crate that stands for the library, and Rust's own sources, for completion.
    pub sources: PathBuf,
    pub rust_sources: PathBuf,
    /// The list of the methods of other crates' types.
    pub foreign: PathBuf,
    /// The flags with which rustc compiles a cell.
    pub flags: Vec<String>,
}

/// Serves until Jupyter ends the kernel. `ready` is either what the kernel needs, or a plain
/// sentence that says why it cannot run cells, which then every cell shows.
pub fn serve(connection: &Path, ready: Result<Ready, String>) -> Result<()> {
    // An interrupt comes as a message; the signal would end the kernel with all its variables.
    // SAFETY: a plain system call before any thread is started.
    unsafe { libc::signal(libc::SIGINT, libc::SIG_IGN) };
    end_with_parent();
    let folder = Folder::make()?;
    let temporary = std::env::var_os(TEMPORARY);
    // What cargo and rustc write for the kernel is removed with the folder; cells keep the user's.
    // SAFETY: no thread has been started yet.
    unsafe { std::env::set_var(TEMPORARY, folder.path()) };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("starting the kernel")?;
    let (chunks, to_publish) = mpsc::sync_channel(64);
    let (ending, endings) = mpsc::channel();
    let channels = Channels::open(folder.path(), &chunks)?;
    let interrupter = Interrupter::new(channels.clone());
    let (jobs, requests) = mpsc::channel();
    let (ends, person, assist, mut control) = runtime.block_on(async {
        let sockets = connection::Sockets::bind(connection).await?;
        anyhow::Ok(server::start(sockets, jobs.clone(), interrupter.clone()))
    })?;
    let (ask, questions) = mpsc::channel();
    {
        let (channels, broadcast) = (channels.clone(), ends.broadcast.clone());
        std::thread::spawn(move || output::publish(to_publish, channels, broadcast, ending, ask));
    }
    {
        let channels = channels.clone();
        std::thread::spawn(move || {
            asking::serve(&questions, &person.questions, &person.answers, &channels);
        });
    }
    let worker = {
        let (interrupter, folder) = (interrupter.clone(), folder.path().to_owned());
        std::thread::spawn(move || {
            let setting = (folder, temporary);
            let state = start(ready, setting, &interrupter, &channels, &ends, assist);
            let worker = Worker { state, ends, chunks, endings, channels, interrupter, count: 0 };
            worker.run(&requests);
        })
    };
    runtime.block_on(async {
        if let Some(request) = control.serve(&interrupter).await {
            control.goodbye(&request).await;
        }
    });
    let _ = jobs.send(Job::Shutdown);
    // A cell that still runs is ended.
    for _ in 0..60 {
        if worker.is_finished() {
            break;
        }
        interrupter.kill();
        std::thread::sleep(Duration::from_millis(50));
    }
    runtime.shutdown_background();
    Ok(())
}

fn start(
    ready: Result<Ready, String>,
    (folder, temporary): (PathBuf, Option<OsString>),
    interrupter: &Interrupter,
    channels: &Channels,
    ends: &Ends,
    assist: Assist,
) -> State {
    let status = |state: &str| {
        let content = serde_json::json!({"execution_state": state});
        ends.broadcast.send(Message::broadcast("status", content));
    };
    status("starting");
    let engine = ready.map_err(anyhow::Error::msg).and_then(|ready| {
        let setting = Setting {
            folder: folder.clone(),
            temporary,
            hooks: ready.hooks,
            library: ready.library,
        };
        let process = Process::start(setting, interrupter.process.clone(), channels)
            .context("the kernel could not start; `dfdx-lab doctor` (in a checkout `cargo lab doctor`) may say why")?;
        // Completion gets ready while the user reads; without a set-up it has no sources to read.
        let cells = folder.join("compiled");
        std::fs::create_dir_all(&cells)?;
        let compiler = Compiler {
            rustc: ready.rustc,
            flags: ready.flags,
            crates: Vec::new(),
            optimization: "0".to_owned(),
            folder: cells,
            running: interrupter.compiler.clone(),
        };
        let sources = Sources {
            library: ready.sources,
            rust: ready.rust_sources,
            folder: folder.join("analyzed"),
        };
        assist.begin(sources, Types::new(&compiler, ready.foreign));
        let crates = Crates::new(folder.join("crates"));
        let session = Session::default();
        Ok(Engine { session, compiler, process, crates, assist, timing: false })
    });
    status("idle");
    match engine {
        Ok(engine) => State::Ready(Box::new(engine)),
        Err(error) => State::Broken(format!("{error:#}")),
    }
}

/// Ends this program when Jupyter is killed, because Jupyter then cannot shut its kernels down.
pub fn end_with_parent() {
    if std::env::var_os("JPY_PARENT_PID").is_none() {
        return;
    }
    // SAFETY: a plain system call.
    let parent = unsafe { libc::getppid() };
    std::thread::spawn(move || {
        while unsafe { libc::getppid() } == parent {
            std::thread::sleep(Duration::from_secs(1));
        }
        std::process::exit(0);
    });
}
