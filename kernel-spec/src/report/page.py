"""The page of a notebook that was run. `run.py` follows in the same script."""

import base64
import copy
import html
import html.parser
import json
import pathlib
import queue
import re
import sys
import tempfile
import time

import mistune
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter
from nbconvert.filters import markdown2html

HEAD = "application/vnd.dfdx-lab.head+json"
ROWS = "application/vnd.dfdx-lab.rows+json"
PROFILES = {
    "tiny": "tiny: a test that every cell runs; its figures mean nothing",
    "quick": "quick: a smaller experiment than the published one, which <code>--full</code> runs",
    "full": "full: the data, epochs and tries of the published report",
}
# The page must not fetch anything, so it has no scripts from elsewhere, and nothing that needs them.
TEMPLATE = """{% extends 'lab/index.html.j2' %}
{% block html_head_js %}{% endblock %}
{% block html_head_js_requirejs %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_css %}{{ super() }}{% endblock %}
{% macro mathjax() %}{% endmacro %}
{% block input_group %}
{%- if 'hide-input' in cell.metadata.get('tags', []) -%}
<details class="code"><summary>The code that writes this</summary>{{ super() }}</details>
{%- else -%}{{ super() }}{%- endif -%}
{% endblock %}
"""


def page_of(notebook, path, facts, order):
    notebook = copy.deepcopy(notebook)
    title = order["title"] or take_title(notebook) or path.stem
    if order["title"]:
        take_title(notebook)
    number(notebook)
    body = exported(notebook, path)
    # Removes the scripts that the template still adds for formulas and diagrams.
    body = re.sub(r"<script\b(?:(?!</script>).)*?https?://(?:(?!</script>).)*?</script>", "", body, flags=re.S)
    body = re.sub(r"<link\b[^>]*https?://[^>]*>", "", body)
    body = re.sub(r'(<div class="highlight hl-[^"]*"><pre>)(.*?)(</pre>)', marked_lines, body, flags=re.S)
    plain = re.sub(r"<[^>]*>", "", inline(title))
    body = re.sub(r"<title>.*?</title>", lambda _: f"<title>{plain}</title>", body, count=1, flags=re.S)
    body = body.replace("</head>", f"<style>{order['css']}</style>\n</head>", 1)
    body, contents = with_contents(body)
    head = head_of(title, contents, facts, order)
    return re.sub(r"<main\b[^>]*>", lambda main: main.group(0) + head, body, count=1)


def exported(notebook, path):
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
        return exporter.from_notebook_node(notebook, resources)[0]


def inline(text):
    """Markdown of one paragraph, without the paragraph."""
    return re.sub(r"^<p>(.*)</p>$", r"\1", markdown2html(text).strip(), flags=re.S)


def take_title(notebook):
    """The notebook's own title, which moves to the head of the page."""
    first = notebook.cells[0] if notebook.cells else None
    if not first or first.cell_type != "markdown":
        return None
    found = re.match(r"#[ \t]+(.+)\n*", first.source)
    if not found:
        return None
    first.source = first.source[found.end():]
    return found.group(1).strip()


def number(notebook):
    """Figures and tables get their numbers; each table may scroll by itself on a narrow screen."""
    counts = {"Figure": 0, "Table": 0}

    def caption(kind):
        counts[kind] += 1
        return f'<span class="number" id="{kind.lower()}-{counts[kind]}">{kind} {counts[kind]}</span>'

    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("data", {}).get("text/html")
            if not text:
                continue
            if text.lstrip().startswith("<img "):
                text = f'<figure>{text}<figcaption>{caption("Figure")}</figcaption></figure>'
            elif "<table" in text:
                if "<caption" in text:
                    text = re.sub(r"<caption[^>]*>", lambda m: f'{m.group(0)}{caption("Table")} · ', text, count=1)
                else:
                    text = re.sub(r"<table[^>]*>", lambda m: f'{m.group(0)}<caption>{caption("Table")}</caption>', text, count=1)
                text = re.sub(r"<table.*?</table>", fitted, text, flags=re.S)
            output["data"]["text/html"] = text


def fitted(found):
    """A table in a box that scrolls; the headings of a wide one may break after `_`."""
    text = found.group(0)
    columns = len(re.findall(r"<th\b", text.split("</tr>", 1)[0]))
    if columns > 8:
        kind = "wide" if columns < 14 else "wide very-wide"
        text = re.sub(r"(<th\b[^>]*>)(.*?)(</th>)", lambda th: th[1] + th[2].replace("_", "_<wbr>") + th[3], text, flags=re.S)
        return f'<div class="scroll {kind}">{text}</div>'
    return f'<div class="scroll">{text}</div>'


def marked_lines(found):
    """Each line of code is an element of its own, so that a wrapped one can carry a mark."""
    lines = found.group(2).rstrip("\n").split("\n")
    return found.group(1) + "".join(f'<span class="line">{line}</span>' for line in lines) + found.group(3)


def with_contents(body):
    """The page with a name for each section, and the list of them."""
    items = []

    def named(found):
        text = re.sub("<[^>]*>", "", found.group(2)).strip()
        items.append(f'<li><a href="#section-{len(items) + 1}">{text}</a></li>')
        return f'<h2 id="section-{len(items)}"{found.group(1)}>{found.group(2)}</h2>'

    body = re.sub(r"<h2([^>]*)>(.*?)</h2>", named, body, flags=re.S)
    if len(items) < 2:
        return body, ""
    return body, f'<nav class="contents"><p>Contents</p><ul>{"".join(items)}</ul></nav>'


def head_of(title, contents, facts, order):
    minutes, seconds = divmod(round(facts["seconds"]), 60)
    lines = [
        ("Profile", PROFILES.get(facts["profile"])),
        ("Data", inline(facts["head"]["data"]) if "data" in facts["head"] else None),
        ("Result", inline(facts["head"]["result"]) if "result" in facts["head"] else None),
        ("Run", f'{facts["date"]}, {f"{minutes} min " if minutes else ""}{seconds} s, {html.escape(facts["machine"])}'),
        ("Version", html.escape(facts["version"])),
    ]
    rows = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in lines if text)
    author = f'<p class="author">{html.escape(order["author"])}</p>' if order["author"] else ""
    return f'\n<header class="report"><h1>{inline(title)}</h1>{author}<dl class="run">{rows}</dl>{contents}</header>\n'


def without_paths(notebook, folders):
    """Removes the paths of the user's folders: no page must show them."""
    def clean(text):
        for folder, name in folders:
            text = text.replace(folder, name)
        return text

    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text" in output:
                output["text"] = clean(output["text"])
            for mime, content in output.get("data", {}).items():
                if mime.startswith("text/") and isinstance(content, str):
                    output["data"][mime] = clean(content)


