//! What running code tells a notebook: content in blocks of a MIME type, and progress, which is one
//! block that is replaced in a notebook, a line that is replaced in a terminal, and lines from time
//! to time elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Set by a kernel that replaces blocks; kernel-spec has these names as well.
const VARIABLE: &str = "DFDX_LAB_LIVE";
/// The first line is the block's name, the others are its text.
const MIME: &str = "application/vnd.dfdx-lab.live";
/// The block's name and its contents by type.
const FORMS_MIME: &str = "application/vnd.dfdx-lab.live+json";

/// Least time between two pictures of a block.
const FRAME: Duration = Duration::from_millis(200);

/// Whether a kernel reads what is printed that knows more than evcxr's marks.
pub(crate) fn in_notebook() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// One content as evcxr has it: between marks.
pub(crate) fn marked(mime: &str, content: &str) -> String {
    // A line of the content that looks like a mark would end the block early.
    let content = content.replace("EVCXR_", "EVCXR\u{200b}_");
    format!("EVCXR_BEGIN_CONTENT {mime}\n{content}\nEVCXR_END_CONTENT\n")
}

/// Where a kernel replaces what is shown, a new name for a block of contents.
pub(crate) fn new_block() -> Option<String> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = || COUNT.fetch_add(1, Ordering::Relaxed);
    in_notebook().then(|| format!("live-{}-{}", std::process::id(), number()))
}

/// Shows a value's forms in the block, in the place of what it showed before.
pub(crate) fn replace(block: &str, forms: &[(&str, String)]) {
    let data: serde_json::Map<String, serde_json::Value> =
        forms.iter().map(|(mime, content)| (mime.to_string(), content.clone().into())).collect();
    print(&marked(FORMS_MIME, &serde_json::json!({"name": block, "data": data}).to_string()));
}

/// Writes to the standard output at once; a closed one is no reason to stop.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// The progress of one thing.
pub(crate) struct Live {
    /// The name of its block, in a notebook.
    block: Option<String>,
    /// Whether a terminal shows it, where a line can be written over.
    terminal: bool,
    /// Whether the terminal's cursor stands behind such a line.
    open: bool,
    /// Least time between two lines elsewhere.
    pause: Duration,
    last: Option<Instant>,
    /// What must still be seen if nothing comes after it.
    held: Option<String>,
    /// What stays at the top of the block.
    said: String,
    /// What is below it.
    shown: String,
    print: fn(&str),
}

impl Live {
    /// Nothing is shown yet. Outside of a notebook lines come at least `pause` apart.
    pub fn new(pause: Duration) -> Self {
        let block = new_block();
        let (said, shown) = (String::new(), String::new());
        let terminal = block.is_none() && std::io::stdout().is_terminal();
        Live { block, terminal, open: false, pause, last: None, held: None, said, shown, print }
    }

    /// Whether what is shown is written over by what comes next, so that it may come often.
    pub fn is_replaced(&self) -> bool {
        self.block.is_some() || self.terminal
    }

    /// Whether it is time for the next picture; of what is replaced often the most is never drawn.
    pub fn is_due(&self) -> bool {
        self.last.is_none_or(|last| last.elapsed() >= FRAME)
    }

    /// Something that stays.
    pub fn say(&mut self, text: &str) {
        match self.block {
            Some(_) => {
                self.said += &format!("{text}\n");
                self.draw(self.said.clone() + &self.shown);
            }
            None => {
                // It may be about what was held back, and comes after it.
                self.finish();
                (self.print)(&format!("{text}\n"));
            }
        }
    }

    /// How far it is: `line`, in a notebook below `above`, instead of what was shown before.
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

    /// Shows what was held back.
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

/// A bar of twenty characters, for a share from 0 to 1 of the work.
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
        // Whatever ended it, an error too: how far it came is still to be seen.
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
