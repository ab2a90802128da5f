"""What a search engine shows of a page: a sentence or two from its beginning."""

import re
from html import escape

from docutils import nodes

LONGEST = 300


def description(doctree):
    """The first paragraph of more than a few words; of a chapter what the reader can do afterwards."""
    for node in doctree.findall(lambda node: isinstance(node, nodes.paragraph | nodes.bullet_list)):
        text = " ".join(node.astext().split())
        if isinstance(node, nodes.bullet_list):
            text = "Afterwards you can " + text
        if len(text) > 60 and not text.startswith("Reading: "):
            text = re.sub(r"\\frac\{(.+?)\}\{(.+?)\}", r"\1/\2", text).replace(r"\partial ", "∂")
            text = re.sub(r"\\[a-z]+|[{}$\\]", "", text)
            return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " ..."
    return ""


def describe(app, pagename, templatename, context, doctree):
    words = description(doctree) if doctree else ""
    if words:
        context["metatags"] = context.get("metatags", "") + f'<meta name="description" content="{escape(words)}">\n'


def setup(app):
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True}
