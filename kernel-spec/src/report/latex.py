

# What LaTeX does not take as it is. pdfLaTeX has no glyphs for most of the signs.
SIGNS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "–": "--", "—": "---", "…": r"\ldots{}", "“": "``", "”": "''",
    "‘": "`", "’": "'", "\u202f": r"\,", "\u00a0": "~", "\u2009": r"\,", "−": "$-$", "·": r"$\cdot$", "×": r"$\times$", "±": r"$\pm$",
    "√": r"$\surd$", "←": r"$\leftarrow$", "→": r"$\rightarrow$", "≤": r"$\leq$", "≥": r"$\geq$", "≈": r"$\approx$",
    "Σ": r"$\Sigma$", "²": "$^2$", "³": "$^3$", "⁻": "$^-$", "ᵗ": "$^t$", "₁": "$_1$", "₂": "$_2$", "∞": r"$\infty$", "∂": r"$\partial$",
    "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "δ": r"$\delta$", "ε": r"$\varepsilon$", "η": r"$\eta$",
    "λ": r"$\lambda$", "μ": r"$\mu$", "π": r"$\pi$", "ρ": r"$\rho$", "σ": r"$\sigma$", "τ": r"$\tau$", "ω": r"$\omega$",
}
SIGNS.update({"⁰¹⁴⁵⁶⁷⁸⁹"[i]: f"$^{d}$" for i, d in enumerate("01456789")})
SIGNS.update({"₀₃₄₅₆₇₈₉"[i]: f"$_{d}$" for i, d in enumerate("03456789")})


def tex(text):
    return "".join(SIGNS.get(sign, sign) for sign in text)


def inline_tex(tokens):
    """LaTeX of the parts of a paragraph, as mistune tells them."""
    out = []
    for token in tokens or []:
        kind, inner = token["type"], inline_tex(token.get("children"))
        if kind == "text":
            out.append(tex(html.unescape(token["raw"])))
        elif kind == "codespan":
            out.append(rf"\texttt{{{tex(html.unescape(token['raw']))}}}")
        elif kind == "strong":
            out.append(rf"\textbf{{{inner}}}")
        elif kind == "emphasis":
            out.append(rf"\emph{{{inner}}}")
        elif kind == "link":
            out.append(rf"\href{{{token['attrs']['url'].replace('%', chr(92) + '%').replace('#', chr(92) + '#')}}}{{{inner}}}")
        elif kind in ("softbreak", "linebreak"):
            out.append("\n")
        else:
            out.append(inner)
    return "".join(out)


def block_tex(tokens):
    """LaTeX of Markdown's blocks."""
    out = []
    for token in tokens or []:
        kind, inner = token["type"], token.get("children")
        if kind == "heading":
            level = min(max(token["attrs"]["level"], 2), 4)
            out.append(rf"\{'sub' * (level - 2)}section{{{inline_tex(inner)}}}")
        elif kind in ("paragraph", "block_text"):
            out.append(inline_tex(inner))
        elif kind == "list":
            name = "enumerate" if token["attrs"].get("ordered") else "itemize"
            items = "\n".join(r"\item " + block_tex(item["children"]).strip() for item in inner)
            out.append(f"\\begin{{{name}}}\n{items}\n\\end{{{name}}}")
        elif kind == "block_quote":
            out.append(f"\\begin{{quote}}\n{block_tex(inner).strip()}\n\\end{{quote}}")
        elif kind == "block_code":
            lines = token["raw"].rstrip("\n").split("\n")
            # A formula in a block of code has signs that `verbatim` cannot set.
            text = "\\\\\n".join(r"\texttt{" + tex(line).replace(" ", "~") + "}" for line in lines)
            out.append(f"\\begin{{flushleft}}\n{text}\n\\end{{flushleft}}")
        elif kind == "table":
            rows = [[inline_tex(cell["children"]) for cell in inner[0]["children"]]]
            rows += [[inline_tex(cell["children"]) for cell in row["children"]] for row in inner[1]["children"]]
            out.append(tabular(rows))
    return "\n\n".join(out) + "\n"


def markdown_tex(text):
    return block_tex(mistune.create_markdown(renderer="ast", plugins=["table"])(text))


def tabular(rows):
    """A table, its first row as heading, shrunk to the page where it is too wide."""
    columns = max(len(row) for row in rows)
    rows = [row + [""] * (columns - len(row)) for row in rows]
    number = re.compile(r"(\$-\$|[-+–~\\,. %]|\d)*(e-?\d+)?\d*")
    right = [all(number.fullmatch(row[i]) for row in rows[1:]) for i in range(columns)]
    kinds = "".join("r" if is_right else "l" for is_right in right)
    lines = [" & ".join(row) + r" \\" for row in rows]
    body = "\n".join([lines[0], r"\hline", *lines[1:]])
    return fitting(f"\\begin{{tabular}}{{{kinds}}}\n{body}\n\\end{{tabular}}")


def fitting(box):
    """At its own size, or at the width of the text if it is wider."""
    return f"\\resizebox{{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}}{{!}}{{%\n{box}}}"


class Tables(html.parser.HTMLParser):
    """The tables of a piece of HTML, as rows of texts, with their captions."""

    def __init__(self):
        super().__init__()
        self.tables, self.text = [], None

    def handle_starttag(self, tag, attributes):
        if tag == "table":
            self.tables.append({"rows": [], "caption": ""})
        elif tag == "tr" and self.tables:
            self.tables[-1]["rows"].append([])
        elif tag in ("td", "th", "caption"):
            self.text = ""

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self.tables and self.tables[-1]["rows"]:
            self.tables[-1]["rows"][-1].append(tex((self.text or "").strip()))
        elif tag == "caption" and self.tables:
            self.tables[-1]["caption"] = tex((self.text or "").strip())

    def handle_data(self, data):
        if self.text is not None:
            self.text += data


def latex_of(notebook, path, facts, order, out):
    """Writes `NAME.tex` and its figures; the code stays in the notebook."""
    figures = out / f"{path.stem}-figures"
    figures.mkdir(parents=True, exist_ok=True)
    notebook = copy.deepcopy(notebook)
    title = order["title"] or take_title(notebook) or path.stem
    if order["title"]:
        take_title(notebook)
    body, count = [], 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            body.append(markdown_tex(cell.source))
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "application/pdf" in data:
                count += 1
                figure = figures / f"figure-{count}.pdf"
                write_whole(figure, base64.b64decode(data["application/pdf"]))
                alt = re.search(r'alt="([^"]*)"', data.get("text/html", ""))
                caption = tex(html.unescape(alt.group(1))) if alt else ""
                body.append(
                    "\\begin{figure}[htbp]\n\\centering\n"
                    f"{fitting(chr(92) + f'includegraphics{{{figures.name}/{figure.name}}}')}\n"
                    f"\\caption{{{caption}}}\n\\end{{figure}}\n"
                )
            elif "text/markdown" in data:
                body.append(markdown_tex(data["text/markdown"]))
            elif "<table" in data.get("text/html", ""):
                found = Tables()
                found.feed(data["text/html"])
                for table in found.tables:
                    if table["rows"]:
                        caption = f"\\caption{{{table['caption']}}}\n"
                        body.append(f"\\begin{{table}}[htbp]\n\\centering\n{caption}{tabular(table['rows'])}\n\\end{{table}}\n")
    author = f"\\author{{{tex(order['author'])}}}\n" if order["author"] else ""
    text = "\n".join(body)
    # A notebook that numbers its headings itself needs no second number before them.
    numbers = "\\setcounter{secnumdepth}{0}\n" if re.search(r"^\\(sub)*section\{\d", text, re.M) else ""
    head = (
        "% pdflatex, lualatex or xelatex\n\\documentclass[a4paper]{article}\n\\usepackage[utf8]{inputenc}\n\\usepackage[T1]{fontenc}\n"
        "\\usepackage{graphicx}\n\\usepackage{hyperref}\n"
        f"{numbers}\\title{{{tex(title)}}}\n{author}\\date{{{facts['date']}}}\n\\begin{{document}}\n\\maketitle\n\\tableofcontents\n\n"
    )
    write_whole(out / f"{path.stem}.tex", head + text + "\n\\end{document}\n")

