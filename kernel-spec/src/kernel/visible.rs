//! Which names of the library a notebook can use, and which come first. rust-analyzer takes the
//! copy of the library's sources for the user's own code, and so offers private parts as well.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use syn::visit::{self, Visit};

/// Methods that every value has, and that hardly anybody types.
const COMMON: [&str; 18] = [
    "into",
    "try_into",
    "from",
    "try_from",
    "to_owned",
    "clone_into",
    "clone_from",
    "cmp",
    "partial_cmp",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "type_id",
    "borrow",
    "borrow_mut",
];

/// Whether a value of any type at all may have this method.
pub fn is_of_all(name: &str) -> bool {
    let more = ["max", "min", "clamp", "to_string", "clone"];
    COMMON.contains(&name) || more.contains(&name)
}

/// What comes before the name that is completed.
#[derive(Debug, PartialEq, Eq)]
pub enum Before<'a> {
    /// A value and a dot; these are the fields of its type, private ones too.
    Value(HashSet<&'a str>),
    /// A type or module and two colons.
    Path(&'a str),
    Nothing,
}

/// The names in the library's sources.
#[derive(Default)]
pub struct Names {
    types: HashMap<String, Parts>,
    /// The fields of each struct; several may have one name.
    structs: Vec<(String, HashSet<String>)>,
    modules: HashMap<String, Parts>,
    /// All of them, whatever they belong to.
    all: Parts,
}

#[derive(Default)]
struct Parts {
    public: HashSet<String>,
    private: HashSet<String>,
    /// Whether a glob re-export makes more names public than are listed here.
    open: bool,
}

impl Parts {
    fn add(&mut self, name: &str, is_public: bool) {
        let names = if is_public { &mut self.public } else { &mut self.private };
        names.insert(name.to_owned());
    }

    fn hides(&self, name: &str) -> bool {
        self.private.contains(name) && !self.public.contains(name)
    }
}

impl Names {
    /// Reads the library's sources.
    pub fn read(sources: &Path) -> Names {
        let mut names = Names::default();
        read(sources, "dfdx_lab", &mut names);
        proc_macro2::extra::invalidate_current_thread_spans();
        names
    }

    /// A name's rank in the list, the smallest first; none if it cannot be used.
    pub fn rank(&self, name: &str, before: &Before<'_>) -> Option<u8> {
        let name = name.trim_end_matches(':');
        let usual = if COMMON.contains(&name) { 2 } else { 1 };
        match before {
            Before::Value(fields) => {
                let of = self.structs.iter().filter(|(_, own)| {
                    !own.is_empty()
                        && own.len() == fields.len()
                        && own.iter().all(|field| fields.contains(field.as_str()))
                });
                let of: Vec<&Parts> = of.filter_map(|(name, _)| self.types.get(name)).collect();
                if of.is_empty() {
                    return (!self.all.hides(name)).then_some(usual);
                }
                if of.iter().all(|parts| parts.hides(name)) {
                    return None;
                }
                Some(if of.iter().any(|parts| parts.public.contains(name)) { 0 } else { usual })
            }
            Before::Path(of) => match (self.types.get(*of), self.modules.get(*of)) {
                (Some(parts), _) if parts.hides(name) => None,
                (Some(parts), _) if parts.public.contains(name) => Some(0),
                (None, Some(parts)) if parts.public.contains(name) => Some(0),
                (None, Some(parts)) if parts.open && !parts.hides(name) => Some(0),
                (None, Some(_)) => None,
                _ => (!self.all.hides(name)).then_some(usual),
            },
            Before::Nothing => (!self.all.hides(name)).then_some(usual),
        }
    }
}

fn read(folder: &Path, module: &str, names: &mut Names) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            read(&path, &stem, names);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && let Ok(text) = std::fs::read_to_string(&path)
            && let Ok(file) = syn::parse_file(&text)
        {
            let module = if ["mod", "lib"].contains(&stem.as_str()) { module } else { &stem };
            Reader { names, module: module.to_owned() }.visit_file(&file);
        }
    }
}

struct Reader<'a> {
    names: &'a mut Names,
    module: String,
}

impl Reader<'_> {
    fn item(&mut self, name: &syn::Ident, visibility: &syn::Visibility) {
        let (name, public) = (name.to_string(), is_public(visibility));
        self.names.all.add(&name, public);
        self.names.modules.entry(self.module.clone()).or_default().add(&name, public);
    }

    fn import(&mut self, tree: &syn::UseTree, public: bool) {
        let parts = self.names.modules.entry(self.module.clone()).or_default();
        match tree {
            syn::UseTree::Path(path) => self.import(&path.tree, public),
            syn::UseTree::Name(name) => parts.add(&name.ident.to_string(), public),
            syn::UseTree::Rename(name) => parts.add(&name.rename.to_string(), public),
            syn::UseTree::Glob(_) => parts.open |= public,
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, public));
            }
        }
    }
}

fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.item(&item.ident, &item.vis);
        let parts = self.names.types.entry(item.ident.to_string()).or_default();
        let mut fields = HashSet::new();
        for field in &item.fields {
            if let Some(name) = &field.ident {
                let (name, public) = (name.to_string(), is_public(&field.vis));
                parts.add(&name, public);
                self.names.all.add(&name, public);
                fields.insert(name);
            }
        }
        self.names.structs.push((item.ident.to_string(), fields));
    }

    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        let syn::Type::Path(path) = &*block.self_ty else { return };
        let Some(name) = path.path.segments.last().filter(|_| block.trait_.is_none()) else {
            return;
        };
        let parts = self.names.types.entry(name.ident.to_string()).or_default();
        for item in &block.items {
            let (name, visibility) = match item {
                syn::ImplItem::Fn(item) => (&item.sig.ident, &item.vis),
                syn::ImplItem::Const(item) => (&item.ident, &item.vis),
                _ => continue,
            };
            parts.add(&name.to_string(), is_public(visibility));
            self.names.all.add(&name.to_string(), is_public(visibility));
        }
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.item(&item.ident, &item.vis);
        visit::visit_item_trait(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.names.all.add(&item.sig.ident.to_string(), true);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.item(&item.ident, &item.vis);
        let parts = self.names.types.entry(item.ident.to_string()).or_default();
        for variant in &item.variants {
            // Variants are public, as far as their enum is.
            parts.add(&variant.ident.to_string(), true);
            self.names.all.add(&variant.ident.to_string(), true);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.item(&item.sig.ident, &item.vis);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.item(&item.ident, &item.vis);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.item(&item.ident, &item.vis);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.item(&item.ident, &item.vis);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, is_public(&item.vis));
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        // A table of parts, as the library's `register!` takes it, is made of items.
        if let Ok(items) = syn::parse2::<syn::File>(item.mac.tokens.clone()) {
            Visit::visit_file(self, &items);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.item(&item.ident, &item.vis);
        let outer = std::mem::replace(&mut self.module, item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module = outer;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_parts_are_hidden_and_own_ones_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let text = "pub struct A { pub x: u8, y: u8, z: u8 } impl A { pub fn z(&self) {} fn w() {} \
                    pub(crate) fn v() {} } trait T { fn t(); } impl T for A { fn t() {} } fn y2() {} \
                    pub struct B { pub y: u8, w: u8 }";
        std::fs::write(folder.path().join("a.rs"), text).unwrap();
        std::fs::write(folder.path().join("b.rs"), "struct A { other: u8 }").unwrap();
        let module = "mod inner; pub use inner::Shown; use std::path::Path; pub fn f() {} \
                      table! { pub use inner::Listed; pub mod prelude {} }";
        std::fs::write(folder.path().join("m.rs"), module).unwrap();
        let names = Names::read(folder.path());
        let of_a = Before::Value(HashSet::from(["x", "y", "z"]));
        let ranks = |before: &Before, all: &[&str]| -> Vec<Option<u8>> {
            all.iter().map(|name| names.rank(name, before)).collect()
        };
        assert_eq!(
            ranks(&of_a, &["x", "y", "z", "w", "v", "t", "clone", "into"]),
            [Some(0), None, Some(0), None, None, Some(1), Some(1), Some(2)]
        );
        let unknown = Before::Value(HashSet::new());
        assert_eq!(ranks(&unknown, &["y", "w", "v"]), [Some(1), None, None]);
        assert_eq!(
            ranks(&Before::Path("m"), &["inner::", "Shown", "Path", "f", "Listed", "other"]),
            [None, Some(0), None, Some(0), Some(0), None]
        );
        assert_eq!(ranks(&Before::Path("A"), &["z", "w"]), [Some(0), None]);
        assert_eq!(ranks(&Before::Path("String"), &["from_utf8"]), [Some(1)]);
        assert_eq!(ranks(&Before::Nothing, &["y2", "f"]), [None, Some(1)]);
    }
}
