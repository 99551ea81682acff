//! A cell taken apart: commands, items, statements, the variables it binds, and the places where a
//! check for a stop goes.

mod checks;
mod items;
mod macros;

use checks::Checks;
use items::kind_of;
use std::collections::HashSet;
use std::ops::Range;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::visit::Visit;

/// Where the generated code finds the library's side of a cell.
pub const RUNTIME: &str = "::dfdx_lab::show::cell";

const KEEPS: &str = "a `static` with an atomic, a `Mutex` or a `OnceLock` keeps its value";

/// A cell's parts; all places are bytes of its text.
#[derive(Debug, Default, Clone)]
pub struct Parsed {
    pub items: Vec<Item>,
    /// Attributes of the whole crate, `#![feature(…)]`.
    pub attributes: Vec<Range<usize>>,
    /// In the order of their `let`s; of two with the same name only the later one.
    pub bindings: Vec<Binding>,
    /// Text to add before these places, in their order.
    pub inserts: Vec<(usize, String)>,
    /// The last expression, if it has no semicolon.
    pub tail: Option<Tail>,
    pub statements: usize,
    /// What the user should know about the cell.
    pub notes: Vec<String>,
}

/// The expression that a cell shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    pub range: Range<usize>,
    /// Whether it names a variable or a part of one, which must not be moved.
    pub is_place: bool,
}

/// A variable made by a `let` of the cell itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub name: String,
    pub mutable: bool,
    /// The place of the name.
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
    /// The types of its arguments as written (`_` where none is), if one of them contains a
    /// reference and `of_reference` is not enough to describe that.
    pub types: Option<String>,
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
                if let syn::Item::Static(value) = item
                    && matches!(value.mutability, syn::StaticMutability::Mut(_))
                {
                    parsed
                        .notes
                        .push(format!("`{}` is reset by every new cell; {KEEPS}", value.ident));
                }
                let kind = kind_of(item, code);
                parsed.items.push(Item { range, kind });
            }
            syn::Stmt::Local(local) => {
                let closure = local.init.as_ref().and_then(|init| closure_of(&init.expr, code));
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
        if let syn::Stmt::Macro(call) = statement
            && call.mac.path.segments.last().is_some_and(|name| name.ident == "thread_local")
        {
            parsed.notes.push(format!("what `thread_local!` makes ends with its cell; {KEEPS}"));
        }
    }
    let mut checks = Checks::default();
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

/// Frees the spans that proc_macro2 keeps for this thread: a kernel lives long.
fn forget_spans() {
    proc_macro2::extra::invalidate_current_thread_spans();
}

/// Replaces a range by blanks, so that all other positions stay valid.
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

fn closure_of(expression: &syn::Expr, code: &str) -> Option<Closure> {
    let syn::Expr::Closure(closure) = expression else { return None };
    let of_reference = match closure.inputs.first() {
        Some(syn::Pat::Type(typed)) => matches!(*typed.ty, syn::Type::Reference(_)),
        _ => false,
    };
    let of_reference = of_reference && closure.inputs.len() == 1;
    let types = closure.inputs.iter().map(|input| match input {
        syn::Pat::Type(typed) => &code[typed.ty.span().byte_range()],
        _ => "_",
    });
    let types = types.collect::<Vec<_>>().join(", ");
    Some(Closure {
        range: closure.span().byte_range(),
        arguments: closure.inputs.len(),
        of_reference,
        types: (types.contains('&') && !of_reference).then_some(types),
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

/// The place of the only `?` of an expression that begins at this byte: that is where Rust says it
/// failed, which may be lines above.
pub fn question_mark(code: &str, start: usize) -> Option<Range<usize>> {
    struct Marks(usize, Vec<Range<usize>>);
    impl<'ast> Visit<'ast> for Marks {
        fn visit_expr_try(&mut self, node: &'ast syn::ExprTry) {
            if node.span().byte_range().start == self.0 {
                self.1.push(node.question_token.span().byte_range());
            }
            syn::visit::visit_expr_try(self, node);
        }
    }
    let mut marks = Marks(start, Vec::new());
    if let Ok(statements) = syn::Block::parse_within.parse_str(code) {
        statements.iter().for_each(|statement| marks.visit_stmt(statement));
    }
    forget_spans();
    marks.1.pop().filter(|_| marks.1.is_empty())
}

/// Every identifier in a text, those inside strings and comments too.
pub fn identifiers(text: &str) -> HashSet<&str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_question_mark_is_found_where_its_expression_ends() {
        let of = |code: &str, start: usize| {
            question_mark(code, start).map(|range| code[..range.start].matches('\n').count())
        };
        assert_eq!(of("let a = b\n  .c()\n  .d()?;", 8), Some(2));
        assert_eq!(of("f(g()?,\nh()?);", 2), Some(0));
        // Which of several, Rust does not say.
        assert_eq!(of("b()?\n.c()?;", 0), None);
        assert_eq!(of("b()?;", 3), None);
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
}
