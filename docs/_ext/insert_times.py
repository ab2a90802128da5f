"""The role ``{measured}`03_student` ``: the two times of a chapter, as its first cell states them."""

from docutils import nodes

from docs._ext.chapter_map import NOTEBOOKS, opening


def measured(name, rawtext, text, lineno, inliner, options=None, content=None):
    path = NOTEBOOKS / f"{text}.ipynb"
    inliner.document.settings.env.note_dependency(path)
    _, _, reading, running = opening(path)
    return [nodes.inline(rawtext, f"{reading}, {running}", classes=["kd-measured"])], []


def setup(app):
    app.add_role("measured", measured)
    return {"parallel_read_safe": True}
