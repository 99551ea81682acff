//! What a fit says while it runs: one line that is replaced, or lines, not too many.

use crate::live::{Live, print};
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
    live: Live,
}

impl Progress {
    /// `verbose` as in Keras: 0 says nothing, 2 prints every epoch; 1 shows the last one, where
    /// lines cannot be replaced at most two a second.
    pub fn new(prefix: &str, epochs: usize, verbose: u8) -> Self {
        Progress {
            prefix: if prefix.is_empty() { String::new() } else { format!("{prefix} - ") },
            epochs,
            every_epoch: verbose >= 2,
            silent: verbose == 0,
            start: Instant::now(),
            live: Live::new(PAUSE),
        }
    }

    /// An epoch (counted from 0) is over.
    pub fn epoch(&mut self, epoch: usize, logs: &[(String, f64)]) {
        if self.silent {
            return;
        }
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
        match self.every_epoch {
            true => print(&(line + "\n")),
            false => self.live.show("", &line),
        }
    }

    /// Something that must be seen, unless the fit is silent.
    pub fn line(&mut self, text: &str) {
        if !self.silent {
            self.live.say(text);
        }
    }

    /// The last epoch's line, if it was not shown yet.
    pub fn finish(&mut self) {
        self.live.finish();
    }
}
