//! Loops inside macros: in the code that a notebook's `macro_rules!` makes, and in the arguments of
//! the standard library's macros.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, Token};

/// Macros whose arguments are expressions with commas between them. `assert` and `dbg` are left
/// out, because they print the code of their arguments.
const OF_EXPRESSIONS: [&str; 11] = [
    "assert_eq",
    "assert_ne",
    "eprint",
    "eprintln",
    "format",
    "panic",
    "print",
    "println",
    "vec",
    "write",
    "writeln",
];

/// The arguments of a macro of the standard library; none of any other, which may mean anything.
pub(super) fn arguments(call: &syn::Macro) -> Vec<Expr> {
    let known = call
        .path
        .segments
        .last()
        .is_some_and(|name| OF_EXPRESSIONS.iter().any(|known| name.ident == known));
    if !known {
        return Vec::new();
    }
    let tokens = || call.tokens.clone();
    if let Ok(list) = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens()) {
        return list.into_iter().collect();
    }
    let repeated = |input: syn::parse::ParseStream<'_>| {
        let value: Expr = input.parse()?;
        input.parse::<Token![;]>()?;
        Ok(vec![value, input.parse()?])
    };
    repeated.parse2(tokens()).unwrap_or_default()
}

/// The byte after the opening brace of every loop that the rules of a `macro_rules!` make.
pub(super) fn loops_of_rules(rules: &TokenStream) -> Vec<usize> {
    let tokens: Vec<TokenTree> = rules.clone().into_iter().collect();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        // The code after the arrow is what the rule makes; the part before it is only a pattern.
        let arrow = at >= 2 && is_sign(&tokens[at - 2], '=') && is_sign(&tokens[at - 1], '>');
        if let TokenTree::Group(made) = token
            && arrow
            // Code that may run during compilation cannot read a flag.
            && !has_word(&made.stream(), "const")
        {
            loops(&made.stream(), &mut found);
        }
    }
    found
}

fn loops(stream: &TokenStream, found: &mut Vec<usize>) {
    let tokens: Vec<TokenTree> = stream.clone().into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(inner) => loops(&inner.stream(), found),
            TokenTree::Ident(word) if word == "loop" => {
                if let Some(body) = tokens.get(at + 1).and_then(braces) {
                    found.push(body);
                }
            }
            TokenTree::Ident(word) if word == "while" || word == "for" => {
                let rest = &tokens[at + 1..];
                let Some(body) = rest.iter().position(|token| braces(token).is_some()) else {
                    continue;
                };
                // `impl A for B {}` is no loop.
                let is_loop = word == "while"
                    || rest[..body].iter().any(|t| matches!(t, TokenTree::Ident(i) if i == "in"));
                if is_loop {
                    found.extend(braces(&rest[body]));
                }
            }
            _ => {}
        }
    }
}

/// The byte after an opening brace.
fn braces(token: &TokenTree) -> Option<usize> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            Some(group.span_open().byte_range().end)
        }
        _ => None,
    }
}

fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn has_word(stream: &TokenStream, word: &str) -> bool {
    stream.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => has_word(&group.stream(), word),
        TokenTree::Ident(ident) => ident == word,
        _ => false,
    })
}
