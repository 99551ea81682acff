//! The pipes between the kernel and the process that runs the cells.

use super::output::Cell;
use super::stream::CLOSE;
use anyhow::{Context, Result};
use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Which of its two streams a cell wrote to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Stdout = 0,
    Stderr = 1,
}

/// What the publishing thread is sent.
pub enum Chunk {
    Cell(Cell),
    Bytes(Source, Vec<u8>),
}

/// What the kernel is doing; what an interrupt does depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Phase {
    Idle = 0,
    Compiling = 1,
    Running = 2,
}

type Call = Box<dyn Fn() + Send>;

/// A handle on the channels; clones share them.
#[derive(Clone)]
pub struct Channels {
    pipes: [Arc<File>; 2],
    input: Arc<File>,
    phase: Arc<AtomicU8>,
    done: Arc<Mutex<Option<Call>>>,
}

impl Channels {
    /// Makes the pipes in the folder and starts the threads that read them.
    pub fn open(folder: &Path, chunks: &SyncSender<Chunk>) -> Result<Channels> {
        let stdout = Arc::new(pipe(&folder.join("stdout"))?);
        let stderr = Arc::new(pipe(&folder.join("stderr"))?);
        let input = Arc::new(pipe(&folder.join("stdin"))?);
        for (source, pipe) in [(Source::Stdout, &stdout), (Source::Stderr, &stderr)] {
            let (pipe, chunks) = (pipe.clone(), chunks.clone());
            std::thread::spawn(move || {
                let mut buffer = vec![0; 64 * 1024];
                while let Ok(length @ 1..) = (&*pipe).read(&mut buffer) {
                    if chunks.send(Chunk::Bytes(source, buffer[..length].to_vec())).is_err() {
                        return;
                    }
                }
            });
        }
        let phase = Arc::new(AtomicU8::new(Phase::Idle as u8));
        Ok(Channels { pipes: [stdout, stderr], input, phase, done: Arc::default() })
    }

    /// Sets what to call when a cell's process says that the cell is done.
    pub fn on_done(&self, call: impl Fn() + Send + 'static) {
        *lock(&self.done) = Some(Box::new(call));
    }

    /// Called when the cell's process says that the cell is done, and all its output was read.
    pub fn done(&self) {
        if let Some(call) = &*lock(&self.done) {
            call();
        }
    }

    /// Hands a line to the cell that waits for one.
    pub fn answer(&self, line: &[u8]) {
        let _ = (&*self.input).write_all(line).and_then(|()| (&*self.input).write_all(b"\n"));
    }

    /// Says something as if the cell had written it to its standard error.
    pub fn warn(&self, text: &str) {
        let _ = (&*self.pipes[Source::Stderr as usize]).write_all(text.as_bytes());
    }

    /// Marks the end of a cell's output, whether its process still lives or not.
    pub fn close(&self) {
        for mut pipe in self.pipes.iter().map(|pipe| &**pipe) {
            let _ = pipe.write_all(format!("{CLOSE}\n").as_bytes());
        }
    }

    pub fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::SeqCst);
    }

    /// Called when the compiled cell has begun.
    pub fn running(&self) {
        let (from, to) = (Phase::Compiling as u8, Phase::Running as u8);
        let _ = self.phase.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst);
    }

    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::SeqCst) {
            1 => Phase::Compiling,
            2 => Phase::Running,
            _ => Phase::Idle,
        }
    }
}

/// A named pipe, open for both directions so that it never ends when a process does.
fn pipe(path: &Path) -> Result<File> {
    let name = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: a plain system call with a string that ends in 0.
    if unsafe { libc::mkfifo(name.as_ptr(), 0o600) } != 0 {
        return Err(std::io::Error::last_os_error())
            .with_context(|| format!("making the pipe {}", path.display()));
    }
    let file = OpenOptions::new().read(true).write(true).open(path);
    file.with_context(|| format!("opening the pipe {}", path.display()))
}

/// Locks the mutex. A thread that panicked while it held a lock leaves nothing half done here.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
