"""The widgets without a kernel: the script that brings them to life stands among the book's static files."""

from pathlib import Path

from kdlib.widgets import standalone


def write(app):
    if app.builder.format == "html":
        folder = Path(app.outdir, "_static")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "explorers.js").write_text(standalone.script(), encoding="utf-8")


def setup(app):
    app.connect("builder-inited", write)
    app.add_js_file("explorers.js", loading_method="defer")
    return {"parallel_read_safe": True}
