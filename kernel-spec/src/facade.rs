//! The small crate that a notebook depends on in place of the library.
//!
//! For rustc it re-exports the prebuilt shared library. rust-analyzer cannot read that, so it gets
//! the library's own sources instead, without the library's dependencies: reading those makes a
//! start slow, and it needs them only for types that a notebook seldom names.

use crate::toolchain::copy_whole;
use anyhow::{Context, Result};
use std::fmt::Write;
use std::path::Path;

/// The name under which the compiler finds the prebuilt library.
pub const PREBUILT: &str = "dfdx_lab_prebuilt";

/// Writes the crate into the folder.
pub fn write(library: &Path, version: &str, to: &Path) -> Result<()> {
    let src = to.join("src");
    copy_whole(&library.join("src"), &src)?;
    let root = library.join("src/lib.rs");
    let text =
        std::fs::read_to_string(&root).with_context(|| format!("reading {}", root.display()))?;
    std::fs::write(src.join("lib.rs"), door(&text))?;
    let manifest = format!(
        "[package]\nname = \"dfdx-lab\"\nversion = \"{version}\"\nedition = \"2024\"\n\n\
         [lib]\nname = \"dfdx_lab\"\ndoctest = false\n\n[workspace]\n\n\
         [lints.rust]\nunexpected_cfgs = \"allow\"\n"
    );
    std::fs::write(to.join("Cargo.toml"), manifest)?;
    Ok(())
}

/// The prelude of the kernel in which evcxr runs the cells. evcxr compiles a cell twice if it has the
/// first `?`, or ends with a value that has no method `evcxr_display`. So the prelude contains a
/// `?`, and gives all values the method.
pub fn stock_prelude(facade: &Path) -> String {
    format!(
        ":opt 0\n:dep dfdx-lab = {{ path = {:?} }}\nuse dfdx_lab::prelude::*;\n\
         use dfdx_lab::show::cell::ByAny as _;\nOk::<(), String>(())?;\n",
        facade.display().to_string()
    )
}

/// The library's root module, with every item visible to rust-analyzer only.
fn door(root: &str) -> String {
    let items = [
        "pub ",
        "mod ",
        "use ",
        "fn ",
        "const ",
        "static ",
        "struct ",
        "enum ",
        "trait ",
        "type ",
        "impl ",
        "impl<",
        "macro_rules!",
        "extern ",
    ];
    let mut text = String::new();
    let mut attribute_open = false;
    for line in root.lines() {
        // Inner attributes are about the library's build, not about this crate.
        if line.starts_with("#![") {
            attribute_open = !line.ends_with(']');
            continue;
        }
        if attribute_open {
            attribute_open = !line.ends_with(']');
            continue;
        }
        if items.iter().any(|item| line.starts_with(item)) {
            text.push_str("#[cfg(rust_analyzer)]\n");
        }
        let _ = writeln!(text, "{line}");
    }
    let _ = writeln!(
        text,
        "#[cfg(not(rust_analyzer))]\npub use {PREBUILT}::*;\n\
         #[cfg(not(rust_analyzer))]\npub use {PREBUILT}::prelude;"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_for_the_analyzer_only() {
        let root = "//! Doc.\n#![deny(\n  a\n)]\n\npub mod a;\n/// B.\npub use a::B;\n\
                    pub mod prelude {\n    pub use crate::a::*;\n}\n";
        let text = door(root);
        assert_eq!(text.matches("#[cfg(rust_analyzer)]\npub").count(), 3, "{text}");
        assert!(text.starts_with("//! Doc.\n"), "{text}");
        assert!(!text.contains("deny"), "{text}");
        assert!(text.contains("    pub use crate::a::*;"), "{text}");
    }
}
