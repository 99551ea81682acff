//! What a notebook has so far: its items and variables.

mod items;
mod plan;
mod write;

use super::compiler::{Object, has_name};
use super::layout::{Layout, Place, Source};
use super::parse::{Item, Kind, Parsed, identifiers};
use plan::{Left, Plan, Put, first_put};
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

/// Why a variable no longer exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    Moved(u64),
    /// It borrows from something that ends with its cell.
    Borrows(u64),
    /// Its type has no name.
    Nameless(u64),
    /// Its type was redefined.
    OldType(u64),
    /// The cell that makes it failed.
    Failed(u64),
    /// Its process has ended, or the cell that had taken it was abandoned.
    Lost(u64),
}

#[derive(Debug, Clone)]
struct Stored {
    source: Rc<Source>,
    item: Item,
    /// The cell's text, or what replaces it: one leaf of a `use`, an `impl` without a member.
    text: String,
    inserts: Vec<(usize, String)>,
}

/// A cell that is being compiled and run.
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
    /// Whether the notebook has added tokio with a runtime that runs by itself.
    pub tokio: bool,
    /// The files of the latest cells, to find the line of a panic in a function of one of them.
    layouts: BTreeMap<u64, Rc<Layout>>,
    compiled: u64,
}

/// Files of earlier cells that are kept for the lines of panics.
const LAYOUTS: usize = 100;
/// How many cells are remembered by how they had to be compiled.
const PLANS: usize = 300;

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

    /// The name of the compiled file, which a panic reports.
    pub fn file(attempt: &Attempt) -> &str {
        attempt.function.trim_start_matches("dfdx_lab_")
    }

    /// The items that a cell has made unusable, in a sentence each.
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
            Some(format!("`{what}` of cell {cell} no longer compiles: run that cell again"))
        };
        attempt.plan.dropped.iter().filter_map(of).collect()
    }

    /// Called when the cell compiles: its items are part of the notebook, even if its lines fail.
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
            if self.plans.len() >= PLANS {
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

    /// Called when the cell has run: `names` are the variables that its process keeps; new ones
    /// have a plus. Returns the older variables that are lost because the cell was abandoned.
    pub fn finish(
        &mut self,
        attempt: &Attempt,
        object: &Object,
        names: &[String],
        abandoned: bool,
    ) -> Vec<String> {
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
        // A `let` that was not reached leaves the older variable of its name, if there is one.
        let gone = &mut self.gone;
        let mut lost = Vec::new();
        self.variables.retain(|name, variable| {
            let stays = all.contains(name.as_str());
            match stays {
                true => drop(gone.remove(name)),
                false if abandoned => {
                    gone.insert(name.clone(), Gone::Lost(variable.cell));
                    lost.push(name.clone());
                }
                false => drop(gone.entry(name.clone()).or_insert(Gone::Moved(cell))),
            }
            stays
        });
        lost
    }

    /// Forgets all variables, because the process of the cells has ended; returns their names.
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

    /// The variable or item whose name is most similar to an unknown one.
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

    /// The notebook as text to put before a cell, for rust-analyzer, which knows nothing of it.
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
}

/// The edit distance: how many letters to change, add or take away.
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

/// The type with its references made `'static`.
fn lasting(kind: &str) -> String {
    let mut text = String::with_capacity(kind.len());
    let mut parts = kind.split('&');
    text.push_str(parts.next().unwrap_or(""));
    for part in parts {
        text.push_str(if part.starts_with('\'') { "&" } else { "&'static " });
        text.push_str(part);
    }
    text
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
            // If the argument types are not written, a closure's references are `'static`.
            let types: Vec<String> = types.iter().map(|kind| lasting(kind)).collect();
            Some(boxed(of, types.get(..count)?, types.get(count)?))
        }
    }
}
