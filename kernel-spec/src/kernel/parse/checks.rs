//! The places where a check for a stop goes, and where a cell would end its process.

use super::{RUNTIME, macros};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Finds loops, functions and closures.
#[derive(Default)]
pub(super) struct Checks {
    pub(super) inserts: Vec<(usize, String)>,
    loops: usize,
}

impl Checks {
    fn begin(&mut self, brace: &syn::token::Brace, call: &str) {
        let after = brace.span.open().byte_range().end;
        self.inserts.push((after, format!(" {RUNTIME}::{call}();")));
    }

    fn one_loop(&mut self, body: &syn::Block) {
        self.loops += 1;
        self.begin(&body.brace_token, "step");
    }

    /// A function that begins at this byte, after its attributes.
    fn function(
        &mut self,
        attributes: &[syn::Attribute],
        at: usize,
        sig: &syn::Signature,
        block: &syn::Block,
    ) {
        // Code that may run during compilation cannot read a flag.
        if sig.constness.is_some() {
            return;
        }
        let before = self.loops;
        self.begin(&block.brace_token, "enter");
        visit::visit_block(self, block);
        // In a function of its own a loop keeps its sums in registers despite the check; as a part
        // of a long cell it takes four times as long.
        let chosen = attributes.iter().any(|attribute| attribute.path().is_ident("inline"));
        if self.loops > before && !chosen && sig.asyncness.is_none() {
            self.inserts.push((at, "#[inline(never)] ".to_owned()));
        }
    }
}

/// Where a function begins after its attributes.
fn head(visibility: &syn::Visibility, sig: &syn::Signature) -> usize {
    match visibility {
        syn::Visibility::Inherited => sig.span().byte_range().start,
        visibility => visibility.span().byte_range().start,
    }
}

impl<'ast> Visit<'ast> for Checks {
    fn visit_expr_for_loop(&mut self, node: &'ast syn::ExprForLoop) {
        self.one_loop(&node.body);
        visit::visit_expr_for_loop(self, node);
    }

    fn visit_expr_while(&mut self, node: &'ast syn::ExprWhile) {
        self.one_loop(&node.body);
        visit::visit_expr_while(self, node);
    }

    fn visit_expr_loop(&mut self, node: &'ast syn::ExprLoop) {
        self.one_loop(&node.body);
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

    fn visit_expr_call(&mut self, node: &'ast syn::ExprCall) {
        let code = node.args.first().filter(|_| ends_the_process(&node.func));
        let code = code.map(|code| code.span().byte_range());
        if let Some(code) = &code {
            self.inserts.push((code.start, format!("{RUNTIME}::leave(")));
        }
        visit::visit_expr_call(self, node);
        if let Some(code) = code {
            self.inserts.push((code.end, ")".to_owned()));
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let mut inner = Checks::default();
        macros::arguments(call).iter().for_each(|argument| inner.visit_expr(argument));
        self.inserts.extend(inner.inserts);
        if call.path.is_ident("macro_rules") {
            let loops = macros::loops_of_rules(&call.tokens);
            self.inserts.extend(loops.into_iter().map(|at| (at, format!(" {RUNTIME}::step();"))));
        }
    }

    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.function(&node.attrs, head(&node.vis, &node.sig), &node.sig, &node.block);
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.function(&node.attrs, head(&node.vis, &node.sig), &node.sig, &node.block);
    }

    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        if let Some(block) = &node.default {
            self.function(&node.attrs, node.sig.span().byte_range().start, &node.sig, block);
        }
    }

    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
}

/// Whether this function is `process::exit`.
fn ends_the_process(function: &syn::Expr) -> bool {
    let syn::Expr::Path(path) = function else { return false };
    let mut names = path.path.segments.iter().rev().map(|segment| segment.ident.to_string());
    names.next().is_some_and(|name| name == "exit")
        && names.next().is_some_and(|name| name == "process")
}

#[cfg(test)]
mod tests {
    use super::super::parse;
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
            ("fn f() { loop {} }", "#[inline(never)] fn f() { ::enter(); loop { ::step();} }"),
            ("#[inline] fn f() { loop {} }", "#[inline] fn f() { ::enter(); loop { ::step();} }"),
            (
                "impl A { /// Doc.\n pub fn f() { for i in x {} } }",
                "impl A { /// Doc.\n #[inline(never)] pub fn f() { ::enter(); for i in x { ::step();} } }",
            ),
            ("const fn f() { loop {} }", "const fn f() { loop {} }"),
            ("impl A { fn f(&self) -> u8 { 1 } }", "impl A { fn f(&self) -> u8 { ::enter(); 1 } }"),
            ("a.map(|x| x + 1);", "a.map(|x| { ::step(); x + 1 });"),
            ("a.map(|x| |y| 1)", "a.map(|x| { ::step(); |y| { ::step(); 1 } })"),
            ("a.map(|x| { x })", "a.map(|x| { ::step(); x })"),
            ("let a = 1; b(a);", "let a = 1; ::step(); b(a);"),
            ("std::process::exit(f(1))", "std::process::exit(::leave(f(1)))"),
            ("exit(1)", "exit(1)"),
            ("'ü: loop { break 'ü }", "'ü: loop { ::step(); break 'ü }"),
            ("println!(\"{}\", { loop {} })", "println!(\"{}\", { loop { ::step();} })"),
            ("vec![{ for i in a { } 1 }; 3];", "vec![{ for i in a { ::step(); } 1 }; 3];"),
            ("html!(loop { });", "html!(loop { });"),
            ("assert!(a.all(|x| x > 0));", "assert!(a.all(|x| x > 0));"),
            (
                "macro_rules! m { (loop { $x:expr }) => { loop { $x; while a {} } for i in b {} } }",
                "macro_rules! m { (loop { $x:expr }) => { loop { ::step(); $x; while a { ::step();} } \
                 for i in b { ::step();} } }",
            ),
            (
                "macro_rules! m { ($t:ty) => { impl A for $t { } const N: u8 = loop {}; } }",
                "macro_rules! m { ($t:ty) => { impl A for $t { } const N: u8 = loop {}; } }",
            ),
            ("let n = [0; { let mut i = 0; while i < 3 { i += 1 } i }];", ""),
        ] {
            if !expected.is_empty() {
                assert_eq!(added(code), expected);
            }
        }
    }
}
