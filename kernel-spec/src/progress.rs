//! How far a build of the library is, and how long it still takes, from cargo's messages.

use crate::toolchain;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::ChildStdout;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// The crates that take more processor time than others, in seconds of one core, measured once;
/// only their proportions count.
const HEAVY: [(&str, f64); 21] = [
    ("polars-core", 210.0),
    ("dfdx-lab", 150.0),
    ("polars-ops", 60.0),
    ("polars-compute", 50.0),
    ("polars-parquet", 50.0),
    ("hdf5-pure", 45.0),
    ("libsqlite3-sys", 40.0),
    ("polars-arrow", 30.0),
    ("image", 20.0),
    ("syn", 20.0),
    ("zstd-sys", 20.0),
    ("moxcms", 15.0),
    ("rustls", 15.0),
    ("ring", 10.0),
    ("polars-io", 10.0),
    ("serde_derive", 10.0),
    ("pxfm", 8.0),
    ("tokio", 8.0),
    ("regex-automata", 8.0),
    ("nalgebra", 7.0),
    ("zerocopy-derive", 7.0),
];

/// Seconds of every other crate.
const LIGHT: f64 = 1.0;

/// Reads cargo's messages until the build of the library ends; `line` is called with its progress.
pub fn watch(project: &Path, cargo: ChildStdout, line: &dyn Fn(&str)) -> Result<Vec<Value>> {
    let (send, received) = channel();
    std::thread::spawn(move || {
        for text in BufReader::new(cargo).lines().map_while(Result::ok) {
            let message = serde_json::from_str(&text).ok();
            if message.is_some_and(|message| send.send(message).is_err()) {
                break;
            }
        }
    });
    let mut progress = Progress::new(&packages(project)?);
    let mut messages = Vec::new();
    loop {
        line(&progress.show());
        match received.recv_timeout(Duration::from_secs(1)) {
            Ok(message) => {
                progress.hear(&message);
                messages.push(message);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(messages),
        }
    }
}

/// All packages that the library needs, one a line.
fn packages(project: &Path) -> Result<String> {
    let output = toolchain::cargo()
        .args(["tree", "--package", "dfdx-lab", "--edges", "normal,build", "--prefix", "none"])
        .current_dir(project)
        .output()
        .context("running cargo tree")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The crates of one build: those that are done, and those to come.
pub struct Progress {
    start: Instant,
    to_come: BTreeMap<String, f64>,
    /// Seconds of the crates that this build compiled, not of those from an earlier one.
    done: f64,
    /// When the last of them was done.
    last: Duration,
}

impl Progress {
    /// For packages as `cargo tree --prefix none` lists them, one a line.
    pub fn new(tree: &str) -> Progress {
        let names = tree.lines().filter_map(|line| line.split_whitespace().next());
        let to_come = names.map(|name| (name.to_owned(), seconds(name))).collect();
        Progress { start: Instant::now(), to_come, done: 0.0, last: Duration::ZERO }
    }

    /// Takes one of the messages of `--message-format json`.
    pub fn hear(&mut self, message: &Value) {
        self.hear_at(message, self.start.elapsed());
    }

    fn hear_at(&mut self, message: &Value, elapsed: Duration) {
        if message["reason"] != "compiler-artifact"
            || message["target"]["kind"][0] == "custom-build"
        {
            return;
        }
        let name = package(message["package_id"].as_str().unwrap_or_default());
        let seconds = self.to_come.remove(name).unwrap_or(0.0);
        if message["fresh"] != true {
            self.done += seconds;
            self.last = elapsed;
        }
    }

    /// A bar, and the time that is left.
    pub fn show(&self) -> String {
        self.after(self.start.elapsed())
    }

    fn after(&self, elapsed: Duration) -> String {
        const WIDTH: usize = 24;
        let rest: f64 = self.to_come.values().sum();
        let share = self.done / (self.done + rest).max(f64::MIN_POSITIVE);
        let full = (share * WIDTH as f64) as usize;
        let bar = format!("[{}{}]", "=".repeat(full), " ".repeat(WIDTH - full));
        // The speed is measured over the finished crates: the time that a long crate takes is no
        // sign that the rest will take longer. The first crates say little about the rest.
        let since = elapsed.saturating_sub(self.last).as_secs_f64();
        let left = match share {
            0.03.. => left(self.last.as_secs_f64() * (1.0 / share - 1.0) - since),
            _ => "the first time takes several minutes".to_owned(),
        };
        format!("{bar} {:3.0} %, {left}", 100.0 * share)
    }
}

fn seconds(name: &str) -> f64 {
    HEAVY.iter().find(|(heavy, _)| *heavy == name).map_or(LIGHT, |(_, seconds)| *seconds)
}

fn left(seconds: f64) -> String {
    match seconds {
        ..60.0 => "less than a minute left".to_owned(),
        _ => format!("about {:.0} min left", (seconds / 60.0).ceil()),
    }
}

/// The name in `registry+https://…#name@1.0.0` or `path+file:///…/name#1.0.0`.
fn package(id: &str) -> &str {
    let (place, end) = id.rsplit_once('#').unwrap_or(("", id));
    match end.split_once('@') {
        Some((name, _)) => name,
        None => place.rsplit('/').next().unwrap_or(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn artifact(name: &str, fresh: bool, kind: &str) -> Value {
        json!({"reason": "compiler-artifact", "package_id": format!("registry+x#{name}@1.0.0"),
            "target": {"kind": [kind]}, "fresh": fresh})
    }

    #[test]
    fn the_bar_moves_with_what_is_compiled() {
        let mut progress =
            Progress::new("a v1.0.0\nb v1.0.0 (proc-macro)\nc v1.0.0 (*)\na v1.0.0\nd v2\n");
        let minute = Duration::from_secs(60);
        assert!(
            progress.after(minute).contains("  0 %, the first time"),
            "{}",
            progress.after(minute)
        );
        // One from an earlier build counts neither as done nor as to come.
        progress.hear(&artifact("a", true, "lib"));
        progress.hear(&artifact("b", false, "custom-build"));
        progress.hear_at(&artifact("b", false, "lib"), minute);
        assert_eq!(progress.after(minute), "[========                ]  33 %, about 2 min left");
        // While a crate compiles, less time is left, not more.
        assert!(progress.after(minute * 2).ends_with(" 33 %, about 1 min left"));
        assert!(progress.after(minute * 9).ends_with(" 33 %, less than a minute left"));
        progress.hear_at(&artifact("c", false, "lib"), minute);
        progress.hear(&json!({"reason": "build-finished"}));
        assert!(progress.after(minute).ends_with(" 67 %, less than a minute left"));
        progress.hear(&artifact("d", false, "lib"));
        assert_eq!(progress.after(minute).chars().filter(|c| *c == '=').count(), 24);
    }

    #[test]
    fn packages_are_known_by_their_names() {
        assert_eq!(package("registry+https://example.org/index#polars-core@0.55.2"), "polars-core");
        assert_eq!(package("path+file:///home/me/dfdx-lab#0.1.0"), "dfdx-lab");
    }
}
