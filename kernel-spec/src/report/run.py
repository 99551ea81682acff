# Runs one notebook in Jupyter; writes its page and its facts. Called by `cargo lab report` with one
# argument, the order as JSON. Reports each step by a line of JSON on standard output.


def tell(**facts):
    print(json.dumps(facts), flush=True)


def inject(notebook, profile):
    """Puts the chosen profile after the cell tagged `parameters`, as papermill does."""
    tagged = [
        i for i, cell in enumerate(notebook.cells)
        if "parameters" in cell.metadata.get("tags", [])
    ]
    if not tagged:
        return False
    cell = nbformat.v4.new_code_cell(f"let profile = Profile::{profile.title()};")
    cell.metadata["tags"] = ["injected-parameters"]
    notebook.cells[tagged[0]] = cell
    return True


def outputs_of(notebook, mime):
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if mime in output.get("data", {}):
                yield output["data"][mime]


def rows_of(notebook):
    rows = []
    for found in outputs_of(notebook, ROWS):
        rows.extend(found if isinstance(found, list) else [found])
    return [{key: row.get(key) for key in ("what", "reported", "reproduced", "note")} for row in rows]


def failed(notebook, index):
    outputs = notebook.cells[index].get("outputs", []) if index is not None else []
    for output in outputs:
        if output.get("output_type") == "error":
            return output.get("traceback") or [f"{output.ename}: {output.evalue}"]
    return []


def keep(notebook, path, out):
    """The notebook with its outputs, to hand in or to look at when a cell failed."""
    out.mkdir(parents=True, exist_ok=True)
    kept = out / path.name
    # Never over the notebook itself.
    if kept.resolve() == path:
        kept = out / f"{path.stem}-executed.ipynb"
    write_whole(kept, nbformat.writes(notebook) + "\n")


class Failed(Exception):
    """What a cell wrote to its standard error, in a kernel that reports failures in no other way."""


def complaint(cell):
    """What a cell wrote to its standard error, but for the progress of a download."""
    text = "".join(o.text for o in cell.get("outputs", []) if o.get("name") == "stderr")
    lines = text.splitlines()
    return "\n".join(line for line in lines if not re.match(r"fetching |.* MB$", line)).strip()


def main():
    order = json.loads(sys.argv[1])
    path, out, profile = pathlib.Path(order["notebook"]).resolve(), pathlib.Path(order["out"]), order["profile"]
    notebook = nbformat.read(path, as_version=4)
    has_profile = inject(notebook, profile)
    if order["latex"]:
        notebook.cells.insert(0, nbformat.v4.new_code_cell("plot::format(Pdf);"))
    if profile != "quick" and not has_profile:
        tell(error="the notebook has no cell tagged `parameters`, so it has no profile but its own")
        return 1
    code = [
        i for i, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.source.strip()
    ]
    number = {index: place + 1 for place, index in enumerate(code)}
    current = {"index": None}

    def started(cell, cell_index):
        current["index"] = cell_index
        if cell_index in number:
            line = cell.source.strip().splitlines()[0]
            tell(cell=number[cell_index], of=len(code), line=line)

    async def ended(cell, cell_index, execute_reply):
        # evcxr_jupyter answers a panic and a failed `?` as if all were well, and may send what went
        # to standard error after its answer.
        if not order["stock"]:
            return
        try:
            while True:
                # Output that comes even later is found with the next cell; the last cell has none after it.
                last = cell_index == code[-1]
                message = await client.kc.get_iopub_msg(timeout=2 if last else 0.2)
                if message["msg_type"] == "stream":
                    cell.outputs.append(nbformat.v4.output_from_msg(message))
        except queue.Empty:
            pass
        if complaint(cell):
            raise Failed(complaint(cell))

    client = NotebookClient(
        notebook,
        kernel_name=order["kernel"],
        timeout=None,
        startup_timeout=60,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=started,
        on_cell_executed=ended,
    )
    folders = [(str(path.parent), "."), (order["project"], "."), (str(pathlib.Path.home()), "~")]
    folders = [(folder, name) for folder, name in folders if len(folder) > 1]
    start = time.monotonic()
    try:
        client.execute()
    except Exception as error:
        without_paths(notebook, folders)
        keep(notebook, path, out)
        # An error while the kernel is shut down hides the cell's own.
        chain = [error]
        while chain[-1].__context__:
            chain.append(chain[-1].__context__)
        cell = next((e for e in chain if isinstance(e, (CellExecutionError, Failed))), None)
        if cell:
            lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in failed(notebook, current["index"])]
            tell(failed=number.get(current["index"], 0), error="\n".join(lines) or str(cell))
        elif isinstance(error, (DeadKernelError, RuntimeError)):
            tell(failed=number.get(current["index"], 0), error=f"the kernel ended: {error}")
        else:
            raise
        return 1
    seconds = round(time.monotonic() - start, 3)
    if order["latex"]:
        del notebook.cells[0]
    without_paths(notebook, folders)
    title = take_title(copy.deepcopy(notebook))
    facts = {
        "notebook": path.stem,
        "title": order["title"] or (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title) if title else path.stem),
        "profile": profile if has_profile else None,
        "version": order["version"],
        "date": time.strftime("%Y-%m-%d"),
        "machine": order["machine"],
        "seconds": seconds,
        "head": {head["place"]: head["text"] for head in outputs_of(notebook, HEAD)},
        "rows": rows_of(notebook),
        "texts": list(outputs_of(notebook, "text/markdown")),
    }
    keep(notebook, path, out)
    page = out / f"{path.stem}.html"
    write_whole(page, page_of(notebook, path, facts, order))
    write_whole(out / f"{path.stem}.json", json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    if order["latex"]:
        latex_of(notebook, path, facts, order, out)
    tell(done=str(page), rows=len(facts["rows"]), seconds=seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
