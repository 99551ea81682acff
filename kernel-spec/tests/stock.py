"""evcxr_jupyter on the prebuilt library: the library is there, and the rest is as evcxr does it."""

from client import PATIENCE, SOON, Cells


class Stock(Cells):
    NAME = "dfdx-lab-evcxr"

    def test_values_variables_and_the_library(self):
        self.assertEqual(self.run_ok("1+1").result, {"text/plain": "2"})
        self.run_ok("let matrix = ConfusionMatrix::new([\"awake\", \"asleep\"], &[0, 1, 1], &[0, 1, 0])?;")
        self.assertIn("<table", self.run_ok("matrix").result["text/html"])
        figure = self.run_ok("matrix.plot()?").result
        self.assertIn("image/png", figure)
        self.assertIn("<img", figure["text/html"])
        self.assertEqual(self.run_ok("markdown(\"**bold**\")").result["text/markdown"], "**bold**")

    def test_what_has_only_a_debug_text_is_shown_also_behind_items(self):
        self.run_ok("#[derive(Debug)] struct Mouse { age: i32 }\nuse std::collections::BTreeMap;")
        self.assertEqual(self.run_ok("Mouse { age: 3 }").result, {"text/plain": "Mouse { age: 3 }"})
        self.assertEqual(self.run_ok("vec![1, 2]").result, {"text/plain": "[1, 2]"})
        self.assertEqual(self.run_ok("\"7\".parse::<i32>()?").result, {"text/plain": "7"})

    def test_frames_and_series_of_polars_show_as_tables(self):
        self.run_ok("use dfdx_lab::polars::prelude::*;\nlet frame: DataFrame = df!(\"a\" => [1, 2], \"b\" => [\"x\", \"y\"])?;")
        for code in ["frame", "frame.column(\"a\")?.clone()", "Series::new(\"ages\".into(), [3, 4])"]:
            self.assertIn("<table", self.run_ok(code).result["text/html"], code)

    def test_a_fit_writes_plain_lines(self):
        outcome = self.run_ok(
            "let x = Array::new([4, 2], vec![0.0, 1.0, 1.0, 0.0, 0.5, 1.0, 1.0, 0.5])?;\n"
            "let data = Dataset::new(x, vec![0, 1, 0, 1], [\"a\", \"b\"])?;\n"
            "let mut model = Sequential::new([2]).add(Dense::new(2).activation(Softmax))\n"
            "    .compile(Sgd::new(0.1), CategoricalCrossentropy::new(), ())?;\n"
            "let history = model.fit(&data, Fit::epochs(3))?;")
        self.assertIn("epoch 3/3", self.kernel.later(outcome, "epoch 3/3").text())
        self.assertEqual(outcome.of("display_data") + outcome.of("update_display_data"), [])
        self.assertIn("text/html", self.run_ok("history").result)

    def test_a_failure_tells_its_text_and_later_cells_run(self):
        for code, text in [("let n: i32 = \"x\".parse()?;", "invalid digit"), ("panic!(\"no mouse\")", "no mouse")]:
            outcome = self.kernel.later(self.kernel.run(code), text)
            self.assertIn(text, outcome.text("stderr"))
        self.assertIn("cannot find value", self.run_error("nowhere")[1])
        self.assertEqual(self.run_ok("2+2").result, {"text/plain": "4"})

    def test_a_stop_ends_the_process_and_a_restart_the_kernel(self):
        self.run_ok("let kept = 1;")
        outcome, seconds = self.stop("std::thread::sleep(std::time::Duration::from_secs(60));")
        self.assertEqual(outcome.status, "error")
        self.assertLess(seconds, SOON)
        self.assertIn("cannot find value `kept`", self.run_error("kept")[1])
        self.assertEqual(self.run_ok("Array::new([1, 1], vec![2.0])?.data().len()").result, {"text/plain": "1"})
        self.kernel.client.stop_channels()
        self.kernel.manager.restart_kernel(now=False)
        self.kernel.client = self.kernel.manager.client()
        self.kernel.client.start_channels()
        self.kernel.client.wait_for_ready(timeout=PATIENCE)
        self.assertEqual(self.run_ok("Array::new([1, 1], vec![2.0])?.data().len()").result, {"text/plain": "1"})
