//! The file that is compiled for a cell.

use super::super::layout::{Layout, Origin, Source};
use super::super::parse::{Binding, Item, Kind, Parsed, RUNTIME, blank, identifiers};
use super::plan::{Plan, Put};
use super::{Attempt, Session, Stored, as_strs};
use std::rc::Rc;

/// Futures of tokio need its runtime around them; all cells share one.
const TOKIO: &str = "\
static __LAB_TOKIO: __lab::Shared<::tokio::runtime::Runtime> = \
__lab::Shared::new(\"tokio\", || ::tokio::runtime::Runtime::new().expect(\"a runtime of tokio\"));
let __lab_tokio = __LAB_TOKIO.enter();
";

impl Session {
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
             fn __lab_cell() {{\nuse {RUNTIME}::{{self as __lab, ByForms as _, ByDebug as _}};\n\
             use {RUNTIME}::{{Cloned as _, Taken as _}};\n"
        ));
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
        if plan.waits {
            if self.tokio {
                out.generated(TOKIO);
            }
            out.generated("__lab::wait(async {\n");
        }
        write_body(&mut out, source, parsed, plan, &loaded);
        out.generated("\n");
        // What is borrowed is copied before it moves away.
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
            let types = binding.closure.as_ref().and_then(|closure| closure.types.as_ref());
            let text = match (plan.puts[name], types) {
                // With the type written out, its references may have any lifetime.
                (Put::Function { mutable, .. }, Some(types)) => format!(
                    "__lab::put(\"{name}\", ::std::boxed::Box::new({name}) as \
                     ::std::boxed::Box<dyn {}({types}) -> _>);\n",
                    if mutable { "FnMut" } else { "Fn" }
                ),
                _ => format!("__lab::{call}(\"{name}\", {name});\n"),
            };
            out.push(&text, Origin::Put(name.clone()));
        }
        out.generated("Ok::<(), __lab::Failed>(())\n");
        out.generated(if plan.waits { "})\n});\n" } else { "});\n" });
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

    /// What is added to an item: checks, and for a static that changes, the value all cells share.
    pub(super) fn item_inserts(
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
                ") { mut __v => { use __lab::ByName as _; \
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
