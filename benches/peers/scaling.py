"""How a training step's time falls with the cores: measured on one and two, extrapolated to 4, 8 and 16.

    python scaling.py NAME=COMMAND [NAME=COMMAND …]

Each command is called as `COMMAND WORKLOAD` and prints `WORKLOAD <x> ms/step`, as `cargo bench --bench
training_steps` does; `taskset` gives it one core or two, in turn. The two times determine Amdahl's law, T(n) = serial +
shared / n; the serial share includes the waiting at the end of each piece. The law ignores that all cores share the
memory, so the extrapolated figures are upper limits. PIECES are the most pieces that our steps are cut into, whatever
the number of cores.
"""

import os
import re
import shlex
import statistics
import subprocess
import sys

ROUNDS = int(os.environ.get("ROUNDS", "5"))
PIECES = {
    "sleep_mlp_25-8-8-3_b32": 1,
    "mnist_mlp_b1": 2,
    "mnist_mlp_b256": 16,
    "fashion_mlp_7x300_b64": 16,
    "pw4_cnn_b128": 4,
    "cnn_2v7_b128": 4,
}


def step(command, workload, cores):
    run = subprocess.run(["taskset", "-c", cores, *shlex.split(command), workload], capture_output=True, text=True)
    found = re.search(re.escape(workload) + r"\s+([0-9.]+) ms/step", run.stdout)
    if not found:
        sys.exit(f"{command} {workload} printed no figure:\n{run.stdout[-500:]}\n{run.stderr[-500:]}")
    return float(found.group(1))


print("| workload | library | 1 core (ms) | 2 cores (ms) | faster | serial share | on 4 | 8 | 16 |")
print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
for workload, pieces in PIECES.items():
    for argument in sys.argv[1:]:
        name, command = argument.split("=", 1)
        pairs = [(step(command, workload, "0"), step(command, workload, "0,1")) for _ in range(ROUNDS)]
        one, two = (statistics.median(side) for side in zip(*pairs))
        serial = min(max(2 * two / one - 1, 0.0), 1.0)
        most = pieces if name == "ours" else 16
        law = [1 / (serial + (1 - serial) / min(n, most)) for n in (4, 8, 16)]
        print(f"| {workload} | {name} | {one:.4g} | {two:.4g} | {one / two:.2f} | {serial:.2f} | "
              + " | ".join(f"{x:.1f}" for x in law) + " |", flush=True)
