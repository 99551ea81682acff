"""The stop button: whatever runs ends soon, and the variables are kept."""

import re
import time
import unittest

from client import PATIENCE, SOON, Cells, Kernel

DATA = """
let x = Array::new([200, 2], (0..400).map(|i| (i * 37 % 101) as f32 / 101.0).collect())?;
let data = Dataset::new(x.clone(), (0..200).map(|i| usize::from(i % 3 == 0)).collect(), ["a", "b"])?;
let mut model = Sequential::new([2]).add(Dense::new(8).activation(Relu))
    .add(Dense::new(2).activation(Softmax))
    .compile(Sgd::new(0.1), CategoricalCrossentropy::new(), [Accuracy::new()])?;
let kept = vec![1.5, 2.5];
"""


class Stopping(Cells):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        assert cls.kernel.run(DATA).status == "ok"

    def assert_stops(self, code, **options):
        outcome, seconds = self.stop(code, **options)
        self.assertEqual(outcome.status, "error", code)
        self.assertEqual(outcome.error[0], "Interrupted", code)
        self.assertLess(seconds, SOON, code)
        self.assertNotIn("after", outcome.text())
        self.assertEqual(self.run_ok("kept.len()").result, {"text/plain": "2"})
        return outcome

    def test_loops_functions_and_closures(self):
        for code in [
            "let mut n = 0u64;\nloop { n = n.wrapping_add(1); }",
            "while true {} println!(\"after\");",
            "fn f(n: u64) -> u64 { if n < 2 { n } else { f(n - 1) + f(n - 2) } }\nf(90)",
            "let all: Vec<u64> = (0..u64::MAX).map(|x| x / 2).filter(|x| *x == u64::MAX).collect();",
            "std::thread::spawn(|| loop {}).join().unwrap(); println!(\"after\");",
            "let r = std::panic::catch_unwind(|| loop {}); println!(\"after\");",
        ]:
            self.assert_stops(code)

    def test_every_form_of_loop_optimised_or_not(self):
        self.run_ok("""
            fn earlier(list: Vec<f64>) -> f64 { let mut total = 0.0; for _ in 0..u64::MAX { total += list[0]; } total }
            struct Endless(Vec<f64>);
            impl Endless { fn total(&self) -> f64 { let mut total = 0.0; while total >= 0.0 { total += self.0[0]; } total } }
            trait Runs { fn forever(&self) -> u64 { let mut n = 0u64; loop { n = n.wrapping_add(1); } } }
            impl Runs for Endless {}
            macro_rules! forever { ($body:expr) => { loop { $body; } } }
            let one = vec![1.0];""")
        forms = [
            "'outer: for i in 0..u64::MAX { for j in 0.. { if j == 9 { continue 'outer } if i > u64::MAX - 2 { break 'outer } } }",
            "let n = 'a: loop { loop { if std::hint::black_box(false) { break 'a 7 } } };",
            "let mut total = 0.0; let mut all = std::iter::repeat(1.0); while let Some(x) = all.next() { total += x * one[0]; }",
            "let mut count = || -> f64 { let mut t = 0.0; loop { t += 1.0; if t < 0.0 { break t } } }; count();",
            "(0..u64::MAX).for_each(|x| { std::hint::black_box(x); });",
            "earlier(vec![1.0])",
            "Endless(vec![1.0]).total()",
            "Endless(vec![1.0]).forever()",
            "let mut n = 0u64; forever!(n = n.wrapping_add(1));",
            "println!(\"{}\", { let mut n = 0u64; while n < u64::MAX { n = (n + 1) % 7; } n });",
            "struct Ends; impl Drop for Ends { fn drop(&mut self) { for _ in 0..3 { print!(\"d\"); } } }\nlet ends = Ends; loop {}",
        ]
        for level in ["0", "2"]:
            self.run_ok(f":opt {level}\nlet made = vec![0.5, 1.5];")
            self.assertEqual(self.run_ok("made.len()").result, {"text/plain": "2"})
            for code in forms:
                outcome = self.assert_stops(code + ";\nprintln!(\"after\");", after=0.05)
                # While the stop unwinds, loops in destructors run to their end.
                if "Ends" in code:
                    self.assertEqual(outcome.text(), "ddd")
        self.run_ok(":opt 0")

    def test_waiting(self):
        for code in [
            "std::thread::sleep(std::time::Duration::from_secs(60)); println!(\"after\");",
            "std::thread::sleep(std::time::Duration::from_secs(60));\nprintln!(\"after\");",
            "std::thread::spawn(|| std::thread::sleep(std::time::Duration::from_secs(60))).join().unwrap();\nprintln!(\"after\");",
            "std::process::Command::new(\"sleep\").arg(\"60\").status()?; println!(\"after\");",
            "std::process::Command::new(\"sh\").args([\"-c\", \"sleep 60\"]).output()?;\nprintln!(\"after\");",
        ]:
            self.assert_stops(code)
        # A process that ignores the interrupt, such as a shell's background job, is ended after two seconds.
        self.assert_stops('std::process::Command::new("sh").args(["-c", "sleep 60 & wait"]).output()?;')
        deaf = 'std::process::Command::new("sh").args(["-c", "trap \\"\\" INT; sleep 61; true"]).status()?;'
        self.assert_stops(deaf)

    def test_a_question(self):
        request = self.kernel.client.execute("let mut line = String::new();\nstd::io::stdin().read_line(&mut line)?;\n"
                                             "println!(\"after\");", allow_stdin=True)
        self.kernel.client.get_stdin_msg(timeout=PATIENCE)
        self.kernel.manager.interrupt_kernel()
        outcome = self.kernel.wait(request)
        self.assertEqual(outcome.error[0], "Interrupted")
        self.assertNotIn("after", outcome.text())
        self.assertEqual(self.run_ok("kept.len()").result, {"text/plain": "2"})
        request = self.kernel.client.execute('let name = input("name? ");\nname', allow_stdin=True)
        asked = self.kernel.client.get_stdin_msg(timeout=PATIENCE)
        self.assertEqual(asked["content"]["prompt"], "name? ")
        self.kernel.client.input("Ada Lovelace")
        outcome = self.kernel.wait(request)
        self.assertEqual(outcome.result, {"text/plain": '"Ada Lovelace"'})
        # If nobody can answer, the input is at its end.
        outcome = self.kernel.run("let mut line = String::new();\nstd::io::stdin().read_line(&mut line)?",
                                  allow_stdin=False)
        self.assertEqual(outcome.result, {"text/plain": "0"})

    def test_a_fit_keeps_weights_and_history(self):
        def second_epoch(message):
            return re.match(r"epoch ([2-9]|\d\d)", message["content"].get("data", {}).get("text/plain", ""))

        self.assert_stops("let fresh = model.clone().seed(1);\nmodel.fit(&data, Fit::epochs(100_000_000))?;",
                          ready=second_epoch)
        self.run_ok("let reached = model.history().get(\"loss\").unwrap().len();")
        self.assertGreater(int(self.run_ok("reached").result["text/plain"]), 1)
        self.run_ok("model.fit(&data, Fit::epochs(1).verbose(0))?;")

    def test_cross_validation_and_a_search(self):
        self.assert_stops("KFold::new(3).fit(&model, &data, Fit::epochs(100_000_000))?")
        self.assert_stops("""
            GridSearch::new(|hp| Sequential::new([2])
                    .add(Dense::new(hp.choice("units", [4, 8])).activation(Relu))
                    .add(Dense::new(2).activation(Softmax))
                    .compile(Sgd::new(0.1), CategoricalCrossentropy::new(), [Accuracy::new()]))
                .fit(Fit::epochs(100_000_000).validation_split(0.2))
                .objective("val_accuracy")
                .workers(2)
                .run(&data, "memory")?""")

    def test_an_interrupt_without_a_cell_does_not_meet_the_next(self):
        self.kernel.interrupt()
        self.assertEqual(self.run_ok("5+5").result, {"text/plain": "10"})

    def test_run_all_stops(self):
        first = self.kernel.client.execute("loop {}")
        second = self.kernel.client.execute("println!(\"must not run\")")
        # The first one is stopped, whether it is still being compiled or already runs.
        time.sleep(1.5)
        self.kernel.manager.interrupt_kernel()
        self.assertEqual(self.kernel.wait(first).status, "error")
        self.assertEqual(self.kernel.reply(second)["status"], "aborted")


class StoppedStart(unittest.TestCase):
    def test_a_stop_while_the_kernel_starts_is_not_lost(self):
        kernel = Kernel.__new__(Kernel)
        from jupyter_client.manager import KernelManager

        kernel.manager = KernelManager(kernel_name="dfdx-lab")
        kernel.manager.start_kernel()
        kernel.client = kernel.manager.client()
        kernel.client.start_channels()
        request = kernel.client.execute("loop {}")
        time.sleep(0.05)
        kernel.manager.interrupt_kernel()
        end = time.monotonic() + PATIENCE
        status = None
        while status is None and time.monotonic() < end:
            reply = kernel.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == request:
                status = reply["content"]["status"]
        self.assertIn(status, ["aborted", "error"])
        kernel.client.wait_for_ready(timeout=PATIENCE)
        self.assertEqual(kernel.run("1+1").result, {"text/plain": "2"})
        kernel.stop()
