//! What a student may do about a compiler's error, in a sentence.

mod habits;

use super::compiler::Diagnostic;
use super::layout::Layout;
use super::session::{Gone, Session};

/// The hint, where there is one for this kind of error.
pub fn hint(error: &Diagnostic, layout: &Layout, session: &Session) -> Option<String> {
    let own = quoted(&error.message).is_some_and(|name| session.gone.contains_key(name));
    let habit = habits::hint(error, layout).filter(|_| !own);
    habit.or_else(|| of_rust(error, layout, session))
}

fn of_rust(error: &Diagnostic, layout: &Layout, session: &Session) -> Option<String> {
    let message = &error.message;
    let labels = || error.spans.iter().map(|span| span.label.as_str());
    let says = |text: &str| message.contains(text) || labels().any(|label| label.contains(text));
    match error.code.as_str() {
        "E0425" => {
            let name = quoted(message)?;
            if ["exit", "quit"].contains(&name) {
                return Some("to end or restart the kernel, use Jupyter's menu Kernel".to_owned());
            }
            let is_long = name.len() > 2;
            let similar = || {
                session
                    .similar(name)
                    .filter(|_| is_long)
                    .map(|other| format!("is `{other}` meant?"))
            };
            gone(name, session).or_else(similar)
        }
        "E0382" if says("moved") => {
            let name = quoted(message)?.trim_start_matches("partially moved value: ");
            Some(format!(
                "`{name}` was moved above; borrow it by `&{name}`, or pass a copy by \
                 `{name}.clone()`"
            ))
        }
        "E0596" | "E0594" | "E0384" => {
            let name = quoted(message)?.trim_start_matches('*');
            match session.variables.contains_key(name) {
                true => {
                    Some(format!("`{name}` is not `mut`; write `let mut {name} = {name};` first"))
                }
                false => Some(format!("declare it as mutable: `let mut {name}`")),
            }
        }
        "E0308" => mismatch(error, &says),
        "E0277" => bound(error, &says),
        "E0599" => {
            if says("Result<") || says("`Result`") {
                return Some("this is a Result: put a `?` after what may fail".to_owned());
            }
            if says("Option<") {
                let how = "put `.unwrap()` or `.ok_or(\"none\")?` after it";
                return Some(format!("this is an Option, which may be empty: {how}"));
            }
            None
        }
        "E0609" | "E0610" if says("Result<") => {
            Some("this is a Result: put a `?` after what may fail".to_owned())
        }
        "E0282" | "E0283" => Some(
            "the compiler cannot tell the type from this cell alone; write it, as in \
             `let list: Vec<f64> = Vec::new();`"
                .to_owned(),
        ),
        "E0061" | "E0107" => None,
        "E0433" | "E0432" if says("unresolved import") || says("unlinked crate") => {
            Some("a crate is added by a line such as `:dep rand = \"0.9\"`".to_owned())
        }
        "E0600" | "E0369" if says("Result<") => {
            Some("this is a Result: put a `?` after what may fail".to_owned())
        }
        "E0765" => Some("a text ends with a double quote".to_owned()),
        "" => syntax(message, layout),
        _ => None,
    }
}

fn syntax(message: &str, _: &Layout) -> Option<String> {
    if message.starts_with("expected one of") && message.contains("`;`")
        || message.starts_with("expected `;`")
    {
        return Some("a `;` is missing at the end of a statement".to_owned());
    }
    if message.contains("comparison operators cannot be chained") {
        return Some("write `a < b && b < c`".to_owned());
    }
    None
}

fn mismatch(error: &Diagnostic, says: &dyn Fn(&str) -> bool) -> Option<String> {
    let label = error.spans.iter().find(|span| span.primary).map(|span| &span.label)?;
    let label = super::failure::shorter(label);
    let both = |expected: &str, found: &str| {
        label.contains(&format!("expected `{expected}"))
            && label.contains(&format!("found `{found}"))
    };
    let float =
        |of: &str| ["f32", "f64"].iter().any(|kind| label.contains(&format!("{of} `{kind}`")));
    if both("String", "&str") {
        return Some(
            "a text in quotes is a `&str`: `.to_string()` turns it into a String".to_owned(),
        );
    }
    if both("&str", "String") {
        return Some("borrow the String as a `&str` by a `&` before it".to_owned());
    }
    if float("expected") && label.contains("found integer") {
        return Some("a number with a decimal point is needed here, as in `1.0`".to_owned());
    }
    if float("expected")
        && ["usize", "i32", "u32", "i64", "u64"]
            .iter()
            .any(|kind| label.contains(&format!("found `{kind}`")))
    {
        return Some("convert the whole number by `as f64` (or `as f32`)".to_owned());
    }
    if label.contains("expected `usize`") && label.contains("found") && !label.contains("`&") {
        let whole = ["i32", "u32", "i64", "u64", "u8", "f32", "f64"];
        if whole.iter().any(|kind| label.contains(&format!("found `{kind}`"))) {
            return Some("counts and indices are of type usize: convert by `as usize`".to_owned());
        }
    }
    if label.contains("found `Result<") || says("found enum `std::result::Result<") {
        return Some("this is a Result: put a `?` after what may fail".to_owned());
    }
    if label.contains("expected `&") && !label.contains("found `&") {
        return Some("borrow it by a `&` before it".to_owned());
    }
    if label.contains("found `Option<") {
        return Some(
            "this is an Option, which may be empty: put `.unwrap()` or `.ok_or(\"none\")?` after it"
                .to_owned(),
        );
    }
    None
}

fn bound(error: &Diagnostic, says: &dyn Fn(&str) -> bool) -> Option<String> {
    let message = super::failure::shorter(&error.message);
    if message.contains("`!: ") {
        return Some("the compiler cannot tell the type; write it: `let n: f64 = …`".to_owned());
    }
    if message.contains("doesn't implement `Debug`")
        || message.contains("doesn't implement `Display`")
    {
        let kind = quoted(&message)?;
        return Some(format!(
            "a value of type {kind} cannot be printed: put `#[derive(Debug)]` above the type, and print \
             it by `{{:?}}`"
        ));
    }
    if message.starts_with("cannot ")
        && ["add", "subtract", "multiply", "divide"].iter().any(|verb| message.contains(verb))
    {
        let float =
            message.contains("`f64`") || message.contains("`f32`") || message.contains("float");
        if float {
            return Some(
                "both sides must be of one type: write whole numbers as `2.0`, or convert by \
                 `as f64`"
                    .to_owned(),
            );
        }
        return Some(
            "both sides must be of one type: convert one of them, as by `as i64`".to_owned(),
        );
    }
    if message.contains("cannot be indexed by") {
        return Some("the index of a list is a usize: convert by `as usize`".to_owned());
    }
    if message.contains("the `?` operator can only be applied") {
        return Some("a `?` goes only after a Result or an Option: leave it out here".to_owned());
    }
    if says("the `?` operator on `Option`s")
        || message.contains("on a `Result` in")
        || message.contains("`?` couldn't convert")
    {
        if message.contains("Option") || says("Option<Infallible>") {
            return Some("a `?` after an Option needs an error: `.ok_or(\"none\")?`".to_owned());
        }
        return Some("the function must return a `Result`, as in `-> Result<f64>`".to_owned());
    }
    if message.contains("is not an iterator") {
        return Some(
            "loop over a list by `for x in &list`, over numbers by `for i in 0..n`".to_owned(),
        );
    }
    None
}

/// The type of a cell's last value, where the error is that nothing can show it.
pub fn cannot_be_shown(error: &Diagnostic) -> Option<String> {
    if !error.message.contains("evcxr_display") {
        return None;
    }
    let kind = super::failure::shorter(quoted(error.message.split_once("for ")?.1)?);
    let inner = kind.strip_prefix("ShownRef<'_, ").or_else(|| kind.strip_prefix("Shown<'_, "))?;
    Some(inner.strip_suffix('>')?.to_owned())
}

/// The first text between backquotes.
fn quoted(message: &str) -> Option<&str> {
    message.split('`').nth(1)
}

/// Why a variable of this name no longer exists.
fn gone(name: &str, session: &Session) -> Option<String> {
    Some(match session.gone.get(name)? {
        Gone::Moved(cell) => format!(
            "`{name}` was moved in cell {cell}; write `&{name}` or `{name}.clone()` there, and run \
             the cell that makes it again"
        ),
        Gone::Borrows(cell) => format!(
            "`{name}` of cell {cell} borrows from another variable, and ended with its cell; keep a \
             copy by `.clone()` or `.to_owned()`"
        ),
        Gone::Nameless(cell) => format!(
            "`{name}` of cell {cell} has a type without a name, such as an iterator, an async block, or a closure \
             that gives a closure or has five arguments; keep its items, for example by \
             `.collect::<Vec<_>>()`, or write a `fn`"
        ),
        Gone::OldType(cell) => format!(
            "the type of `{name}` was redefined; run cell {cell} again, which makes `{name}`"
        ),
        Gone::Failed(cell) => format!("cell {cell}, which makes `{name}`, failed: run it again"),
        Gone::Lost(cell) => format!(
            "`{name}` was lost with a cell that crashed; run cell {cell} again, which makes it"
        ),
    })
}
