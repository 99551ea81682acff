"""A user's session in JupyterLab, played by a headless Chromium; look at its screenshots.

It types, completes, asks for help, runs notebook 01, watches a fit's bar and curves move, presses stop, uses a
variable from before, and runs all again. It is not part of `cargo lab test`, because it needs a browser:

    cargo lab setup
    python3 -m venv /tmp/browser && /tmp/browser/bin/pip install playwright
    /tmp/browser/bin/python kernel-spec/tests/lab_session.py .lab --out /tmp/screenshots

`chromium` or `google-chrome` must be on the path; else `playwright install chromium` fetches one.
"""

import argparse
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from playwright.sync_api import sync_playwright

PROJECT = pathlib.Path(__file__).resolve().parents[2]
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"]
TOKEN = "session"

MODEL = """let x = Array::new([2000, 2], (0..4000).map(|i| (i * 37 % 101) as f32 / 101.0).collect())?;
let numbers = Dataset::new(x, (0..2000).map(|i| usize::from(i % 3 == 0)).collect(), ["a", "b"])?;
let mut model = Sequential::new([2]).add(Dense::new(8).activation(Relu)).add(Dense::new(2).activation(Softmax))
    .compile(Sgd::new(0.1), CategoricalCrossentropy::new(), [Accuracy::new()])?;"""

FIT = """model.fit(&numbers, Fit::epochs(1_000_000).validation_split(0.2).live_plot())?;"""


def notebook(cells):
    code = [{"cell_type": "code", "id": f"cell{n}", "source": text, "metadata": {}, "outputs": [], "execution_count": None}
            for n, text in enumerate(cells)]
    kernel = {"name": "dfdx-lab", "display_name": "Rust (dfdx-lab)", "language": "rust"}
    return {"cells": code, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


class Session:
    def __init__(self, page, address, out):
        self.page, self.address, self.out, self.count = page, address, out, 0

    def picture(self, name):
        self.count += 1
        path = self.out / f"{self.count:02}-{name}.png"
        self.page.screenshot(path=path)
        print(f"{path}", flush=True)

    def open(self, name):
        self.page.goto(f"{self.address}/lab/tree/{name}?token={TOKEN}&reset")
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell .cm-content", timeout=60_000)
        self.wait_idle(90)

    def wait_idle(self, seconds):
        """Waits until no cell runs or waits."""
        end = time.monotonic() + seconds
        calm = 0
        while calm < 3:
            assert time.monotonic() < end, "the kernel is still busy"
            idle = self.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').count() > 0
            waits = self.page.locator(".jp-InputPrompt", has_text="[*]").count() > 0
            calm = calm + 1 if idle and not waits else 0
            time.sleep(0.3)

    def cell(self, number):
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def type(self, number, text):
        """Types into a cell, without the brackets that JupyterLab closes by itself."""
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.type(text, delay=15)

    def write(self, number, text):
        """Pastes a text into a cell."""
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.insert_text(text)

    def text(self, number):
        return self.cell(number).locator(".cm-content").inner_text()

    def until(self, key, seen):
        """Presses a key until something is seen: rust-analyzer reads the library for some seconds."""
        for _ in range(30):
            self.page.keyboard.press(key)
            for _ in range(10):
                if seen():
                    return
                time.sleep(0.2)
        raise AssertionError(f"{key} does nothing")

    def run(self, seconds=60):
        self.page.keyboard.press("Control+Enter")
        time.sleep(0.5)
        self.wait_idle(seconds)

    def output(self, number):
        return self.cell(number).locator(".jp-Cell-outputArea").inner_text()

    def menu(self, name, item):
        self.page.locator(".lm-MenuBar-itemLabel", has_text=name).first.click()
        self.page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()

    def saved(self, path):
        """The cells' outputs, as the file has them."""
        self.page.keyboard.press("Control+s")
        time.sleep(2)
        cells = json.loads(path.read_text())["cells"]
        return [output for cell in cells for output in cell.get("outputs", [])]


def play(session, folder):
    page = session.page
    session.open("first.ipynb")
    session.picture("ready")

    session.type(0, "let mice = datasets::sleep_stages_qu")
    # One match is completed at once; of several the first is taken.
    session.until("Tab", lambda: "quick" in session.text(0) or page.locator(".jp-Completer:visible").count())
    session.picture("completed")
    if page.locator(".jp-Completer:visible").count():
        page.keyboard.press("Enter")
    page.keyboard.type("()?;", delay=15)
    typed = session.text(0)
    assert "datasets::sleep_stages_quick()" in typed, typed
    session.cell(0).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("let mice = datasets::sleep_stages_quick()?;\nmice.train.head(3)")
    session.run()
    assert "epoch" in session.output(0).lower() or "state" in session.output(0).lower(), session.output(0)

    session.type(1, "mice.train.")
    session.until("Tab", lambda: page.locator(".jp-Completer:visible").count())
    session.picture("methods")
    page.keyboard.press("Escape")
    session.cell(1).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("Fit::epochs")
    session.until("Shift+Tab", lambda: page.locator(".jp-Tooltip:visible").count())
    session.picture("help")
    told = page.locator(".jp-Tooltip").inner_text()
    assert "passes over the data" in told, told
    page.keyboard.press("Escape")

    session.write(2, MODEL)
    session.run()
    session.write(3, FIT)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".jp-OutputArea-output:has-text('epoch')", timeout=60_000)
    first = session.output(3)
    time.sleep(4)
    session.picture("a-fit-runs")
    assert session.output(3) != first, "the bar does not move"
    assert session.cell(3).locator(".jp-OutputArea-output img").count() == 1, "one picture of the curves"
    page.locator('[data-jp-item-name="interrupt"]').locator("jp-button, button").first.click()
    session.wait_idle(5)
    session.picture("stopped")
    assert "Interrupted" in session.output(3), session.output(3)

    session.write(4, "(mice.train.rows(), model.history().epochs().len() > 1)")
    session.run()
    session.picture("a-variable-from-before")
    assert "true" in session.output(4), session.output(4)
    page.keyboard.press("Control+s")

    session.open("01-sleep-stages.ipynb")
    for turn in ["run-all", "run-all-again"]:
        session.menu("Run", "Run All Cells")
        time.sleep(2)
        session.picture(f"{turn}-begun")
        session.wait_idle(600)
        session.picture(turn)
        outputs = session.saved(folder / "01-sleep-stages.ipynb")
        errors = [output for output in outputs if output["output_type"] == "error"]
        assert not errors, errors
        assert len(outputs) > 20, len(outputs)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("home", type=pathlib.Path, help="what `cargo lab setup` has made: .lab, or DFDX_LAB_HOME")
    arguments.add_argument("--out", type=pathlib.Path, required=True, help="the folder for the screenshots")
    given = arguments.parse_args()
    home = given.home.resolve()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = pathlib.Path(name)
        (folder / "first.ipynb").write_text(json.dumps(notebook([""] * 5)))
        first = (PROJECT / "notebooks/01-sleep-stages.ipynb").read_text()
        (folder / "01-sleep-stages.ipynb").write_text(first.replace("Profile::Quick;", "Profile::Tiny;", 1))
        # All cells are drawn, including those out of sight.
        settings = folder / "settings/@jupyterlab/notebook-extension"
        settings.mkdir(parents=True)
        (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
        apart = folder / "settings/@jupyterlab/apputils-extension"
        apart.mkdir(parents=True)
        (apart / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        command = [home / "python/bin/jupyter-lab", "--no-browser", f"--port={port}", f"--IdentityProvider.token={TOKEN}",
                   f"--ServerApp.root_dir={folder}", "--allow-root"]
        environment = {**os.environ, "JUPYTER_PATH": str(home / "share/jupyter"),
                       "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
                       "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces")}
        log = open(given.out / "jupyter.log", "w")
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            for _ in range(100):
                try:
                    urllib.request.urlopen(f"{address}/api?token={TOKEN}")
                    break
                except OSError:
                    time.sleep(0.5)
            program = next(filter(None, map(shutil.which, BROWSERS)), None)
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1300, "height": 1000})
            session = Session(page, address, given.out)
            try:
                play(session, folder)
            except BaseException:
                session.picture("failed")
                raise
            browser.close()
        finally:
            server.terminate()
            server.wait(20)
    print("the session went well; now look at the screenshots")


if __name__ == "__main__":
    sys.exit(main())
