"""What the pages beside the chapters say of them, so that no number, title or time of a chapter is written twice.

A page names a chapter without its number: ``[chapter N](chapters/student.ipynb#fidelity)`` is a link to that section
of 03_student and says "chapter 3", ``{chapter}`student` `` is the short way for the whole chapter.
``{measured}`student` `` gives the chapter's two times, ``{chapter-map}`` a table of all chapters.
"""

import re

import nbformat
from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from tools.notebooks import NOTEBOOKS, TIMES

logger = logging.getLogger(__name__)
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
# The first list of the opening cell; a point may run over several lines.
POINTS = re.compile(r"^- .+(?:\n(?:- |  ).+)*", re.MULTILINE)
SHORT = re.compile(r"\{chapter\}`(\w+)`")
# The words of a link and the chapter it leads to, in Markdown, in HTML, or without words.
LINK = re.compile(r"(\[[^\]\[]*\]\(|)\bchapters/([a-z]\w*)((?:[^\"\n<>]*\">[^<\n]*</a>)?)")
BY_NUMBER = re.compile(r"[Cc]hapters? \d+")


def chapters():
    """The chapters by their names without numbers: ``{"dataset": "01_dataset", ...}``."""
    return {path.stem.partition("_")[2]: path.stem for path in sorted(NOTEBOOKS.glob("*.ipynb"))}


def number(text, known):
    """The text with the chapters' numbers and file names, and the names of chapters that do not exist."""
    missing = []

    def numbered(link):
        if link[2] not in known:
            missing.append(link[2])
            return link[0]
        stem = known[link[2]]
        before, _, after = (re.sub(r"\bN\b", str(int(stem[:2])), part) for part in link.groups())
        return f"{before}chapters/{stem}{after}"

    return LINK.sub(numbered, SHORT.sub(r"[chapter N](chapters/\1.ipynb)", text)), missing


def number_page(app, docname, source):
    if docname.startswith("chapters/"):
        return
    for found in BY_NUMBER.findall(source[0]):
        logger.warning('this page says "%s"; name it by {chapter}`its_name`: that stays right', found, location=docname)
    source[0], missing = number(source[0], chapters())
    for name in sorted(set(missing)):
        logger.warning("no chapter is called %s", name, location=docname)


def opening(path):
    """Title, points and the two measured times, as the chapter's first cell states them."""
    text = nbformat.read(path, as_version=4).cells[0].source
    points = [" ".join(point.split()) for point in re.split(r"^- ", POINTS.search(text)[0], flags=re.MULTILINE)[1:]]
    reading, running = re.fullmatch(r"\*Reading: (.+?)\. Running: (.+?)\.\*", TIMES.search(text)[0]).groups()
    return TITLE.search(text)[1], points, reading, running.removesuffix(" on two cores")


def measured(name, rawtext, text, lineno, inliner, options=None, content=None):
    path = NOTEBOOKS / f"{chapters()[text]}.ipynb"
    inliner.document.settings.env.note_dependency(path)
    _, _, reading, running = opening(path)
    return [nodes.inline(rawtext, f"{reading}, {running}", classes=["kd-measured"])], []


class ChapterMap(SphinxDirective):
    """A table of the chapters, what each teaches and its measured times."""

    def run(self):
        lines = ["```{list-table}", ":header-rows: 1", ":class: kd-chapters", ""]
        lines += ["* - Chapter", "  - Afterwards you can", "  - Reading", "  - Running"]
        for path in sorted(NOTEBOOKS.glob("*.ipynb")):
            self.env.note_dependency(path)
            title, points, reading, running = opening(path)
            lines += [f"* - {{doc}}`{title} </chapters/{path.stem}>`", *(f"    - {point}" for point in points)]
            lines[-len(points)] = f"  - - {points[0]}"
            lines += [f"  - {reading}", f"  - {running}"]
        return self.parse_text_to_nodes("\n".join([*lines, "```"]))


def setup(app):
    app.connect("source-read", number_page)
    app.add_role("measured", measured)
    app.add_directive("chapter-map", ChapterMap)
    return {"parallel_read_safe": True}
