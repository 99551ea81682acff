"""Mistakes of students, and the kernel's messages."""

from client import Cells

SETUP = """
let text = String::from("a");
let list = vec![1.5, 2.5];
let total: usize = 3;
#[derive(Clone)] struct Mouse { age: u32 }
fn age(mouse: Mouse) -> u32 { mouse.age }
fn greet(name: String) -> usize { name.len() }
fn lend(name: &str) -> usize { name.len() }
fn half(x: f64) -> f64 { x / 2.0 }
fn number(text: &str) -> std::result::Result<f64, std::num::ParseFloatError> { text.parse() }
"""

# The cell; words of the message's first line; the line that is shown; words below it.
MISTAKES = [
    # Brackets and quotes
    ("half(1.0", "this `(` is never closed", 1, "^"),
    ("let a = [1, 2;\nlet b = 3;", "this `[` is never closed", 1, "^"),
    ("if total > 2 {\n    total;", "this `{` is never closed", 1, "^"),
    ("}", "`}` closes nothing", 1, "^"),
    ("half(1.0))", "`)` closes nothing", 1, "^"),
    ("half(1.0]", "the `(` of line 1 needs a `)`", 1, "^"),
    ("let a = \"abc;", "this text lacks a closing quote", 1, "^"),
    ("/* never closed", "this comment lacks", 1, "^"),
    # Semicolons and syntax
    ("let a = 1\nlet b = 2;", "expected `;`", 1, "`;` is missing"),
    ("let x = ;", "expected expression", 1, "^"),
    ("1 < 2 < 3", "comparison operators cannot be chained", 1, "a < b && b < c"),
    ("for i in 0..3 println!(\"{i}\");", "expected", 1, "^"),
    ("let 2x = 3;", "", 1, "^"),
    ("fn f(x) { }", "expected", 1, "^"),
    ("let s = 'abc';", "character literal", 1, "^"),
    # Names
    ("nowhere", "cannot find value `nowhere`", 1, "^^^^^^^"),
    ("let a = 1;\na + nowhere", "cannot find value `nowhere`", 2, "^^^^^^^"),
    ("totl", "cannot find value `totl`", 1, "`total`"),
    ("Dens::new(3)", "Dens", 1, "Dense"),
    ("list.len2()", "no method named `len2`", 1, "^^^^"),
    ("Mouse { age: 1 }.weight", "no field `weight`", 1, "^^^^^^"),
    ("printn!(\"x\")", "cannot find macro `printn`", 1, "print!"),
    ("use rand::Rng;", "rand", 1, ":dep rand"),
    ("half()", "takes 1 argument but 0 arguments were supplied", 1, "^"),
    ("half(1.0, 2.0)", "takes 1 argument but 2 arguments were supplied", 1, "^"),
    # Types
    ("half(1)", "mismatched types", 1, "a number with a decimal point"),
    ("let x: f64 = 1;", "mismatched types", 1, "`1.0`"),
    ("half(total)", "mismatched types", 1, "as f64"),
    ("greet(\"Ada\")", "mismatched types", 1, "`.to_string()`"),
    ("let s: String = \"a\";", "mismatched types", 1, "`.to_string()`"),
    ("lend(text.clone())", "mismatched types", 1, "`&` before it"),
    ("half(number(\"1\"))", "mismatched types", 1, "put a `?`"),
    ("number(\"1\") + 1.0", "cannot add", 1, "^"),
    ("number(\"1\").sqrt()", "no method named `sqrt`", 1, "put a `?`"),
    ("half(list.first().copied())", "mismatched types", 1, "Option"),
    ("list.first().sqrt()", "no method named `sqrt`", 1, "Option"),
    ("list[1u32]", "cannot be indexed by `u32`", 1, "as usize"),
    ("let n: usize = 3i32;", "mismatched types", 1, "as usize"),
    ("2 * 1.5", "cannot multiply", 1, "one type"),
    ("total + 1.5", "cannot add", 1, "one type"),
    ("total + 1i32", "mismatched types", 1, "^"),
    ("if total { }", "mismatched types", 1, "^"),
    ("if total = 3 { }", "mismatched types", 1, "^"),
    ("let v = Vec::new();", "type annotations needed", 1, "write it"),
    ("let n = \"1\".parse()?;", "", 1, "write it"),
    ("let a = [1, \"b\"];", "mismatched types", 1, "^"),
    ("\"a\" + \"b\"", "cannot add `&str` to `&str`", 1, "^"),
    ("println!(\"{}\", list);", "doesn't implement `Display`", 1, "{:?}"),
    ("println!(\"{:?}\", Mouse { age: 1 });", "doesn't implement `Debug`", 1, "derive(Debug)"),
    ("for x in total { }", "is not an iterator", 1, "for i in 0..n"),
    ("fn f() { number(\"1\")?; }", "`?`", 1, "Result"),
    ("total?;", "`?`", 1, "leave it out"),
    ("list.first()?;", "", 1, "ok_or"),
    # Owning and lending
    ("let m = Mouse { age: 1 };\nage(m);\nage(m)", "use of moved value: `m`", 3, "`&m`"),
    ("let a = vec![1];\nfor x in a { }\na.len()", "borrow of moved value: `a`", 3, "`&a`"),
    ("list.push(1.0);", "cannot borrow `list` as mutable", 1, "let mut list = list;"),
    ("total += 1;", "cannot assign", 1, "let mut total = total;"),
    ("let a = vec![1];\na.push(2);", "cannot borrow `a` as mutable", 2, "let mut a"),
    ("let x = 1;\nx = 2;", "cannot assign twice", 2, "let mut x"),
    ("let r;\n{ let x = 5; r = &x; }\n*r", "does not live long enough", 2, "^"),
    # While running
    ("let n: i32 = \"twelve\".parse()?;", "invalid digit found", 1, "^"),
    ("let a = 1;\nlist[7]", "index out of bounds", 2, "^"),
    ("let z = total - 3;\n10 / z", "divide by zero", 2, "^"),
    ("let none: Option<i32> = None;\nnone.unwrap()", "`Option::unwrap()` on a `None`", 2, "^"),
    ("Array::new([2, 2], vec![1.0])?;", "", 1, "^"),
    ("total - 4", "subtract with overflow", 1, "^"),
]

LIBRARY = """
let x = Array::new([4, 2], vec![0.0, 1.0, 1.0, 0.0, 0.5, 1.0, 1.0, 0.5])?;
let y = Array::new([4, 1], vec![0.0, 1.0, 1.0, 0.0])?;
let data = Dataset::new(x.clone(), vec![0, 1, 0, 1], ["a", "b"])?;
let net = Sequential::new([2]).add(Dense::new(2).activation(Softmax));
let mut model = net.clone().compile("sgd", CategoricalCrossentropy::new(), ())?;
let table = Table::from(dfdx_lab::polars::prelude::df!("age" => [1.0, 2.0], "name" => ["x", "y"])?);
"""

# The mistakes of those who know Keras, pandas and Python.
HABITS = [
    # Models
    ("net.clone().compile(\"sgd\", \"mse\", [\"accuracy\", F1Score::weighted()])?;", "mismatched types", 1,
     "it is a tuple: `(\"accuracy\", F1Score::weighted())`"),
    ("net.clone().compile(\"sgd\", \"mse\", [Accuracy::new(), F1Score::weighted()])?;", "mismatched types", 1,
     "it is a tuple: `(Accuracy::new(), F1Score::weighted())`"),
    ("net.clone().compile(\"sgd\", \"mse\", [])?;", "type annotations needed", 1, "for no metrics write `()`"),
    ("net.clone().compile(\"sgd\", \"mse\")?;", "takes 3 arguments", 1, "for no metrics write `()`"),
    ("net.clone().compile(optimizer=\"sgd\", loss=\"mse\")?;", "cannot find value `optimizer`", 1, "has no name"),
    ("model.fit(&data, epochs=3)?;", "cannot find value `epochs`", 1, "`Fit::epochs(10).batch_size(32)`"),
    ("model.fit(&data, 3)?;", "Borrow<Fit>", 1, "`Fit::epochs(10)`"),
    ("model.fit(&data, Fit::epochs(3.0))?;", "mismatched types", 1, "a whole number"),
    ("model.fit(data, Fit::epochs(3))?;", "TrainingData", 1, "`&data`"),
    ("model.fit(&x, &y, Fit::epochs(3))?;", "", 1, "`model.fit((&x, &y), Fit::epochs(10))?`"),
    ("model.predict(x)?", "", 1, "by a `&`"),
    ("let fitted = model.fit(&data, Fit::epochs(1))?;\nfitted.evaluate(&data)?", "no method named `evaluate`", 2,
     "`model.evaluate(&data)?`"),
    ("let other = net.clone().compile(\"sgd\", \"mse\", ());\nother.summary()", "", 2, "put a `?`"),
    ("let deep = Sequential::new([2]);\ndeep.add(Dense::new(8));\ndeep.add(Dense::new(2));", "moved value: `deep`", 3,
     "`let deep = deep.add(…);`"),
    ("Dense(8)", "found struct `Dense`", 1, "`Dense::new(8)`"),
    ("Dense::new(8, activation=\"relu\")", "cannot find value `activation`", 1, "`Dense::new(8).activation(Relu)`"),
    ("Dense::new(8, \"relu\")", "takes 1 argument", 1, "`Dense::new(8).activation(Relu)`"),
    ("Dense::new(8).activation(relu)", "cannot find value `relu`", 1, "`Dense::new(8).activation(Relu)`"),
    ("Sequential([Dense::new(8)])", "found struct `Sequential`", 1, "`Sequential::new([25])`"),
    ("Sequential::new()", "takes 1 argument", 1, "the shape of the input"),
    ("EarlyStopping::new(patience=3)", "cannot find value `patience`", 1, "settings are methods"),
    ("model.summary", "method `summary`", 1, "put `()` after `summary`"),
    ("model.evaluate(&data)?.accuracy", "no field `accuracy`", 1, "scores.get(\"accuracy\")"),
    ("train_test_split(x, y, test_size=0.2)", "", 1, "`parts.train` and `parts.test`"),
    ("let (train, test) = data.train_test_split(0.2, 1)?;", "mismatched types", 1, "`parts.train` and `parts.test`"),
    # Tables and arrays
    ("table[\"age\"]", "cannot index", 1, "`table.column_f64(\"age\")?`"),
    ("table.age", "no field `age`", 1, "`table.column_f64(\"age\")?`"),
    ("table.filter(table.age > 1)", "no field `age`", 1, "filter_numbers"),
    ("table.sort_values(\"age\")", "no method named `sort_values`", 1, "`table.sort(\"age\")?`"),
    ("table.isnull()", "no method named `isnull`", 1, "`table.null_count()?`"),
    ("table.mean()", "no method named `mean`", 1, "`table.describe()?`"),
    ("data[0]", "cannot index", 1, "data.slice(0..10)?"),
    ("x[0]", "mismatched types", 1, "`x.row(0)`"),
    ("x + 1", "cannot add", 1, "`x + 1.0`"),
    ("x.reshape(2, 4)?", "", 1, "`x.reshape([2, 3])?`"),
    ("Array::zeros(3, 4)?", "", 1, "`Array::zeros([2, 3])?`"),
    ("list * 2.0", "cannot multiply", 1, "`list.iter().map(|x| x * 2.0).collect::<Vec<_>>()`"),
    # Python
    ("import numpy as np", "expected", 1, "without an import"),
    ("from keras import layers", "expected", 1, "without an import"),
    ("def f(x):\n    return x", "expected", 1, "a function is written `fn"),
    ("for i in range(10):\n    println!(\"{i}\")", "expected `{`", 1, "in braces, without a colon"),
    ("for i in range(10) { }", "cannot find function `range`", 1, "`0..n`"),
    ("if total > 1:\n    5", "expected `{`", 1, "in braces, without a colon"),
    ("lambda x: x + 1", "expected", 1, "`|x| x + 1`"),
    ("class Net { }", "expected", 1, "a `struct` with an `impl` block"),
    ("print(\"x\")", "found macro `print`", 1, "println!"),
    ("m = 5", "cannot find value `m`", 1, "`let m = …;`"),
    ("len(list)", "cannot find function `len`", 1, "`list.len()`"),
    ("int(\"3\")", "cannot find function `int`", 1, "`text.parse::<i64>()?`"),
    ("list[0] ** 2", "cannot be dereferenced", 1, "`x.powi(2)`"),
    ("list[0] ^ 2", "no implementation for `f64 ^", 1, "`x.powi(2)`"),
    ("f\"{text}\"", "prefix `f`", 1, "`format!(\"{x}\")`"),
    ("\"a\" in text", "expected", 1, "`text.contains(\"a\")`"),
    ("\"3\" + 4", "cannot add", 1, "`format!(\"{a}{b}\")`"),
    ("np.array([1, 2])", "cannot find value `np`", 1, "`Array::new("),
    ("pd.read_csv(\"a.csv\")", "cannot find value `pd`", 1, "`Table::read("),
    ("plt.plot(list)", "cannot find value `plt`", 1, "plot::histogram"),
    ("keras::layers::Dense::new(2)", "keras", 1, "need no prefix"),
]

# Words that no message may contain.
FOREIGN = ["__lab", "evcxr", "show::cell", "dfdx_lab_cell", "/tmp/", "RUST_BACKTRACE", "catch_unwind"]


class Mistakes(Cells):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for cell in [SETUP, LIBRARY]:
            outcome = cls.kernel.run(cell)
            assert outcome.status == "ok", outcome.of("error")

    def test_each_has_its_line_an_arrow_and_a_hint(self):
        for code, message, line, below in MISTAKES + HABITS:
            with self.subTest(code=code):
                _, value, trace = self.run_error(code)
                self.assertIn(message, value)
                self.assertIn(f"{line:>4} | {code.splitlines()[line - 1]}", trace)
                self.assertIn("^", trace)
                self.assertIn(below, trace)
                for word in FOREIGN:
                    self.assertNotIn(word, trace)

    def test_a_mistake_in_an_earlier_cell_is_told_with_its_number(self):
        cell = self.run_ok("fn bad(list: &[i32]) -> i32 {\n    list[7]\n}")
        number = cell.reply["content"]["execution_count"]
        _, _, trace = self.run_error("bad(&[1])")
        self.assertIn(f"in cell {number}:", trace)
        self.assertIn("2 |     list[7]", trace)
