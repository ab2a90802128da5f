"""Leaves out of the site what no browser asks for: maps, translations and brand icons, and pictures for phones twice.

A figure has a second picture for phones. In the page it is needed; in the notebook that the page offers as a download,
which opens in Jupyter, it is not.
"""

import re
import shutil
from pathlib import Path

PHONE = re.compile(r"<source media=[^>]*>")  # in a notebook's JSON its quotes are escaped; > stands at its end alone


def without_phone_pictures(notebook: str) -> str:
    """The text of a stored notebook without the pictures for phones."""
    return PHONE.sub("", notebook)


def drop(app, problem):
    if problem or app.builder.format != "html":
        return
    site = Path(app.outdir)
    for path in site.rglob("*.map"):  # for the theme's authors and their debuggers
        path.unlink()
    shutil.rmtree(site / "_static" / "locales", ignore_errors=True)  # read while building, in English here
    for path in site.rglob("fa-brands-*.woff2"):  # companies' signs, of which no page shows one
        path.unlink()
    for path in site.glob("_sources/chapters/*.ipynb"):
        path.write_text(without_phone_pictures(path.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app):
    app.connect("build-finished", drop)
    return {"parallel_read_safe": True}
