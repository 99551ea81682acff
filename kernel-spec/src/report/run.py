"""Runs one notebook in Jupyter; writes its page and its rows. Called by `cargo lab report`.

Arguments: notebook, output folder, profile. A line of JSON on standard output tells of each step.
"""

import json
import pathlib
import re
import sys
import tempfile
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter

ROWS = "application/vnd.dfdx-lab.rows+json"
PROFILES = {"quick": "Quick", "full": "Full"}
# The page must not fetch anything: no scripts from elsewhere, and no use for them.
TEMPLATE = """{% extends 'lab/index.html.j2' %}
{% block html_head_js %}{% endblock %}
{% block html_head_js_requirejs %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_css %}{{ super() }}{% endblock %}
{% macro mathjax() %}{% endmacro %}
"""


def tell(**facts):
    print(json.dumps(facts), flush=True)


def inject(notebook, profile):
    """Puts the chosen profile behind the cell tagged `parameters`, as papermill does."""
    tagged = [
        i for i, cell in enumerate(notebook.cells)
        if "parameters" in cell.metadata.get("tags", [])
    ]
    if not tagged:
        return False
    cell = nbformat.v4.new_code_cell(f"let profile = Profile::{PROFILES[profile]};")
    cell.metadata["tags"] = ["injected-parameters"]
    notebook.cells.insert(tagged[0] + 1, cell)
    return True


def rows_of(notebook):
    rows = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found = output.get("data", {}).get(ROWS, [])
            rows.extend(found if isinstance(found, list) else [found])
    return [{key: row.get(key) for key in ("what", "reported", "reproduced", "note")} for row in rows]


def page_of(notebook, path):
    with tempfile.TemporaryDirectory() as folder:
        template = pathlib.Path(folder) / "report"
        template.mkdir()
        (template / "index.html.j2").write_text(TEMPLATE, encoding="utf-8")
        (template / "conf.json").write_text('{"base_template": "lab"}', encoding="utf-8")
        exporter = HTMLExporter(
            template_name="report", extra_template_basedirs=[folder], embed_images=True
        )
        exporter.exclude_anchor_links = True
        resources = {"metadata": {"name": path.stem, "path": str(path.parent)}}
        body, _ = exporter.from_notebook_node(notebook, resources)
    # What the template still brings along for formulas and diagrams.
    body = re.sub(r"<script\b(?:(?!</script>).)*?https?://(?:(?!</script>).)*?</script>", "", body, flags=re.S)
    return re.sub(r"<link\b[^>]*https?://[^>]*>", "", body)


def main():
    path, out, profile = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]), sys.argv[3]
    notebook = nbformat.read(path, as_version=4)
    if profile != "quick" and not inject(notebook, profile):
        tell(error="the notebook has no cell tagged `parameters`, so it has no profile but its own")
        return 1
    # The numbers are those of the cells in the file: the injected one has none.
    code = [
        i for i, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.source.strip()
        and "injected-parameters" not in cell.metadata.get("tags", [])
    ]
    number = {index: place + 1 for place, index in enumerate(code)}
    current = {"index": None}

    def started(cell, cell_index):
        current["index"] = cell_index
        if cell_index in number:
            line = cell.source.strip().splitlines()[0]
            tell(cell=number[cell_index], of=len(code), line=line)

    client = NotebookClient(
        notebook,
        kernel_name="dfdx-lab",
        timeout=None,
        startup_timeout=60,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=started,
    )
    start = time.monotonic()
    try:
        client.execute()
    except CellExecutionError as error:
        lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in failed(notebook, current["index"])]
        tell(failed=number.get(current["index"], 0), error="\n".join(lines) or str(error))
        return 1
    except (DeadKernelError, RuntimeError) as error:
        tell(failed=number.get(current["index"], 0), error=f"the kernel ended: {error}")
        return 1
    seconds = round(time.monotonic() - start, 3)
    out.mkdir(parents=True, exist_ok=True)
    rows = rows_of(notebook)
    page = out / f"{path.stem}.html"
    page.write_text(page_of(notebook, path), encoding="utf-8")
    facts = {"notebook": path.stem, "profile": profile, "rows": rows, "seconds": seconds}
    (out / f"{path.stem}.json").write_text(
        json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    tell(done=str(page), rows=len(rows), seconds=seconds)
    return 0


def failed(notebook, index):
    outputs = notebook.cells[index].get("outputs", []) if index is not None else []
    for output in outputs:
        if output.get("output_type") == "error":
            return output.get("traceback") or [f"{output.ename}: {output.evalue}"]
    return []


if __name__ == "__main__":
    sys.exit(main())
