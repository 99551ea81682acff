//! Sorts items into kinds by what they replace.

use super::{Import, Kind};
use std::ops::Range;
use syn::spanned::Spanned;

/// The kind of an item of this code.
pub(super) fn kind_of(item: &syn::Item, code: &str) -> Kind {
    let text = |range: Range<usize>| words(&code[range]);
    match item {
        syn::Item::Use(import) => {
            let mut leaves = Vec::new();
            let head = if import.leading_colon.is_some() { "use ::" } else { "use " };
            import_leaves(&import.tree, head, &mut leaves);
            Kind::Use(leaves)
        }
        syn::Item::Impl(block) => {
            let of = text(block.self_ty.span().byte_range());
            match &block.trait_ {
                Some((not, path, _)) => {
                    let not = if not.is_some() { "!" } else { "" };
                    Kind::Trait(format!("{not}{} for {of}", text(path.span().byte_range())))
                }
                None => {
                    let members = block.items.iter().filter_map(|member| {
                        let name = match member {
                            syn::ImplItem::Fn(function) => &function.sig.ident,
                            syn::ImplItem::Const(constant) => &constant.ident,
                            syn::ImplItem::Type(alias) => &alias.ident,
                            _ => return None,
                        };
                        Some((name.to_string(), member.span().byte_range()))
                    });
                    Kind::Inherent(of, members.collect())
                }
            }
        }
        syn::Item::Static(value) if changes(&value.ty) && is_not_mut(value) => Kind::Static {
            name: value.ident.to_string(),
            kind: value.ty.span().byte_range(),
            value: value.expr.span().byte_range(),
        },
        syn::Item::Macro(one) if one.ident.is_some() => {
            Kind::Macro(one.ident.as_ref().map(ToString::to_string).unwrap_or_default())
        }
        other => Kind::Named(name_of(other).unwrap_or_else(|| text(other.span().byte_range()))),
    }
}

fn is_not_mut(value: &syn::ItemStatic) -> bool {
    matches!(value.mutability, syn::StaticMutability::None)
}

/// Whether a static of this type is meant to be changed.
fn changes(kind: &syn::Type) -> bool {
    let syn::Type::Path(path) = kind else { return false };
    path.path.segments.last().is_some_and(|last| {
        let name = last.ident.to_string();
        name.starts_with("Atomic")
            || ["Mutex", "RwLock", "OnceLock", "LazyLock"].contains(&name.as_str())
    })
}

fn name_of(item: &syn::Item) -> Option<String> {
    let name = match item {
        syn::Item::Const(one) => &one.ident,
        syn::Item::Enum(one) => &one.ident,
        syn::Item::Fn(one) => &one.sig.ident,
        syn::Item::Macro(one) => one.ident.as_ref()?,
        syn::Item::Mod(one) => &one.ident,
        syn::Item::Static(one) => &one.ident,
        syn::Item::Struct(one) => &one.ident,
        syn::Item::Trait(one) => &one.ident,
        syn::Item::TraitAlias(one) => &one.ident,
        syn::Item::Type(one) => &one.ident,
        syn::Item::Union(one) => &one.ident,
        syn::Item::ExternCrate(one) => &one.ident,
        _ => return None,
    };
    (name != "_").then(|| name.to_string())
}

fn import_leaves(tree: &syn::UseTree, before: &str, leaves: &mut Vec<Import>) {
    match tree {
        syn::UseTree::Path(path) => {
            import_leaves(&path.tree, &format!("{before}{}::", path.ident), leaves);
        }
        syn::UseTree::Name(name) => {
            let name = name.ident.to_string();
            // `use a::b::{self}` brings `b`.
            let (name, text) = match name.as_str() {
                "self" => {
                    let path = before.trim_end_matches("::");
                    let last = path.rsplit([':', ' ']).next().unwrap_or(path).to_owned();
                    (last, format!("{path};"))
                }
                _ => (name.clone(), format!("{before}{name};")),
            };
            leaves.push(Import { name: Some(name), text });
        }
        syn::UseTree::Rename(rename) => {
            let (from, to) = (rename.ident.to_string(), rename.rename.to_string());
            let from = match from.as_str() {
                "self" => before.trim_end_matches("::").to_owned(),
                _ => format!("{before}{from}"),
            };
            let name = (to != "_").then(|| to.clone());
            leaves.push(Import { name, text: format!("{from} as {to};") });
        }
        syn::UseTree::Glob(_) => {
            leaves.push(Import { name: None, text: format!("{before}*;") });
        }
        syn::UseTree::Group(group) => {
            group.items.iter().for_each(|tree| import_leaves(tree, before, leaves));
        }
    }
}

/// The text with one blank between its parts.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn items_have_what_replaces_them() {
        let kind = |code: &str| parse(code).unwrap().items[0].kind.clone();
        assert_eq!(kind("/// Doc.\n#[derive(Debug)] struct A;"), Kind::Named("A".into()));
        assert_eq!(kind("impl  fmt::Display for A {}"), Kind::Trait("fmt::Display for A".into()));
        let code = "impl A { fn f() {} const C: u8 = 1; }";
        let Kind::Inherent(of, members) = kind(code) else { panic!() };
        assert_eq!(
            (of.as_str(), members.len(), &code[members[0].1.clone()]),
            ("A", 2, "fn f() {}")
        );
        let Kind::Use(leaves) = kind("use a::{b, c as d, e::{self, *}, T as _};") else { panic!() };
        let texts: Vec<_> = leaves.iter().map(|l| (l.name.as_deref(), l.text.as_str())).collect();
        assert_eq!(
            texts,
            [
                (Some("b"), "use a::b;"),
                (Some("d"), "use a::c as d;"),
                (Some("e"), "use a::e;"),
                (None, "use a::e::*;"),
                (None, "use a::T as _;"),
            ]
        );
        assert!(matches!(kind("static N: AtomicU8 = AtomicU8::new(0);"), Kind::Static { .. }));
        assert_eq!(kind("static N: u8 = 0;"), Kind::Named("N".into()));
        let attribute = "#![feature(x)]\n1";
        assert_eq!(parse(attribute).unwrap().attributes.first(), Some(&(0..14)));
    }
}
