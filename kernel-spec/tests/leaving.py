"""Cells that would end their process: exit, abort, a full stack, no memory, code that does not react to a stop."""

import sys
import time
import unittest

from client import Cells

LIST = """
struct Node { next: Option<Box<Node>> }
let mut head = Node { next: None };
for _ in 0..4_000_000 { head = Node { next: Some(Box::new(head)) }; }
let length = needed.len();
drop(head);
"""


class Leaving(Cells):
    def setUp(self):
        self.run_ok("let kept = vec![1.5, 2.5];\nlet needed = vec![1, 2, 3];")

    def assert_kept(self, *names):
        for name in names:
            self.assertIn(self.run_ok(f"{name}.len()").result["text/plain"], ["2", "3"])

    def test_exit_ends_the_cell_alone(self):
        for code in ["std::process::exit(3);", "use std::process;\nprocess::exit(needed.len() as i32);",
                     "fn end() { std::process::exit(3) }\nend();"]:
            name, value, trace = self.run_error("let own = needed.len();\n" + code + "\nprintln!(\"after\");")
            self.assertEqual((name, value), ("Exit", "the cell ended itself (3)"))
            self.assertIn("menu Kernel", trace)
            self.assert_kept("kept", "needed")
        self.assertIn("menu Kernel", self.run_error("exit()")[2])
        self.assertIn("menu Kernel", self.run_error("quit")[2])

    @unittest.skipUnless(sys.platform.startswith("linux"), "elsewhere the process ends")
    def test_what_cannot_be_unwound_loses_what_the_cell_uses(self):
        for code, word in [
            ("std::process::abort();", "aborted"),
            ("use std::process::exit;\nexit(4);", "a library ended the process (4)"),
            (LIST, "the stack is full"),
            ("unsafe { *(64 as *mut u8) = 1 };", "reached an address that is not its own"),
            ("std::thread::spawn(|| unsafe { *(64 as *mut u8) = 1 }).join().unwrap();", "not its own"),
            ("struct Bad; impl Drop for Bad { fn drop(&mut self) { panic!(\"again\") } }\nlet bad = Bad; panic!(\"once\");",
             "aborted in a panic"),
            ("extern \"C\" fn bare() { panic!(\"no way out\") }\nbare();", "aborted in a panic"),
        ]:
            self.setUp()
            name, value, trace = self.run_error("let own = needed.len();\n" + code)
            self.assertEqual(name, "Crash", code)
            self.assertIn(word, value)
            self.assertIn("lost with it: needed.", trace)
            self.assert_kept("kept")
            self.assertIn("`needed` was lost", self.run_error("needed")[2])
            self.assertEqual("Memory may be damaged" in trace, "not its own" in word)
            # Panics are still caught on the new stack.
            self.assertEqual(self.run_error("panic!(\"an own one\")")[:2], ("Panic", "an own one"))

    @unittest.skipUnless(sys.platform.startswith("linux"), "elsewhere memory has no limit")
    def test_memory_that_is_not_there_is_a_panic(self):
        for code in ["let large: Vec<u8> = Vec::with_capacity(1 << 46);",
                     "let large = vec![0u8; needed.len() << 46];"]:
            name, value, trace = self.run_error(code)
            self.assertEqual(name, "Panic")
            self.assertIn("there is not enough memory", value)
            self.assert_kept("kept", "needed")
        limits = self.run_ok("std::fs::read_to_string(\"/proc/self/limits\")?.lines()"
                             ".find(|line| line.starts_with(\"Max data size\")).unwrap().to_string()")
        self.assertNotIn("unlimited  ", limits.result["text/plain"].split("size")[1][:20])

    @unittest.skipUnless(sys.platform.startswith("linux"), "elsewhere the process ends")
    def test_code_that_is_deaf_to_a_stop_is_left_on_the_second(self):
        deaf = "let own = needed.len();\nlet n = (0..u64::MAX).fold(0u64, u64::wrapping_add); n"
        request = self.kernel.client.execute('println!("begun");\n' + deaf)
        self.kernel.wait_for_output(request)
        # The second one is handled after the first.
        self.kernel.manager.interrupt_kernel()
        time.sleep(0.5)
        self.kernel.manager.interrupt_kernel()
        outcome = self.kernel.wait(request)
        self.assertEqual(outcome.error[0], "Interrupted")
        self.assertIn("lost with it: needed.", outcome.error[2])
        self.assert_kept("kept")
        # A recursion that is too deep is noticed on the new stack, too.
        self.assertIn("recursion is too deep", self.run_error(
            "fn deep(n: u64) -> u64 { if n == 1 { 0 } else { 1 + deep(n + 2) } }\ndeep(0)")[1])
        self.assert_kept("kept")
