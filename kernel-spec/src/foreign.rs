//! The methods of the types of polars and dfdx, read from the sources of these crates.
//! rust-analyzer does not read them, because that would take minutes; instead the set-up writes
//! this list, which completion and help use.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use syn::spanned::Spanned;

/// The crates whose values a notebook holds.
pub const CRATES: [&str; 2] = ["polars_core", "dfdx"];

/// Types that dereference to another: the first also has the methods of the second.
const HANDS_ON: [(&str, &str); 1] = [("Series", "SeriesTrait")];

/// A crate as it was built.
pub struct Sources {
    pub root: PathBuf,
    pub features: HashSet<String>,
}

/// Methods by type.
#[derive(Default)]
pub struct Foreign(BTreeMap<String, BTreeMap<String, Method>>);

#[derive(Clone)]
pub struct Method {
    /// As it is declared.
    pub signature: String,
    /// The first paragraph of its documentation.
    pub about: String,
}

impl Foreign {
    /// Reads the crates' public methods.
    pub fn of(crates: &[Sources]) -> Foreign {
        let mut reader = Reader::default();
        for sources in crates {
            reader.features.clone_from(&sources.features);
            reader.file(&sources.root, true);
        }
        proc_macro2::extra::invalidate_current_thread_spans();
        let mut types: BTreeMap<String, BTreeMap<String, Method>> = BTreeMap::new();
        for (of, methods) in &reader.own {
            types.entry(of.clone()).or_default().extend(methods.clone());
        }
        for (of, traits) in &reader.implements {
            let methods = traits.iter().filter_map(|name| reader.traits.get(name));
            for (name, method) in methods.flatten() {
                let all = types.entry(of.clone()).or_default();
                all.entry(name.clone()).or_insert_with(|| method.clone());
            }
        }
        for (of, on) in HANDS_ON {
            let more = reader.traits.get(on).cloned().unwrap_or_default();
            let more = more.into_iter().chain(types.get(on).cloned().unwrap_or_default());
            let all = types.entry(of.to_owned()).or_default();
            more.for_each(|(name, method)| {
                all.entry(name).or_insert(method);
            });
        }
        types.retain(|_, methods| !methods.is_empty());
        Foreign(types)
    }

    pub fn load(path: &Path) -> Option<Foreign> {
        let value: Value = serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()?;
        let types = value.as_object()?.iter().map(|(of, methods)| {
            let methods = methods.as_object().into_iter().flatten().map(|(name, method)| {
                let text = |key: &str| method[key].as_str().unwrap_or("").to_owned();
                (name.clone(), Method { signature: text("signature"), about: text("about") })
            });
            (of.clone(), methods.collect())
        });
        Some(Foreign(types.collect()))
    }

    pub fn save(&self, path: &Path) -> Result<()> {
        let methods = |methods: &BTreeMap<String, Method>| -> Value {
            let pairs = methods.iter().map(|(name, method)| {
                (name.clone(), json!({"signature": method.signature, "about": method.about}))
            });
            Value::Object(pairs.collect())
        };
        let types = self.0.iter().map(|(of, all)| (of.clone(), methods(all)));
        let text = Value::Object(types.collect()).to_string();
        std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
    }

    /// The methods of a type, by the name that the compiler gives it: a path, perhaps a reference.
    pub fn methods(&self, of: &str) -> Option<&BTreeMap<String, Method>> {
        let of = of.trim_start_matches('&').trim_start_matches("mut ").trim_start_matches("dyn ");
        let path = of.split(['<', ' ', '+']).next()?;
        self.0.get(path.rsplit("::").next()?)
    }
}

#[derive(Default)]
struct Reader {
    features: HashSet<String>,
    text: String,
    own: HashMap<String, BTreeMap<String, Method>>,
    traits: HashMap<String, BTreeMap<String, Method>>,
    implements: HashMap<String, BTreeSet<String>>,
}

impl Reader {
    /// Reads a file and the modules below it; those of a root or a `mod.rs` lie beside it.
    fn file(&mut self, path: &Path, is_root: bool) {
        let Ok(text) = std::fs::read_to_string(path) else { return };
        let Ok(file) = syn::parse_file(&text) else { return };
        let folder = path.parent().unwrap_or(path);
        let folder = match is_root || path.ends_with("mod.rs") {
            true => folder.to_owned(),
            false => folder.join(path.file_stem().unwrap_or_default()),
        };
        let outer = std::mem::replace(&mut self.text, text);
        self.items(&file.items, &folder);
        self.text = outer;
    }

    fn items(&mut self, items: &[syn::Item], folder: &Path) {
        for item in items {
            match item {
                syn::Item::Mod(module) if self.built(&module.attrs) => {
                    let inner = folder.join(module.ident.to_string());
                    match &module.content {
                        Some((_, items)) => self.items(items, &inner),
                        None => {
                            self.file(&inner.with_extension("rs"), false);
                            self.file(&inner.join("mod.rs"), false);
                        }
                    }
                }
                syn::Item::Impl(block) if self.built(&block.attrs) => self.block(block),
                syn::Item::Trait(item) if self.built(&item.attrs) && is_public(&item.vis) => {
                    let methods = item.items.iter().filter_map(|item| match item {
                        syn::TraitItem::Fn(item) => self.method(&item.attrs, &item.sig),
                        _ => None,
                    });
                    let methods: Vec<_> = methods.collect();
                    self.traits.entry(item.ident.to_string()).or_default().extend(methods);
                }
                _ => {}
            }
        }
    }

    fn block(&mut self, block: &syn::ItemImpl) {
        let Some(of) = name_of(&block.self_ty) else { return };
        if let Some((_, path, _)) = &block.trait_ {
            let name = path.segments.last().map(|last| last.ident.to_string());
            self.implements.entry(of).or_default().extend(name);
            return;
        }
        let methods = block.items.iter().filter_map(|item| match item {
            syn::ImplItem::Fn(item) if is_public(&item.vis) => self.method(&item.attrs, &item.sig),
            _ => None,
        });
        let methods: Vec<_> = methods.collect();
        self.own.entry(of).or_default().extend(methods);
    }

    /// A method that a notebook may call.
    fn method(
        &self,
        attributes: &[syn::Attribute],
        sig: &syn::Signature,
    ) -> Option<(String, Method)> {
        let hidden = |attribute: &syn::Attribute| {
            attribute.path().is_ident("deprecated")
                || attribute.path().is_ident("doc")
                    && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "hidden")
        };
        let name = sig.ident.to_string();
        if sig.receiver().is_none()
            || name.starts_with('_')
            || attributes.iter().any(hidden)
            || !self.built(attributes)
        {
            return None;
        }
        let text = self.text.get(sig.span().byte_range()).unwrap_or("");
        let signature = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Some((name, Method { signature, about: first_paragraph(attributes) }))
    }

    /// Whether an item is compiled with the chosen features.
    fn built(&self, attributes: &[syn::Attribute]) -> bool {
        attributes.iter().all(|attribute| match &attribute.meta {
            syn::Meta::List(list) if attribute.path().is_ident("cfg") => {
                list.parse_args::<syn::Meta>().is_ok_and(|meta| self.holds(&meta))
            }
            _ => true,
        })
    }

    fn holds(&self, condition: &syn::Meta) -> bool {
        match condition {
            syn::Meta::NameValue(pair) if pair.path.is_ident("feature") => match &pair.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(name), .. }) => {
                    self.features.contains(&name.value())
                }
                _ => false,
            },
            syn::Meta::List(list) => {
                let parser =
                    syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
                let Ok(inner) = list.parse_args_with(parser) else { return false };
                let mut inner = inner.iter().map(|one| self.holds(one));
                match list.path.get_ident().map(ToString::to_string).as_deref() {
                    Some("all") => inner.all(|holds| holds),
                    Some("any") => inner.any(|holds| holds),
                    Some("not") => !inner.all(|holds| holds),
                    _ => false,
                }
            }
            _ => false,
        }
    }
}

fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

/// The name of a type, or of the trait of a `dyn`.
fn name_of(kind: &syn::Type) -> Option<String> {
    let path = match kind {
        syn::Type::Path(path) => &path.path,
        syn::Type::Reference(to) => return name_of(&to.elem),
        syn::Type::Paren(inner) => return name_of(&inner.elem),
        syn::Type::TraitObject(object) => object.bounds.iter().find_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => Some(&bound.path),
            _ => None,
        })?,
        _ => return None,
    };
    Some(path.segments.last()?.ident.to_string())
}

fn first_paragraph(attributes: &[syn::Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<String> = lines
        .map(|line| line.trim().to_owned())
        .skip_while(String::is_empty)
        .take_while(|line| !line.is_empty())
        .collect();
    lines.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_methods_that_are_built_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("lib.rs");
        let text = "pub mod inner; #[cfg(feature = \"more\")] pub mod more;\n\
                    impl<T> Frame<T> {\n/// How high\n/// it is.\n///\n/// More.\npub fn height(&self)\n -> usize { 1 }\n\
                    fn own(&self) {} pub fn new() {} #[doc(hidden)] pub fn odd(&self) {}\n\
                    #[cfg(any(feature = \"a\", not(feature = \"b\")))] pub fn wide(&self) {}\n\
                    #[cfg(feature = \"b\")] pub fn deep(&self) {} }";
        std::fs::write(&root, text).unwrap();
        let inner = "pub trait Sorts { fn sort(&self); } impl Sorts for Frame<u8> { fn sort(&self) {} }\n\
                     pub trait SeriesTrait { fn len(&self); } pub struct Series; impl Clone for Series {}";
        std::fs::write(folder.path().join("inner.rs"), inner).unwrap();
        std::fs::write(folder.path().join("more.rs"), "impl Frame { pub fn no(&self) {} }")
            .unwrap();
        let features = HashSet::from(["c".to_owned()]);
        let path = folder.path().join("list.json");
        Foreign::of(&[Sources { root, features }]).save(&path).unwrap();
        let all = Foreign::load(&path).unwrap();
        let names = |of: &str| -> Vec<&str> {
            all.methods(of).into_iter().flatten().map(|(name, _)| name.as_str()).collect()
        };
        assert_eq!(names("&a::b::Frame<u8>"), ["height", "sort", "wide"]);
        assert_eq!(names("Series"), ["len"]);
        assert!(names("Other").is_empty());
        let height = &all.methods("Frame").unwrap()["height"];
        assert_eq!(height.signature, "fn height(&self) -> usize");
        assert_eq!(height.about, "How high it is.");
    }
}
