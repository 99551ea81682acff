//! Stops a cell: ends its compiler, asks its own code to stop, and ends code that never checks for
//! a stop only when the user asks a second time.

use super::channels::{Channels, Phase};
use super::compiler::Running;
use super::process;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The interval at which the signal is repeated: one that comes just before the cell begins to wait
/// does not end the wait.
const AGAIN: Duration = Duration::from_millis(200);
/// How much later than its stop a cell may arrive and still be stopped.
const LATE: Duration = Duration::from_secs(1);
/// How long it may take to abandon a cell that does not react to a stop; then its process is
/// killed.
const LEAVE: Duration = Duration::from_secs(1);
/// How long the processes and threads that the cell has started may take to handle the stop and end.
pub const GRACE: Duration = Duration::from_secs(2);
/// When the user is told that the cell does not react.
const DEAF: Duration = Duration::from_secs(3);
const IS_DEAF: &str = "\
The cell does not react to the stop: it waits for a lock or a channel, or is in code that does not check \
for a stop. Press stop again to leave it where it is; the variables that it names are lost then.
";

/// The cell that is to be stopped, and whether it was asked before.
pub struct Heard {
    cell: u64,
    second: bool,
}

/// Shared by the thread that runs cells and the one that is asked to stop them.
#[derive(Clone)]
pub struct Interrupter {
    channels: Channels,
    /// The process of the cells; 0 while there is none.
    pub process: Arc<AtomicI32>,
    pub compiler: Running,
    asked: Arc<AtomicBool>,
    cell: Arc<AtomicU64>,
    /// The cell that is being stopped: a second request for it ends its process.
    stopping: Arc<AtomicU64>,
    starting: Arc<AtomicBool>,
    /// The number of cells that have arrived, and the number of the last one that must not run.
    received: Arc<AtomicU64>,
    stopped: Arc<AtomicU64>,
    /// The time of a stop that arrived before the first cell.
    early: Arc<Mutex<Option<Instant>>>,
}

impl Interrupter {
    pub fn new(channels: Channels) -> Interrupter {
        Interrupter {
            channels,
            process: Arc::default(),
            compiler: Running::default(),
            asked: Arc::default(),
            cell: Arc::default(),
            stopping: Arc::default(),
            starting: Arc::new(AtomicBool::new(true)),
            received: Arc::default(),
            stopped: Arc::default(),
            early: Arc::default(),
        }
    }

    /// A new cell begins: an interrupt that came too late for the one before is void.
    pub fn begin_cell(&self) {
        self.cell.fetch_add(1, Ordering::SeqCst);
        self.asked.store(false, Ordering::SeqCst);
    }

    /// Called when a cell has arrived; returns its number.
    pub fn received(&self) -> u64 {
        let number = self.received.fetch_add(1, Ordering::SeqCst) + 1;
        // The first cell may arrive after its stop: their sockets are only just being connected.
        let early = self.early.lock().unwrap_or_else(PoisonError::into_inner).take();
        if early.is_some_and(|early| early.elapsed() < LATE) {
            self.stopped.fetch_max(number, Ordering::SeqCst);
        }
        number
    }

    /// Whether a cell that waited was stopped before it began.
    pub fn is_stopped(&self, number: u64) -> bool {
        number <= self.stopped.load(Ordering::SeqCst)
    }

    /// Called when the kernel is ready.
    pub fn started(&self) {
        if self.was_asked() {
            // A cell that was sent before the stop may arrive after it, on another socket.
            let until = Instant::now() + LATE;
            while self.received.load(Ordering::SeqCst) == 0 && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(10));
            }
            std::thread::sleep(AGAIN);
            self.stop_received();
        }
        self.starting.store(false, Ordering::SeqCst);
    }

    fn stop_received(&self) {
        self.stopped.fetch_max(self.received.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// Whether the present cell was interrupted.
    pub fn was_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Called when a stop is asked for; returns the present cell, if there is one. Cells that
    /// arrive later are not stopped.
    pub fn hear(&self) -> Option<Heard> {
        self.stop_received();
        if self.received.load(Ordering::SeqCst) == 0 {
            let mut early = self.early.lock().unwrap_or_else(PoisonError::into_inner);
            *early = Some(Instant::now());
        }
        if self.starting.load(Ordering::SeqCst) {
            self.asked.store(true, Ordering::SeqCst);
            return None;
        }
        let cell = self.cell.load(Ordering::SeqCst);
        if self.channels.phase() == Phase::Idle {
            return None;
        }
        let second = self.stopping.swap(cell, Ordering::SeqCst) == cell;
        self.asked.store(true, Ordering::SeqCst);
        Some(Heard { cell, second })
    }

    /// Stops the cell; returns when it has ended.
    pub fn stop(&self, Heard { cell, second }: Heard) {
        let same_cell =
            || cell == self.cell.load(Ordering::SeqCst) && self.channels.phase() != Phase::Idle;
        if second && self.channels.phase() == Phase::Running {
            // The cells' thread abandons the cell where it stands; if it cannot, the process ends.
            process::signal(&self.process, libc::SIGQUIT);
            let until = Instant::now() + LEAVE;
            while same_cell() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(10));
            }
            if same_cell() {
                process::signal(&self.process, libc::SIGKILL);
            }
            return;
        }
        let start = Instant::now();
        let mut told = false;
        while same_cell() {
            if !told && start.elapsed() > DEAF && self.channels.phase() == Phase::Running {
                self.channels.warn(IS_DEAF);
                told = true;
            }
            match self.channels.phase() {
                Phase::Compiling => self.compiler.stop(),
                _ => {
                    process::signal(&self.process, libc::SIGINT);
                    let late = start.elapsed() > GRACE;
                    self.signal_children(if late { libc::SIGKILL } else { libc::SIGINT });
                }
            }
            let until = Instant::now() + AGAIN;
            while same_cell() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// Ends the process that runs the cells, when the kernel shuts down.
    pub fn kill(&self) {
        self.compiler.stop();
        self.signal_children(libc::SIGKILL);
        process::signal(&self.process, libc::SIGKILL);
    }

    /// Signals the processes that the cell has started.
    fn signal_children(&self, signal: i32) {
        let id = self.process.load(Ordering::SeqCst);
        if id <= 0 {
            return;
        }
        for child in group(id as u32) {
            // SAFETY: a plain system call; these are processes that the cell started.
            unsafe { libc::kill(child as i32, signal) };
        }
    }
}

/// The other processes of a process' group, including those whose parents have ended. They are read
/// from Linux' `/proc`; on other systems there are none.
fn group(leader: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let of_group = |entry: std::fs::DirEntry| {
        let id: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        // The program's name stands in parentheses and may hold anything; state, parent and group
        // follow it.
        let group: u32 = stat.rsplit(')').next()?.split_whitespace().nth(2)?.parse().ok()?;
        (group == leader && id != leader).then_some(id)
    };
    entries.flatten().filter_map(of_group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_group_is_found_without_its_leader() {
        let mut shell =
            Command::new("sh").args(["-c", "sleep 31 & wait"]).process_group(0).spawn().unwrap();
        let others = || group(shell.id());
        while others().is_empty() {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(others().len(), 1);
        // SAFETY: what this test has started.
        unsafe { libc::kill(-(shell.id() as i32), libc::SIGKILL) };
        shell.wait().unwrap();
    }
}
