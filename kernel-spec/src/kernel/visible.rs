//! Which names of the library a notebook cannot use. rust-analyzer takes the copy of its sources for
//! a person's own code, and offers private parts as well.

use std::collections::HashSet;
use std::path::Path;
use syn::visit::{self, Visit};

/// The names of private fields and functions that are no public ones elsewhere.
pub fn hidden(sources: &Path) -> HashSet<String> {
    let mut names = Names::default();
    read(sources, &mut names);
    proc_macro2::extra::invalidate_current_thread_spans();
    names.private.retain(|name| !names.public.contains(name));
    names.private
}

fn read(folder: &Path, names: &mut Names) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            read(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && let Ok(text) = std::fs::read_to_string(&path)
            && let Ok(file) = syn::parse_file(&text)
        {
            names.visit_file(&file);
        }
    }
}

#[derive(Default)]
struct Names {
    public: HashSet<String>,
    private: HashSet<String>,
}

impl Names {
    fn add(&mut self, name: &syn::Ident, visibility: &syn::Visibility) {
        match visibility {
            syn::Visibility::Public(_) => self.public.insert(name.to_string()),
            _ => self.private.insert(name.to_string()),
        };
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_field(&mut self, field: &'ast syn::Field) {
        if let Some(name) = &field.ident {
            self.add(name, &field.vis);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.sig.ident, &item.vis);
    }

    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        if block.trait_.is_none() {
            visit::visit_item_impl(self, block);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.sig.ident, &item.vis);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.public.insert(item.sig.ident.to_string());
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        // The fields of a public enum are public, as far as it is.
        self.public.insert(variant.ident.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_parts_are_hidden_unless_others_of_the_name_are_public() {
        let folder = tempfile::tempdir().unwrap();
        let text = "pub struct A { pub x: u8, y: u8, z: u8 } impl A { pub fn z(&self) {} fn w() {} \
                    pub(crate) fn v() {} } trait T { fn t(); } impl T for A { fn t() {} } fn y2() {}";
        std::fs::write(folder.path().join("a.rs"), text).unwrap();
        let mut hidden: Vec<String> = hidden(folder.path()).into_iter().collect();
        hidden.sort();
        assert_eq!(hidden, ["v", "w", "y", "y2"]);
    }
}
