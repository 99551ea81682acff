"""Lines and seconds of the courseworks beside those of their twins, for the tables of docs/coursework.md.

    python compare.py run times.json [NAME ...]     runs the twins, notes their seconds
    python compare.py table REPORTS times.json      prints the table; REPORTS is the folder of `cargo lab report --coursework`

Needs what the twins need, and optuna for search.py. Seconds "in fits" are those in keras.Model.fit, and those of the cells
that fit or search, their compilation included. Lines are counted without blank ones, comments and the docstring; the
cell with the profile is not counted.
"""

import datetime
import json
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
# Runs a twin in this process, and prints how long its fits took.
TIMED = """
import runpy, sys, time, keras
plain, spent = keras.Model.fit, []
def fit(self, *args, **more):
    begun = time.perf_counter()
    try:
        return plain(self, *args, **more)
    finally:
        spent.append(time.perf_counter() - begun)
keras.Model.fit = fit
runpy.run_path(sys.argv[1], run_name="__main__")
print("IN FITS", sum(spent))
"""


def run(path, names):
    path = pathlib.Path(path).resolve()
    times = json.loads(path.read_text()) if path.exists() else {}
    for name in names or sorted(p.stem for p in HERE.glob("*.py") if p.stem != "compare"):
        begun = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", TIMED, f"{name}.py"], cwd=HERE, capture_output=True, text=True)
        whole = time.perf_counter() - begun
        if done.returncode != 0:
            sys.exit(f"{name}: {done.stderr[-2000:]}")
        fits = float(done.stdout.split("IN FITS")[-1])
        times[name] = {"seconds": round(whole, 1), "fits": round(fits, 1)}
        path.write_text(json.dumps(times, indent=1) + "\n")
        print(name, times[name], flush=True)


def counted(lines, comment):
    return sum(1 for line in lines if line.strip() and not line.strip().startswith(comment))


def ours(reports, name):
    cells = json.loads((HERE.parent / f"{name}.ipynb").read_text())["cells"]
    code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code" and "parameters" not in c["metadata"].get("tags", [])]
    lines = counted("\n".join(code).splitlines(), "//")
    done = json.loads((reports / f"{name}.ipynb").read_text())["cells"]
    fits = 0.0
    for cell in done:
        source, ran = "".join(cell["source"]), cell["metadata"].get("execution", {})
        if ".fit(" in source or ".run(" in source or ".refit(" in source:
            begun, ended = (datetime.datetime.fromisoformat(ran[key].replace("Z", "+00:00")) for key in
                            ("iopub.status.busy", "iopub.status.idle"))
            fits += (ended - begun).total_seconds()
    facts = json.loads((reports / f"{name}.json").read_text())
    return lines, facts["seconds"], fits


def table(reports, path):
    reports, times = pathlib.Path(reports), json.loads(pathlib.Path(path).read_text())
    print("| notebook | lines here | of the twin | seconds here | of the twin | in fits here | of the twin |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for notebook in sorted(HERE.parent.glob("*.ipynb")):
        name = notebook.stem
        lines, seconds, fits = ours(reports, name)
        text = (HERE / f"{name}.py").read_text().split('"""', 2)[2]
        twin = times.get(name, {})
        cells = [lines, counted(text.splitlines(), "#"), seconds, twin.get("seconds", "-"), fits, twin.get("fits", "-")]
        print(f"| {name} | " + " | ".join(f"{c:.1f}" if isinstance(c, float) else str(c) for c in cells) + " |")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", path, *names]:
            run(path, names)
        case ["table", reports, path]:
            table(reports, path)
        case _:
            sys.exit(__doc__)
