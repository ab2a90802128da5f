"""What a page may not have: an image without alt text, a malformed link to elsewhere. All such links are listed.

The list is external-links.txt, beside the built pages.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

logger = logging.getLogger(__name__)
ELSEWHERE = re.compile(r"[a-z]+://", re.IGNORECASE)
WELL_FORMED = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[^\s<>\"]*[^\s<>\".,;:])?")


class Images(HTMLParser):
    """Collects the attributes of every ``<img>``."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.found.append(dict(attributes))


def check_images(app, doctree):
    """Every image has an alt text, also one that stands in an output's HTML."""
    for node in doctree.findall(lambda node: isinstance(node, nodes.image | nodes.raw)):
        # MyST-NB puts the file's name where an author gave no alt text.
        images = [node.attributes] if isinstance(node, nodes.image) else Images(node.astext()).found
        for image in images:
            alt = (image.get("alt") or "").strip()
            if not alt or alt == image.get("uri"):
                source = str(image.get("uri") or image.get("src", ""))[:60]
                logger.warning("an image has no alt text: %s", source, location=node)


def check_links(app, doctree):
    for node in doctree.findall(nodes.reference):
        link = node.get("refuri", "")
        if ELSEWHERE.match(link):
            app.env.kd_links.add(link)
            if not WELL_FORMED.fullmatch(link):
                logger.warning("this link is not of the form https://host/path: %s", link, location=node)


def list_links(app, problem):
    if not problem and app.builder.format == "html":
        lines = "".join(f"{link}\n" for link in sorted(app.env.kd_links))
        Path(app.outdir, "..", "external-links.txt").write_text(lines, encoding="utf-8")


def setup(app):
    app.connect("env-before-read-docs", lambda app, env, docnames: vars(env).setdefault("kd_links", set()))
    app.connect("doctree-read", check_images)
    app.connect("doctree-read", check_links)
    app.connect("build-finished", list_links)
