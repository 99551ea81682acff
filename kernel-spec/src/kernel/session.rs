//! What a notebook has so far, its items and variables, and the file that is compiled for a cell.

use super::compiler::{Diagnostic, Object, has_name};
use super::layout::{Layout, Origin, Place, Source};
use super::parse::{Binding, Import, Item, Kind, Parsed, RUNTIME, blank, identifiers};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// A variable that the cells' process keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub kind: String,
    pub mutable: bool,
    /// It was a reference: the process keeps a copy of what it refers to, of this type.
    pub reference: bool,
    /// The cell that made it.
    pub cell: u64,
}

/// Why a name means nothing any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    Moved(u64),
    /// It borrows from something that ends with its cell.
    Borrows(u64),
    /// Its type has no name.
    Nameless(u64),
    /// The type was defined anew.
    OldType(u64),
    /// The cell that makes it failed.
    Failed(u64),
    /// Its process has ended.
    Lost(u64),
}

#[derive(Debug, Clone)]
struct Stored {
    source: Rc<Source>,
    item: Item,
    /// In the place of the cell's text: for one leaf of a `use`, and for a member taken out.
    text: String,
    inserts: Vec<(usize, String)>,
}

/// How a new variable is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Put {
    Value,
    Reference,
    Function { mutable: bool, copies: bool, of_reference: bool },
    Left(Left),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Moved,
    Borrows,
    Nameless,
}

/// How a cell is compiled: found out by trying, and remembered for its next run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    puts: BTreeMap<String, Put>,
    /// Older variables that the cell moves away.
    moved: BTreeSet<String>,
    /// Older variables whose types do not compile any more.
    skipped: BTreeSet<String>,
    /// Older items that do not fit the new ones: their cells and places.
    dropped: BTreeSet<(u64, usize)>,
    /// The last expression never has a value, as a loop without end.
    no_value: bool,
}

/// A cell on its way.
pub struct Attempt {
    pub source: Rc<Source>,
    pub parsed: Parsed,
    pub plan: Plan,
    pub layout: Layout,
    /// The compiled function.
    pub function: String,
    loaded: Vec<String>,
}

/// The items and variables of a notebook.
#[derive(Default)]
pub struct Session {
    items: Vec<Stored>,
    pub variables: BTreeMap<String, Variable>,
    pub gone: HashMap<String, Gone>,
    plans: HashMap<String, Plan>,
    /// The files of the latest cells, to find the line of a panic in a function of one of them.
    layouts: BTreeMap<u64, Rc<Layout>>,
    compiled: u64,
}

/// Files of earlier cells that are kept for the lines of panics.
const LAYOUTS: usize = 200;

impl Session {
    /// A new cell that was parsed.
    pub fn attempt(&mut self, source: Rc<Source>, parsed: Parsed) -> Attempt {
        self.compiled += 1;
        let mut plan = self.plans.get(&source.text).cloned().unwrap_or_default();
        for binding in &parsed.bindings {
            plan.puts.entry(binding.name.clone()).or_insert_with(|| first_put(binding));
        }
        let function = format!("dfdx_lab_cell_{}", self.compiled);
        let mut attempt = Attempt {
            source,
            parsed,
            plan,
            layout: Layout::default(),
            function,
            loaded: Vec::new(),
        };
        self.write(&mut attempt);
        attempt
    }

    /// The name of the file, which a panic names.
    pub fn file(attempt: &Attempt) -> &str {
        attempt.function.trim_start_matches("dfdx_lab_")
    }

    /// Writes the file that is compiled for the cell.
    pub fn write(&self, attempt: &mut Attempt) {
        let Attempt { source, parsed, plan, function, .. } = attempt;
        let mut out = Layout::default();
        for range in &parsed.attributes {
            out.copy(source, &source.text, range.clone(), &[]);
            out.generated("\n");
        }
        out.generated("#![allow(warnings)]\nuse ::dfdx_lab::prelude::*;\n");
        let new: Vec<&Item> = parsed.items.iter().collect();
        let kept = self.kept_items(&new, &plan.dropped);
        // A macro must stand before its uses.
        let of_macro = |stored: &&Stored| stored.item.kind.is_macro();
        for stored in kept.iter().filter(of_macro).chain(kept.iter().filter(|s| !of_macro(s))) {
            write_item(&mut out, stored);
        }
        for item in &parsed.items {
            let inserts = self.item_inserts(source, item, &parsed.inserts);
            out.copy(source, &source.text, item.range.clone(), &inserts);
            out.generated("\n");
        }
        out.generated(&format!(
            "#[unsafe(no_mangle)] pub extern \"C\" fn {function}() {{ {RUNTIME}::cell(__lab_cell) }}\n\
             fn __lab_cell() {{\nuse {RUNTIME}::{{self as __lab, Cloned as _, Taken as _}};\n"
        ));
        if parsed.tail.is_some() && !plan.no_value {
            out.generated("::dfdx_lab::__lab_ways!();\n");
        }
        let words = identifiers(&source.text);
        let changed = self.changed_types(&new, source);
        let loaded: Vec<String> = self
            .variables
            .iter()
            .filter(|(name, variable)| {
                words.contains(name.as_str())
                    && !plan.skipped.contains(*name)
                    && identifiers(&variable.kind).is_disjoint(&as_strs(&changed))
            })
            .map(|(name, _)| name.clone())
            .collect();
        for name in &loaded {
            let variable = &self.variables[name];
            let kind = &variable.kind;
            let mutable = if variable.mutable { "mut " } else { "" };
            let text = match (variable.reference, plan.moved.contains(name)) {
                (true, _) => format!(
                    "let __lab_{name}: <{kind} as ::std::borrow::ToOwned>::Owned = \
                     __lab::take(\"{name}\"); let {mutable}{name}: &{kind} = \
                     ::std::borrow::Borrow::borrow(&__lab_{name});\n"
                ),
                (false, true) => format!(
                    "let {mutable}{name}: {kind} = \
                     (&__lab::Keep::<{kind}>::new()).get(\"{name}\");\n"
                ),
                (false, false) => {
                    format!("let {mutable}{name}: {kind} = __lab::take(\"{name}\");\n")
                }
            };
            out.push(&text, Origin::Older(name.clone()));
        }
        out.generated("__lab::run(|| {\n");
        write_body(&mut out, source, parsed, plan, &loaded);
        out.generated("\n");
        // Copies of what is borrowed are made before that moves away.
        let borrows = |binding: &&Binding| plan.puts[&binding.name] == Put::Reference;
        let others = parsed.bindings.iter().filter(|binding| !borrows(binding));
        for binding in parsed.bindings.iter().filter(borrows).chain(others) {
            let name = &binding.name;
            let arguments = binding.closure.as_ref().map_or(0, |closure| closure.arguments);
            let call = match plan.puts[name] {
                Put::Value => "put".to_owned(),
                Put::Reference => "put_ref".to_owned(),
                Put::Function { of_reference: true, mutable: false, .. } => "put_fnr1".to_owned(),
                Put::Function { mutable: false, .. } => format!("put_fn{arguments}"),
                Put::Function { mutable: true, .. } => format!("put_mut{arguments}"),
                Put::Left(_) => continue,
            };
            out.push(&format!("__lab::{call}(\"{name}\", {name});\n"), Origin::Put(name.clone()));
        }
        out.generated("Ok(())\n});\n");
        for name in &loaded {
            let text = match (self.variables[name].reference, plan.moved.contains(name)) {
                (true, _) => format!("__lab::restore(\"{name}\", __lab_{name});\n"),
                (false, true) => continue,
                (false, false) => format!("__lab::restore(\"{name}\", {name});\n"),
            };
            out.push(&text, Origin::Older(name.clone()));
        }
        out.generated("}\n");
        attempt.layout = out;
        attempt.loaded = loaded;
    }

    /// Changes the plan by what the compiler says; whether there is anything to try again.
    pub fn adjust(&self, attempt: &mut Attempt, errors: &[Diagnostic]) -> bool {
        let before = attempt.plan.clone();
        for error in errors {
            self.drop_older(attempt, error);
            let notes = error.children.iter().filter_map(|child| child.range.clone());
            let notes = notes.map(|range| (range, false));
            // Of a value and what borrows from it, the latter gives way.
            let borrowed = error.code == "E0505";
            let borrower = borrowed
                && error.spans.iter().any(|span| {
                    !span.primary
                        && matches!(attempt.layout.origin(span.range.start), Some(Origin::Put(_)))
                });
            let spans = error.spans.iter().filter(|span| !(borrower && span.primary));
            let spans = spans.map(|span| (span.range.clone(), span.primary));
            for (range, primary) in spans.chain(notes) {
                match attempt.layout.origin(range.start) {
                    Some(Origin::Put(name)) => {
                        let closure = attempt.parsed.bindings.iter().find(|b| b.name == *name);
                        let moves = closure
                            .and_then(|b| b.closure.as_ref())
                            .is_some_and(|closure| closure.moves);
                        // Several errors about one variable are one reason to change.
                        if attempt.plan.puts.get(name) == before.puts.get(name)
                            && let Some(put) = attempt.plan.puts.get_mut(name)
                        {
                            let code = if borrower && !primary { "E0597" } else { &error.code };
                            *put = other_put(*put, code, moves);
                        }
                    }
                    Some(Origin::Older(name)) if primary => {
                        match error.code.as_str() {
                            "E0382" | "E0505" | "E0507" | "E0509" => {
                                attempt.plan.moved.insert(name.clone());
                            }
                            // What is wrong with using it is the cell's own affair.
                            "E0596" | "E0384" | "E0594" | "E0381" => {}
                            _ => {
                                attempt.plan.skipped.insert(name.clone());
                            }
                        }
                    }
                    Some(Origin::Generated)
                        if ["E0282", "E0283", "E0284"].contains(&&*error.code) =>
                    {
                        attempt.plan.no_value = true;
                    }
                    Some(Origin::Generated) if error.code == "E0277" => {
                        // What a closure holds cannot be copied for it.
                        for put in attempt.plan.puts.values_mut() {
                            if matches!(put, Put::Function { copies: true, .. }) {
                                *put = Put::Left(Left::Borrows);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        if attempt.plan == before {
            return false;
        }
        self.write(attempt);
        true
    }

    /// What an earlier cell defined for a type that is now another one.
    fn drop_older(&self, attempt: &mut Attempt, error: &Diagnostic) {
        if attempt.parsed.items.is_empty() {
            return;
        }
        let span = error.spans.iter().find(|span| span.primary);
        let Some(place) = span.and_then(|span| attempt.layout.place(span.range.clone())) else {
            return;
        };
        let older = self.items.iter().find(|stored| {
            stored.source.cell == place.source.cell
                && !Rc::ptr_eq(&stored.source, &attempt.source)
                && Rc::ptr_eq(&stored.source, &place.source)
                && stored.item.range.contains(&place.range.start)
        });
        if let Some(stored) = older {
            attempt.plan.dropped.insert((stored.source.cell, stored.item.range.start));
        }
    }

    /// What a cell has put out of use, in a sentence each.
    pub fn dropped(&self, attempt: &Attempt) -> Vec<String> {
        let of = |(cell, start): &(u64, usize)| {
            let stored = self
                .items
                .iter()
                .find(|stored| stored.source.cell == *cell && stored.item.range.start == *start)?;
            let what = match &stored.item.kind {
                Kind::Named(name) | Kind::Macro(name) | Kind::Static { name, .. } => name.clone(),
                Kind::Trait(key) | Kind::Inherent(key, _) => format!("impl {key}"),
                Kind::Use(_) => "a `use`".to_owned(),
            };
            Some(format!("`{what}` of cell {cell} does not fit any more: run that cell again"))
        };
        attempt.plan.dropped.iter().filter_map(of).collect()
    }

    /// The cell compiles: its items are part of the notebook, whatever becomes of its lines.
    pub fn accept(&mut self, attempt: &Attempt) {
        let new: Vec<&Item> = attempt.parsed.items.iter().collect();
        let changed = self.changed_types(&new, &attempt.source);
        let changed = as_strs(&changed);
        self.variables.retain(|name, variable| {
            let stays = identifiers(&variable.kind).is_disjoint(&changed)
                && !attempt.plan.skipped.contains(name);
            if !stays {
                self.gone.insert(name.clone(), Gone::OldType(variable.cell));
            }
            stays
        });
        self.items = self.kept_items(&new, &attempt.plan.dropped);
        for item in &attempt.parsed.items {
            let (source, text) = (attempt.source.clone(), attempt.source.text.clone());
            match &item.kind {
                Kind::Use(imports) => self.items.extend(imports.iter().map(|import| Stored {
                    source: source.clone(),
                    item: Item { range: 0..0, kind: Kind::Use(vec![import.clone()]) },
                    text: import.text.clone(),
                    inserts: Vec::new(),
                })),
                _ => {
                    let inserts = self.item_inserts(&source, item, &attempt.parsed.inserts);
                    self.items.push(Stored { source, item: item.clone(), text, inserts });
                }
            }
        }
        if !attempt.source.text.trim().is_empty() {
            if self.plans.len() > 2000 {
                self.plans.clear();
            }
            self.plans.insert(attempt.source.text.clone(), attempt.plan.clone());
        }
        let number = self.compiled;
        self.layouts.insert(number, Rc::new(attempt.layout.clone()));
        while self.layouts.len() > LAYOUTS {
            self.layouts.pop_first();
        }
    }

    /// The cell has run: `names` are what its process keeps, those it made with a plus.
    pub fn finish(&mut self, attempt: &Attempt, object: &Object, names: &[String]) {
        let cell = attempt.source.cell;
        let made: BTreeSet<&str> = names.iter().filter_map(|n| n.strip_prefix('+')).collect();
        let all: BTreeSet<&str> = names.iter().map(|name| name.trim_start_matches('+')).collect();
        for binding in &attempt.parsed.bindings {
            let name = &binding.name;
            if !made.contains(name.as_str()) {
                let gone = match attempt.plan.puts.get(name) {
                    Some(Put::Left(Left::Moved)) => Gone::Moved(cell),
                    Some(Put::Left(Left::Borrows)) => Gone::Borrows(cell),
                    Some(Put::Left(Left::Nameless)) => Gone::Nameless(cell),
                    _ => Gone::Failed(cell),
                };
                self.gone.insert(name.clone(), gone);
                continue;
            }
            let kept = object.kept.iter().rev().find(|kept| kept.name == *name);
            let kind = kept.and_then(|kept| kind_of(&kept.function, &kept.types));
            match kind.filter(|kind| has_name(kind)) {
                Some(kind) => {
                    self.gone.remove(name);
                    let reference = kept.is_some_and(|kept| kept.function == "put_ref");
                    let variable = Variable { kind, mutable: binding.mutable, reference, cell };
                    self.variables.insert(name.clone(), variable);
                }
                None => {
                    self.variables.remove(name);
                    self.gone.insert(name.clone(), Gone::Nameless(cell));
                }
            }
        }
        // A `let` that did not come so far leaves the older variable of its name, if there is one.
        let gone = &mut self.gone;
        self.variables.retain(|name, _| {
            let stays = all.contains(name.as_str());
            match stays {
                true => drop(gone.remove(name)),
                false => drop(gone.entry(name.clone()).or_insert(Gone::Moved(cell))),
            }
            stays
        });
    }

    /// The process of the cells has ended, and with it the variables; their names.
    pub fn lose_variables(&mut self) -> Vec<String> {
        let lost = std::mem::take(&mut self.variables);
        for (name, variable) in &lost {
            self.gone.insert(name.clone(), Gone::Lost(variable.cell));
        }
        lost.into_keys().collect()
    }

    /// Where a panic happened, if that was in a cell's own code.
    pub fn place(&self, file: &str, line: usize, column: usize) -> Option<Place> {
        let name = file.rsplit('/').next()?.strip_suffix(".rs")?;
        let number: u64 = name.strip_prefix("cell_")?.parse().ok()?;
        self.layouts.get(&number)?.place_at(line, column)
    }

    /// The variable or item whose name is the nearest to one that means nothing.
    pub fn similar(&self, name: &str) -> Option<String> {
        let of_item = |stored: &Stored| match &stored.item.kind {
            Kind::Named(name) | Kind::Macro(name) | Kind::Static { name, .. } => Some(name.clone()),
            _ => None,
        };
        let names = self.variables.keys().cloned().chain(self.items.iter().filter_map(of_item));
        let most = name.chars().count().div_ceil(3).min(2);
        let near = names.map(|other| (distance(name, &other), other));
        near.filter(|(steps, _)| (1..=most).contains(steps)).min().map(|(_, other)| other)
    }

    /// The notebook as text that stands before a cell, for a reader that knows nothing of it.
    pub fn preamble(&self) -> String {
        let mut out = Layout::default();
        for stored in &self.items {
            match &stored.item.kind {
                Kind::Use(_) => out.generated(&stored.text),
                _ => out.generated(&stored.text[stored.item.range.clone()]),
            }
            out.generated("\n");
        }
        for (name, variable) in &self.variables {
            let reference = if variable.reference { "&" } else { "" };
            let mutable = if variable.mutable { "mut " } else { "" };
            let kind = &variable.kind;
            out.generated(&format!("let {mutable}{name}: {reference}{kind} = todo!();\n"));
        }
        out.text
    }

    /// The older items that stay beside new ones.
    fn kept_items(&self, new: &[&Item], dropped: &BTreeSet<(u64, usize)>) -> Vec<Stored> {
        let mut names = BTreeSet::new();
        let mut keys = BTreeSet::new();
        let mut members: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for item in new {
            match &item.kind {
                Kind::Named(name) | Kind::Macro(name) | Kind::Static { name, .. } => {
                    names.insert(name.as_str());
                }
                Kind::Use(imports) => {
                    for Import { name, text } in imports {
                        match name {
                            Some(name) => names.insert(name.as_str()),
                            None => keys.insert(text.as_str()),
                        };
                    }
                }
                Kind::Trait(key) => drop(keys.insert(key.as_str())),
                Kind::Inherent(of, all) => {
                    members
                        .entry(of)
                        .or_default()
                        .extend(all.iter().map(|(name, _)| name.as_str()));
                }
            }
        }
        let mut kept = Vec::new();
        for stored in &self.items {
            let stays = match &stored.item.kind {
                Kind::Named(name) | Kind::Macro(name) | Kind::Static { name, .. } => {
                    !names.contains(name.as_str())
                }
                Kind::Use(imports) => imports.iter().all(|Import { name, text }| match name {
                    Some(name) => !names.contains(name.as_str()),
                    None => !keys.contains(text.as_str()),
                }),
                Kind::Trait(key) => !keys.contains(key.as_str()),
                Kind::Inherent(..) => true,
            };
            if !stays || dropped.contains(&(stored.source.cell, stored.item.range.start)) {
                continue;
            }
            let mut stored = stored.clone();
            if let Kind::Inherent(of, old) = &mut stored.item.kind
                && let Some(new) = members.get(of.as_str())
            {
                let inserts = &mut stored.inserts;
                let text = &mut stored.text;
                old.retain(|(name, range)| {
                    let replaced = new.contains(name.as_str());
                    if replaced {
                        blank(text, range.clone());
                        inserts.retain(|(at, _)| !range.contains(at));
                    }
                    !replaced
                });
                if old.is_empty() {
                    continue;
                }
            }
            kept.push(stored);
        }
        kept
    }

    /// The names of items that differ from what they were, and of those that mention them.
    fn changed_types(&self, new: &[&Item], source: &Source) -> BTreeSet<String> {
        let mut changed = BTreeSet::new();
        for item in new {
            let Kind::Named(name) = &item.kind else { continue };
            let text = &source.text[item.range.clone()];
            let differs = |stored: &Stored| {
                stored.item.kind == item.kind && stored.text[stored.item.range.clone()] != *text
            };
            if self.items.iter().any(differs) {
                changed.insert(name.clone());
            }
        }
        // What holds a value of a changed type is another type too.
        while !changed.is_empty() {
            let before = changed.len();
            for stored in &self.items {
                let Kind::Named(name) = &stored.item.kind else { continue };
                let words = identifiers(&stored.text[stored.item.range.clone()]);
                let is_type = ["struct", "enum", "union", "trait", "type"];
                if is_type.iter().any(|word| words.contains(word))
                    && changed.iter().any(|name| words.contains(name.as_str()))
                {
                    changed.insert(name.clone());
                }
            }
            if changed.len() == before {
                break;
            }
        }
        changed
    }

    /// What is added to an item: checks, and for a static that changes the value that all share.
    fn item_inserts(
        &self,
        source: &Source,
        item: &Item,
        inserts: &[(usize, String)],
    ) -> Vec<(usize, String)> {
        if let Kind::Static { name, kind, value, .. } = &item.kind {
            let open = format!("{RUNTIME}::Shared<");
            let key = format!("{name}@{}@{}", source.cell, self.compiled);
            let first = format!("{RUNTIME}::Shared::new(\"{key}\", || (");
            return vec![
                (kind.start, open),
                (kind.end, ">".to_owned()),
                (value.start, first),
                (value.end, "))".to_owned()),
            ];
        }
        inserts.iter().filter(|(at, _)| item.range.contains(at)).cloned().collect()
    }
}

/// The letters to change, add or take away.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut before = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in other.iter().enumerate() {
            let replaced = before + usize::from(a != *b);
            before = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(before + 1);
        }
    }
    row[other.len()]
}

fn as_strs(names: &BTreeSet<String>) -> std::collections::HashSet<&str> {
    names.iter().map(String::as_str).collect()
}

impl Kind {
    fn is_macro(&self) -> bool {
        matches!(self, Kind::Macro(_))
    }
}

fn write_item(out: &mut Layout, stored: &Stored) {
    match &stored.item.kind {
        Kind::Use(_) => out.generated(&stored.text),
        _ => {
            out.copy(&stored.source, &stored.text, stored.item.range.clone(), &stored.inserts);
        }
    }
    out.generated("\n");
}

/// The cell's own lines without its items, each on the line where it was.
fn write_body(
    out: &mut Layout,
    source: &Rc<Source>,
    parsed: &Parsed,
    plan: &Plan,
    loaded: &[String],
) {
    let mut inserts = parsed.inserts.clone();
    if let Some(tail) = parsed.tail.as_ref().filter(|_| !plan.no_value) {
        let (open, close) = match tail.is_place {
            true => ("match &(", ") { __v => __lab::ShownRef::new(__v).evcxr_display() }"),
            false => (
                "match (",
                ") { mut __v => { ::dfdx_lab::__lab_ways!(last); \
                 __lab::Shown::new(&mut __v).evcxr_display() } }",
            ),
        };
        // Around everything else that is added at these places.
        let at = inserts.partition_point(|(at, text)| {
            *at < tail.range.start || *at == tail.range.start && text.starts_with(RUNTIME)
        });
        inserts.insert(at, (tail.range.start, open.to_owned()));
        let at = inserts.partition_point(|(at, _)| *at <= tail.range.end);
        inserts.insert(at, (tail.range.end, close.to_owned()));
    }
    for (number, binding) in parsed.bindings.iter().enumerate() {
        let (Some(closure), Some(Put::Function { copies: true, .. })) =
            (&binding.closure, plan.puts.get(&binding.name))
        else {
            continue;
        };
        let words = identifiers(&source.text[closure.range.clone()]);
        let earlier = parsed.bindings[..number].iter().map(|binding| &binding.name);
        let copies: String = loaded
            .iter()
            .chain(earlier)
            .filter(|name| words.contains(name.as_str()))
            .map(|name| format!("let mut {name} = __lab::copy(&{name}); "))
            .collect();
        let at = inserts.partition_point(|(at, _)| *at < closure.range.start);
        inserts.insert(at, (closure.range.start, format!("{{ {copies}move ")));
        let at = inserts.partition_point(|(at, _)| *at <= closure.range.end);
        inserts.insert(at, (closure.range.end, " }".to_owned()));
    }
    let mut text = source.text.clone();
    let skipped = parsed.items.iter().map(|item| &item.range).chain(&parsed.attributes);
    for range in skipped {
        blank(&mut text, range.clone());
        inserts.retain(|(at, _)| !range.contains(at));
    }
    out.copy(source, &text, 0..text.len(), &inserts);
    if parsed.tail.is_some() {
        out.generated(";");
    }
}

fn first_put(binding: &Binding) -> Put {
    match &binding.closure {
        Some(closure) if closure.arguments <= 4 => {
            Put::Function { mutable: false, copies: false, of_reference: closure.of_reference }
        }
        _ => Put::Value,
    }
}

/// The next way to keep a variable, after an error about the last one.
fn other_put(put: Put, code: &str, moves: bool) -> Put {
    let moved = ["E0382", "E0505", "E0507"].contains(&code);
    match put {
        _ if moved => Put::Left(Left::Moved),
        Put::Value if ["E0277", "E0425", "E0381"].contains(&code) => Put::Left(Left::Nameless),
        Put::Value => Put::Reference,
        Put::Reference => Put::Left(Left::Borrows),
        Put::Function { copies, of_reference, .. } if code == "E0525" => match put {
            Put::Function { mutable: false, .. } => {
                Put::Function { mutable: true, copies, of_reference }
            }
            _ => Put::Left(Left::Nameless),
        },
        Put::Function { of_reference: true, mutable, copies }
            if ["E0271", "E0308", "E0631"].contains(&code) =>
        {
            Put::Function { of_reference: false, mutable, copies }
        }
        Put::Function { copies: false, mutable, of_reference } if !moves => {
            Put::Function { copies: true, mutable, of_reference }
        }
        Put::Function { .. } => Put::Left(Left::Borrows),
        left => left,
    }
}

/// The type as a later cell writes it.
fn kind_of(function: &str, types: &[String]) -> Option<String> {
    let boxed = |of: &str, arguments: &[String], result: &String| {
        format!("std::boxed::Box<dyn {of}({}) -> {result}>", arguments.join(", "))
    };
    match function {
        "put" | "put_ref" => types.first().cloned(),
        "put_fnr1" => Some(boxed("Fn", &[format!("&{}", types.first()?)], types.get(1)?)),
        _ => {
            let of = if function.starts_with("put_mut") { "FnMut" } else { "Fn" };
            let count: usize =
                function.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok()?;
            Some(boxed(of, types.get(..count)?, types.get(count)?))
        }
    }
}
