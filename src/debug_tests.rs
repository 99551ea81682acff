//! No `Debug` text is a wall of numbers: types that hold lists of numbers describe themselves in
//! words.

use std::path::Path;

/// Public types that derive `Debug` although they hold a list of numbers: the list is short, such
/// as a shape or values that a user wrote, or a notebook never shows the type.
const SHORT: [&str; 15] = [
    "Constraint",
    "Error",
    "InputSpec",
    "LearningCurve",
    "Numbers",
    "PReLU",
    "Permute",
    "PiecewiseConstantDecay",
    "Places",
    "Reshape",
    "Sequential",
    "Shape",
    "Sorted",
    "Values",
    "WeightSpec",
];

const LISTS: [&str; 10] = [
    "Vec<f32>",
    "Vec<f64>",
    "Vec<u8>",
    "Vec<u32>",
    "Vec<u64>",
    "Vec<i64>",
    "Vec<usize>",
    "Vec<isize>",
    "Vec<(f64, f64)>",
    "Vec<Row>",
];

/// The names of the public types of a file that derive `Debug` and hold lists of numbers.
fn walls(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("\npub struct ").chain(text.match_indices("\npub enum ")) {
        // The attributes stand between the type and the last empty line before it.
        let start = text[..at].rfind("\n\n").unwrap_or(0);
        let derives = text[start..at].contains("derive(") && text[start..at].contains("Debug");
        let rest = &text[at + 1..];
        let name: String = rest.split_whitespace().nth(2).unwrap_or_default().into();
        let name: String = name.chars().take_while(|c| c.is_alphanumeric()).collect();
        let end = rest.find("\n}").into_iter().chain(rest.find(");\n")).min();
        let body = &rest[..end.unwrap_or(rest.len())];
        if derives && LISTS.iter().any(|list| body.contains(list)) {
            found.push(name);
        }
    }
    found
}

fn look(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            look(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.extend(walls(&std::fs::read_to_string(path).unwrap()));
        }
    }
}

#[test]
fn no_type_derives_a_wall_of_numbers() {
    let mut found = Vec::new();
    look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.retain(|name| !SHORT.contains(&name.as_str()));
    assert!(found.is_empty(), "{found:?}: write impl Debug in words, or as Display says it");
    let wall = "\n\n#[derive(Clone, Debug)]\npub struct Many {\n    all: Vec<f32>,\n}\n";
    assert_eq!(walls(wall), ["Many"]);
    assert!(walls(&wall.replace(", Debug", "")).is_empty());
}
