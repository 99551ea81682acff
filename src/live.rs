//! Output of running code: blocks of content of a MIME type, and progress. Progress is a block that
//! is replaced in a notebook, a line that is replaced in a terminal, and a line from time to time
//! elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Set by a kernel that can replace blocks; kernel-spec repeats these names.
const VARIABLE: &str = "DFDX_LAB_LIVE";
/// The first line is the block's name, the others are its text.
const MIME: &str = "application/vnd.dfdx-lab.live";
/// The block's name and its contents by type.
const FORMS_MIME: &str = "application/vnd.dfdx-lab.live+json";

/// Shortest time between two updates of a block.
const FRAME: Duration = Duration::from_millis(200);

/// Whether the output is read by our kernel, which knows more than evcxr's marks.
pub(crate) fn in_notebook() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// A content between evcxr's marks.
pub(crate) fn marked(mime: &str, content: &str) -> String {
    // A line of the content that looks like a mark would end the block early.
    let content = content.replace("EVCXR_", "EVCXR\u{200b}_");
    format!("EVCXR_BEGIN_CONTENT {mime}\n{content}\nEVCXR_END_CONTENT\n")
}

/// A new name for a replaceable block; `None` if the kernel cannot replace blocks.
pub(crate) fn new_block() -> Option<String> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = || COUNT.fetch_add(1, Ordering::Relaxed);
    in_notebook().then(|| format!("live-{}-{}", std::process::id(), number()))
}

/// Shows a value's forms in the block, replacing its previous content.
pub(crate) fn replace(block: &str, forms: &[(&str, String)]) {
    let data: serde_json::Map<String, serde_json::Value> =
        forms.iter().map(|(mime, content)| (mime.to_string(), content.clone().into())).collect();
    print(&marked(FORMS_MIME, &serde_json::json!({"name": block, "data": data}).to_string()));
}

/// Writes to standard output and flushes it; ignores a closed one.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// The progress of one piece of work.
pub(crate) struct Live {
    /// The name of its block; `None` outside a notebook.
    block: Option<String>,
    /// Whether a terminal shows it, where a line can be overwritten.
    terminal: bool,
    /// Whether the cursor of the terminal is on such a line.
    open: bool,
    /// Shortest time between two lines elsewhere.
    pause: Duration,
    last: Option<Instant>,
    /// Text held back, which must be shown if nothing follows it.
    held: Option<String>,
    /// Permanent text at the top of the block.
    said: String,
    /// Current state, below it.
    shown: String,
    print: fn(&str),
}

impl Live {
    /// Shows nothing yet. Outside notebooks and terminals, lines come at least `pause` apart.
    pub fn new(pause: Duration) -> Self {
        let block = new_block();
        let (said, shown) = (String::new(), String::new());
        let terminal = block.is_none() && std::io::stdout().is_terminal();
        Live { block, terminal, open: false, pause, last: None, held: None, said, shown, print }
    }

    /// Whether each state replaces the one before, so that updates may be frequent.
    pub fn is_replaced(&self) -> bool {
        self.block.is_some() || self.terminal
    }

    /// Whether enough time has passed for the next update; of frequent updates, most are never
    /// drawn.
    pub fn is_due(&self) -> bool {
        self.last.is_none_or(|last| last.elapsed() >= FRAME)
    }

    /// Shows text that stays.
    pub fn say(&mut self, text: &str) {
        match self.block {
            Some(_) => {
                self.said += &format!("{text}\n");
                self.draw(self.said.clone() + &self.shown);
            }
            None => {
                // Shows the held text first, since the new text may refer to it.
                self.finish();
                (self.print)(&format!("{text}\n"));
            }
        }
    }

    /// Replaces the shown state by `line`, in a notebook below `above`.
    pub fn show(&mut self, above: &str, line: &str) {
        let line = format!("{line}\n");
        let (pause, text) = match self.block {
            Some(_) => {
                self.shown = format!("{above}{line}");
                (FRAME, self.said.clone() + &self.shown)
            }
            None if self.terminal => (FRAME, line),
            None => (self.pause, line),
        };
        match self.last.is_none_or(|last| last.elapsed() >= pause) {
            true => self.draw(text),
            false => self.held = Some(text),
        }
    }

    /// Shows the text that was held back.
    pub fn finish(&mut self) {
        if let Some(text) = self.held.take() {
            self.draw(text);
        }
        if std::mem::take(&mut self.open) {
            (self.print)("\n");
        }
    }

    fn draw(&mut self, text: String) {
        self.last = Some(Instant::now());
        self.held = None;
        let text = text.trim_end();
        match &self.block {
            Some(name) => (self.print)(&marked(MIME, &format!("{name}\n{text}"))),
            None if self.terminal => {
                let line = text.lines().next_back().unwrap_or("");
                self.open = true;
                (self.print)(&format!("\r\x1b[2K{line}"));
            }
            None => (self.print)(&format!("{text}\n")),
        }
    }
}

/// A progress bar of twenty characters, for a fraction from 0 to 1 of the work.
pub(crate) fn bar(done: f64) -> String {
    let full = (done.clamp(0.0, 1.0) * 20.0).floor() as usize;
    "━".repeat(full) + &"─".repeat(20 - full)
}

/// A time in whole seconds, rounded up, as `12 s`, `3 m 5 s` or `1 h 2 m`.
pub(crate) fn left(seconds: f64) -> String {
    let whole = seconds.max(0.0).ceil() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} m {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} m"),
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // The last state is shown whatever ended the work, even an error.
        self.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    thread_local!(static SEEN: RefCell<String> = const { RefCell::new(String::new()) });

    fn live(block: Option<&str>, pause: Duration) -> Live {
        let mut live = Live::new(pause);
        live.block = block.map(str::to_string);
        live.terminal = false;
        live.print = |text: &str| SEEN.with_borrow_mut(|seen| seen.push_str(text));
        live
    }

    fn seen() -> String {
        SEEN.take()
    }

    #[test]
    fn lines_in_between_are_held_back_and_the_last_one_is_kept() {
        let mut live = live(None, Duration::from_secs(3600));
        live.show("above", "1");
        live.show("above", "2");
        live.show("above", "3");
        assert_eq!(seen(), "1\n");
        live.say("said");
        live.finish();
        assert_eq!(seen(), "3\nsaid\n");
        live.show("above", "4");
        live.finish();
        assert_eq!(seen(), "4\n");
        live.show("above", "5");
        drop(live);
        assert_eq!(seen(), "5\n");
    }

    #[test]
    fn a_terminal_writes_over_its_line() {
        let mut live = live(None, Duration::ZERO);
        live.terminal = true;
        live.show("above", "1");
        live.show("above", "2");
        live.finish();
        assert_eq!(seen(), "\r\x1b[2K1\r\x1b[2K2\n");
    }

    #[test]
    fn bars_and_times_read_well() {
        assert_eq!(bar(0.0), "─".repeat(20));
        assert_eq!(bar(0.5).chars().filter(|c| *c == '━').count(), 10);
        assert_eq!(bar(2.0), "━".repeat(20));
        assert_eq!(left(0.2), "1 s");
        assert_eq!(left(185.0), "3 m 5 s");
        assert_eq!(left(7260.0), "2 h 1 m");
    }

    #[test]
    fn a_block_shows_what_stays_and_then_the_last_state() {
        let mut live = live(Some("name"), Duration::ZERO);
        let block = |text: &str| marked(MIME, &format!("name\n{text}"));
        live.show("table\n", "1");
        live.show("table\n", "2");
        assert_eq!(seen(), block("table\n1"));
        live.say("EVCXR_said");
        assert_eq!(seen(), block("EVCXR_said\ntable\n2"));
        assert!(block("EVCXR_said").contains("EVCXR\u{200b}_said"));
        live.show("", "3");
        live.finish();
        assert_eq!(seen(), block("EVCXR_said\n3"));
    }
}
