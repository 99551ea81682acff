//! The process that runs the cells, as the kernel sees it.

use super::cell;
use super::channels::Channels;
use super::output::LIVE;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::io::Write;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// How long the process may take to answer; it loads the library first.
const START: Duration = Duration::from_secs(50);

/// What ends the wait for a cell.
#[derive(Debug)]
pub enum Event {
    /// The cell of this process has come to its end.
    Done,
    /// The process has ended, and how.
    Exited(u32, String),
}

/// What the process needs.
#[derive(Clone)]
pub struct Setting {
    pub folder: PathBuf,
    /// The user's own setting of the folder for temporary files.
    pub temporary: Option<OsString>,
    pub hooks: PathBuf,
    pub library: PathBuf,
}

/// The running process, and its events.
pub struct Process {
    setting: Setting,
    listener: UnixListener,
    cells: UnixStream,
    id: u32,
    shared_id: Arc<AtomicI32>,
    events: Receiver<Event>,
    sender: Sender<Event>,
}

impl Process {
    /// Starts it; `shared_id` always holds its process id.
    pub fn start(setting: Setting, shared_id: Arc<AtomicI32>, channels: &Channels) -> Result<Self> {
        let path = setting.folder.join("cells");
        let listener = UnixListener::bind(&path).context("opening a socket")?;
        listener.set_nonblocking(true)?;
        let (sender, events) = channel();
        channels.on_done({
            let sender = sender.clone();
            move || drop(sender.send(Event::Done))
        });
        let (cells, id) = spawn(&setting, &listener, &shared_id, &sender)?;
        Ok(Process { setting, listener, cells, id, shared_id, events, sender })
    }

    /// Starts another one in its place.
    pub fn restart(&mut self) -> Result<()> {
        signal(&self.shared_id, libc::SIGKILL);
        (self.cells, self.id) =
            spawn(&self.setting, &self.listener, &self.shared_id, &self.sender)?;
        Ok(())
    }

    /// Runs a compiled cell to its end; the error says how the process ended instead.
    pub fn run(&mut self, object: &Path, function: &str) -> Result<(), String> {
        while let Ok(event) = self.events.try_recv() {
            if let Event::Exited(id, how) = event
                && id == self.id
            {
                return Err(how);
            }
        }
        // If the process has just died, its event says so.
        let _ = writeln!(self.cells, "RUN {function} {}", object.display());
        loop {
            match self.events.recv() {
                Ok(Event::Done) => return Ok(()),
                Ok(Event::Exited(id, how)) if id == self.id => return Err(how),
                Ok(Event::Exited(..)) => {}
                Err(_) => return Err("unknown".to_owned()),
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        signal(&self.shared_id, libc::SIGKILL);
    }
}

/// Sends a signal to the process, if there is one.
pub fn signal(id: &AtomicI32, signal: i32) {
    let id = id.load(Ordering::SeqCst);
    if id > 0 {
        // SAFETY: a plain system call; the number is set to 0 before the process is waited for.
        unsafe { libc::kill(id, signal) };
    }
}

fn spawn(
    setting: &Setting,
    listener: &UnixListener,
    shared_id: &Arc<AtomicI32>,
    sender: &Sender<Event>,
) -> Result<(UnixStream, u32)> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .env(cell::CHANNELS, &setting.folder)
        .env(cell::HOOKS, &setting.hooks)
        .env(cell::LIBRARY, &setting.library)
        .env(LIVE, "1")
        // What cells start can be signalled as a group.
        .process_group(0)
        .env_remove(super::TEMPORARY)
        .envs(setting.temporary.iter().map(|folder| (super::TEMPORARY, folder)))
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let mut child = command.spawn().context("starting the cells' process")?;
    let id = child.id();
    let begun = Instant::now();
    let stream = loop {
        match listener.accept() {
            Ok((stream, _)) => break stream,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error).context("waiting for the cells' process"),
        }
        if let Some(status) = child.try_wait()? {
            bail!("the cells' process could not start ({status})");
        }
        if begun.elapsed() > START {
            let _ = child.kill();
            bail!("the cells' process did not answer within {} s", START.as_secs());
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    stream.set_nonblocking(false)?;
    shared_id.store(id as i32, Ordering::SeqCst);
    let (shared_id, sender) = (shared_id.clone(), sender.clone());
    std::thread::spawn(move || {
        let how = wait(&mut child, &shared_id);
        let _ = sender.send(Event::Exited(id, how));
    });
    Ok((stream, id))
}

fn wait(child: &mut Child, shared_id: &AtomicI32) -> String {
    // Waits without reaping the process: its id stays its own, so no signal can hit another
    // process.
    // SAFETY: a plain system call that fills in the zeroed structure.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let how = libc::WEXITED | libc::WNOWAIT;
        while libc::waitid(libc::P_PID, child.id(), &mut info, how) < 0
            && std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted
        {}
    }
    let own = child.id() as i32;
    let _ = shared_id.compare_exchange(own, 0, Ordering::SeqCst, Ordering::SeqCst);
    match child.wait() {
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    }
}
