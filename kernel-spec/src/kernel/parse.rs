//! A cell taken apart: commands, items, statements, the variables it binds, and the places where a
//! check for a stop goes.

use std::collections::HashSet;
use std::ops::Range;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Where the generated code finds the library's side of a cell.
pub const RUNTIME: &str = "::dfdx_lab::show::cell";

/// A cell's parts; all places are bytes of its text.
#[derive(Debug, Default, Clone)]
pub struct Parsed {
    pub items: Vec<Item>,
    /// Attributes of the whole crate, `#![feature(…)]`.
    pub attributes: Vec<Range<usize>>,
    /// In the order of their `let`s; of two with one name the later one.
    pub bindings: Vec<Binding>,
    /// Text to add before these places, in their order.
    pub inserts: Vec<(usize, String)>,
    /// The last expression, if it has no semicolon.
    pub tail: Option<Tail>,
    pub statements: usize,
}

/// The expression that a cell shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    pub range: Range<usize>,
    /// Whether it names a variable or a part of one, which is to stay where it is.
    pub is_place: bool,
}

/// A variable made by a `let` of the cell itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub name: String,
    pub mutable: bool,
    /// Where the name stands.
    pub at: Range<usize>,
    pub closure: Option<Closure>,
}

/// A closure that a variable is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    pub range: Range<usize>,
    pub arguments: usize,
    /// Its only argument is a reference.
    pub of_reference: bool,
    pub moves: bool,
}

/// A function, type, `use` or other item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub range: Range<usize>,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Replaces older items of the name.
    Named(String),
    /// A `macro_rules!`, which must stand before its uses.
    Macro(String),
    /// A `use`: the name it brings, and the text for each of its leaves.
    Use(Vec<Import>),
    /// An `impl Trait for Type`, by both.
    Trait(String),
    /// An `impl Type`: the type, and its members' names and places.
    Inherent(String, Vec<(String, Range<usize>)>),
    /// A shared value that changes: its name, type and first value.
    Static { name: String, kind: Range<usize>, value: Range<usize> },
}

/// One leaf of a `use`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// None for `*` and `_`.
    pub name: Option<String>,
    pub text: String,
}

/// Takes the cell apart; none if it does not parse, so that the compiler can say why.
pub fn parse(code: &str) -> Option<Parsed> {
    let mut parsed = Parsed::default();
    let mut text = code.to_owned();
    for range in inner_attributes(code) {
        blank(&mut text, range.clone());
        parsed.attributes.push(range);
    }
    let result = syn::Block::parse_within.parse_str(&text);
    let statements = match result {
        Ok(statements) => statements,
        Err(_) => {
            forget_spans();
            return None;
        }
    };
    parsed.statements = statements.len();
    let last = statements.len().saturating_sub(1);
    for (number, statement) in statements.iter().enumerate() {
        let range = statement.span().byte_range();
        if number > 0 && !matches!(statement, syn::Stmt::Item(_)) {
            parsed.inserts.push((range.start, format!("{RUNTIME}::step(); ")));
        }
        match statement {
            syn::Stmt::Item(item) => {
                let kind = kind_of(item, code);
                parsed.items.push(Item { range, kind });
            }
            syn::Stmt::Local(local) => {
                let closure = local.init.as_ref().and_then(|init| closure_of(&init.expr));
                bind(&local.pat, closure, &mut parsed.bindings);
            }
            syn::Stmt::Expr(expression, None) if number == last => {
                parsed.tail = Some(Tail { range, is_place: is_place(expression) });
            }
            // Braces may hold items, which have no value.
            syn::Stmt::Macro(call)
                if number == last
                    && call.semi_token.is_none()
                    && !matches!(call.mac.delimiter, syn::MacroDelimiter::Brace(_)) =>
            {
                parsed.tail = Some(Tail { range, is_place: false });
            }
            _ => {}
        }
    }
    let mut checks = Checks { inserts: Vec::new() };
    statements.iter().for_each(|statement| checks.visit_stmt(statement));
    parsed.inserts.extend(checks.inserts);
    parsed.inserts.sort_by_key(|insert| insert.0);
    let mut seen = HashSet::new();
    parsed.bindings.reverse();
    parsed.bindings.retain(|binding| seen.insert(binding.name.clone()));
    parsed.bindings.reverse();
    forget_spans();
    Some(parsed)
}

/// Spans are kept by thread, and a kernel lives long.
fn forget_spans() {
    proc_macro2::extra::invalidate_current_thread_spans();
}

/// Replaces a range by blanks, so that all other places stay what they are.
pub fn blank(text: &mut String, range: Range<usize>) {
    let blanks: String =
        text[range.clone()].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    text.replace_range(range, &blanks);
}

/// Lines `#![…]` at the beginning.
fn inner_attributes(code: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in code.split_inclusive('\n') {
        let text = line.trim();
        if text.starts_with("#![") && text.ends_with(']') {
            let start = at + line.find("#![").unwrap_or(0);
            found.push(start..start + text.len());
        } else if !text.is_empty() && !text.starts_with("//") {
            break;
        }
        at += line.len();
    }
    found
}

fn is_place(expression: &syn::Expr) -> bool {
    match expression {
        syn::Expr::Path(_) | syn::Expr::Index(_) => true,
        syn::Expr::Field(field) => is_place(&field.base),
        syn::Expr::Paren(inner) => is_place(&inner.expr),
        syn::Expr::Unary(unary) => matches!(unary.op, syn::UnOp::Deref(_)),
        _ => false,
    }
}

fn closure_of(expression: &syn::Expr) -> Option<Closure> {
    let syn::Expr::Closure(closure) = expression else { return None };
    let of_reference = match closure.inputs.first() {
        Some(syn::Pat::Type(typed)) => matches!(*typed.ty, syn::Type::Reference(_)),
        _ => false,
    };
    Some(Closure {
        range: closure.span().byte_range(),
        arguments: closure.inputs.len(),
        of_reference: of_reference && closure.inputs.len() == 1,
        moves: closure.capture.is_some(),
    })
}

fn bind(pattern: &syn::Pat, closure: Option<Closure>, bindings: &mut Vec<Binding>) {
    match pattern {
        syn::Pat::Ident(ident) => {
            let name = ident.ident.to_string();
            // `let None = x else { … }` binds nothing.
            let constant = name.starts_with(char::is_uppercase) && ident.mutability.is_none();
            if !constant {
                let at = ident.ident.span().byte_range();
                let mutable = ident.mutability.is_some();
                bindings.push(Binding { name, mutable, at, closure });
            }
            if let Some((_, inner)) = &ident.subpat {
                bind(inner, None, bindings);
            }
        }
        syn::Pat::Type(typed) => bind(&typed.pat, None, bindings),
        syn::Pat::Paren(inner) => bind(&inner.pat, closure, bindings),
        syn::Pat::Reference(inner) => bind(&inner.pat, None, bindings),
        syn::Pat::Tuple(all) => all.elems.iter().for_each(|one| bind(one, None, bindings)),
        syn::Pat::TupleStruct(all) => all.elems.iter().for_each(|one| bind(one, None, bindings)),
        syn::Pat::Slice(all) => all.elems.iter().for_each(|one| bind(one, None, bindings)),
        syn::Pat::Struct(all) => all.fields.iter().for_each(|one| bind(&one.pat, None, bindings)),
        syn::Pat::Or(all) => all.cases.iter().take(1).for_each(|one| bind(one, None, bindings)),
        _ => {}
    }
}

fn kind_of(item: &syn::Item, code: &str) -> Kind {
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

/// Whether a static of this type is there to be changed.
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

/// Finds loops, functions and closures.
struct Checks {
    inserts: Vec<(usize, String)>,
}

impl Checks {
    fn begin(&mut self, brace: &syn::token::Brace, call: &str) {
        let after = brace.span.open().byte_range().end;
        self.inserts.push((after, format!(" {RUNTIME}::{call}();")));
    }
}

impl<'ast> Visit<'ast> for Checks {
    fn visit_expr_for_loop(&mut self, node: &'ast syn::ExprForLoop) {
        self.begin(&node.body.brace_token, "step");
        visit::visit_expr_for_loop(self, node);
    }

    fn visit_expr_while(&mut self, node: &'ast syn::ExprWhile) {
        self.begin(&node.body.brace_token, "step");
        visit::visit_expr_while(self, node);
    }

    fn visit_expr_loop(&mut self, node: &'ast syn::ExprLoop) {
        self.begin(&node.body.brace_token, "step");
        visit::visit_expr_loop(self, node);
    }

    fn visit_expr_closure(&mut self, node: &'ast syn::ExprClosure) {
        match &*node.body {
            syn::Expr::Block(body) if body.label.is_none() && body.attrs.is_empty() => {
                self.begin(&body.block.brace_token, "step");
            }
            body => {
                let range = body.span().byte_range();
                self.inserts.push((range.start, format!("{{ {RUNTIME}::step(); ")));
                visit::visit_expr_closure(self, node);
                self.inserts.push((range.end, " }".to_owned()));
                return;
            }
        }
        visit::visit_expr_closure(self, node);
    }

    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        // What may run while compiling cannot look at a flag.
        if node.sig.constness.is_none() {
            self.begin(&node.block.brace_token, "enter");
            visit::visit_block(self, &node.block);
        }
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        if node.sig.constness.is_none() {
            self.begin(&node.block.brace_token, "enter");
            visit::visit_block(self, &node.block);
        }
    }

    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        if let Some(block) = &node.default
            && node.sig.constness.is_none()
        {
            self.begin(&block.brace_token, "enter");
            visit::visit_block(self, block);
        }
    }

    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
}

/// Every identifier in a text, those inside strings and comments too.
pub fn identifiers(text: &str) -> HashSet<&str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(code: &str) -> String {
        let parsed = parse(code).unwrap();
        let mut text = code.to_owned();
        for (at, insert) in parsed.inserts.iter().rev() {
            text.insert_str(*at, insert);
        }
        text.replace(RUNTIME, "")
    }

    #[test]
    fn every_loop_function_and_closure_gets_a_check() {
        for (code, expected) in [
            ("loop { a(); }", "loop { ::step(); a(); }"),
            ("while x {}", "while x { ::step();}"),
            ("for i in 0..3 { }", "for i in 0..3 { ::step(); }"),
            ("fn f() { loop {} }", "fn f() { ::enter(); loop { ::step();} }"),
            ("const fn f() { loop {} }", "const fn f() { loop {} }"),
            ("impl A { fn f(&self) -> u8 { 1 } }", "impl A { fn f(&self) -> u8 { ::enter(); 1 } }"),
            ("a.map(|x| x + 1);", "a.map(|x| { ::step(); x + 1 });"),
            ("a.map(|x| |y| 1)", "a.map(|x| { ::step(); |y| { ::step(); 1 } })"),
            ("a.map(|x| { x })", "a.map(|x| { ::step(); x })"),
            ("let a = 1; b(a);", "let a = 1; ::step(); b(a);"),
            ("'ü: loop { break 'ü }", "'ü: loop { ::step(); break 'ü }"),
            ("let n = [0; { let mut i = 0; while i < 3 { i += 1 } i }];", ""),
        ] {
            if !expected.is_empty() {
                assert_eq!(added(code), expected);
            }
        }
    }

    #[test]
    fn the_last_expression_is_found_by_tokens() {
        fn tail(code: &str) -> Option<(&str, bool)> {
            parse(code).unwrap().tail.map(|t| (&code[t.range], t.is_place))
        }
        assert_eq!(tail("2+2 // four;"), Some(("2+2", false)));
        assert_eq!(tail("let a = 1;\na // it;\n"), Some(("a", true)));
        assert_eq!(tail("a.b[0]"), Some(("a.b[0]", true)));
        assert_eq!(tail("a; // no"), None);
        assert_eq!(tail("println!(\"x\")"), Some(("println!(\"x\")", false)));
        assert_eq!(tail("fn f() {}"), None);
        assert_eq!(tail(""), None);
    }

    #[test]
    fn bindings_are_found_in_patterns() {
        let names = |code: &str| {
            let bound = parse(code).unwrap().bindings;
            bound.iter().map(|b| (b.name.clone(), b.mutable)).collect::<Vec<_>>()
        };
        let of = |list: &[(&str, bool)]| {
            list.iter().map(|(name, m)| (name.to_string(), *m)).collect::<Vec<_>>()
        };
        assert_eq!(names("let (a, mut b) = f();"), of(&[("a", false), ("b", true)]));
        assert_eq!(names("let S { a, b: [c, ..], .. } = s;"), of(&[("a", false), ("c", false)]));
        assert_eq!(names("let Some(x) = y else { return Ok(()) };"), of(&[("x", false)]));
        assert_eq!(names("let x: i32 = 1; let mut x = 2;"), of(&[("x", true)]));
        assert_eq!(names("{ let inner = 1; } let _ = 2;"), of(&[]));
        let closure = parse("let f = |x: &f64| x * 2.0;").unwrap().bindings[0].closure.clone();
        assert!(closure.is_some_and(|c| c.of_reference && c.arguments == 1 && !c.moves));
    }

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
