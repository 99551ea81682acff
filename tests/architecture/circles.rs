//! Files of one room that import each other in a circle.

use crate::code::{files, without_tests};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Files that are halves of one thing and may need each other, such as a network's layers and its graph;
/// all others of a room depend on each other in one direction.
const TIED: [(&str, &[&str]); 4] = [
    (
        "data",
        &[
            "columns",
            "dataset",
            "dataset/exact",
            "dataset/targets",
            "encoder",
            "hog",
            "imputer",
            "inputs",
            "pca",
            "pipeline",
            "power",
            "resample",
            "scaler",
            "select",
        ],
    ),
    ("kernels", &["conv2d/avx2", "conv2d/plan", "conv2d/portable"]),
    (
        "nn",
        &[
            "builder",
            "gradient_plan",
            "graph/functional",
            "graph/merge",
            "graph/node",
            "graph/order",
            "layer",
            "masks",
            "named",
            "network",
        ],
    ),
    (
        "tune",
        &[
            "search/keep",
            "search/next",
            "search/proposal",
            "search/runner",
            "search/settings",
            "search/strategy",
        ],
    ),
];

/// A module within its room, as the names on the path to it; empty for the room's own `mod.rs`.
type Module = Vec<String>;

/// The room's modules with their code.
fn modules(room: &Path) -> BTreeMap<Module, String> {
    let module = |path: &Path| {
        let below = path.strip_prefix(room).unwrap().with_extension("");
        let mut names: Module =
            below.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
        if names.last().is_some_and(|name| name == "mod") {
            names.pop();
        }
        names
    };
    files(room, false).iter().map(|path| (module(path), without_tests(path))).collect()
}

/// The paths that an import with braces stands for.
fn spread(path: &str, found: &mut Vec<String>) {
    let Some((before, rest)) = path.split_once('{') else {
        let path = path.split(" as ").next().unwrap_or_default();
        found.push(path.split_whitespace().collect());
        return;
    };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let (mut depth, mut from) = (0, 0);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[from..at].trim().is_empty() {
                    spread(&format!("{before}{}", &inner[from..at]), found);
                }
                from = at + 1;
            }
            _ => {}
        }
    }
}

/// The imports of a module, and the paths that its code writes out.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = String::new();
    for statement in code.split_inclusive(';') {
        match statement.rfind("use ") {
            Some(at)
                if statement[..at].trim_end().ends_with(['}', ']', ';', ')'])
                    || statement[..at].trim().is_empty()
                    || statement[..at].trim_end().ends_with("pub") =>
            {
                spread(statement[at + 4..].trim_end_matches(';'), &mut found);
                rest += &statement[..at];
            }
            _ => rest += statement,
        }
    }
    for root in ["super::", "crate::"] {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        found.extend(rest.match_indices(root).filter_map(|(at, _)| {
            let inside = rest[..at].ends_with(is_name);
            let end = rest[at..].find(|c| !is_name(c)).map_or(rest.len(), |end| at + end);
            (!inside).then(|| rest[at..end].trim_end_matches(':').to_owned())
        }));
    }
    found
}

/// The module below `module` that gives it this name by `use`.
fn exporter(module: &Module, name: &str, all: &BTreeMap<Module, String>) -> Option<Module> {
    paths(&all[module]).iter().find_map(|path| {
        let (within, last) = path.rsplit_once("::")?;
        let mut target = module.clone();
        target.extend(within.split("::").map(str::to_owned));
        (last == name).then_some(target).filter(|target| all.contains_key(target))
    })
}

/// The module in which the item of a path is defined.
fn resolve(
    room: &str,
    from: &Module,
    path: &str,
    all: &BTreeMap<Module, String>,
) -> Option<Module> {
    let mut names: Vec<&str> = path.split("::").collect();
    let mut at = from.clone();
    match names[..] {
        ["crate", first, ..] if first == room => {
            at.clear();
            names.drain(..2);
        }
        ["super", ..] => {
            while names.first() == Some(&"super") {
                at.pop()?;
                names.remove(0);
            }
        }
        _ => return None,
    }
    for name in names {
        let below: Module = at.iter().cloned().chain([name.to_owned()]).collect();
        at = match all.contains_key(&below) {
            true => below,
            false => return Some(exporter(&at, name, all).unwrap_or(at)),
        };
    }
    Some(at)
}

#[test]
fn files_of_a_room_form_no_circle() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders = std::fs::read_dir(&src).unwrap().map(|entry| entry.unwrap());
    let folders = folders.filter(|entry| entry.path().is_dir());
    let rooms: Vec<String> =
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert!(rooms.len() > 10, "{rooms:?}");
    let mut circles = BTreeSet::new();
    for room in &rooms {
        let all = modules(&src.join(room));
        let mut needs: BTreeMap<&Module, BTreeSet<Module>> = BTreeMap::new();
        for (module, code) in &all {
            let found = paths(code).into_iter().filter_map(|p| resolve(room, module, &p, &all));
            needs.insert(module, found.filter(|other| other != module).collect());
        }
        // Removes modules that need none of those left, and modules that none of those left needs,
        // until only circles are left.
        loop {
            let left: BTreeSet<Module> = needs.keys().map(|module| (*module).clone()).collect();
            let needed: BTreeSet<Module> = needs.values().flatten().cloned().collect();
            let before = needs.len();
            needs.retain(|module, needs| needed.contains(*module) && !needs.is_disjoint(&left));
            if needs.len() == before {
                break;
            }
        }
        circles.extend(needs.keys().map(|module| format!("{room}/{}", module.join("/"))));
    }
    let tied =
        TIED.iter().flat_map(|(room, files)| files.iter().map(move |f| format!("{room}/{f}")));
    let tied: BTreeSet<String> = tied.collect();
    let new: Vec<_> = circles.difference(&tied).collect();
    assert!(new.is_empty(), "files that need each other: {new:#?}");
    let free: Vec<_> = tied.difference(&circles).collect();
    assert!(
        free.is_empty(),
        "files that need each other no more, to be taken off the list: {free:#?}"
    );
}

#[test]
fn a_path_is_resolved() {
    let module =
        |path: &str| path.split('/').filter(|s| !s.is_empty()).map(str::to_owned).collect();
    let all: BTreeMap<Module, String> = [
        ("", "pub use fit::{Fit, TrialFit};"),
        (
            "fit",
            "use super::callbacks::{Callback, monitor::{Mode, Monitor}};\nfn f() -> super::Fit {}",
        ),
        ("callbacks", "pub use monitor::Mode;\npub trait Callback {}"),
        ("callbacks/monitor", "use crate::train::Fit;"),
    ]
    .map(|(path, code)| (module(path), code.to_owned()))
    .into();
    let found = |from: &str, path: &str| resolve("train", &module(from), path, &all);
    assert_eq!(found("callbacks/monitor", "crate::train::Fit"), Some(module("fit")));
    assert_eq!(found("fit", "super::callbacks::Mode"), Some(module("callbacks/monitor")));
    assert_eq!(found("callbacks/monitor", "super::Callback"), Some(module("callbacks")));
    assert_eq!(found("fit", "crate::data::Table"), None);
    let inside = "super::callbacks::monitor::Monitor".to_owned();
    assert!(paths(&all[&module("fit")]).contains(&inside));
}
