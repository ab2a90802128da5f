"""Sphinx configuration of the book: the executed notebooks as pages that need neither kernel nor network."""

import re
import sys
import tomllib
from importlib.metadata import files
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
(mathjax,) = [file for file in files("sphinx-mathjax-offline") if file.name == "tex-svg.js"]

project = html_title = "Knowledge distillation"
author = about["authors"][0]["name"]
copyright = f"2026, {author}. Code: MIT. Text and figures: CC BY 4.0"
release = about["version"]
language = "en"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "sphinx_design",
    *(f"docs._ext.{path.stem}" for path in sorted((ROOT / "docs" / "_ext").glob("*.py"))),
]
exclude_patterns = ["_*"]
default_role = "py:obj"
# The repository's address stands in pyproject.toml alone. Until it is known, no page shows a link or a button for it.
repository = about.get("urls", {}).get("Repository", "")

nb_execution_mode = "off"
nb_mime_priority_overrides = [("html", "text/html", 5)]
nb_ipywidgets_js = {}
nb_merge_streams = True  # what one cell printed stands in one box
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
toc_object_entries_show_parents = "hide"
autodoc_member_order = "bysource"
autodoc_typehints = "none"

# One self-contained file. Its menu would load more from elsewhere.
mathjax_path = "tex-svg.js"
mathjax3_config = {"options": {"enableMenu": False}}

html_theme = "sphinx_book_theme"
templates_path = ["_templates"]
_STYLES = ["../kdlib/widgets/page/widgets.css", "../kdlib/widgets/bets/bets.css"]
html_static_path = ["_static", *_STYLES, str(mathjax.locate())]
html_css_files = ["widgets.css", "bets.css", "book.css", "print.css", "pages.css"]
# A page from the file system may not read the other pages, so a search there shows titles without an excerpt.
titles_only = 'DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";'
html_js_files = ["print.js", "search.js", (None, {"body": titles_only})]
html_favicon = "_static/favicon.svg"
html_show_sphinx = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "show_toc_level": 2,
    "use_fullscreen_button": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def setup(app):
    app.connect("html-page-context", drop_back_links)


def drop_back_links(app, pagename, templatename, context, doctree):
    """viewcode's links back to the reference are wrong where the objects of one module go by two kinds of names."""
    if pagename.startswith("_modules/"):
        context["body"] = re.sub(r'<a class="viewcode-back".*?</a>', "", context["body"])
