"""Links the first mention of each term of the glossary in a chapter, and each term of its last line.

Terms that no chapter uses are left alone: their words mean something else there.
"""

import re

from docutils import nodes
from sphinx.addnodes import glossary
from sphinx.util.nodes import make_refnode

PAGE = "notation"
NO_PLACE = nodes.reference, nodes.title, nodes.literal, nodes.literal_block, nodes.raw, nodes.math, nodes.math_block
UNUSED = "not used in a chapter"


def used_terms(doctree):
    """The terms of the glossary that chapters use, each with its anchor."""
    items = (item for part in doctree.findall(glossary) for item in part.findall(nodes.definition_list_item))
    for item in items:
        if UNUSED not in item.astext().replace("\n", " ").lower():
            yield from ((term.astext(), term["ids"][0]) for term in item.findall(nodes.term))


def pattern(terms):
    """Finds any of the terms, the longest first; "logit" mentions logits, and "students" mentions student."""
    longest_first = sorted((term.removesuffix("s") for term in terms), key=len, reverse=True)
    words = "|".join(re.escape(term).replace(r"\ ", r"\s+") for term in longest_first)
    return re.compile(rf"(?<![\w-])(?:{words})s?(?![\w-])", re.IGNORECASE)


def key(words):
    return " ".join(words.lower().split()).removesuffix("s")


def join_lines(parent):
    """MyST makes a text of each line, and of what lies between: make one of those that stand side by side."""
    joined = []
    for child in parent.children:
        if joined and isinstance(child, nodes.Text) and isinstance(joined[-1], nodes.Text):
            child = nodes.Text(joined.pop() + child)
        joined.append(child)
    parent.children = []
    parent.extend(joined)


def texts(doctree):
    """The running text of a page: each piece with the paragraph it stands in."""
    for parent in {id(text.parent): text.parent for text in doctree.findall(nodes.Text)}.values():
        join_lines(parent)
    for text in list(doctree.findall(nodes.Text)):
        node, inside = text.parent, []
        while node is not None:
            inside.append(node)
            node = node.parent
        paragraph = next((node for node in inside if isinstance(node, nodes.paragraph)), None)
        if paragraph and not any(isinstance(node, NO_PLACE) for node in inside):
            yield text, paragraph


def link_terms(app, doctree, docname):
    if not docname.startswith("chapters/") or PAGE not in app.env.found_docs:
        return
    terms = dict(used_terms(app.env.get_doctree(PAGE)))
    place, find, seen = {key(term): anchor for term, anchor in terms.items()}, pattern(terms), set()
    for text, paragraph in texts(doctree):
        parts, at, last_line = [], 0, paragraph.astext().startswith("Terms:")
        for mention in find.finditer(text) if terms else ():
            name = key(mention[0])
            if name not in seen or last_line:
                words = nodes.inline(mention[0], mention[0], classes=["kd-term"])
                parts += [nodes.Text(text[at : mention.start()])]
                parts += [make_refnode(app.builder, docname, PAGE, place[name], words)]
                at = mention.end()
            seen.add(name)
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[at:])])


def setup(app):
    app.connect("doctree-resolved", link_terms)
    return {"parallel_read_safe": True}
