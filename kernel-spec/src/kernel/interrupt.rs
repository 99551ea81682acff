//! Stops a cell: gently while it compiles, firmly while it runs.

use super::channels::{Channels, Phase, lock};
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A running cell may handle the signal and return by itself within this time.
const GRACE: Duration = Duration::from_secs(3);

/// Shared by the thread that runs cells and the one that is asked to stop them.
#[derive(Clone)]
pub struct Interrupter {
    channels: Channels,
    process: Arc<Mutex<Option<Arc<Mutex<Child>>>>>,
    asked: Arc<AtomicBool>,
    cell: Arc<AtomicU64>,
}

impl Interrupter {
    pub fn new(channels: Channels) -> Interrupter {
        Interrupter {
            channels,
            process: Arc::default(),
            asked: Arc::default(),
            cell: Arc::default(),
        }
    }

    /// The process that runs the cells, once there is one.
    pub fn set_process(&self, process: Arc<Mutex<Child>>) {
        *lock(&self.process) = Some(process);
    }

    /// A new cell begins: an interrupt that came too late for the one before is void.
    pub fn begin_cell(&self) {
        self.cell.fetch_add(1, Ordering::SeqCst);
        self.asked.store(false, Ordering::SeqCst);
    }

    /// Whether the present cell was interrupted.
    pub fn was_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Stops the present cell, if there is one; returns when it has stopped or was made to.
    pub fn interrupt(&self) {
        let cell = self.cell.load(Ordering::SeqCst);
        let same_cell =
            || cell == self.cell.load(Ordering::SeqCst) && self.channels.phase() != Phase::Idle;
        let start = Instant::now();
        let mut signalled = false;
        while same_cell() && start.elapsed() < GRACE {
            self.asked.store(true, Ordering::SeqCst);
            match self.channels.phase() {
                Phase::Compiling => self.stop_compiler(),
                Phase::Running if !signalled => {
                    signalled = true;
                    self.signal(libc::SIGINT);
                }
                _ => {}
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        if same_cell() {
            self.signal(libc::SIGKILL);
        }
    }

    /// Ends the process that runs the cells, for a kernel that shuts down.
    pub fn kill(&self) {
        self.stop_compiler();
        self.signal(libc::SIGKILL);
    }

    fn process_id(&self) -> Option<u32> {
        let process = lock(&self.process).clone()?;
        // evcxr holds the lock only while it waits for a process that has ended.
        process.try_lock().map(|child| child.id()).ok()
    }

    fn signal(&self, signal: i32) {
        if let Some(id) = self.process_id() {
            // SAFETY: a plain system call; the process is a child that was not waited for.
            unsafe { libc::kill(id as i32, signal) };
        }
    }

    /// Ends cargo and rustc, but not the process that holds the variables.
    fn stop_compiler(&self) {
        let keep = self.process_id();
        for id in descendants(std::process::id(), keep) {
            // SAFETY: a plain system call; these are processes that this one started.
            unsafe { libc::kill(id as i32, libc::SIGKILL) };
        }
    }
}

/// The processes below one, without those below `keep`; from Linux' `/proc`, elsewhere none.
fn descendants(root: u32, keep: Option<u32>) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let mut parents = Vec::new();
    for entry in entries.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // The program's name stands in parentheses and may hold anything; the parent is second after.
        let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1));
        if let Some(parent) = parent.and_then(|parent| parent.parse::<u32>().ok()) {
            parents.push((id, parent));
        }
    }
    let mut found = vec![root];
    let mut next = 0;
    while next < found.len() {
        let above = found[next];
        found.extend(
            parents
                .iter()
                .filter(|(id, parent)| *parent == above && Some(*id) != keep)
                .map(|p| p.0),
        );
        next += 1;
    }
    found.split_off(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[cfg(target_os = "linux")]
    #[test]
    fn descendants_are_found_and_the_kept_one_is_not() {
        let shell = |script: &str| {
            Command::new("sh").args(["-c", script]).stdout(Stdio::null()).spawn().unwrap()
        };
        let (mut kept, mut other) = (shell("sleep 30"), shell("sleep 31; true"));
        std::thread::sleep(Duration::from_millis(200));
        let found = descendants(std::process::id(), Some(kept.id()));
        assert!(found.contains(&other.id()) && !found.contains(&kept.id()));
        // Only what this test started: other tests have children too.
        for root in [kept.id(), other.id()] {
            for id in descendants(root, None).into_iter().chain([root]) {
                unsafe { libc::kill(id as i32, libc::SIGKILL) };
            }
        }
        kept.wait().unwrap();
        other.wait().unwrap();
    }
}
