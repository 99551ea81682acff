//! Runs of lines that are repeated in two places.

use crate::code::files;
use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

/// This many equal lines in two places count as a repetition.
const RUN: usize = 6;

/// How many pairs of places are allowed: lists that Rust wants twice, such as the variants of an
/// enum and an array of them.
const MOST: usize = 11;

/// A line that counts, and its number.
type Line = (usize, String);

/// The lines that count: without comments, attributes, imports and lone brackets. A signature is
/// one line however it is broken, because a trait dictates it to each type that implements it.
fn telling(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let (mut import, mut signature) = (false, false);
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        let said = ["pub(crate) ", "pub(super) ", "pub "].iter().find_map(|p| line.strip_prefix(p));
        let said = said.unwrap_or(line);
        import |= said.starts_with("use ") || (said.starts_with("mod ") && said.ends_with(';'));
        if import {
            import = !said.ends_with(';');
            continue;
        }
        let ends = line.ends_with(['{', '}', ';']);
        if signature {
            signature = !ends;
            let (_, first) = lines.last_mut().unwrap();
            write!(first, " {line}").unwrap();
            continue;
        }
        let silent = line.starts_with("//") || line.starts_with("#[") || line.starts_with("#![");
        if silent || !line.contains(|c: char| c.is_ascii_alphanumeric()) {
            continue;
        }
        let function = ["fn ", "unsafe fn ", "const fn "].iter().any(|word| said.starts_with(word));
        signature = function && !ends;
        lines.push((i + 1, line.to_owned()));
    }
    lines
}

/// The number of equal lines, counted from the start of both.
fn equal(a: &[Line], b: &[Line]) -> usize {
    a.iter().zip(b).take_while(|((_, a), (_, b))| a == b).count()
}

/// The pairs of places that share a run, each described in one line.
fn pairs(files: &[(String, Vec<Line>)]) -> Vec<String> {
    let mut places: HashMap<Vec<&str>, Vec<(usize, usize)>> = HashMap::new();
    for (file, (_, lines)) in files.iter().enumerate() {
        for (at, run) in lines.windows(RUN).enumerate() {
            let run = run.iter().map(|(_, text)| text.as_str()).collect();
            places.entry(run).or_default().push((file, at));
        }
    }
    let mut found = Vec::new();
    for same in places.values() {
        for (i, &(file, at)) in same.iter().enumerate() {
            for &(other, there) in &same[i + 1..] {
                let ((name, a), (other_name, b)) = (&files[file], &files[other]);
                let begins = at == 0 || there == 0 || a[at - 1].1 != b[there - 1].1;
                let apart = if file == other { there - at } else { usize::MAX };
                let length = equal(&a[at..], &b[there..]).min(apart);
                if begins && length >= RUN {
                    let (line, there) = (a[at].0, b[there].0);
                    found.push(format!("{length} lines: {name}:{line} and {other_name}:{there}"));
                }
            }
        }
    }
    found.sort();
    found
}

#[test]
fn little_stands_in_two_places() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    // The library's package does not contain the kernel's.
    for folder in ["src", "kernel-spec/src"].map(|folder| root.join(folder)) {
        for path in folder.is_dir().then(|| files(&folder, true)).into_iter().flatten() {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            all.push((name, telling(&std::fs::read_to_string(&path).unwrap())));
        }
    }
    let found = pairs(&all);
    assert!(
        found.len() <= MOST,
        "{} pairs, at most {MOST} may be:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn a_run_is_found() {
    let code = "fn one(\n    a: u8,\n) {\n    // why\n    let x = 1;\n    let y = 2;\n    go(x);\n    \
                stay(y);\n    end();\n}\n";
    let other =
        format!("use a::{{\n    b,\n}};\n{}", code.replace("// why", "").replace("(\n", "( \n"));
    let file = |name: &str, code: &str| (name.to_owned(), telling(code));
    let found = pairs(&[file("a.rs", code), file("b.rs", &other)]);
    assert_eq!(found, ["6 lines: a.rs:1 and b.rs:4"]);
    assert!(pairs(&[file("a.rs", code), file("b.rs", &code.replace("go(x)", "go(y)"))]).is_empty());
}
