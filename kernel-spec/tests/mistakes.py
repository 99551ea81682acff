"""What students get wrong, and what the kernel says to it."""

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

# What no message may speak of.
FOREIGN = ["__lab", "evcxr", "show::cell", "dfdx_lab_cell", "/tmp/", "RUST_BACKTRACE", "catch_unwind"]


class Mistakes(Cells):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        outcome = cls.kernel.run(SETUP)
        assert outcome.status == "ok", outcome.of("error")

    def test_each_has_its_line_an_arrow_and_a_hint(self):
        for code, message, line, below in MISTAKES:
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
