"""The directive ``{chapter-map}``: a table of the chapters, what each teaches and its measured times."""

import re

import nbformat
from sphinx.util.docutils import SphinxDirective

from tools.notebooks import NOTEBOOKS, TIMES

TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
# The first list of the opening cell; a point may run over several lines.
POINTS = re.compile(r"^- .+(?:\n(?:- |  ).+)*", re.MULTILINE)


def opening(path):
    """Title, points and the two measured times, as the chapter's first cell states them."""
    text = nbformat.read(path, as_version=4).cells[0].source
    points = [" ".join(point.split()) for point in re.split(r"^- ", POINTS.search(text)[0], flags=re.MULTILINE)[1:]]
    reading, running = re.fullmatch(r"\*Reading: (.+?)\. Running: (.+?)\.\*", TIMES.search(text)[0]).groups()
    return TITLE.search(text)[1], points, reading, running.removesuffix(" on two cores")


class ChapterMap(SphinxDirective):
    def run(self):
        lines = ["```{list-table}", ":header-rows: 1", ":class: kd-map", ""]
        lines += ["* - Chapter", "  - Afterwards you can", "  - Reading", "  - Running"]
        for path in sorted(NOTEBOOKS.glob("*.ipynb")):
            self.env.note_dependency(path)
            title, points, reading, running = opening(path)
            lines += [f"* - {{doc}}`{title} </chapters/{path.stem}>`", *(f"    - {point}" for point in points)]
            lines[-len(points)] = f"  - - {points[0]}"
            lines += [f"  - {reading}", f"  - {running}"]
        return self.parse_text_to_nodes("\n".join([*lines, "```"]))


def setup(app):
    app.add_directive("chapter-map", ChapterMap)
    return {"parallel_read_safe": True}
