//! Lists, fetches and verifies data sets; `cargo lab data` runs it.

use dfdx_lab::data::datasets;
use dfdx_lab::{Error, Result};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: dfdx-lab-data [list | fetch [NAME ...] | verify [NAME ...]] [--json] [--folder DIR]

  list     the data sets and what of them is on this machine (the default)
  fetch    fetches the sets named, or all that can be fetched; wrong files are replaced
  verify   reads the files of the sets named, or of all that are there, and checks them

  --json        prints JSON
  --folder DIR  the data folder, instead of DFDX_LAB_DATA or the platform's cache folder";

#[derive(Debug, Default, PartialEq)]
struct Order {
    task: Option<String>,
    names: Vec<String>,
    json: bool,
    folder: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|a| ["--help", "-h", "help"].contains(&a.as_str())) {
        say(USAGE);
        return ExitCode::SUCCESS;
    }
    let done = parse(&arguments).map_err(|why| {
        eprintln!("error: {why}\n\n{USAGE}");
        ExitCode::from(2)
    });
    let done = done.and_then(|order| {
        run(&order).map_err(|error| {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        })
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(code) => code,
    }
}

fn parse(arguments: &[String]) -> Result<Order, String> {
    let mut order = Order::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => order.json = true,
            "--folder" => {
                let folder = arguments.next().ok_or("--folder takes a folder")?;
                order.folder = Some(folder.into());
            }
            other if other.starts_with('-') => return Err(format!("{other} is unknown")),
            task @ ("list" | "fetch" | "verify") if order.task.is_none() => {
                order.task = Some(task.to_string());
            }
            other if order.task.is_none() => return Err(format!("there is no command '{other}'")),
            name => order.names.push(name.to_string()),
        }
    }
    match order.task.as_deref() {
        None | Some("list") if !order.names.is_empty() => Err("list takes no names".to_string()),
        _ => Ok(order),
    }
}

/// Whether all is as it should be.
fn run(order: &Order) -> Result<bool> {
    match order.task.as_deref() {
        Some("fetch") => fetch(order),
        Some("verify") => verify(order),
        _ => {
            let listing = datasets::list(order.folder.as_deref())?;
            say(if order.json { listing.to_json() } else { listing.to_string() });
            Ok(true)
        }
    }
}

fn fetch(order: &Order) -> Result<bool> {
    let folder = order.folder.as_deref();
    let known: Vec<String> = datasets::list(folder)?.sets.into_iter().map(|set| set.name).collect();
    // All names are looked at before anything is fetched.
    if let Some(wrong) = order.names.iter().find(|name| !known.contains(name)) {
        datasets::fetch_set(wrong, folder)?;
    }
    let names = if order.names.is_empty() { &known } else { &order.names };
    let (mut rows, mut complete) = (Vec::new(), true);
    for name in names {
        let fetched = datasets::fetch_set(name, folder);
        // Nobody asked for the set that cannot be fetched.
        let optional = order.names.is_empty() && name == "chest-xray";
        complete &= fetched.is_ok() || optional;
        let (place, problem) = match fetched {
            Ok(place) => (Some(place), None),
            Err(error) => (None, Some(error.to_string())),
        };
        if !order.json {
            match (&place, &problem) {
                (Some(place), _) => say(format!("{name}: {}", place.display())),
                (_, problem) => eprintln!("{name}: {}", problem.as_deref().unwrap_or_default()),
            }
        }
        rows.push(json!({"name": name, "place": place, "problem": problem}));
    }
    if order.json {
        print_json(serde_json::to_string_pretty(&rows))?;
    }
    Ok(complete)
}

fn verify(order: &Order) -> Result<bool> {
    let files = datasets::verify_sets(&order.names, order.folder.as_deref())?;
    if order.json {
        print_json(serde_json::to_string_pretty(&files))?;
    } else {
        for file in &files {
            let state = file.problem.as_deref().unwrap_or("right");
            say(format!("{}: {}: {state}", file.name, file.file.display()));
        }
        if files.is_empty() {
            say("there are no files to verify");
        }
    }
    Ok(files.iter().all(|file| file.problem.is_none()))
}

fn print_json(text: serde_json::Result<String>) -> Result<()> {
    say(text.map_err(|e| Error::argument("the answer", e, "one that JSON can hold"))?);
    Ok(())
}

/// A line on standard output; whoever reads it may have seen enough.
fn say(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Order, String> {
        parse(&line.split_whitespace().map(String::from).collect::<Vec<_>>())
    }

    #[test]
    fn commands_names_and_options() {
        assert_eq!(parsed("").unwrap(), Order::default());
        let order = parsed("--json fetch mnist fashion-mnist --folder a/b").unwrap();
        assert_eq!(order.task.as_deref(), Some("fetch"));
        assert_eq!(order.names, ["mnist", "fashion-mnist"]);
        assert!(order.json && order.folder == Some("a/b".into()));
        // A set may be named as a command is.
        assert_eq!(parsed("verify list").unwrap().names, ["list"]);
        for wrong in ["fetsch", "--folder", "--jsn", "list mnist"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }
}
