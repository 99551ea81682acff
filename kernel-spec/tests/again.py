"""Running cells again, and what a failed one leaves."""

from client import Cells


class Again(Cells):
    def value(self, code):
        return self.run_ok(code).result["text/plain"]

    def test_a_moved_variable_can_be_used_again(self):
        self.run_ok("let words = vec![String::from(\"a\")];\nlet fit = Fit::epochs(3);")
        for _ in range(2):
            self.run_ok("let taken = words;\nlet other = fit;")
        self.assertEqual(self.value("words.len()"), "1")

    def test_a_part_that_is_moved_leaves_the_others(self):
        self.run_ok("struct Parts { train: Vec<i32>, test: Vec<i32> }\n"
                    "impl Clone for Parts { fn clone(&self) -> Self { Parts { train: self.train.clone(), test: self.test.clone() } } }\n"
                    "let parts = Parts { train: vec![1], test: vec![2, 3] };")
        self.run_ok("let train = parts.train;")
        self.assertEqual(self.value("parts.test.len() + train.len()"), "3")

    def test_a_failed_cell_changes_no_older_variable(self):
        self.run_ok("let a = vec![1, 2];")
        self.run_error("let a = 5;\nlet number: i32 = \"x\".parse()?;")
        self.assertEqual(self.value("a"), "[1, 2]")
        self.run_error("let a = 5;\npanic!(\"no\");")
        self.assertEqual(self.value("a"), "[1, 2]")
        self.run_error("let a = 5;\nnowhere;")
        self.assertEqual(self.value("a"), "[1, 2]")

    def test_use_lines_and_items_of_a_failed_cell_are_kept(self):
        self.run_error("use std::collections::BTreeMap;\nfn three() -> i32 { 3 }\nlet x: i32 = \"a\".parse()?;")
        self.assertEqual(self.value("BTreeMap::<i32, i32>::new().len() + three() as usize"), "3")
        self.run_error("use std::collections::BTreeSet;\nfn four() -> i32 { 4 }\nnowhere")
        self.assertEqual(self.value("BTreeSet::<i32>::new().len() + four() as usize"), "4")

    def test_items_replace_their_older_version(self):
        cell = ("#[derive(Debug)] struct Mouse { age: i32 }\n"
                "impl Mouse { fn age(&self) -> i32 { self.age } fn one(&self) -> i32 { 1 } }\n"
                "impl std::fmt::Display for Mouse { fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result { write!(f, \"m\") } }\n"
                "let mouse = Mouse { age: 2 };")
        self.run_ok(cell)
        self.run_ok(cell)
        self.run_ok("impl Mouse { fn one(&self) -> i32 { 10 } }")
        self.assertEqual(self.value("mouse.age() + mouse.one()"), "12")
        self.run_ok("struct Mouse { age: String }")
        self.assertIn("the type of `mouse` was redefined", self.run_error("mouse.age")[2])

    def test_a_static_counts_through_the_cells(self):
        self.run_ok("use std::sync::atomic::{AtomicUsize, Ordering};\nstatic COUNT: AtomicUsize = AtomicUsize::new(0);")
        self.run_ok("COUNT.fetch_add(2, Ordering::SeqCst);")
        self.run_ok("fn more() { COUNT.fetch_add(1, Ordering::SeqCst); }\nmore();")
        self.assertEqual(self.value("more(); COUNT.load(Ordering::SeqCst)"), "4")

    def test_what_begins_anew_is_told(self):
        for code, what in [("static mut RAW: u32 = 0;", "`RAW` is reset by every new cell"),
                           ("thread_local! { static DEPTH: std::cell::Cell<u32> = std::cell::Cell::new(0); }", "ends with its cell")]:
            [note] = self.run_ok(code).of("display_data")
            self.assertIn(what, note["data"]["text/plain"])

    def test_types_that_need_no_annotation(self):
        self.run_ok("let factor = 2.0; let scale = |x: f64| x * factor;")
        self.assertEqual(self.value("scale(3.0)"), "6.0")
        self.run_ok("let mut n = 0; let mut count = || { n += 1; n }; count();")
        self.assertEqual(self.value("count()"), "2")
        self.run_ok("let length = |text: &str| text.len();")
        self.assertEqual(self.value("length(\"abc\")"), "3")
        self.run_ok("let both = |a: &f64, b: &f64| a * b * factor; let plus = |list: &[f64], more: f64| list[1] + more;")
        self.assertEqual(self.value("let (x, y) = (rand(), 3.0); fn rand() -> f64 { 1.5 }\nboth(&x, &y) + plus(&[x, y], 1.0)"), "13.0")
        self.run_ok("let longer = |a, b| if str::len(a) < str::len(b) { b } else { a };\nlonger(\"a\", \"bc\");")
        self.assertEqual(self.value("longer(\"abc\", \"bc\")"), "\"abc\"")
        self.run_ok("fn twice<T: Clone>(x: T) -> (T, T) { (x.clone(), x) }\nlet pair = twice(vec![Some(1u8)]);")
        self.assertEqual(self.value("pair.1.len()"), "1")
        self.run_ok("let rows = vec![1.5f64, 2.5]; let best = rows.iter().max_by(|a, b| a.total_cmp(b)).unwrap();")
        self.assertEqual(self.value("*best + rows[0]"), "4.0")
        self.run_ok("let first = rows.first().unwrap();")
        self.assertEqual(self.value("*first + rows[0]"), "3.0")
        self.run_ok("use dfdx_lab::polars::prelude::*;\nlet table = df!(\"a\" => [1, 2])?;\nlet column = table.column(\"a\")?.clone();")
        self.assertEqual(self.value("column.len() + table.height()"), "4")
        self.run_ok("let it = (0..3).map(|x| x + 1);")
        self.assertIn("has a type without a name", self.run_error("it.count()")[2])
        self.run_ok("let adder = |n: i32| move |x: i32| x + n;")
        self.assertIn("write a `fn`", self.run_error("adder(1)(2)")[2])
