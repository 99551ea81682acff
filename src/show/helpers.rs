//! Functions that show something before a cell ends.

use super::rich::{Form, Rich};
use crate::live::{marked, print};
use std::io::Write as _;

/// Shows a value at once, as a cell's last line would: `display(&figure)`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// display("a text");
/// display(vec![1.5, 2.0]);
/// ```
pub fn display(value: impl Rich) {
    crate::show::show(&value.forms());
}

/// Shows text in Markdown: `markdown("**0.91** is the best F1")`.
pub fn markdown(text: impl Into<String>) {
    both("text/markdown", text.into());
}

/// Shows a formula in LaTeX, with its dollar signs: `latex(r"$\sum_i x_i^2$")`.
pub fn latex(formula: impl Into<String>) {
    both("text/latex", formula.into());
}

/// Shows HTML as it is; [`escape`](super::escape) escapes a text.
pub fn html(code: impl Into<String>) {
    both("text/html", code.into());
}

/// Shows an SVG drawing.
pub fn svg(code: impl Into<String>) {
    both("image/svg+xml", code.into());
}

/// Shows a value as a tree of JSON.
pub fn json(value: impl serde::Serialize) {
    // A value without a JSON form, such as a map whose keys are not strings, shows the reason.
    let text = serde_json::to_string_pretty(&value).unwrap_or_else(|e| format!("\"{e}\""));
    both("application/json", text);
}

/// Clears the cell's output so far, as soon as something new is shown.
///
/// Outside a notebook of this kernel it does nothing.
pub fn clear_output() {
    if crate::live::in_notebook() {
        print(&marked("application/vnd.dfdx-lab.clear", ""));
    }
}

/// Asks the user for a line, as Python's `input`; empty if nobody can answer.
pub fn input(prompt: &str) -> String {
    let mut out = std::io::stdout();
    let mut line = String::new();
    // A closed stream gives an empty answer.
    let _ = out.write_all(prompt.as_bytes()).and_then(|()| out.flush());
    let _ = std::io::stdin().read_line(&mut line);
    line.trim_end_matches(['\n', '\r']).to_string()
}

fn both(mime: &'static str, text: String) {
    let forms: [Form; 2] = [(mime, text.clone()), ("text/plain", text)];
    crate::show::show(&forms);
}
