//! Habits of those who come from Python, and how the same is written here.

use super::super::compiler::Diagnostic;
use super::super::failure::{primary, shorter};
use super::super::layout::{Layout, Place};

/// Functions and modules from Python, and what replaces them.
const NAMES: [(&str, &str); 27] = [
    ("True", "`true` and `false` begin with small letters"),
    ("False", "`true` and `false` begin with small letters"),
    ("len", "a length is a method: `list.len()`"),
    ("range", "a range is written `0..n`"),
    ("print", "printing is a macro: `println!(\"{x}\")`, or `println!(\"{x:?}\")` for a list"),
    ("str", "a text is made by `x.to_string()` or `format!(\"{x}\")`"),
    ("int", "a number is converted by `x as i64`, a text by `text.parse::<i64>()?`"),
    ("float", "a number is converted by `x as f64`, a text by `text.parse::<f64>()?`"),
    ("list", "a list is `vec![1, 2, 3]`, or the end of a chain: `.collect::<Vec<_>>()`"),
    ("dict", "a dictionary is a `std::collections::BTreeMap`"),
    ("abs", "it is a method: `x.abs()`"),
    ("round", "it is a method: `x.round()`"),
    ("sum", "it is a method: `list.iter().sum::<f64>()`"),
    (
        "max",
        "it is a method: `a.max(b)`, for a list `list.iter().copied().fold(f64::MIN, f64::max)`",
    ),
    (
        "min",
        "it is a method: `a.min(b)`, for a list `list.iter().copied().fold(f64::MAX, f64::min)`",
    ),
    (
        "sorted",
        "a list is sorted in place: `list.sort()`, one of floats `list.sort_by(f64::total_cmp)`",
    ),
    ("enumerate", "it is a method: `for (i, x) in list.iter().enumerate() { … }`"),
    ("zip", "it is a method: `for (a, b) in one.iter().zip(&other) { … }`"),
    ("open", "a file is read by `std::fs::read_to_string(\"file.txt\")?`"),
    (
        "np",
        "an array is `Array::new([rows, columns], values)?`, and functions are methods: `x.sqrt()`",
    ),
    ("pd", "a table is read by `Table::read(\"file.csv\")?`"),
    (
        "plt",
        "plots are functions of `plot`, as `plot::histogram(&values)?`, or methods, as `history.plot()?`",
    ),
    (
        "sns",
        "plots are functions of `plot`, as `plot::histogram(&values)?`, or methods, as `history.plot()?`",
    ),
    ("tf", "the library's names need no prefix: `Dense::new(8)`, `Adam::new(0.001)`"),
    ("keras", "the library's names need no prefix: `Dense::new(8)`, `Adam::new(0.001)`"),
    ("layers", "the library's names need no prefix: `Dense::new(8)`, `Adam::new(0.001)`"),
    ("sklearn", "the library's names need no prefix: `KFold::new(3)`, `ConfusionMatrix::new(…)`"),
];

/// What has another name in pandas.
const PANDAS: [(&str, &str); 16] = [
    (
        "sort_values",
        "rows are sorted by `table.sort(\"age\")?` or `table.sort_descending(\"age\")?`",
    ),
    ("isnull", "missing values are counted by `table.null_count()?`"),
    ("isna", "missing values are counted by `table.null_count()?`"),
    ("dropna", "rows with missing values are dropped by `table.drop_missing()?`"),
    ("fillna", "missing values are filled by `table.fill_missing(\"age\", Fill::Mean)?`"),
    ("merge", "tables are joined by `table.join(&other, \"id\", \"inner\")?`"),
    ("get_dummies", "classes become columns by `table.one_hot(\"name\")?`"),
    ("to_csv", "a table is written by `table.write_csv(\"file.csv\")?`"),
    ("iloc", "rows are taken by `table.slice(0..10)?` or `table.take(&[0, 2])?`"),
    ("loc", "rows are chosen by `table.filter_numbers(\"age\", |x| x > 1.0)?`"),
    ("query", "rows are chosen by `table.filter_numbers(\"age\", |x| x > 1.0)?`"),
    ("info", "`table.dtypes()` names the kinds of the columns, `table.describe()?` their values"),
    ("nunique", "the values of a column are `table.unique(\"name\")?`"),
    (
        "mean",
        "`table.describe()?` has the mean of each column, `table.group_by(\"name\")?.mean()?` those of groups",
    ),
    (
        "apply",
        "a column is worked on as a list: `table.column_f64(\"age\")?`, and put back by `with_numbers`",
    ),
    ("column", COLUMN),
];

const COLUMN: &str = "a column is taken by its type: `table.column_f64(\"age\")?` or `table.strings(\"name\")?`; \
                      rows are chosen by `table.filter_numbers(\"age\", |x| x > 1.0)?`";
const POWER: &str =
    "a power is a method: `x.powi(2)` or `x.powf(0.5)`, for a whole number `n.pow(2)`";
const SETTINGS: &str = "a required argument is positional and has no name, settings are methods: \
                        `Dense::new(8).activation(Relu)`, `Fit::epochs(10).batch_size(32)`";
const SPLIT: &str = "a dataset is split by `let parts = data.train_test_split(0.2, 42)?;` (the share of the \
                     test and a seed) into `parts.train` and `parts.test`";

/// The hint, where the error looks like such a habit.
pub fn hint(error: &Diagnostic, layout: &Layout) -> Option<String> {
    let place = primary(error, layout)?;
    let message = shorter(&error.message);
    let is = |text: &str| message.contains(text);
    let says = |text: &str| error.spans.iter().any(|span| span.label.contains(text));
    let marked = marked(&place);
    let fixed = match error.code.as_str() {
        "" => return syntax(&error.message, &place),
        "E0425" | "E0433" | "E0423" | "E0432" => return name(error, &place),
        "E0308" if place.source.text.contains("train_test_split(") && says("TrainTest") => SPLIT,
        "E0308" => return mixed_list(error, &place).or_else(|| kind(error, &place)),
        "E0382" => return given_back(error, layout, &place),
        "E0061" => return arguments(error, &place),
        "E0282" | "E0283" if place.source.text.contains("[])") => {
            "an empty list does not show the type of its items; for no metrics write `()`"
        }
        "E0614" if marked.starts_with('*') => POWER,
        "E0369" | "E0277" if is(" ^ ") => POWER,
        "E0369" if is("`Vec<") => {
            "a list cannot be added or multiplied: `list.iter().map(|x| x * 2.0).collect::<Vec<_>>()`; an \
             `Array` can"
        }
        "E0369" if is("&str`") => "texts are joined by `format!(\"{a}{b}\")`",
        "E0277" if is("` to `Array`") || is("`Array` by") => {
            "a number added to an Array needs a decimal point: `x + 1.0`"
        }
        "E0608" | "E0609" if is("`Table`") => COLUMN,
        "E0599" | "E0615" | "E0616" | "E0624" if is("`Table`") || marked == "column" => {
            let found = PANDAS.iter().find(|(name, _)| *name == marked);
            let method = || (error.code == "E0615").then(|| is_method(marked));
            return found.map(|(_, hint)| (*hint).to_owned()).or_else(method);
        }
        "E0608" if is("`Dataset`") => {
            "rows are taken by `data.slice(0..10)?` or `data.take(&[0, 2])?`"
        }
        "E0608" | "E0609" if is("Scores") => "a score is taken by `scores.get(\"accuracy\")`",
        "E0608" if is("`Result<") => "this is a Result: put a `?` after what may fail",
        "E0599" if is("`History`") => {
            "`fit` gives the history; what has learned is the model: `model.evaluate(&data)?`"
        }
        "E0599" if is("`Vec<f64>`") && ["mean", "std", "median"].contains(&marked) => {
            "the mean of a list is `list.iter().sum::<f64>() / list.len() as f64`"
        }
        "E0615" => return Some(is_method(marked)),
        "E0277" if is("Borrow<Fit>`") => "settings of a fit begin with `Fit::epochs(10)`",
        "E0277" if is("TrainingData<'_>: From<") => {
            "inputs and targets are passed together, by reference: `model.fit((&x, &y), Fit::epochs(10))?`"
        }
        "E0277" if is("TrainingData<") || is("Into<Inputs<") => "pass the data by a `&`: `&data`",
        "E0277" if is("`Vec<usize>: From<") => {
            "a shape is a list: `Array::zeros([2, 3])?`, `Array::new([2, 3], values)?`, `x.reshape([2, 3])?`"
        }
        _ => return None,
    };
    Some(fixed.to_owned())
}

fn is_method(name: &str) -> String {
    format!("it is a method: put `()` after `{name}`")
}

/// Arguments that are missing or too many.
fn arguments(error: &Diagnostic, place: &Place) -> Option<String> {
    let label = |text: &str| error.spans.iter().any(|span| span.label.contains(text));
    let called = marked(place).rsplit([':', '.']).next().unwrap_or("");
    let of = marked(place).split("::").next().unwrap_or("");
    let hint = match called {
        "train_test_split" => SPLIT,
        "fit" | "evaluate" if label("unexpected") => {
            "inputs and targets are passed together, by reference: `model.fit((&x, &y), Fit::epochs(10))?`"
        }
        "compile" if label("missing") => {
            "an optimiser, a loss and metrics are needed; for no metrics write `()`"
        }
        "new" if of == "Sequential" => {
            "the first thing is the shape of the input: `Sequential::new([25])`"
        }
        "new" if label("unexpected") && of != "Array" => SETTINGS,
        "reshape" | "zeros" | "new" => {
            "a shape is a list: `Array::zeros([2, 3])?`, `Array::new([2, 3], values)?`, `x.reshape([2, 3])?`"
        }
        _ => return None,
    };
    // A `new` of another crate has other arguments.
    (called != "new" || ["Sequential", "Array"].contains(&of) || label("unexpected"))
        .then(|| hint.to_owned())
}

/// A value of another type than a Keras user would expect.
fn kind(error: &Diagnostic, place: &Place) -> Option<String> {
    let label = error.spans.iter().find(|span| span.primary).map(|span| shorter(&span.label))?;
    let hint = if label.contains("expected `usize`") && label.contains("found floating-point") {
        "a whole number is needed here, as in `10`"
    } else if label.contains("expected `[usize; _]`") {
        "a row of an Array is `x.row(0)`, one of its numbers `x[[0, 1]]`"
    } else if label.contains("expected `usize`") && label.contains("found `&str`") {
        "a number is needed here, without quotes"
    } else if label.contains("expected `&str`, found integer") && before(place).ends_with('+') {
        "texts are joined by `format!(\"{a}{b}\")`; a text becomes a number by `text.trim().parse::<f64>()?`"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

/// The text before the place, without blanks at its end.
fn before(place: &Place) -> &str {
    place.source.text[..place.range.start].trim_end()
}

fn marked(place: &Place) -> &str {
    &place.source.text[place.range.clone()]
}

/// The line in which the place begins.
fn line(place: &Place) -> &str {
    let text = &place.source.text;
    let start = text[..place.range.start].rfind('\n').map_or(0, |at| at + 1);
    text[start..].lines().next().unwrap_or("").trim()
}

fn syntax(message: &str, place: &Place) -> Option<String> {
    let line = line(place);
    let word = line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    let found = match word {
        "import" => {
            "the library is there without an import; a crate is added by `:dep rand = \"0.9\"`"
        }
        "from" if line.contains(" import ") => {
            "the library is there without an import; a crate is added by `:dep rand = \"0.9\"`"
        }
        "def" => "a function is written `fn half(x: f64) -> f64 { x / 2.0 }`",
        "class" => "a class is a `struct` with an `impl` block",
        "elif" => "write `else if x > 2 { … }`",
        "try" | "except" => {
            "what may fail returns a Result: a `?` after it ends the cell with its error"
        }
        "for" | "if" | "while" | "else" | "with" if line.ends_with(':') => {
            "a block is in braces, without a colon: `for i in 0..10 { … }`, `if x > 2 { … } else { … }`"
        }
        _ if line.contains("lambda ") => "a function without a name is written `|x| x + 1`",
        _ if message.starts_with("prefix `f` is unknown")
            || before(place).ends_with('f') && marked(place).starts_with('"') =>
        {
            "values are put into a text by `format!(\"{x}\")`"
        }
        _ if message.ends_with("found keyword `in`") => {
            "a text is searched by `text.contains(\"a\")`, a list by `list.contains(&a)`"
        }
        _ if marked(place).starts_with(':') && in_brackets(before(place)) => {
            "a part of a list is written with dots, and borrowed: `&list[1..3]`, `&list[..3]`, `&list[1..]`"
        }
        _ => return None,
    };
    Some(found.to_owned())
}

/// Whether the text ends inside `[…]`.
fn in_brackets(text: &str) -> bool {
    opening(text).is_some_and(|at| text[at..].starts_with('['))
}

/// The position of the bracket that is still open at the end of the text.
fn opening(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().rev().find_map(|(at, letter)| {
        match letter {
            ')' | ']' | '}' => depth += 1,
            '(' | '[' | '{' if depth == 0 => return Some(at),
            '(' | '[' | '{' => depth -= 1,
            _ => {}
        }
        None
    })
}

fn name(error: &Diagnostic, place: &Place) -> Option<String> {
    let name = marked(place);
    let after = place.source.text[place.range.end..].trim_start();
    let is_setting =
        after.starts_with('=') && !after.starts_with("==") && before(place).ends_with(['(', ',']);
    if is_setting {
        let splits = place.source.text.contains("train_test_split(");
        return Some(if splits { SPLIT } else { SETTINGS }.to_owned());
    }
    if after.starts_with('=') && !after.starts_with("==") && starts_a_statement(place) {
        return Some(format!("a new variable begins with `let`: `let {name} = …;`"));
    }
    let name = name.split('(').next().unwrap_or(name);
    if error.code == "E0423" && name == "Sequential" {
        let how = "a network begins with `Sequential::new([25])`, followed by `.add(…)`";
        return Some(how.to_owned());
    }
    let (_, hint) = NAMES.iter().find(|(python, _)| *python == name)?;
    Some((*hint).to_owned())
}

fn starts_a_statement(place: &Place) -> bool {
    before(place).is_empty() || before(place).ends_with([';', '{', '}'])
}

/// A list of several kinds, as metrics are in Keras.
fn mixed_list(error: &Diagnostic, place: &Place) -> Option<String> {
    let text = &place.source.text;
    let open = opening(&text[..place.range.start]).filter(|at| text[*at..].starts_with('['))?;
    let close = open
        + text[open..]
            .char_indices()
            .scan(0, |depth, (at, letter)| {
                *depth += match letter {
                    '[' => 1,
                    ']' => -1,
                    _ => 0,
                };
                Some((at, *depth))
            })
            .find(|(_, depth)| *depth == 0)?
            .0;
    let inner = &text[open + 1..close];
    let label = error.spans.iter().find(|span| span.primary).map(|span| shorter(&span.label))?;
    let kinds = label.contains("expected `") && label.contains("found `");
    let numbers = ["integer", "float", "`f32`", "`f64`", "`usize`", "`i32`"];
    let is_number = numbers.iter().any(|kind| label.contains(kind));
    (kinds && !is_number && !inner.contains('\n')).then(|| {
        format!("an array holds values of one type; for several types it is a tuple: `({inner})`")
    })
}

/// A method that takes the value and returns a new one, such as `add` of a network.
fn given_back(error: &Diagnostic, layout: &Layout, place: &Place) -> Option<String> {
    let adds = error.spans.iter().any(|span| {
        let taken = layout.place(span.range.clone()).filter(|_| span.label.contains("moved here"));
        taken.is_some_and(|at| at.source.text[at.range.end..].trim_start().starts_with(".add("))
    });
    let name = marked(place).split('.').next().unwrap_or("").trim();
    adds.then(|| {
        format!("`add` gives the longer network back: write `let {name} = {name}.add(…);`")
    })
}
