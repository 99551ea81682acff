"""Many cells of every kind: the kernel lives, variables stay as they are, and memory does not grow.

`DFDX_LAB_CELLS` sets their number; by hand a thousand, which take ten minutes on a busy machine.
"""

import os
import pathlib
import subprocess

from client import Cells

CELLS = int(os.environ.get("DFDX_LAB_CELLS", "60"))

# The cell, and the error that it ends with.
MIXED = [
    ("let a{n} = vec![{n}; 1000];\nlet total: i32 = a{n}.iter().sum();\ntotal", None),
    ("nowhere{n}", "CompileError"),
    ("let v: Vec<i32> = vec![];\nv[{n}]", "Panic"),
    ("let n: i32 = \"x{n}\".parse()?;", "Error"),
    ("fn helper() -> usize {{ {n} }}\nhelper() + kept.len()", None),
    ("struct Mouse {{ age: [u8; 1 + {n} % 3] }}\nlet mouse = Mouse {{ age: [0; 1 + {n} % 3] }};\nmouse.age.len()", None),
    ("let taken = words;\ntaken.len()", None),
    ("std::process::exit({n});", "Exit"),
    ("println!(\"{{}}\", \"z\".repeat(10_000));", None),
    ("let text = format!(\"{{}} and {n}\", words[0]);\nlet text = text.len();\ntext", None),
    ("let mut count = count;\ncount += 1;", None),
    ("half(1.0", "CompileError"),
    ("Some(Array::zeros([10, 10])?)", None),
    ("stop", "Interrupted"),
]


def resident(pid):
    """The resident memory of a process, in MB."""
    fields = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    of = {line.split(":")[0]: int(line.split()[1]) for line in fields if line.endswith("kB")}
    return (of["Rss"]) / 1024


class Endurance(Cells):
    def memory(self):
        """The memory of the kernel, and that of the process of its cells."""
        kernel = self.kernel.manager.provisioner.pid
        children = subprocess.run(["pgrep", "-P", str(kernel)], capture_output=True, text=True).stdout.split()
        return resident(kernel), sum(resident(child) for child in children)

    def test_mixed_cells_leave_everything_as_it_is_said_to_be(self):
        self.run_ok("let kept = vec![1.5, 2.5];\nlet words = vec![String::from(\"one\")];\nlet mut count = 0;")
        self.run_ok("1 + 1")
        # The answer comes when completion is ready, and so has taken its memory.
        self.kernel.reply(self.kernel.client.complete("Sequen"))
        marks = []
        for n in range(CELLS):
            code, expected = MIXED[n % len(MIXED)]
            if code == "stop":
                outcome, _ = self.stop("loop {}", after=0.05)
                self.assertEqual(outcome.error[0], expected)
            elif expected:
                self.assertEqual(self.run_error(code.format(n=n))[0], expected, code)
            else:
                self.run_ok(code.format(n=n))
            if n % max(1, CELLS // 10) == 0 and os.path.exists("/proc/self/smaps_rollup"):
                marks.append(self.memory())
        self.assertEqual(self.run_ok("(kept.len(), words.len())").result, {"text/plain": "(2, 1)"})
        counted = sum(1 for n in range(CELLS) if "count += 1" in MIXED[n % len(MIXED)][0])
        self.assertEqual(self.run_ok("count").result, {"text/plain": str(counted)})
        if marks:
            told = ", ".join(f"{kernel:.0f} + {cells:.0f}" for kernel, cells in marks)
            print(f"\n{CELLS} cells, MB of the kernel and of its cells: {told}", flush=True)
            # Completion gets ready during the first cells; after that nothing grows.
            first, last = sum(marks[len(marks) // 3]), sum(marks[-1])
            self.assertLess(last - first, 20 + 0.03 * CELLS)
