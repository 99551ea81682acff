//! What a fit says while it runs: plain lines, not too many.

use std::io::Write;
use std::time::{Duration, Instant};

/// The least time between two lines that are not the last.
const PAUSE: Duration = Duration::from_millis(500);

/// Prints a line now and then.
pub(super) struct Progress {
    prefix: String,
    epochs: usize,
    every_epoch: bool,
    silent: bool,
    start: Instant,
    last: Instant,
}

impl Progress {
    /// `verbose` as in Keras: 0 says nothing, 2 prints every epoch; 1 at most two lines a second.
    pub fn new(prefix: &str, epochs: usize, verbose: u8) -> Self {
        let now = Instant::now();
        Progress {
            prefix: if prefix.is_empty() { String::new() } else { format!("{prefix} - ") },
            epochs,
            every_epoch: verbose >= 2,
            silent: verbose == 0,
            start: now,
            last: now,
        }
    }

    /// An epoch (counted from 0) is over.
    pub fn epoch(&mut self, epoch: usize, logs: &[(String, f64)]) {
        let over = epoch + 1 == self.epochs;
        if self.silent || !(self.every_epoch || over || self.last.elapsed() >= PAUSE) {
            return;
        }
        self.last = Instant::now();
        let mut line = format!(
            "{}epoch {}/{} - {:.1} s",
            self.prefix,
            epoch + 1,
            self.epochs,
            self.start.elapsed().as_secs_f64()
        );
        for (name, value) in logs {
            // Keras' format: small numbers with an exponent.
            line += &match value.abs() {
                v if v > 1e-3 || v == 0.0 => format!(" - {name}: {value:.4}"),
                _ => format!(" - {name}: {value:.4e}"),
            };
        }
        self.line(&line);
    }

    /// Something that must be seen, unless the fit is silent.
    pub fn line(&self, text: &str) {
        if !self.silent {
            // A closed output is no reason to stop training.
            let mut out = std::io::stdout().lock();
            let _ = writeln!(out, "{text}").and_then(|()| out.flush());
        }
    }
}
