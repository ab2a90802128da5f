"""From the executed playground to the screens of the app."""

import json
import re
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import mistune
import nbformat

from kdlib.widgets import standalone
from kdlib.widgets.frame import CSS
from kdlib.widgets.page import bundle

HERE = Path(__file__).parent
LEFT_OUT = {"twin", "rehearsal", "claim"}  # what repeats a widget without a browser, tests it or proves it
_FOLD = re.compile(r"<details><summary>What should be seen</summary>(.+?)</details>", flags=re.DOTALL)
# The app travels alone: of a link to a chapter its words are left.
_CHAPTER = re.compile(r"\[([^\]]+)\]\(\d\d_\w+\.ipynb[^)]*\)")
_HEADING = re.compile(r"^## (.+)$", flags=re.MULTILINE)


@dataclass
class Screen:
    """One experiment as HTML: a question, its widgets, what should be seen, and the answers to show hands for."""

    title: str
    question: str
    widgets: str = ""
    seen: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)


def screens(path: Path) -> tuple[str, list[Screen]]:
    """The lecturer's notes as HTML and a screen for each question of a notebook that has a widget below it."""
    notes, found, title, question, answers = "", [], "", "", []
    for cell in nbformat.read(path, as_version=4).cells:
        if LEFT_OUT & set(cell.metadata.get("tags", [])):
            continue
        if cell.cell_type == "markdown":
            for part in _parts(_CHAPTER.sub(r"\1", cell.source)):
                if seen := _FOLD.search(part):
                    found[-1].seen.append(mistune.html(seen[1]))
                    part = _FOLD.sub("", part)
                if heading := _HEADING.search(part):
                    title, part = heading[1], part[heading.end() :]
                    if "lecturer" in title:
                        notes, title = mistune.html(part), ""
                if title and part.strip():
                    question, answers = mistune.html(part), cell.metadata.get("hands", [])
        elif widget := _widget(cell):
            if 'data-kd-explorer="map"' in widget:  # beside the lab that it follows
                found[-1].widgets += widget
            else:
                found.append(Screen(title, question, widget, answers=answers))
    return notes, found


def _parts(source):
    """A cell's text, parted before each heading."""
    return [part for part in re.split(r"^(?=## )", source, flags=re.MULTILINE) if part.strip()]


def _widget(cell):
    for output in cell.get("outputs", []):
        html = output.get("data", {}).get("text/html", "")
        if "data-kd-state" in html:
            return html
    return ""


def write(notebook: Path, page: Path, drawn: Path | None = None) -> None:
    """Write the app of a notebook as one file, and last the screen of another one in which digits are drawn."""
    notes, found = screens(notebook)
    if drawn:
        found += [one for one in screens(drawn)[1] if 'data-kd-explorer="digit"' in one.widgets]
    tiles = "".join(
        f'<a class="kd-tile" href="#screen-{k}"><b>{escape(one.title)}</b>{_first_bold(one.question)}</a>'
        for k, one in enumerate(found, start=1)
    )
    sections = "".join(
        f'<section class="kd-screen" id="screen-{k}" hidden><h1 tabindex="-1">{escape(one.title)}</h1>'
        f'<div class="kd-question">{one.question}</div>{one.widgets}{_hands(one)}'
        + "".join(f"<details><summary>What should be seen</summary>{seen}</details>" for seen in one.seen)
        + "</section>"
        for k, one in enumerate(found, start=1)
    )
    page.parent.mkdir(parents=True, exist_ok=True)
    script = bundle.script(HERE / "app.js") + bundle.script(HERE / "hands.js") + standalone.script()
    page.write_text(
        (HERE / "app.html")
        .read_text(encoding="utf-8")
        .replace("{style}", CSS.read_text(encoding="utf-8") + (HERE / "app.css").read_text(encoding="utf-8"))
        .replace("{notes}", notes)
        .replace("{tiles}", tiles)
        .replace("{screens}", sections)
        .replace("{script}", script.replace("</", "<\\/")),
        encoding="utf-8",
    )


def _hands(one):
    answers = escape(json.dumps(one.answers), quote=True)
    return f'<details class="kd-hands"><summary>Show of hands</summary><div data-answers="{answers}"></div></details>'


def _first_bold(html):
    """The question in a tile: the first that the text puts in bold."""
    found = re.search(r"<strong>(.+?)</strong>", html, flags=re.DOTALL)
    return f"<span>{found[1]}</span>" if found else ""
