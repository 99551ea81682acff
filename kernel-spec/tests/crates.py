"""plotters, polars and dfdx as they are, in cells."""

import base64

from client import Cells

CHART = """
use plotters::prelude::*;
let points: Vec<(f64, f64)> = (-50..=50).map(|x| x as f64 / 50.0).map(|x| (x, x * x)).collect();
Figure::draw((640, 420), |area| {
    let mut chart = ChartBuilder::on(area)
        .caption("y = x\u00b2", ("sans-serif", 20))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(40)
        .build_cartesian_2d(-1.0..1.0, 0.0..1.0)?;
    chart.configure_mesh().draw()?;
    chart
        .draw_series(LineSeries::new(points.iter().copied(), &RED))?
        .label("parabola")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], RED));
    chart.configure_series_labels().border_style(BLACK).draw()?;
    Ok(())
})?
"""


class Crates(Cells):
    def shown(self, code):
        return self.run_ok(code).result

    def test_a_line_chart_of_plotters(self):
        figure = self.shown(CHART)
        self.assertIn('width="640" height="420"', figure["text/html"])
        self.assertTrue(base64.b64decode(figure["image/png"]).startswith(b"\x89PNG"))
        self.assertIn("640 x 420", figure["text/plain"])
        # Kept by a plain `let`, and as a vector in which text is text.
        self.run_ok("let chart = " + CHART.split(";\n", 2)[2].strip() + ";")
        text = self.shown("let svg = chart.to_svg()?; (svg.contains(\">parabola<\"), svg.contains(\"<polyline\"))")
        self.assertEqual(text["text/plain"], "(true, true)")

    def test_group_by_of_a_table(self):
        self.run_ok(
            "use dfdx_lab::polars::prelude::*;\n"
            "let table = Table::from(df!(\"sex\" => [\"f\", \"m\", \"f\"], \"age\" => [30.0, 20.0, 40.0])?);")
        html = self.shown("table.group_by(\"sex\")?.agg([(\"age\", \"mean\"), (\"age\", \"max\")])?")["text/html"]
        for part in ["<table", "35", "40", "20"]:
            self.assertIn(part, html)
        self.run_ok("let means = table.group_by(\"sex\")?.mean()?;")
        self.assertEqual(self.shown("means.frame().height()"), {"text/plain": "2"})
        self.assertIn("there is no such column", self.run_error("table.group_by(\"name\")?")[2])

    def test_frames_and_series_of_polars(self):
        self.run_ok("use dfdx_lab::polars::prelude::*;\nlet frame = df!(\"a\" => [1, 2, 2], \"b\" => [\"x\", \"y\", \"z\"])?;")
        self.assertIn("<table", self.shown("frame")["text/html"])
        self.run_ok("let series = Series::new(\"ages\".into(), [3, 4, 5]);")
        html = self.shown("series")["text/html"]
        self.assertIn("ages", html)
        self.assertIn("<table", html)
        self.assertIn("<table", self.shown("&series * 2")["text/html"])
        self.run_ok("let total: i32 = series.sum()?;\nlet larger = frame.filter(&frame.column(\"a\")?.i32()?.gt(1))?;")
        self.assertEqual(self.shown("(total, larger.height())")["text/plain"], "(12, 2)")
        self.run_ok("let grouped = frame.group_by([\"a\"])?.groups()?;\nlet columns = frame.columns().to_vec();")
        self.assertEqual(self.shown("grouped.height() + columns.len()"), {"text/plain": "4"})

    def test_a_module_of_dfdx_is_bound_and_learns(self):
        self.run_ok(
            "let net = Sequential::new([2]).add(DfdxModule::<(dx::Linear<2, 4>, dx::PReLU, dx::Linear<4, 1>), 2, 1>::new());\n"
            "let mut model = net.compile(Sgd::new(0.1), \"mse\", ())?;\n"
            "let x = Array::new([4, 2], vec![0.0, 1.0, 1.0, 0.0, 0.5, 1.0, 1.0, 0.5])?;\n"
            "let y = Array::new([4, 1], vec![1.0, -1.0, 0.5, -0.5])?;\n"
            "let history = model.fit((&x, &y), Fit::epochs(50).verbose(0))?;\n"
            "let module = model.to_dfdx::<(dx::Linear<2, 4>, dx::PReLU, dx::Linear<4, 1>)>()?;")
        values = self.shown("history.get(\"loss\").unwrap().to_vec()")["text/plain"].strip("[]").split(", ")
        self.assertLess(float(values[-1]), 0.5 * float(values[0]))
        self.assertNotEqual(self.shown("{ use dfdx_lab::bridge::tensors::*; module.1.a.array() }")["text/plain"], "0.0")


class Added(Cells):
    """`:dep` in the middle of a notebook, with a small crate from the registry."""

    def test_a_crate_is_added_and_variables_are_kept(self):
        self.run_ok("#[derive(Debug, Clone)] struct Mouse { age: u32 }\nlet mouse = Mouse { age: 3 };\nlet list = vec![1, 2];")
        outcome = self.kernel.run(":dep itoa = \"1\"\nuse itoa::Buffer;\nlet before = mouse.age;", timeout=600)
        if outcome.status == "error":
            network = ["Could not resolve host", "Couldn't resolve host", "failed to download", "Connection", "offline"]
            if any(word in outcome.error[2] for word in network):
                self.skipTest("the crates' registry cannot be reached")
        self.assertEqual(outcome.status, "ok", outcome.of("error"))
        shown = outcome.of("display_data") + outcome.of("update_display_data")
        self.assertEqual(shown[-1]["data"]["text/plain"], "ready: itoa = \"1\"")
        self.assertGreater(len(shown), 1, "cargo's progress is shown")
        self.assertEqual(self.run_ok("Buffer::new().format(mouse.age + before).to_string()").result, {"text/plain": '"6"'})
        # Completion reads the new crate as well, and knows the notebook's own types.
        for begun, name in [("itoa::Buf", "Buffer"), ("mouse.", "age")]:
            reply = self.kernel.reply(self.kernel.client.complete(begun, len(begun)))
            self.assertIn(name, reply["matches"])
        self.assertEqual(self.run_ok("(mouse, list)").result, {"text/plain": "(Mouse { age: 3 }, [1, 2])"})
        value = self.run_error(":dep no-such-crate-of-dfdx-lab = \"1\"")[1]
        self.assertIn("no-such-crate-of-dfdx-lab", value)
        self.assertEqual(self.run_ok("itoa::Buffer::new().format(list.len()).len()").result, {"text/plain": "1"})
