//! The command `data`: the library's own program for data sets. A checkout builds it; an installed
//! library comes with it.

use crate::places::Place;
use crate::{setup, toolchain};
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

#[derive(Args)]
pub struct DataArgs {
    #[command(subcommand)]
    task: Option<Task>,
    /// Prints JSON.
    #[arg(long, global = true)]
    json: bool,
    /// The data folder, instead of DFDX_LAB_DATA or the platform's cache folder.
    #[arg(long, global = true, value_name = "DIR")]
    folder: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Task {
    /// Lists the data sets and which of their files are on this machine (the default).
    List,
    /// Fetches data sets; wrong files are replaced.
    Fetch {
        /// The data sets; by default all that can be fetched.
        names: Vec<String>,
    },
    /// Reads the files of data sets and checks them.
    Verify {
        /// The data sets; by default all that are present.
        names: Vec<String>,
    },
}

impl DataArgs {
    /// The arguments of the library's program.
    fn arguments(&self) -> Vec<OsString> {
        let (task, names): (&str, &[String]) = match &self.task {
            None | Some(Task::List) => ("list", &[]),
            Some(Task::Fetch { names }) => ("fetch", names),
            Some(Task::Verify { names }) => ("verify", names),
        };
        let mut arguments = vec![OsString::from(task)];
        arguments.extend(names.iter().map(OsString::from));
        arguments.extend(self.json.then(|| "--json".into()));
        if let Some(folder) = &self.folder {
            arguments.extend(["--folder".into(), folder.clone().into_os_string()]);
        }
        arguments
    }
}

/// Runs the program in the working directory, so that relative paths mean the same there.
pub fn run(place: &Place, args: &DataArgs) -> Result<()> {
    let mut command = if place.is_checkout {
        let mut cargo = toolchain::cargo();
        cargo
            .args(["run", "--release", "--package", "dfdx-lab", "--bin", "dfdx-lab-data"])
            .arg("--manifest-path")
            .arg(place.folder.join("Cargo.toml"))
            .arg("--");
        cargo
    } else {
        Command::new(setup::run(place)?.library.data_program())
    };
    let status =
        command.args(args.arguments()).status().context("starting the program for data sets")?;
    match status.success() {
        true => Ok(()),
        // The program has already said what is wrong.
        false => std::process::exit(status.code().unwrap_or(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        data: DataArgs,
    }

    #[test]
    fn arguments_are_handed_on() {
        let handed = |line: &str| {
            let cli = Cli::parse_from(format!("data {line}").split_whitespace());
            let arguments = cli.data.arguments();
            arguments.iter().map(|a| a.to_string_lossy()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(handed(""), "list");
        assert_eq!(handed("--json"), "list --json");
        assert_eq!(
            handed("fetch mnist --folder a/b --json fashion-mnist"),
            "fetch mnist fashion-mnist --json --folder a/b"
        );
        assert_eq!(handed("verify"), "verify");
    }
}
