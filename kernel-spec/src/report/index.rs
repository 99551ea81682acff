//! `index.html`: all reports in a folder, with the result of each.

use crate::places::write_whole;
use anyhow::Result;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

const STYLE: &str = "body { font: 16px/1.5 sans-serif; margin: 0 auto; max-width: 900px; padding: 24px 16px; } \
article { border-top: 1px solid #bbb; padding: 8px 0 16px; } h2 { margin: 8px 0 0; } \
p { margin: 4px 0; } .run { color: #555; font-size: 14px; }";

/// Writes the index of the pages that have their facts beside them; does nothing if there are none.
pub fn write(out: &Path) -> Result<()> {
    let mut reports = Vec::new();
    for entry in std::fs::read_dir(out)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "json") && path.with_extension("html").is_file() {
            let facts: Value = serde_json::from_slice(&std::fs::read(&path)?).unwrap_or_default();
            reports
                .push((path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), facts));
        }
    }
    if reports.is_empty() {
        return Ok(());
    }
    reports.sort_by(|a, b| a.0.cmp(&b.0));
    write_whole(&out.join("index.html"), page(&reports).as_bytes())
}

fn page(reports: &[(String, Value)]) -> String {
    let mut body = String::new();
    for (name, facts) in reports {
        let text = |key: &str| escape(facts[key].as_str().unwrap_or_default());
        let head = |key: &str| bold(&escape(facts["head"][key].as_str().unwrap_or_default()));
        let title = if text("title").is_empty() { escape(name) } else { text("title") };
        let profile =
            facts["profile"].as_str().map(|p| format!("{p} profile, ")).unwrap_or_default();
        let seconds = facts["seconds"].as_f64().unwrap_or(0.0);
        let _ = writeln!(
            body,
            "<article><h2><a href=\"{}.html\">{title}</a></h2><p>{}</p><p class=\"run\">{}</p>\
             <p class=\"run\">{profile}{}, {seconds:.0} s</p></article>",
            address(name),
            head("result"),
            head("data"),
            text("date"),
        );
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Reports</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style>\
         </head><body><h1>Reports</h1>\n{body}</body></html>\n"
    )
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;")
}

/// Turns Markdown's `**bold**` into HTML; these sentences use no other markup.
fn bold(text: &str) -> String {
    let mut parts = text.split("**");
    let mut out = parts.next().unwrap_or_default().to_string();
    for (i, part) in parts.enumerate() {
        let mark = if i % 2 == 0 { "<b>" } else { "</b>" };
        out += mark;
        out += part;
    }
    out
}

/// A file's name as part of a URL.
fn address(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let one =
        |byte: u8| if plain(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reports_with_a_page_are_listed() {
        let out = tempfile::tempdir().unwrap();
        write(out.path()).unwrap();
        assert!(!out.path().join("index.html").exists());
        let facts = json!({"title": "A < B", "profile": "quick", "date": "2026-01-02", "seconds": 61.2,
            "head": {"result": "**.98** of it", "data": "ten rows"}});
        for name in ["a b", "no page"] {
            std::fs::write(out.path().join(format!("{name}.json")), facts.to_string()).unwrap();
        }
        std::fs::write(out.path().join("a b.html"), "").unwrap();
        write(out.path()).unwrap();
        let page = std::fs::read_to_string(out.path().join("index.html")).unwrap();
        for part in
            ["href=\"a%20b.html\">A &lt; B<", "<b>.98</b> of it", "quick profile, 2026-01-02, 61 s"]
        {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert!(!page.contains("no page"));
    }
}
