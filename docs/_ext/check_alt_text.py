"""Refuses a page on which an image has no alt text, also where the image stands in an output's HTML."""

from html.parser import HTMLParser

from docutils import nodes
from sphinx.util import logging

logger = logging.getLogger(__name__)


class Images(HTMLParser):
    """Collects the attributes of every ``<img>``."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.found.append(dict(attributes))


def check(app, doctree):
    for node in doctree.findall(lambda node: isinstance(node, nodes.image | nodes.raw)):
        # MyST-NB puts the file's name where an author gave no alt text.
        images = [node.attributes] if isinstance(node, nodes.image) else Images(node.astext()).found
        for image in images:
            alt = (image.get("alt") or "").strip()
            if not alt or alt == image.get("uri"):
                source = str(image.get("uri") or image.get("src", ""))[:60]
                logger.warning("an image has no alt text: %s", source, location=node)


def setup(app):
    app.connect("doctree-read", check)
    return {"parallel_read_safe": True}
