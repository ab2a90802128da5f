"""What must not be stored in a notebook: missing or dead outputs, images without words, paths, cells too long."""

import json
import re
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_CELL, MEDIAN_CELL = 25, 6
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def lines_of(cell) -> int:
    """How many lines a cell has that are not empty."""
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def cell_lengths(notebook) -> list[str]:
    """Cells that are too long to be read."""
    lengths = {i: lines_of(cell) for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"}
    long = {i: n for i, n in lengths.items() if n > LONGEST_CELL}
    problems = [f"cell {i} has {n} lines, at most {LONGEST_CELL}" for i, n in long.items()]
    median = statistics.median(lengths.values()) if lengths else 0
    if median > MEDIAN_CELL:
        problems.append(f"the median cell has {median:g} lines, at most {MEDIAN_CELL}")
    return problems


def drop_widget_views(notebook) -> None:
    """Without its kernel a view is a dead widget; what stands beside it, words or a picture, is not."""
    for data in _shown(notebook.cells):
        if len(data) > 1:
            data.pop(WIDGET_VIEW, None)


def _shown(cells):
    """What the outputs of cells show: for each one its content by mime type."""
    return [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]


def missing_outputs(notebook) -> list[str]:
    """Cells without the output of a run from a fresh kernel, or with one that is dead or an error."""
    code = [(i, cell) for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    problems = []
    for count, (i, cell) in enumerate(code, start=1):
        if cell.execution_count is None:
            problems.append(f"cell {i} was not executed")
        elif cell.execution_count != count:
            problems.append(f"cell {i} was not executed in order from a fresh kernel")
        if any(WIDGET_VIEW in data for data in _shown([cell])):
            problems.append(f"cell {i} stores a widget view, which is dead without its kernel: run `make execute`")
        for output in cell.outputs:
            if output.get("name") == "stderr":
                problems.append(f"cell {i} wrote to stderr: {output.text.strip().splitlines()[0]}")
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                problems.append(f"cell {i} failed: {output.ename}")
    return problems


def missing_alt(notebook) -> list[str]:
    """Images that say nothing to who does not see them."""
    problems = []
    for i, cell in enumerate(notebook.cells):
        shown = _shown([cell])
        images = [data for data in shown if any(mime.startswith("image/") for mime in data)]
        pages = [data.get("text/html", "") for data in shown]
        if cell.cell_type == "markdown":
            pages.append(re.sub(r"!\[(.*?)\]\(.*?\)", r'<img alt="\1">', cell.source))
        tags = [tag for page in pages for tag in re.findall(r"<img\b[^>]*>", page)]
        if any("<img" not in data.get("text/html", "") for data in images) or not all(map(_has_alt, tags)):
            problems.append(f"cell {i} has an image without alt text")
    return problems


def _has_alt(tag):
    return re.search(r"""\salt=(["'])\s*[^"'\s].*?\1""", tag, re.DOTALL)


def stray_outputs(notebook) -> list[str]:
    """What the machine left behind in the outputs: warnings on stderr, and paths of its own."""
    places = {str(Path.home()), str(ROOT), tempfile.gettempdir(), sys.prefix}
    pattern = re.compile("|".join(re.escape(place) + r"(?!\w)" for place in places if len(place) > 1))
    problems = [problem for problem in missing_outputs(notebook) if "stderr" in problem]
    for i, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            data = {k: v for k, v in output.get("data", {}).items() if not k.startswith("image/")}
            text = json.dumps(data) + output.get("text", "") + "".join(output.get("traceback", []))
            found = pattern.search(re.sub(r"base64,[A-Za-z0-9+/=]+", "", text))
            if found:
                problems.append(f"cell {i} shows a path of this machine: {found[0]}")
    return problems
