//! The Jupyter kernel: evcxr's compiler and variables behind a front end of our own.
//!
//! A cell that fails is answered as an error, so that "Run All" stops; its output appears while it
//! runs; an unfinished line does not hang it; an interrupt ends the cell and not the kernel.

mod channels;
mod connection;
mod failure;
mod interrupt;
mod message;
mod output;
mod server;
mod stream;
mod text;
mod worker;

pub mod cell;

use anyhow::{Context, Result};
use channels::Channels;
use interrupt::Interrupter;
use message::Message;
use server::{Ends, Job};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;
use worker::{Engine, Worker};

/// What must be there before a cell can be compiled.
pub struct Ready {
    pub hooks: PathBuf,
    pub library: PathBuf,
    /// The environment of the compiler; the cells' own process does not get it.
    pub compiler: Vec<(String, String)>,
}

/// Serves until Jupyter ends the kernel. `ready` is what [`Ready`] says, or in plain words why the
/// kernel cannot run cells: then it says so in every cell.
pub fn serve(connection: &Path, ready: Result<Ready, String>) -> Result<()> {
    // An interrupt comes as a message; the signal would end the kernel with all its variables.
    // SAFETY: a plain system call before any thread is started.
    unsafe { libc::signal(libc::SIGINT, libc::SIG_IGN) };
    if let Ok(ready) = &ready {
        for (name, value) in &ready.compiler {
            // SAFETY: no thread has been started yet; evcxr's cargo and rust-analyzer inherit these.
            unsafe { std::env::set_var(name, value) };
        }
    }
    end_with_parent();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("starting the kernel")?;
    let folder = tempfile::Builder::new().prefix("dfdx-lab-").tempdir()?;
    let (chunks, to_publish) = mpsc::sync_channel(64);
    let (ending, endings) = mpsc::channel();
    let channels = Channels::open(folder.path(), &chunks)?;
    let interrupter = Interrupter::new(channels.clone());
    let (jobs, requests) = mpsc::channel();
    let (ends, mut control) = runtime.block_on(async {
        let sockets = connection::Sockets::bind(connection).await?;
        anyhow::Ok(server::start(sockets, jobs.clone()))
    })?;
    {
        let (channels, broadcast) = (channels.clone(), ends.broadcast.clone());
        std::thread::spawn(move || output::publish(to_publish, channels, broadcast, ending));
    }
    let worker = {
        let (interrupter, folder) = (interrupter.clone(), folder.path().to_owned());
        std::thread::spawn(move || {
            let engine = start_engine(ready, &folder, &interrupter, &channels, &endings, &ends);
            let worker = Worker { engine, ends, chunks, endings, channels, interrupter, count: 0 };
            worker.run(&requests);
        })
    };
    runtime.block_on(async {
        if let Some(request) = control.serve(&interrupter).await {
            control.goodbye(&request).await;
        }
    });
    let _ = jobs.send(Job::Shutdown);
    // A cell that still runs is ended; evcxr then clears its temporary folder away.
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

fn start_engine(
    ready: Result<Ready, String>,
    folder: &Path,
    interrupter: &Interrupter,
    channels: &Channels,
    endings: &mpsc::Receiver<output::Ending>,
    ends: &Ends,
) -> Engine {
    let status = |state: &str| {
        let content = serde_json::json!({"execution_state": state});
        ends.broadcast.send(Message::broadcast("status", content));
    };
    status("starting");
    let engine = ready.map_err(anyhow::Error::msg).and_then(|ready| {
        let context = start_evcxr(&ready, folder, interrupter)?;
        // What the start printed is nobody's output.
        channels.close();
        let ending = endings.recv().unwrap_or_default();
        anyhow::ensure!(ending.panic.is_none(), "the kernel's first lines panicked");
        Ok(context)
    });
    status("idle");
    match engine {
        Ok(context) => Engine::Ready(Box::new(context)),
        Err(error) => Engine::Broken(format!("{error:#}")),
    }
}

fn start_evcxr(
    ready: &Ready,
    folder: &Path,
    interrupter: &Interrupter,
) -> Result<evcxr::CommandContext> {
    let mut process = Command::new(std::env::current_exe()?);
    process
        .env(cell::CHANNELS, folder)
        .env(cell::HOOKS, &ready.hooks)
        .env(cell::LIBRARY, &ready.library)
        .env(output::LIVE, "1");
    for (name, _) in &ready.compiler {
        process.env_remove(name);
    }
    let hint = "the kernel could not start; `cargo lab doctor` may say why";
    let (context, _) = evcxr::EvalContext::with_subprocess_command(process)
        .map_err(|error| anyhow::anyhow!("{hint}: {error}"))?;
    let mut context = evcxr::CommandContext::with_eval_context(context);
    interrupter.set_process(context.process_handle());
    context.execute(":load_config --quiet").map_err(|error| anyhow::anyhow!("{hint}: {error}"))?;
    Ok(context)
}

/// Jupyter that is killed cannot say goodbye to its kernels.
fn end_with_parent() {
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
