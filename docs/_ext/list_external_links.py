"""Lists the links that lead elsewhere in external-links.txt, beside the built pages, and checks their form."""

import re
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

logger = logging.getLogger(__name__)
ELSEWHERE = re.compile(r"[a-z]+://", re.IGNORECASE)
WELL_FORMED = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[^\s<>\"]*[^\s<>\".,;:])?")


def collect(app, doctree):
    for node in doctree.findall(nodes.reference):
        link = node.get("refuri", "")
        if ELSEWHERE.match(link):
            app.env.kd_links.add(link)
            if not WELL_FORMED.fullmatch(link):
                logger.warning("this link is not of the form https://host/path: %s", link, location=node)


def write(app, problem):
    if not problem and app.builder.format == "html":
        lines = "".join(f"{link}\n" for link in sorted(app.env.kd_links))
        Path(app.outdir, "..", "external-links.txt").write_text(lines, encoding="utf-8")


def setup(app):
    app.connect("env-before-read-docs", lambda app, env, docnames: vars(env).setdefault("kd_links", set()))
    app.connect("doctree-read", collect)
    app.connect("build-finished", write)
