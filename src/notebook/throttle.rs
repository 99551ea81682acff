//! Lines of progress, not more often than can be read.

use std::io::Write as _;
use std::time::{Duration, Instant};

/// Lets through the first of a fast series of events, and then one at most each interval.
///
/// ```
/// use std::time::Duration;
/// let mut throttle = dfdx_lab::notebook::Throttle::new(Duration::from_secs(60));
/// assert!(throttle.ready());
/// assert!(!throttle.ready());
/// ```
#[derive(Clone, Debug)]
pub struct Throttle {
    interval: Duration,
    last: Option<Instant>,
    held_back: Option<String>,
}

impl Throttle {
    /// At most one event each `interval`.
    pub fn new(interval: Duration) -> Self {
        Throttle { interval, last: None, held_back: None }
    }

    /// Whether it is time for an event; if so, the interval begins anew.
    pub fn ready(&mut self) -> bool {
        let ready = self.last.is_none_or(|last| last.elapsed() >= self.interval);
        if ready {
            self.last = Some(Instant::now());
        }
        ready
    }

    /// Prints a line at once if it is time for one, else keeps it in the place of the one kept
    /// before.
    pub fn line(&mut self, text: &str) {
        if self.ready() {
            self.held_back = None;
            print(text);
        } else {
            self.held_back = Some(text.to_string());
        }
    }

    /// Prints the line that was kept, if any, so that the last one is always seen.
    pub fn finish(&mut self) {
        if let Some(text) = self.held_back.take() {
            print(&text);
        }
    }
}

fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    // There is nobody to tell that the notebook is gone.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_in_between_are_held_back_and_the_last_one_is_kept() {
        let mut throttle = Throttle::new(Duration::from_secs(3600));
        throttle.line("1");
        assert_eq!(throttle.held_back, None);
        throttle.line("2");
        throttle.line("3");
        assert_eq!(throttle.held_back.as_deref(), Some("3"));
        throttle.finish();
        assert_eq!(throttle.held_back, None);
        assert!(Throttle::new(Duration::ZERO).ready());
    }
}
