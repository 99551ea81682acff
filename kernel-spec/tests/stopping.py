"""The stop button: whatever runs, it comes back soon, and the variables are kept."""

import time
import unittest

from client import Cells, Kernel

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

    def assert_stops(self, code, within=1.0, **options):
        outcome, seconds = self.stop(code, **options)
        self.assertEqual(outcome.status, "error", code)
        self.assertEqual(outcome.error[0], "Interrupted", code)
        self.assertLess(seconds, within, code)
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

    def test_waiting(self):
        for code in [
            "std::thread::sleep(std::time::Duration::from_secs(60)); println!(\"after\");",
            "std::thread::sleep(std::time::Duration::from_secs(60));\nprintln!(\"after\");",
            "std::process::Command::new(\"sleep\").arg(\"60\").status()?; println!(\"after\");",
            "std::process::Command::new(\"sh\").args([\"-c\", \"sleep 60\"]).output()?;\nprintln!(\"after\");",
        ]:
            self.assert_stops(code)
        # What hears no interrupt, as a shell's background, is ended after two seconds.
        self.assert_stops('std::process::Command::new("sh").args(["-c", "sleep 60 & wait"]).output()?;', within=4)
        deaf = 'std::process::Command::new("sh").args(["-c", "trap \\"\\" INT; sleep 61; true"]).status()?;'
        self.assert_stops(deaf, within=4)

    def test_a_question(self):
        self.assert_stops("let mut line = String::new();\nstd::io::stdin().read_line(&mut line)?;\n"
                          "println!(\"after\");", allow_stdin=True)
        self.kernel.client.get_stdin_msg(timeout=5)
        request = self.kernel.client.execute('let name = input("name? ");\nname', allow_stdin=True)
        asked = self.kernel.client.get_stdin_msg(timeout=20)
        self.assertEqual(asked["content"]["prompt"], "name? ")
        self.kernel.client.input("Ada Lovelace")
        outcome = self.kernel.wait(request)
        self.assertEqual(outcome.result, {"text/plain": '"Ada Lovelace"'})
        # Where nobody can answer, the text is at its end.
        outcome = self.kernel.run("let mut line = String::new();\nstd::io::stdin().read_line(&mut line)?",
                                  allow_stdin=False)
        self.assertEqual(outcome.result, {"text/plain": "0"})

    def test_a_fit_keeps_weights_and_history(self):
        self.assert_stops("let fresh = model.clone().seed(1);\nmodel.fit(&data, Fit::epochs(100_000_000))?;")
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
                .run(&data, "memory")?""", within=2)

    def test_an_interrupt_without_a_cell_does_not_meet_the_next(self):
        self.kernel.manager.interrupt_kernel()
        time.sleep(0.5)
        self.assertEqual(self.run_ok("5+5").result, {"text/plain": "10"})

    def test_run_all_stops(self):
        first = self.kernel.client.execute("loop {}")
        second = self.kernel.client.execute("println!(\"must not run\")")
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
        end = time.monotonic() + 30
        status = None
        while status is None and time.monotonic() < end:
            reply = kernel.client.get_shell_msg(timeout=30)
            if reply["parent_header"].get("msg_id") == request:
                status = reply["content"]["status"]
        self.assertIn(status, ["aborted", "error"])
        kernel.client.wait_for_ready(timeout=60)
        self.assertEqual(kernel.run("1+1").result, {"text/plain": "2"})
        kernel.stop()
