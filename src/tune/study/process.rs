//! The process that runs a trial, and whether it is still alive.

use serde_json::{Value as Json, json};
use std::sync::OnceLock;

/// A process: where it runs, its id, and when it began, which tells it from a later process with
/// the same id.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Process {
    place: String,
    id: u32,
    began: u64,
}

impl Process {
    /// This process; none if the system does not report when it began (only Linux does).
    pub fn own() -> Option<&'static Process> {
        static OWN: OnceLock<Option<Process>> = OnceLock::new();
        let find = || {
            let id = std::process::id();
            Some(Process { place: place()?, id, began: began(id)? })
        };
        OWN.get_or_init(find).as_ref()
    }

    /// The id, beginning and place as one short text, because a study stores one for each trial.
    pub fn to_json(&self) -> Json {
        json!(format!("{} {} {}", self.id, self.began, self.place))
    }

    /// Whether the process is known to be dead: it ran on this machine and no longer does.
    pub fn is_dead(json: &Json) -> bool {
        let mut parts = json.as_str().unwrap_or_default().splitn(3, ' ');
        let mut number = || parts.next().and_then(|part| part.parse::<u64>().ok());
        let (id, then) = (number().and_then(|id| u32::try_from(id).ok()), number());
        let (Some(id), Some(then), Some(own)) = (id, then, Process::own()) else { return false };
        parts.next() == Some(own.place.as_str()) && began(id) != Some(then)
    }
}

/// The machine since its last start, and the namespace of process ids.
fn place() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let space = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), space.display()))
}

/// When a process began, in clock ticks since the machine's start; none if there is no such
/// process.
fn began(id: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The second field is a name in parentheses that may contain anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    // A zombie has ended, but its parent has not yet read its exit status.
    if fields.next() == Some("Z") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_lives_and_dies() {
        let Some(own) = Process::own() else {
            println!("skipped: this system does not tell when a process began");
            return;
        };
        assert!(!Process::is_dead(&own.to_json()));
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let began = began(child.id()).unwrap();
        let process = Process { place: own.place.clone(), id: child.id(), began };
        assert!(!Process::is_dead(&process.to_json()));
        // Another process with the same id.
        let other = Process { began: began + 1, ..process.clone() };
        assert!(Process::is_dead(&other.to_json()));
        // Nothing is known about processes on other machines.
        let elsewhere = Process { place: "another machine".into(), ..other };
        assert!(!Process::is_dead(&elsewhere.to_json()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(Process::is_dead(&process.to_json()));
        assert!(!Process::is_dead(&json!("nonsense")));
    }
}
