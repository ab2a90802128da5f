"""A page of its own for a lab: one file, without kernel, server or network."""

import html
import json
from pathlib import Path

from kdlib.widgets import Settings, standalone
from kdlib.widgets.frame import CSS
from kdlib.widgets.lab.training_lab import state_of


def lab_page(folder: Path, settings: Settings, before: str = "") -> str:
    """Write a page with a lab; its address. ``before`` is JavaScript that runs before everything else."""
    state = html.escape(json.dumps(state_of(settings)), quote=True)
    path = folder / "lab.html"
    script = (before + standalone.script()).replace("</", "<\\/")
    path.write_text(
        f"<!doctype html><meta charset=utf-8><title>Lab</title><style>{CSS.read_text()}</style>"
        f'<div class="kd-static" data-kd-explorer="lab" data-kd-state="{state}"><p>A lab</p></div>'
        f"<script>{script}</script>"
    )
    return path.as_uri()
