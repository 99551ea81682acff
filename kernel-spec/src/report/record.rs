//! The figures of recorded runs: `docs/reports/NAME.json`, and `docs/reproduction.md` made from all
//! of them.

use crate::places::write_whole;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn folder(project: &Path) -> PathBuf {
    project.join("docs").join("reports")
}

/// Puts a run's facts into the record of its notebook, in place of an older run of the same
/// profile.
pub fn keep(project: &Path, facts: &Path) -> Result<()> {
    let facts: Value = serde_json::from_slice(&std::fs::read(facts)?)?;
    let (Some(name), Some(profile)) = (facts["notebook"].as_str(), facts["profile"].as_str())
    else {
        bail!("only a notebook with a profile can be recorded");
    };
    let path = folder(project).join(format!("{name}.json"));
    let mut record = match std::fs::read(&path) {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).with_context(|| format!("in {}", path.display()))?
        }
        Err(_) => json!({}),
    };
    record[profile] = facts.clone();
    write_whole(&path, (serde_json::to_string_pretty(&record)? + "\n").as_bytes())
}

/// Writes the page of all rows from the records.
pub fn write_page(project: &Path) -> Result<()> {
    let mut records = Vec::new();
    for path in crate::report::all_notebooks(project)? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let record = std::fs::read(folder(project).join(format!("{name}.json"))).ok();
        let record = record.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        records.push((name, record.unwrap_or(Value::Null)));
    }
    write_whole(&project.join("docs").join("reproduction.md"), page(&records).as_bytes())
}

fn page(records: &[(String, Value)]) -> String {
    let mut out = "# Reported and reproduced\n\nEvery figure that a published report states, beside what \
        the notebooks came to: in the **full** profile (the report's data, epochs and tries) and in \
        the **quick** one, the default. A dash: no figure. `cargo lab report NAME [--full] --record` \
        writes this page and `reports/NAME.json` anew.\n"
        .to_string();
    for (name, record) in records.iter().filter(|(_, record)| !record.is_null()) {
        let _ = write!(out, "\n## {name}\n\n{}\n", runs(record));
        let rows = rows(record);
        if !rows.is_empty() {
            out += "\n| what | reported | full | quick | note |\n|---|---|---|---|---|\n";
            for (what, row) in rows {
                let [reported, full, quick] =
                    ["reported", "full", "quick"].map(|key| number(&row[key]));
                let note = cell(row["note"].as_str().unwrap_or_default());
                let _ =
                    writeln!(out, "| {} | {reported} | {full} | {quick} | {note} |", cell(&what));
            }
        }
    }
    let others: Vec<&str> = records
        .iter()
        .filter(|(_, record)| record.is_null())
        .map(|(name, _)| name.as_str())
        .collect();
    if !others.is_empty() {
        let _ = write!(out, "\nNo figures are recorded for {}.\n", others.join(", "));
    }
    out
}

/// For each profile, when it was run, with which version, and on which machine.
fn runs(record: &Value) -> String {
    let lines = ["full", "quick"].map(|profile| {
        let run = &record[profile];
        match run["date"].as_str() {
            Some(date) => {
                let text = |key: &str| run[key].as_str().unwrap_or_default();
                let seconds = run["seconds"].as_f64().unwrap_or(0.0);
                let (version, machine) = (text("version"), text("machine"));
                format!("* {profile}: {date}, {version}, {seconds:.0} s on {machine}.")
            }
            None => format!("* {profile}: no recorded run."),
        }
    });
    lines.join("\n")
}

/// The rows of both runs, joined by what they are about, in the order of the notebook.
fn rows(record: &Value) -> Vec<(String, Value)> {
    let mut rows: Vec<(String, Value)> = Vec::new();
    for profile in ["full", "quick"] {
        for row in record[profile]["rows"].as_array().into_iter().flatten() {
            let what = row["what"].as_str().unwrap_or_default();
            let place = rows.iter().position(|(other, _)| other == what).unwrap_or_else(|| {
                rows.push((what.to_string(), json!({})));
                rows.len() - 1
            });
            let entry = &mut rows[place].1;
            entry["reported"] = row["reported"].clone();
            entry[profile] = row["reproduced"].clone();
            // A note on the quick run's figure does not explain the full run's figure beside it.
            let note = row["note"].as_str().unwrap_or_default();
            if entry["note"].as_str().is_none_or(str::is_empty) && !note.is_empty() {
                let beside_full = profile == "quick" && !entry["full"].is_null();
                entry["note"] =
                    format!("{}{note}", if beside_full { "quick: " } else { "" }).into();
            }
        }
    }
    rows
}

fn number(value: &Value) -> String {
    match value.as_f64() {
        None => "–".to_string(),
        Some(v) if v == 0.0 || v.fract() == 0.0 && v.abs() < 1e6 => format!("{v}"),
        Some(v) if (1e-3..1e6).contains(&v.abs()) => {
            let decimals = (3 - v.abs().log10().floor() as i32).max(0) as usize;
            format!("{v:.decimals$}")
        }
        Some(v) => format!("{v:.3e}"),
    }
}

/// Text in a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_kept_by_profile_and_shown_together() {
        let project = tempfile::tempdir().unwrap();
        std::fs::create_dir(project.path().join("notebooks")).unwrap();
        for name in ["01-a", "02-b"] {
            std::fs::write(project.path().join(format!("notebooks/{name}.ipynb")), "").unwrap();
        }
        let facts = project.path().join("facts.json");
        for (profile, figure) in [("quick", 0.91), ("full", 0.953_26), ("quick", 0.92)] {
            let run = json!({"notebook": "01-a", "profile": profile, "date": "2026-01-02",
                "version": "v", "machine": "m", "seconds": 3.4,
                "rows": [{"what": "a|b", "reported": 0.95, "reproduced": figure, "note": "n"}]});
            std::fs::write(&facts, run.to_string()).unwrap();
            keep(project.path(), &facts).unwrap();
        }
        write_page(project.path()).unwrap();
        let page = std::fs::read_to_string(project.path().join("docs/reproduction.md")).unwrap();
        assert!(page.contains("| a\\|b | 0.9500 | 0.9533 | 0.9200 | n |"), "{page}");
        assert!(page.contains("* full: 2026-01-02, v, 3 s on m."), "{page}");
        assert!(page.ends_with("\n\nNo figures are recorded for 02-b.\n"), "{page}");
        std::fs::write(&facts, json!({"notebook": "x", "profile": null}).to_string()).unwrap();
        assert!(keep(project.path(), &facts).is_err());
    }

    #[test]
    fn numbers_have_four_digits() {
        let texts = [0.95, 1.17e9, 128.0, 1e-6, 8913.4, 0.0, 12.3456].map(|v| number(&json!(v)));
        assert_eq!(texts, ["0.9500", "1.170e9", "128", "1.000e-6", "8913", "0", "12.35"]);
        assert_eq!(number(&Value::Null), "–");
    }
}
