"""Brings the executed notebooks into the book, as they are: each becomes the page chapters/NN_name."""

import json
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def copy(app):
    """Sphinx reads below docs/ only, and readers download what it read: so these are copies, byte for byte."""
    folder = Path(app.srcdir) / "chapters"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy2(notebook, folder)


def hide_rehearsals(app, docname, source):
    """A rehearsal moves controls to their corners for the tests. Readers see the cells before it."""
    if docname.startswith("chapters/"):
        notebook = json.loads(source[0])
        for cell in notebook["cells"]:
            tags = cell["metadata"].get("tags", [])
            if "rehearsal" in tags:
                cell["metadata"]["tags"] = [*tags, "remove-cell"]
        source[0] = json.dumps(notebook)


def setup(app):
    app.connect("builder-inited", copy)
    app.connect("source-read", hide_rehearsals)
    return {"parallel_read_safe": True}
