//! rust-analyzer, which completes and explains. It reads the outlines of the library, of Rust's own
//! sources and of the crates that a notebook adds; what it has worked out of them stays, and of the
//! cells only the latest text.

use super::outline::outline;
use anyhow::{Context, Result};
use ra_ap_hir::{ChangeWithProcMacros, PrefixKind};
use ra_ap_ide::{
    AnalysisHost, CompletionConfig, CompletionFieldsToResolve, CompletionItemKind, FileId,
    FilePosition, FileRange, HoverConfig, HoverDocFormat, RaFixtureConfig, SourceRoot, SubstTyLen,
    SymbolKind, TextRange,
};
use ra_ap_ide_db::imports::insert_use::{ImportGranularity, InsertUseConfig};
use ra_ap_project_model::{CargoConfig, ProjectManifest, ProjectWorkspace, RustLibSource};
use ra_ap_vfs::file_set::FileSet;
use ra_ap_vfs::{AbsPath, AbsPathBuf, VfsPath};
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What stands around a cell; the function's name is nobody's to complete.
const HEAD: &str = "use dfdx_lab::prelude::*;\n\
                    async fn __lab() -> ::std::result::Result<(), ::dfdx_lab::show::cell::Failed> {\n";
const TAIL: &str = "\n;Ok(()) }\n";

/// Where everything is that is read.
#[derive(Clone)]
pub struct Sources {
    /// The crate that stands for the library.
    pub library: PathBuf,
    pub rust: PathBuf,
    /// A folder for the manifest.
    pub folder: PathBuf,
}

pub struct Analyzer {
    host: AnalysisHost,
    cell: FileId,
    text: String,
}

impl Analyzer {
    /// Reads the library, and the crates of these lines of a manifest, by the versions in this file.
    pub fn start(sources: &Sources, crates: &str, lock: Option<&Path>) -> Result<Analyzer> {
        let root = write_project(sources, crates, lock)?;
        let absolute = |path: &Path| {
            let path = path.to_str().context("a path that is not UTF-8")?;
            AbsPathBuf::try_from(path).ok().context("a path that is not absolute")
        };
        let config = CargoConfig {
            sysroot: Some(RustLibSource::Discover),
            sysroot_src: Some(absolute(&sources.rust)?),
            ..CargoConfig::default()
        };
        let manifest =
            ProjectManifest::from_manifest_file(absolute(&sources.folder.join("Cargo.toml"))?)?;
        let workspace = ProjectWorkspace::load(manifest, &config, &|_| {})?;
        let mut files = vec![root.clone()];
        for part in workspace.to_roots() {
            let excluded: Vec<PathBuf> = part.exclude.into_iter().map(PathBuf::from).collect();
            let folders = part.include.into_iter().map(PathBuf::from);
            for folder in folders.filter(|folder| *folder != sources.folder) {
                list(&folder, &excluded, &mut files);
            }
        }
        let ids: HashMap<&Path, FileId> =
            files.iter().map(PathBuf::as_path).zip((0..).map(FileId::from_raw)).collect();
        let mut host = AnalysisHost::default();
        let mut change = ChangeWithProcMacros::default();
        let (mut own, mut others) = (FileSet::default(), FileSet::default());
        for (path, id) in &ids {
            let set = if *path == root { &mut own } else { &mut others };
            set.insert(*id, VfsPath::from(absolute(path)?));
        }
        change.set_roots(vec![SourceRoot::new_local(own), SourceRoot::new_library(others)]);
        let cell = ids[root.as_path()];
        change.change_file(cell, Some(String::new()));
        host.apply_change(change);
        for (path, id) in ids.iter().filter(|(_, id)| **id != cell) {
            let mut change = ChangeWithProcMacros::default();
            let text = std::fs::read_to_string(path).unwrap_or_default();
            change.change_file(*id, Some(outline(&text)));
            host.apply_change(change);
        }
        let mut change = ChangeWithProcMacros::default();
        let mut find = |path: &AbsPath| ids.get::<Path>(path.as_ref()).copied();
        let (graph, _) = workspace.to_crate_graph(&mut find, &HashMap::default());
        change.set_crate_graph(graph);
        host.apply_change(change);
        Ok(Analyzer { host, cell, text: String::new() })
    }

    /// Gives back what the latest cells have taken.
    pub fn tidy(&mut self) {
        self.host.trigger_garbage_collection();
    }

    /// Takes the notebook and a cell's code; gives the byte where that code begins.
    fn set(&mut self, notebook: &str, code: &str) -> usize {
        self.text = format!("{HEAD}{notebook}{code}{TAIL}");
        let mut change = ChangeWithProcMacros::default();
        change.change_file(self.cell, Some(self.text.clone()));
        self.host.apply_change(change);
        HEAD.len() + notebook.len()
    }

    /// What may stand at this byte of the cell: the range that is replaced, and names with their
    /// kinds.
    pub fn complete(&mut self, notebook: &str, code: &str, at: usize) -> Option<Found> {
        let start = self.set(notebook, code);
        let place = FilePosition { file_id: self.cell, offset: offset(start + at)? };
        let items = self.host.analysis().completions(&completion(), place, None).ok()??;
        let mut range = None;
        let mut names = Vec::new();
        for item in items {
            let mut edits = item.text_edit.iter();
            let (Some(edit), None) = (edits.next(), edits.next()) else { continue };
            let replaced = Range::<usize>::from(edit.delete);
            if !item.lookup().starts_with(self.text.get(replaced.clone())?) {
                continue;
            }
            if *range.get_or_insert(replaced.clone()) == replaced {
                names.push((edit.insert.clone(), kind(item.kind)));
            }
        }
        let range = range.filter(|range| range.start >= start)?;
        Some((range.start - start..range.end - start, names))
    }

    /// What is known of the name at this byte of the cell, as text and as Markdown.
    pub fn explain(&mut self, notebook: &str, code: &str, at: usize) -> Option<(String, String)> {
        // Behind a bracket the function is meant.
        let at = if code[..at].ends_with('(') { at - 1 } else { at };
        let start = self.set(notebook, code);
        let at = offset(start + at)?;
        let range = FileRange { file_id: self.cell, range: TextRange::empty(at) };
        let analysis = self.host.analysis();
        let ask = |format| -> Option<String> {
            Some(analysis.hover(&help(format), range).ok()??.info.markup.into())
        };
        Some((ask(HoverDocFormat::PlainText)?, ask(HoverDocFormat::Markdown)?))
    }
}

/// What is replaced, and by what: name and kind.
pub type Found = (Range<usize>, Vec<(String, &'static str)>);

/// Writes the package that stands for the notebook; gives its root.
fn write_project(sources: &Sources, crates: &str, lock: Option<&Path>) -> Result<PathBuf> {
    let root = sources.folder.join("src/lib.rs");
    std::fs::create_dir_all(sources.folder.join("src"))?;
    std::fs::write(&root, "")?;
    let library = sources.library.display().to_string();
    let manifest = format!(
        "[package]\nname = \"notebook\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\ndfdx-lab = {{ path = {library:?} }}\n{crates}"
    );
    std::fs::write(sources.folder.join("Cargo.toml"), manifest)?;
    if let Some(lock) = lock {
        std::fs::copy(lock, sources.folder.join("Cargo.lock"))?;
    }
    Ok(root)
}

/// The Rust files below a folder.
fn list(folder: &Path, excluded: &[PathBuf], files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if excluded.contains(&path) {
            continue;
        }
        if path.is_dir() {
            list(&path, excluded, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn offset(byte: usize) -> Option<ra_ap_ide::TextSize> {
    Some(u32::try_from(byte).ok()?.into())
}

/// Names alone: no snippets, no arguments, nothing that is not in scope.
fn completion() -> CompletionConfig<'static> {
    CompletionConfig {
        enable_postfix_completions: false,
        enable_imports_on_the_fly: false,
        enable_self_on_the_fly: true,
        enable_auto_iter: true,
        enable_auto_await: true,
        enable_private_editable: false,
        enable_term_search: false,
        term_search_fuel: 0,
        full_function_signatures: false,
        callable: None,
        add_colons_to_module: true,
        add_semicolon_to_unit: false,
        snippet_cap: None,
        insert_use: InsertUseConfig {
            granularity: ImportGranularity::Item,
            enforce_granularity: false,
            prefix_kind: PrefixKind::ByCrate,
            group: false,
            skip_glob_imports: false,
        },
        prefer_no_std: false,
        prefer_prelude: false,
        prefer_absolute: false,
        snippets: Vec::new(),
        limit: None,
        fields_to_resolve: CompletionFieldsToResolve::empty(),
        exclude_flyimport: Vec::new(),
        exclude_traits: &[],
        ra_fixture: RaFixtureConfig::default(),
    }
}

fn help(format: HoverDocFormat) -> HoverConfig<'static> {
    HoverConfig {
        links_in_hover: true,
        memory_layout: None,
        documentation: true,
        keywords: true,
        format,
        max_trait_assoc_items_count: None,
        max_fields_count: Some(5),
        max_enum_variants_count: Some(5),
        max_subst_ty_len: SubstTyLen::Unlimited,
        show_drop_glue: false,
        ra_fixture: RaFixtureConfig::default(),
    }
}

/// The kind by Jupyter's names.
fn kind(kind: CompletionItemKind) -> &'static str {
    let CompletionItemKind::SymbolKind(symbol) = kind else {
        return if kind == CompletionItemKind::Keyword { "keyword" } else { "instance" };
    };
    match symbol {
        SymbolKind::Attribute
        | SymbolKind::BuiltinAttr
        | SymbolKind::Derive
        | SymbolKind::DeriveHelper
        | SymbolKind::Function
        | SymbolKind::Macro
        | SymbolKind::Method
        | SymbolKind::ProcMacro => "function",
        SymbolKind::Enum
        | SymbolKind::SelfType
        | SymbolKind::Struct
        | SymbolKind::Trait
        | SymbolKind::TypeAlias
        | SymbolKind::TypeParam
        | SymbolKind::Union => "class",
        SymbolKind::CrateRoot | SymbolKind::Module | SymbolKind::ToolModule => "module",
        _ => "instance",
    }
}
