//! Rooms, the folders of `src`, import each other in one direction, as `docs/architecture.md` says.

use crate::code::{files, without_tests};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Modules that every room may use, or that are not rooms.
const EVERYWHERE: [&str; 5] = ["error", "memory", "prelude", "register", "lib"];

/// The rooms, each with those it imports, by the paths in its code without tests.
type Rooms = BTreeMap<String, BTreeSet<String>>;

fn rooms(src: &Path) -> Rooms {
    let all = files(src, false);
    let mut rooms = Rooms::new();
    let room_of = |path: &Path| {
        let first = path.strip_prefix(src).unwrap().components().next().unwrap();
        let name = first.as_os_str().to_string_lossy().into_owned();
        name.strip_suffix(".rs").map_or(name.clone(), str::to_owned)
    };
    let names: BTreeSet<String> = all.iter().map(|path| room_of(path)).collect();
    for path in &all {
        let room = room_of(path);
        let code = without_tests(path);
        let imports = code.split("crate::").skip(1).filter_map(|rest| {
            let name: String =
                rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            (names.contains(&name) && name != room).then_some(name)
        });
        let known = rooms.entry(room.clone()).or_default();
        known.extend(imports.filter(|name| !EVERYWHERE.contains(&name.as_str())));
    }
    EVERYWHERE.iter().for_each(|name| drop(rooms.remove(*name)));
    rooms
}

#[test]
fn no_two_rooms_need_each_other() {
    let mut rooms = rooms(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(rooms.len() > 10, "{rooms:?}");
    // Removes rooms that need none of those left, until only circles are left.
    loop {
        let left: BTreeSet<String> = rooms.keys().cloned().collect();
        let free = |needs: &BTreeSet<String>| needs.is_disjoint(&left);
        let before = rooms.len();
        rooms.retain(|_, needs| !free(needs));
        if rooms.is_empty() {
            return;
        }
        assert!(rooms.len() < before, "a circle among {rooms:#?}");
    }
}

#[test]
fn the_page_names_every_import() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    let (_, section) = page.split_once("## Which way dependencies point").unwrap();
    let words = |text: &str| -> BTreeSet<String> {
        text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let mut missing = Vec::new();
    for (room, imports) in rooms(&root.join("src")) {
        let row = section.lines().filter_map(|line| {
            let mut cells = line.strip_prefix('|')?.split('|');
            Some((words(cells.next()?), cells.next()?))
        });
        let mut row = row.filter(|(names, _)| names.contains(&room)).map(|(_, cell)| cell);
        let Some(cell) = row.next() else {
            missing.push(format!("{room} has no row"));
            continue;
        };
        if !cell.contains("what shows itself") {
            let named = words(cell);
            let unknown = imports.iter().filter(|name| !named.contains(*name));
            missing.extend(unknown.map(|name| format!("{room} imports {name}")));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
