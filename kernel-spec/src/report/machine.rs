//! What a report says about the machine and the version that it was made with.

use crate::places::checkout_around;
use std::path::Path;
use std::process::Command;

/// The processor and the number of its cores that may be used, without any name of a user or host.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let cores = if cores == 1 { "1 core".to_string() } else { format!("{cores} cores") };
    match processor() {
        Some(name) => format!("{cores} of {name}"),
        None => cores,
    }
}

fn processor() -> Option<String> {
    let name = match std::fs::read_to_string("/proc/cpuinfo") {
        Ok(text) => name_in(&text)?,
        Err(_) => said(Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"]))?,
    };
    let name = name.replace("(R)", "").replace("(TM)", "");
    Some(name.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn name_in(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_string())
}

/// The library's version, with the commit where the project is a checkout.
pub fn version(project: &Path) -> String {
    let version = concat!("dfdx-lab ", env!("CARGO_PKG_VERSION"));
    // A person's own notebooks may be in a repository of their own.
    let commit = checkout_around(project).and_then(|project| {
        said(Command::new("git").current_dir(project).args(["rev-parse", "--short", "HEAD"]))
    });
    match commit {
        Some(commit) => format!("{version}, commit {commit}"),
        None => version.to_string(),
    }
}

fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_string();
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_its_processor_and_cores() {
        assert!(describe().contains("core"), "{}", describe());
        let text = "processor\t: 0\nmodel name\t: An Example CPU @ 3GHz\n";
        assert_eq!(name_in(text).unwrap(), "An Example CPU @ 3GHz");
        assert_eq!(name_in("processor: 0"), None);
    }
}
