//! How a cell is compiled: the kernel tries, and changes the plan by the compiler's errors.

use super::super::compiler::Diagnostic;
use super::super::layout::Origin;
use super::super::parse::Binding;
use super::{Attempt, Session};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// How a new variable is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    Value,
    Reference,
    Function { mutable: bool, copies: bool, of_reference: bool },
    Left(Left),
}

/// Why it is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Moved,
    Borrows,
    Nameless,
}

/// How a cell is compiled. It is found by trying, and remembered for the cell's next run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub(super) puts: BTreeMap<String, Put>,
    /// Older variables that the cell moves away.
    pub(super) moved: BTreeSet<String>,
    /// Older variables whose types do not compile any more.
    pub(super) skipped: BTreeSet<String>,
    /// Older items that do not fit the new ones: their cells and places.
    pub(super) dropped: BTreeSet<(u64, usize)>,
    /// The last expression never has a value, such as an endless loop.
    pub(super) no_value: bool,
    /// The cell's own lines wait for something by `.await`.
    pub(super) waits: bool,
}

impl Session {
    /// Changes the plan by the compiler's errors; returns whether it is worth another try.
    pub fn adjust(&self, attempt: &mut Attempt, errors: &[Diagnostic]) -> bool {
        let before = attempt.plan.clone();
        for error in errors {
            self.drop_older(attempt, error);
            attempt.plan.waits |= error.code == "E0728";
            let notes = error.children.iter().filter_map(|child| child.range.clone());
            let notes = notes.map(|range| (range, false));
            // If a variable borrows from one that moves away, it is the borrower that changes.
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
                        // Several errors about one variable change it only once.
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
                            // The cell uses it wrongly: the user must see that error.
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

    /// Drops the older item that an error is in, because its type is now another one.
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
}

/// The way that is tried first.
pub(super) fn first_put(binding: &Binding) -> Put {
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
