"""Links kdlib and the chapters that teach it: "Chapters 02 and 04" in a docstring, "In kdlib: ..." under a chapter."""

import re

from docutils import nodes
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

logger = logging.getLogger(__name__)
MENTION = re.compile(r"\b(Chapters?)\s+(\d\d(?:(?:,|\s+and|\s+to)\s+\d\d)*)", re.IGNORECASE)
PAGE = re.compile(r"chapters/(\d\d)_")
NOWHERE = "Not used in a chapter"  # what a docstring may say instead


def numbers(text):
    """The chapters that a text names, in order: "Chapters 01 to 03 and 06" names 01, 02, 03 and 06."""
    found = set()
    for _, listed in MENTION.findall(text):
        found.update(re.findall(r"\d\d", listed))
        for first, last in re.findall(r"(\d\d)\s+to\s+(\d\d)", listed):
            found.update(f"{k:02}" for k in range(int(first), int(last)))
    return sorted(found)


def link(words, docname):
    return f":doc:`{' '.join(words.split())} </{docname}>`" if docname else words


def link_chapters(app, what, name, obj, options, lines):
    """Make links of the chapters in a docstring, and note for each chapter what it teaches."""
    page = {match[1]: docname for docname in app.env.found_docs if (match := PAGE.match(docname))}
    text = "\n".join(lines)
    app.env.kd_taught[name] = numbers(text) or [NOWHERE] * (NOWHERE in text)
    for number in set(numbers(text)) - set(page):
        logger.warning("%s names chapter %s, which does not exist", name, number)

    def linked(mention):
        # "Chapter 04" is a link as a whole; of "Chapters 02 and 04" each number is one.
        part = r"\d\d" if mention[1].endswith("s") else r".*\d\d"
        return re.sub(part, lambda m: link(m[0], page.get(m[0][-2:])), mention[0], flags=re.DOTALL)

    lines[:] = MENTION.sub(linked, text).split("\n")


def check(app, env):
    """Everything in the reference is taught somewhere or says that it is not; methods go with their class."""
    for name, place in env.domains["py"].objects.items():
        documented = place.objtype in ("function", "class", "exception") and not place.aliased
        if documented and not env.kd_taught.get(name):
            logger.warning("%s names no chapter that teaches it", name, location=place.docname)


def add_taught(app, doctree, docname):
    """Close a chapter with links to the objects whose docstring names it."""
    chapter = PAGE.match(docname)
    objects = app.env.domains["py"].objects.items() if chapter else ()
    found = [(name, place) for name, place in objects if chapter[1] in app.env.kd_taught.get(name, ())]
    if not found:
        return
    line = nodes.paragraph("", "In kdlib: ", classes=["kd-taught"])
    for name, place in found:
        code = nodes.literal("", name.removeprefix("kdlib."))
        line += [make_refnode(app.builder, docname, place.docname, place.node_id, code, name), nodes.Text(", ")]
    line[-1] = nodes.Text(".")
    doctree[-1] += line


def setup(app):
    app.connect("env-before-read-docs", lambda app, env, docnames: vars(env).setdefault("kd_taught", {}))
    app.connect("autodoc-process-docstring", link_chapters)
    app.connect("env-check-consistency", check)
    app.connect("doctree-resolved", add_taught)
