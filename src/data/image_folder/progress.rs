//! The progress of reading pictures, on standard error.

use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_secs(1);

/// Counts pictures; says so at most once a second, and nothing of what takes less.
pub(super) struct Progress {
    silent: bool,
    folder: String,
    total: usize,
    done: AtomicUsize,
    started: Instant,
    /// When something was said last.
    said: Mutex<Instant>,
}

impl Progress {
    /// Says what was found, as Keras does, and begins to count.
    pub fn new(silent: bool, folder: String, total: usize, classes: usize) -> Self {
        let now = Instant::now();
        let progress = Progress {
            silent,
            folder,
            total,
            done: AtomicUsize::new(0),
            started: now,
            said: Mutex::new(now),
        };
        progress.say(&format!("found {total} files of {classes} classes"));
        progress
    }

    /// One more picture is done.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        // Whoever finds it locked leaves it to the one who has it.
        let Ok(mut said) = self.said.try_lock() else { return };
        if said.elapsed() >= INTERVAL && done < self.total {
            *said = Instant::now();
            self.say(&format!("{done} of {} pictures", self.total));
        }
    }

    /// All are done.
    pub fn finish(&self) {
        let seconds = self.started.elapsed().as_secs_f64();
        if seconds >= INTERVAL.as_secs_f64() {
            self.say(&format!("{} pictures in {seconds:.1} s", self.total));
        }
    }

    /// One more line.
    pub fn say(&self, text: &str) {
        if !self.silent {
            // There is nobody to tell that nobody listens.
            let _ = writeln!(std::io::stderr().lock(), "{}: {text}", self.folder);
        }
    }
}
