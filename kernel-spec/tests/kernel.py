"""The kernel as a real Jupyter client sees it; run by `cargo lab test`."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from again import Again
from client import PATIENCE, SOON, Cells, Kernel
from crates import Added, Crates
from endurance import Endurance
from leaving import Leaving
from mistakes import Mistakes
from showing import Showing
from stock import Stock
from stopping import Stopping, StoppedStart
from waiting import Waiting

ROWS = "application/vnd.dfdx-lab.rows+json"


class Basics(Cells):
    def test_values_and_variables(self):
        self.assertEqual(self.run_ok("1+1").result, {"text/plain": "2"})
        self.run_ok("let kept = vec![1, 2, 3]; let mut word = String::from(\"größe 🦀\");")
        self.assertEqual(self.run_ok("word.push('!'); kept.len() + word.chars().count()").result,
                         {"text/plain": "11"})
        self.assertIsNone(self.run_ok("kept.len();").result)

    def test_earlier_cells_are_offered_again(self):
        self.run_ok("let first_of_history = 1;")
        self.run_ok("first_of_history + 1")
        self.kernel.run("let hidden = 1;", silent=True)
        history = self.kernel.reply(self.kernel.client.history(hist_access_type="tail", n=2))["history"]
        self.assertEqual([code for _, _, code in history], ["let first_of_history = 1;", "first_of_history + 1"])
        history = self.kernel.reply(self.kernel.client.history(hist_access_type="search", pattern="*of_history +*"))
        self.assertEqual([code for _, _, code in history["history"]], ["first_of_history + 1"])

    def test_a_cell_without_code(self):
        for code in ["", "// only a comment", "\n\n"]:
            outcome = self.run_ok(code)
            self.assertEqual(outcome.of("stream") + outcome.of("execute_result"), [])

    def test_an_unfinished_line_does_not_hang(self):
        self.assertEqual(self.run_ok('print!("x")').text(), "x")
        self.assertEqual(self.run_ok('print!("a"); println!("b"); eprint!("c");').text(), "ab\n")
        flushed = 'use std::io::Write; print!("y"); std::io::stdout().flush().ok();'
        self.assertEqual(self.run_ok(flushed).text(), "y")
        outcome = self.run_ok('print!("before "); 5')
        self.assertEqual(outcome.text(), "before ")
        self.assertEqual(outcome.result, {"text/plain": "5"})

    def test_unicode_and_long_output(self):
        self.assertEqual(self.run_ok('println!("größe 🦀 中文")').text(), "größe 🦀 中文\n")
        text = self.run_ok('for i in 0..100_000 { println!("line {i}"); }').text()
        self.assertEqual(text.splitlines(), [f"line {i}" for i in range(100_000)])
        self.assertEqual(len(self.run_ok('println!("{}", "z".repeat(3_000_000))').text()), 3_000_001)

    def test_output_comes_while_the_cell_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            # Each step waits until the client has seen what the one before it wrote.
            code = """for i in 0..3 {
                println!("epoch {i}");
                while !std::path::Path::new("FOLDER").join(i.to_string()).exists() {
                    std::thread::sleep(std::time::Duration::from_millis(10));
                }
            }"""
            request = self.kernel.client.execute(code.replace("FOLDER", folder))
            for i in range(3):
                self.kernel.wait_for_output(request, lambda message: message["content"].get("text") == f"epoch {i}\n")
                pathlib.Path(folder, str(i)).touch()
            self.assertEqual(self.kernel.wait(request).status, "ok")

    def test_progress_is_one_text_that_is_replaced(self):
        outcome = self.run_ok(
            """
            println!("before");
            let x = Array::new([4, 2], vec![0.0, 1.0, 1.0, 0.0, 0.5, 1.0, 1.0, 0.5])?;
            let data = Dataset::new(x, vec![0, 1, 0, 1], ["a", "b"])?;
            let mut model = Sequential::new([2])
                .add(Dense::new(2).activation(Softmax))
                .compile(Sgd::new(0.1), CategoricalCrossentropy::new(), ())?;
            model.fit(&data, Fit::epochs(3))?;
            println!("after");
            """
        )
        self.assertEqual(outcome.text(), "before\nafter\n")
        [first] = outcome.of("display_data")
        last = outcome.of("update_display_data")[-1]
        self.assertEqual(first["transient"], last["transient"])
        self.assertTrue(first["data"]["text/plain"].startswith("epoch 1/3"), first)
        self.assertTrue(last["data"]["text/plain"].startswith("epoch 3/3"), last)

    def test_contents_of_a_value_are_one_bundle_and_keep_their_order(self):
        def content(mime, text):
            return f'println!("EVCXR_BEGIN_CONTENT {mime}\\n{text}\\nEVCXR_END_CONTENT");'
        code = (
            content("text/plain", "one") + content("text/html", "<b>one</b>")
            + 'println!("between");' + content("text/plain", "two")
            + content("text/plain", "three") + content(ROWS, '[{{\\"what\\": \\"F1\\"}}]')
        )
        outcome = self.run_ok(code)
        shown = [m["content"] for m in outcome.messages
                 if m["msg_type"] in ("display_data", "stream", "execute_result")]
        self.assertEqual(shown[0]["data"], {"text/plain": "one", "text/html": "<b>one</b>"})
        self.assertEqual(shown[1]["text"], "between\n")
        self.assertEqual(shown[2]["data"], {"text/plain": "two"})
        self.assertEqual(shown[3]["data"], {"text/plain": "three", ROWS: [{"what": "F1"}]})

    def test_compiler_errors_show_the_cells_own_line(self):
        name, value, trace = self.run_error("let a = 1;\nlet b = a + nowhere;")
        self.assertEqual(name, "CompileError")
        self.assertIn("cannot find value `nowhere`", value)
        self.assertIn("line 2", value)
        self.assertIn("2 | let b = a + nowhere;", trace)
        self.assertIn("^^^^^^^", trace)
        name, value, trace = self.run_error('let ü = "ü"; let n: u32 = "two";')
        self.assertIn("mismatched types", value)
        self.assertIn('let ü = "ü"; let n: u32 = "two";', trace)
        for code in ["let x = ;", "fn f( {", 'println!("{}", )x', "let s: NoSuchType = 1;"]:
            name, value, trace = self.run_error(code)
            self.assertTrue(value and trace, code)
        self.assertEqual(self.run_ok("2+2").result, {"text/plain": "4"})

    def test_a_panic_is_an_error_and_keeps_the_variables(self):
        self.run_ok("let survivor = vec![1.5, 2.5];")
        name, value, trace = self.run_error(
            'let lost = 1;\nlet none: Option<i32> = None;\nnone.expect("no mouse in row 3");')
        self.assertEqual((name, value), ("Panic", "no mouse in row 3"))
        self.assertIn('3 | none.expect("no mouse in row 3");', trace)
        self.assertEqual(self.run_ok("survivor.len()").result, {"text/plain": "2"})
        self.assertEqual(self.run_error("lost")[0], "CompileError")
        name, value, _ = self.run_error("let v: Vec<i32> = vec![]; v[0]")
        self.assertIn("index out of bounds", value)

    def test_a_caught_panic_is_no_error(self):
        outcome = self.run_ok('let caught = std::thread::spawn(|| panic!("in a thread")).join().is_err(); caught')
        self.assertEqual(outcome.result, {"text/plain": "true"})
        self.assertIn("in a thread", outcome.text("stderr"))

    def test_a_failed_question_mark_is_an_error_and_keeps_the_variables(self):
        self.run_ok("let survivor2 = String::from(\"here\");")
        name, value, _ = self.run_error('let number: i32 = "twelve".parse()?;')
        self.assertEqual(name, "Error")
        self.assertIn("invalid digit", value)
        self.assertEqual(self.run_ok("survivor2.as_str()").result, {"text/plain": '"here"'})
        name, value, _ = self.run_error(
            'return Err(dfdx_lab::Error::argument("rate", -1, "positive"))?;')
        self.assertIn("rate is -1, but must be positive", value)
        # Behind a chain of lines the arrow is at the `?`, not where the chain begins.
        _, _, trace = self.run_error("let list = \"1 x\"\n    .split(' ')\n    .map(|word| word.parse::<i32>())\n"
                                     "    .collect::<std::result::Result<Vec<_>, _>>()?;")
        self.assertIn("4 |     .collect::<", trace)

    def test_a_crash_is_an_error_and_the_kernel_goes_on(self):
        self.run_ok("let lost = 1; let gone = vec![2];")
        name, _, trace = self.run_error('std::process::Command::new("kill").args(["-9", &std::process::id().to_string()])'
                                        '.status()?;\nloop {}')
        self.assertEqual(name, "Crash")
        self.assertRegex(trace, r"These variables are lost with it: .*gone,.* lost")
        self.assertIn("`lost` was lost", self.run_error("lost")[2])
        self.assertEqual(self.run_ok("3+3").result, {"text/plain": "6"})

    def test_a_recursion_without_end_is_a_panic(self):
        self.run_ok("let survivor3 = 5;")
        name, value, trace = self.run_error(
            "fn deep(n: u64) -> u64 {\n    if n == 1 { 0 } else { 1 + deep(n + 2) }\n}\ndeep(0)")
        self.assertEqual(name, "Panic")
        self.assertIn("recursion is too deep", value)
        self.assertIn("1 | fn deep", trace)
        self.assertEqual(self.run_ok("survivor3").result, {"text/plain": "5"})

    def test_cells_behind_a_failed_one_do_not_run(self):
        requests = [self.kernel.client.execute(code) for code in
                    ['std::thread::sleep(std::time::Duration::from_millis(300)); panic!("stop")',
                     'println!("must not run")', "1"]]
        outcomes = [self.kernel.wait(request) for request in requests[:1]]
        self.assertEqual(outcomes[0].status, "error")
        replies = [self.kernel.reply(request)["status"] for request in requests[1:]]
        self.assertEqual(replies, ["aborted", "aborted"])
        request = self.kernel.client.execute('panic!("go on")', stop_on_error=False)
        after = self.kernel.client.execute("7")
        self.assertEqual(self.kernel.wait(request).status, "error")
        self.assertEqual(self.kernel.wait(after).status, "ok")

    def test_silent_cells_say_nothing(self):
        outcome = self.kernel.run('println!("hush"); 1', silent=True)
        self.assertEqual(outcome.status, "ok")
        self.assertEqual(outcome.of("stream") + outcome.of("execute_result") + outcome.of("execute_input"), [])

    def test_completion_and_inspection(self):
        self.run_ok("let animals = vec![1, 2];")
        reply = self.kernel.reply(self.kernel.client.complete("animals.le", 10))
        self.assertEqual(reply["status"], "ok")
        self.assertTrue(any(match.startswith("len") for match in reply["matches"]), reply)
        self.assertEqual((reply["cursor_start"], reply["cursor_end"]), (8, 10))
        reply = self.kernel.reply(self.kernel.client.inspect("animals.len", 11))
        self.assertEqual(reply["status"], "ok")
        self.assertTrue(reply["found"], reply)
        reply = self.kernel.reply(self.kernel.client.complete("❤ ⚡ nonsense(", 12))
        self.assertEqual(reply["status"], "ok")

    def test_completion_where_a_student_types(self):
        self.run_ok("let x = Array::new([4, 2], vec![0.0; 8])?;\n"
                    "let data = Dataset::new(x, vec![0, 1, 0, 1], [\"a\", \"b\"])?;")
        for code, expected in [
            ("let m = Model::evaluate(&m, &da", "data"),
            ("Dense::new(3).activation(Re", "Relu"),
            ("println!(\"{}\", data.le", "len"),
            ("let z = 1;\nfor i in 0..3 {}\nf(data.cla", "classes"),
            ("Fit::epochs(3).batch_", "batch_size"),
        ]:
            reply = self.kernel.reply(self.kernel.client.complete(code, len(code)))
            self.assertIn(expected, reply["matches"], code)
            self.assertTrue(expected.startswith(code[reply["cursor_start"]:reply["cursor_end"]]), code)
        # Private fields and parameters' names are of no use to a notebook.
        reply = self.kernel.reply(self.kernel.client.complete("data.", 5))
        self.assertIn("labels", reply["matches"])
        for match in reply["matches"]:
            self.assertNotEqual(match, "origin")
            self.assertNotRegex(match, r"[(\s]")

    def test_completion_offers_what_can_be_used_and_ours_first(self):
        self.run_ok("let mut model = Sequential::new([2]).add(Dense::new(2)).compile(\"sgd\", \"mse\", ())?;\n"
                    "let history = model.history();\nlet curve = history.clone();")

        def matches(code):
            return self.kernel.reply(self.kernel.client.complete(code, len(code)))["matches"]

        for code, wanted, nobodys in [
            ("model.", ["fit", "evaluate", "summary"], ["network", "penalized"]),
            ("model.pe", [], ["penalized"]),
            ("curve.", ["plot", "get"], ["series"]),
            ("Fit::epochs(3).", ["batch_size", "shuffle"], ["train_rows", "below", "place"]),
            ("datasets::", ["mnist", "sleep_stages"], ["Path", "cache", "cache::", "Result"]),
            ("plot::", ["histogram"], ["draw", "draw::"]),
        ]:
            found = matches(code)
            for name in wanted:
                self.assertIn(name, found, code)
            for name in nobodys:
                self.assertNotIn(name, found, code)
        found = matches("curve.")
        self.assertLess(max(found.index("plot"), found.index("get")), found.index("into"))

    def test_values_of_polars_and_dfdx_complete_and_explain(self):
        self.run_ok("use dfdx_lab::polars::prelude::*;\nlet frame = df!(\"a\" => [1, 2], \"b\" => [\"x\", \"y\"])?;\n"
                    "let column = frame.column(\"a\")?.clone();")
        self.run_ok("use dfdx_lab::dfdx::prelude::*;\nlet dev = Cpu::default();\nlet tensor = dev.tensor([[1.0f32, 2.0]]);")
        for code, expected in [
            ("frame.", "height"),
            ("frame.hei", "height"),
            ("column.", "name"),
            ("frame.column(\"a\")?.", "len"),
            ("frame.column(\"a\")?.i32()?.", "len"),
            ("println!(\"{}\", frame.wi", "width"),
            ("let rows = 1;\nfor i in 0..rows { frame.hei", "height"),
            ("let own = frame.clone();\nown.hei", "height"),
            ("tensor.", "relu"),
            ("tensor.clone().relu().sq", "square"),
        ]:
            reply = self.kernel.reply(self.kernel.client.complete(code, len(code)))
            self.assertIn(expected, reply["matches"], code)
            self.assertNotIn("__lab_asked", reply["matches"])
            self.assertTrue(expected.startswith(code[reply["cursor_start"]:reply["cursor_end"]]), code)
        reply = self.kernel.reply(self.kernel.client.inspect("frame.height()", 8))
        self.assertIn("fn height(&self) -> usize", reply["data"]["text/plain"])
        [page] = self.run_ok("?frame.width").reply["content"]["payload"]
        self.assertIn("fn width(&self)", page["data"]["text/plain"])

    def test_completeness(self):
        for code, status in [("1+1", "complete"), ("fn f() {", "incomplete"), (")", "invalid")]:
            reply = self.kernel.reply(self.kernel.client.is_complete(code))
            self.assertEqual(reply["status"], status)

    def test_kernel_info_and_comms(self):
        info = self.kernel.reply(self.kernel.client.kernel_info())
        self.assertEqual(info["language_info"]["file_extension"], ".rs")
        self.assertEqual(info["status"], "ok")
        self.assertEqual(self.kernel.reply(self.kernel.client.comm_info())["comms"], {})

    def test_commands(self):
        self.run_ok("let listed: Vec<f64> = vec![0.5; 1000];\nstruct Own(i32);\nlet owns = vec![Own(1)];\n"
                    "let array = Array::zeros([20, 5])?;\nlet word: &str = \"größe\";")
        [shown] = self.run_ok(":vars").of("display_data")
        text = shown["data"]["text/plain"]
        for line in ["array: Array (4", "listed: Vec<f64> (8.0 kB, 1000 elements)", "owns: Vec<Own> (28 B, 1 element)",
                     "word: &str (7 B, 5 characters)"]:
            self.assertIn(line, text)
        self.assertIn("[20, 5]", text)
        self.assertIn("Vec&lt;f64>", shown["data"]["text/html"])
        self.assertIn("<td>8.0 kB</td>", shown["data"]["text/html"])
        self.assertEqual(self.run_error(":nonsense")[0], "CompileError")
        self.assertIn("name a crate", self.run_error(":dep")[1])
        [page] = self.run_ok("?Fit::epochs").reply["content"]["payload"]
        self.assertIn("passes over the data", page["data"]["text/plain"])
        self.assertIn("nothing is known of `no_such_name`", self.run_error("?no_such_name")[1])
        [shown] = self.run_ok("!echo from the shell").of("display_data")
        self.assertEqual(shown["data"]["text/plain"], "from the shell")
        self.run_ok(":clear")
        self.assertEqual(self.run_error("listed.len()")[0], "CompileError")
        self.assertEqual(self.run_ok("Array::zeros([2]).unwrap().rows()").result, {"text/plain": "2"})


class Process(unittest.TestCase):
    def test_the_environment_and_the_folder_reach_the_cells(self):
        with tempfile.TemporaryDirectory() as folder:
            kernel = Kernel(cwd=folder, env={**os.environ, "DFDX_LAB_DATA": "/some/where"})
            try:
                outcome = kernel.run('println!("{} {}", std::env::var("DFDX_LAB_DATA").unwrap(), '
                                     'std::env::current_dir().unwrap().display());')
                self.assertEqual(outcome.text(), f"/some/where {os.path.realpath(folder)}\n")
            finally:
                kernel.stop()

    def test_a_restart_forgets_and_a_shutdown_leaves_nothing_behind(self):
        with tempfile.TemporaryDirectory() as folder:
            kernel = Kernel(env={**os.environ, "TMPDIR": folder})
            kernel.run("let gone = 1;")
            kernel.manager.restart_kernel(now=False)
            kernel.client.wait_for_ready(timeout=PATIENCE)
            self.assertEqual(kernel.run("gone").status, "error")
            kernel.wait_for_output(kernel.client.execute("println!(\"begun\");\nloop {}"))
            kernel.manager.shutdown_wait_time = PATIENCE
            kernel.stop()
            self.assertFalse(kernel.manager.has_kernel and kernel.manager.is_alive())
            self.assertEqual(os.listdir(folder), [])

    def test_a_killed_kernel_takes_its_cell_with_it(self):
        kernel = Kernel()
        pid = int(kernel.run('println!("{}", std::process::id())').text())
        kernel.wait_for_output(kernel.client.execute("println!(\"begun\");\nloop {}"))
        os.kill(kernel.manager.provisioner.pid, signal.SIGKILL)

        def runs():
            # A process that has ended may stay listed until its new parent has asked for its result.
            with contextlib.suppress(OSError):
                return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0] not in "ZX"
            return False

        end = time.monotonic() + SOON
        while runs() and time.monotonic() < end:
            time.sleep(0.1)
        self.assertFalse(runs())
        kernel.client.stop_channels()
        kernel.manager.shutdown_kernel(now=True)

    def test_a_broken_set_up_is_told_in_plain_words(self):
        for name in ["dfdx-lab", Stock.NAME]:
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                spec = KernelSpecManager().get_kernel_spec(name)
                kernels = pathlib.Path(folder) / "kernels" / name
                kernels.mkdir(parents=True)
                empty = pathlib.Path(folder) / "empty"
                (kernels / "kernel.json").write_text(json.dumps({
                    **spec.to_dict(), "env": {**spec.env, "DFDX_LAB_HOME": str(empty)}}))
                manager = KernelManager(kernel_name=name)
                manager.kernel_spec_manager.kernel_dirs = [str(pathlib.Path(folder) / "kernels")]
                kernel = Kernel.__new__(Kernel)
                kernel.manager = manager
                manager.start_kernel()
                kernel.client = manager.client()
                kernel.client.start_channels()
                kernel.client.wait_for_ready(timeout=PATIENCE)
                outcome = kernel.run("1+1")
                self.assertEqual(outcome.status, "error")
                self.assertIn("`dfdx-lab setup`", outcome.error[1])
                kernel.stop()


class Report(unittest.TestCase):
    """`cargo lab report`, with the program that `cargo lab test` names."""

    ROWS_CELL = (
        'println!("EVCXR_BEGIN_CONTENT application/vnd.dfdx-lab.rows+json\\n{}\\nEVCXR_END_CONTENT", '
        'r#"[{"what": "F1", "reported": 0.907, "reproduced": null, "note": "n"}]"#);'
    )

    def report(self, sources, *options):
        """Runs a notebook of these cells; gives the exit code, what was said, and the folder."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        cells[0].metadata["tags"] = ["parameters"]
        title = nbformat.v4.new_markdown_cell("# A title with [a link](https://example.org)")
        path = pathlib.Path(folder.name) / "some notebook.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[title, *cells]), path)
        out = pathlib.Path(folder.name) / "out"
        command = [os.environ["DFDX_LAB_PROGRAM"], "report", str(path), "--out", str(out), *options]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr, out

    def test_the_page_fetches_nothing_and_the_rows_are_collected(self):
        show = """println!("EVCXR_BEGIN_CONTENT text/html\\n<b>shown</b>\\nEVCXR_END_CONTENT");"""
        code, said, out = self.report(["let profile = Profile::Quick;", self.ROWS_CELL, show])
        self.assertEqual(code, 0, said)
        facts = json.loads((out / "some notebook.json").read_text())
        self.assertEqual(facts["rows"], [
            {"what": "F1", "reported": 0.907, "reproduced": None, "note": "n"}])
        self.assertEqual(facts["profile"], "quick")
        page = (out / "some notebook.html").read_text()
        self.assertIn("<b>shown</b>", page)
        self.assertIn("A title with", page)
        self.assertNotRegex(page, r'<(script|link|img|iframe)[^>]*(src|href)="?https?:')
        self.assertNotRegex(page, r'(@import|url\()[^)]*https?:')

    def test_the_full_profile_is_injected(self):
        sources = ["let profile = Profile::Quick;", 'println!("profile {:?}", profile);']
        for options, expected in [([], "profile Quick"), (["--full"], "profile Full"), (["--tiny"], "profile Tiny")]:
            code, said, out = self.report(sources, *options)
            self.assertEqual(code, 0, said)
            self.assertIn(expected, (out / "some notebook.html").read_text())

    def test_the_head_says_what_was_run_and_by_whom(self):
        head = (
            'println!("EVCXR_BEGIN_CONTENT application/vnd.dfdx-lab.head+json\\n{}\\nEVCXR_END_CONTENT", '
            'r#"{"place": "result", "text": "**Nine** of ten"}"#);'
        )
        table = """println!("EVCXR_BEGIN_CONTENT text/html\\n<table><tr><td>1</td></tr></table>\\nEVCXR_END_CONTENT");"""
        home = 'println!("{}/kept", std::env::var("HOME").unwrap());'
        code, said, out = self.report(
            ["let profile = Profile::Quick;", head, table, home],
            "--author", "A. <Student>", "--title", "My own title")
        self.assertEqual(code, 0, said)
        page = (out / "some notebook.html").read_text()
        self.assertIn("<h1>My own title</h1>", page)
        self.assertNotIn("A title with", page)
        for part in ["A. &lt;Student&gt;", "<strong>Nine</strong> of ten", "quick: a smaller experiment",
                     'id="table-1"', "dfdx-lab 0."]:
            self.assertIn(part, page)
        self.assertIn("~/kept", page)
        self.assertNotIn(os.path.expanduser("~") + "/", page)
        index = (out / "index.html").read_text()
        self.assertIn("<b>Nine</b> of ten", index)
        self.assertIn('href="some%20notebook.html"', index)

    def test_a_reader_that_goes_ends_the_command_quietly(self):
        for command in [["doctor"], ["data", "list"], ["--help"]]:
            process = subprocess.Popen([os.environ["DFDX_LAB_PROGRAM"], *command], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            process.stdout.close()
            self.assertNotIn("panicked", process.stderr.read())
            process.wait()

    def test_a_failed_cell_is_named(self):
        for options in [[], ["--full"]]:
            code, said, out = self.report(
                ["let profile = Profile::Quick;", "let a = 1;\nlet b: String = a;", "2"], *options)
            self.assertNotEqual(code, 0)
            self.assertIn("some notebook.ipynb, code cell 2", said)
            self.assertIn("mismatched types", said)
            self.assertEqual([path.name for path in out.iterdir()], ["some notebook.ipynb"])

    def test_the_stock_kernel_runs_a_notebook_and_its_failures_are_found(self):
        sources = ["let profile = Profile::Quick;", "let a = 20;\nprintln!(\"profile {:?}\", profile);", "a + 1",
                   "eprintln!(\"fetching something\");"]
        code, said, out = self.report(sources, "--tiny", "--kernel", "evcxr_jupyter")
        self.assertEqual(code, 0, said)
        page = (out / "some notebook.html").read_text()
        self.assertIn("profile Tiny", page)
        self.assertIn("<pre>21</pre>", page)
        for cell, word in [("let n: i32 = \"x\".parse()?;", "invalid digit"), ("panic!(\"all lost\")", "all lost"),
                           ("nowhere", "cannot find value")]:
            code, said, _ = self.report([sources[0], cell, "1"], "--kernel", "stock")
            self.assertNotEqual(code, 0)
            # Output that comes late is taken for the next cell's.
            self.assertRegex(said, "some notebook.ipynb, code cell [23]")
            self.assertIn(word, said)


if __name__ == "__main__":
    unittest.main(argv=["kernel"] + sys.argv[1:], verbosity=2)
