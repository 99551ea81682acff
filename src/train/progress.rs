//! The progress of a fit: one line that is replaced, or a limited number of lines.

use crate::live::{Live, bar, left, print};
use std::time::{Duration, Instant};

/// The least time between two lines, except before the last.
const PAUSE: Duration = Duration::from_millis(500);

/// Prints lines at a limited rate.
pub(super) struct Progress {
    prefix: String,
    epochs: usize,
    every_epoch: bool,
    silent: bool,
    start: Instant,
    /// The first epoch of this run; later than 0 if the fit continues.
    first: Option<usize>,
    /// The metrics of the last epoch.
    logs: String,
    /// The last epoch, if it is not printed yet.
    held: Option<(usize, Vec<(String, f64)>)>,
    live: Live,
}

impl Progress {
    /// `verbose` as in Keras: 0 prints nothing, 2 every epoch, 1 the last one; if lines cannot be
    /// replaced, at most two a second.
    pub fn new(prefix: &str, epochs: usize, verbose: u8) -> Self {
        Progress {
            prefix: if prefix.is_empty() { String::new() } else { format!("{prefix} - ") },
            epochs,
            every_epoch: verbose >= 2,
            silent: verbose == 0,
            start: Instant::now(),
            first: None,
            logs: String::new(),
            held: None,
            live: Live::new(PAUSE),
        }
    }

    /// Shows that a step of an epoch (both counted from 0) is over, if lines can be replaced.
    pub fn step(&mut self, epoch: usize, step: usize, steps: usize, loss: impl FnOnce() -> f64) {
        if self.silent || self.every_epoch || !self.live.is_replaced() {
            return;
        }
        let first = *self.first.get_or_insert(epoch);
        if !self.live.is_due() {
            return;
        }
        if let Some((_, logs)) = &self.held {
            self.logs = texts(logs, false);
        }
        let part = (step + 1) as f64 / steps.max(1) as f64;
        let done = (epoch - first) as f64 + part;
        let seconds = self.start.elapsed().as_secs_f64();
        let rest = seconds / done * ((self.epochs - first) as f64 - done);
        let line = format!(
            "{}epoch {}/{} {} step {}/{steps} - {:.1} s, {} left - {:.2} ms a step - loss: {:.4}",
            self.prefix,
            epoch + 1,
            self.epochs,
            bar((epoch as f64 + part) / self.epochs as f64),
            step + 1,
            seconds,
            left(rest),
            1000.0 * seconds / (done * steps as f64),
            loss(),
        );
        self.live.show("", &(line + &self.logs));
    }

    /// Shows that an epoch (counted from 0) is over, unless the last line is too recent; the last epoch
    /// is always printed at the end.
    pub fn epoch(&mut self, epoch: usize, logs: &[(String, f64)]) {
        if self.silent {
            return;
        }
        if self.live.is_replaced() && !self.every_epoch && !self.live.is_due() {
            self.held = Some((epoch, logs.to_vec()));
            return;
        }
        self.held = None;
        self.write(epoch, logs);
    }

    fn write(&mut self, epoch: usize, logs: &[(String, f64)]) {
        let bar = match self.live.is_replaced() && !self.every_epoch {
            true => format!(" {}", bar((epoch + 1) as f64 / self.epochs as f64)),
            false => String::new(),
        };
        let line = format!(
            "{}epoch {}/{}{bar} - {:.1} s{}",
            self.prefix,
            epoch + 1,
            self.epochs,
            self.start.elapsed().as_secs_f64(),
            texts(logs, true)
        );
        self.logs = texts(logs, false);
        match self.every_epoch {
            true => print(&(line + "\n")),
            false => self.live.show("", &line),
        }
    }

    /// Prints a line, unless the fit is silent.
    pub fn line(&mut self, text: &str) {
        if !self.silent {
            self.live.say(text);
        }
    }

    /// Prints the last epoch's line if it was not printed yet.
    pub fn finish(&mut self) {
        if let Some((epoch, logs)) = self.held.take() {
            self.write(epoch, &logs);
        }
        self.live.finish();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // Whatever ended the fit, how far it came is still to be seen.
        self.finish();
    }
}

/// The values in Keras' format: small numbers with an exponent. While an epoch runs, the loss of the
/// previous one is left out.
fn texts(logs: &[(String, f64)], loss: bool) -> String {
    let shown = logs.iter().filter(|(name, _)| loss || name != "loss");
    let text = |(name, value): &(String, f64)| match value.abs() {
        v if v > 1e-3 || v == 0.0 => format!(" - {name}: {value:.4}"),
        _ => format!(" - {name}: {value:.4e}"),
    };
    shown.map(text).collect()
}
