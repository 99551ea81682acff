//! What a fetch says while it runs: plain lines on standard error, which a notebook shows too.

use std::time::{Duration, Instant};

/// The least time between two lines.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Progress {
    name: String,
    last: Instant,
}

impl Progress {
    pub fn new(name: &str) -> Self {
        Progress { name: name.to_string(), last: Instant::now() }
    }

    /// So much is there, of so much where that is known.
    pub fn at(&mut self, bytes: u64, of: Option<u64>) {
        if self.last.elapsed() >= PAUSE {
            self.last = Instant::now();
            let of = of.map_or(String::new(), |of| format!(" of {:.1}", megabytes(of)));
            eprintln!("{}: {:.1}{of} MB", self.name, megabytes(bytes));
        }
    }
}

/// Something that must be seen.
pub(super) fn line(text: &str) {
    eprintln!("{text}");
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
