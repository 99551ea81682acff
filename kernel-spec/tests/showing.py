"""What a cell shows: its last expression, of any type, and what it displays before that."""

from client import Cells


class Showing(Cells):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        outcome = cls.kernel.run("let array = Array::new([1, 2], vec![1.0, 2.0])?;\n"
                                 "let history = || -> Result<History> { Ok(History::default()) };")
        assert outcome.status == "ok", outcome.of("error")

    def shown(self, code):
        return self.run_ok(code).result

    def test_the_semicolon_is_found_by_tokens(self):
        self.assertEqual(self.shown("2+2 // four;"), {"text/plain": "4"})
        self.assertIsNone(self.shown("2+2; // four"))
        self.assertEqual(self.shown("array.data().len() /* ; */"), {"text/plain": "2"})

    def test_values_in_values(self):
        html = self.shown("array")["text/html"]
        for code in ["Some(&array)", "Ok::<_, String>(array.clone())", "Box::new(array.clone())",
                     "Some(Some(array.clone()))"]:
            self.assertEqual(self.shown(code)["text/html"], html, code)
        both = self.shown("vec![array.clone(), array.clone()]")["text/html"]
        self.assertEqual(both.count(html), 2)
        mixed = self.shown("(array.clone(), 0.5, \"text\")")["text/html"]
        self.assertIn(html, mixed)
        self.assertIn("<pre>0.5</pre>", mixed)

    def test_values_of_polars_and_dfdx(self):
        frame = self.shown('use dfdx_lab::polars::prelude::*;\nlet frame = df!("a" => [1, 2], "b" => ["x", "y"])?;\nframe')
        self.assertIn("<table", frame["text/html"])
        self.assertIn("<table", self.shown('frame.column("a")?')["text/html"])
        self.assertIn("<table", self.shown("frame.clone()")["text/html"])
        text = self.shown("use dfdx_lab::dfdx::prelude::*;\nlet dev = Cpu::default();\n"
                          "let tensor = dev.tensor([[1.0f32, 2.0], [3.0, 4.0]]);\ntensor")["text/plain"]
        self.assertIn("[2, 2]", text)
        self.assertIn("[3.0, 4.0]", text)
        self.assertEqual(self.shown("tensor.as_vec().len()"), {"text/plain": "4"})

    def test_what_the_last_line_moves(self):
        self.run_ok("struct Mice { names: Vec<String> }\n"
                    "fn eat(mice: Mice) -> Result<Array> { Array::new([1, 2], vec![mice.names.len() as f32; 2]) }\n"
                    "let mice = Mice { names: vec![] };")
        self.assertIn("text/html", self.shown("eat(mice)?"))
        self.assertIn("`mice` was moved in cell", self.run_error("mice.names.len()")[2])
        self.assertIn("text/html", self.shown("let own = Mice { names: vec![] };\neat(own)?"))

    def test_long_values_are_short(self):
        text = self.shown("(0..1_000_000).collect::<Vec<i64>>()")["text/plain"]
        self.assertLess(len(text), 6000)
        self.assertTrue(text.startswith("[0, 1, 2,") and text.endswith("999999] (1000000 elements)"))
        text = self.shown("vec![vec![0.5; 100]; 10_000]")["text/plain"]
        self.assertLess(len(text), 400_000)

    def test_nothing_and_no_text(self):
        for code in ["()", "println!(\"x\")", "for i in 0..2 {}", "let a = 1;", "if false { }"]:
            self.assertIsNone(self.shown(code), code)
        self.assertIn("NoText", self.shown("struct NoText(i32);\nfn none() -> NoText { NoText(1) }\nnone()")["text/plain"])
        self.run_ok("let none = none();")
        self.assertIn("has no text to show", self.run_error("none")[1])
        self.assertEqual(self.shown("if true { 5 } else { 6 }"), {"text/plain": "5"})

    def test_several_displays_stay_apart_and_in_order(self):
        outcome = self.run_ok("display(&array);\nprintln!(\"between\");\ndisplay(\"text\");\n"
                              "display(&array);\nhtml(\"<b>1</b>\");\nhtml(\"<b>2</b>\");\nmarkdown(\"**3**\");\n"
                              "latex(\"$x$\");\nsvg(\"<svg/>\");\njson(vec![1, 2]);\narray")
        kinds = [(m["msg_type"], sorted(m["content"].get("data", {"text": 0}))[0])
                 for m in outcome.messages if m["msg_type"] in ("display_data", "stream", "execute_result")]
        self.assertEqual(kinds, [
            ("display_data", "text/html"), ("stream", "text"), ("display_data", "text/plain"),
            ("display_data", "text/html"), ("display_data", "text/html"), ("display_data", "text/html"),
            ("display_data", "text/markdown"), ("display_data", "text/latex"),
            ("display_data", "image/svg+xml"), ("display_data", "application/json"),
            ("execute_result", "text/html"),
        ])
        self.assertEqual(outcome.of("display_data")[-1]["data"]["application/json"], [1, 2])

    def test_clear_output(self):
        outcome = self.run_ok("println!(\"old\");\nclear_output();\nprintln!(\"new\");")
        order = [m["msg_type"] for m in outcome.messages if m["msg_type"] in ("stream", "clear_output")]
        self.assertEqual(order, ["stream", "clear_output", "stream"])

    def test_a_display_of_evcxr(self):
        code = """
            struct Old;
            impl Old {
                fn evcxr_display(&self) {
                    println!("EVCXR_BEGIN_CONTENT text/html\\n<i>old</i>\\nEVCXR_END_CONTENT");
                }
            }
            Old"""
        self.assertEqual(self.shown(code), {"text/html": "<i>old</i>"})

    def test_curves_are_drawn_while_a_fit_and_a_search_run(self):
        self.run_ok("""
            let x = Array::new([40, 2], (0..80).map(|i| (i * 37 % 101) as f32 / 101.0).collect())?;
            let data = Dataset::new(x, (0..40).map(|i| usize::from(i % 3 == 0)).collect(), ["a", "b"])?;
            let build = |units: usize| Sequential::new([2]).add(Dense::new(units)).add(Dense::new(2).activation(Softmax))
                .compile(Sgd::new(0.1), CategoricalCrossentropy::new(), [Accuracy::new()]);
            let fit = Fit::epochs(20).validation_split(0.2).verbose(0);""")

        def pictures(code):
            outcome = self.run_ok(code)
            shown = [m["content"] for m in outcome.messages
                     if m["msg_type"] in ("display_data", "update_display_data") and "image/png" in m["content"]["data"]]
            self.assertEqual(len({content["transient"]["display_id"] for content in shown}), 1)
            return shown

        self.assertIn("20 epochs", pictures("let mut model = build(4)?;\nmodel.fit(&data, fit.clone().live_plot())?;")[-1]
                      ["data"]["text/plain"])
        self.assertIn("loss", pictures("KFold::new(2).fit(&build(4)?, &data, Fit::epochs(5).verbose(0).live_plot())?;")[-1]
                      ["data"]["text/html"])
        last = pictures("""let study = GridSearch::new(|hp| {
                let units = hp.choice("units", [2, 4]);
                Sequential::new([2]).add(Dense::new(units)).add(Dense::new(2).activation(Softmax))
                    .compile(Sgd::new(0.1), CategoricalCrossentropy::new(), [Accuracy::new()])
            }).fit(fit).objective("val_accuracy").verbose(0).live_plot().run(&data, "memory")?;""")[-1]
        self.assertIn("2 trials", last["data"]["text/plain"])
