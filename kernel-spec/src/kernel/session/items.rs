//! Which items of earlier cells stay beside new ones.

use super::super::layout::Source;
use super::super::parse::{Import, Item, Kind, blank, identifiers};
use super::{Session, Stored};
use std::collections::{BTreeMap, BTreeSet};

impl Session {
    /// The older items that stay beside new ones.
    pub(super) fn kept_items(
        &self,
        new: &[&Item],
        dropped: &BTreeSet<(u64, usize)>,
    ) -> Vec<Stored> {
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
    pub(super) fn changed_types(&self, new: &[&Item], source: &Source) -> BTreeSet<String> {
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
}
