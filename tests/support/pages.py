"""Places of their own for widgets: a page without kernel, server or network, and a notebook."""

import html
import json
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from kdlib.widgets import Settings, standalone
from kdlib.widgets.frame import CSS
from kdlib.widgets.lab.opening import state_of
from tools.notebooks import METADATA

# In window.took, the milliseconds from before the first listener of a stroke's end to after the last: the answer is in
# the page by then.
STROKE_CLOCK = """
window.took = [];
let before;
addEventListener("pointerup", () => { before = performance.now(); }, true);
addEventListener("pointerup", () => { window.took.push(performance.now() - before); });
"""


def widget_page(folder: Path, body: str, before: str = "", style: str = "") -> str:
    """Write a page that holds ``body`` and starts the widgets in it; its address.

    ``before`` is JavaScript that runs before everything else; ``style`` is added to the widgets' own.
    """
    path = folder / "page.html"
    script = (before + standalone.script()).replace("</", "<\\/")
    path.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Widgets</title>'
        f"<style>{CSS.read_text(encoding='utf-8')}{style}</style>"
        f"<body><main>{body}</main><script>{script}</script></body></html>",
        encoding="utf-8",
    )
    return path.as_uri()


def lab_page(folder: Path, settings: Settings, before: str = "") -> str:
    """Write a page with a lab; its address. ``before`` as for `widget_page`."""
    state = html.escape(json.dumps(state_of(settings)), quote=True)
    return widget_page(
        folder, f'<div class="kd-static" data-kd-explorer="lab" data-kd-state="{state}"><p>A lab</p></div>', before
    )


def shown(widget) -> str:
    """The HTML of a widget where there is no kernel."""
    return widget._repr_mimebundle_()[0]["text/html"]


def cells_notebook(folder: Path, *sources: str) -> str:
    """Write a notebook of these code cells; its name, as `serving.jupyterlab` wants it."""
    notebook = new_notebook(cells=[*map(new_code_cell, sources)], metadata=METADATA)
    nbformat.write(notebook, folder / "cells.ipynb")
    return "cells"
