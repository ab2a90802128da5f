"""Slides of a chapter: its questions and bets, one a slide, and after each the pictures that answer it."""

from html import escape

from tools.classroom.lesson import Bet, Exercise, Lesson, Picture

LETTERS = "ABCDEFGH"


def slides(lesson: Lesson) -> str:
    """The slides of a lesson as HTML: arrow keys turn them, the address says which one is shown."""
    aims = "".join(f"<li>{escape(aim)}</li>" for aim in lesson.aims)
    made = [f"<h1>{escape(lesson.title)}</h1><ul>{aims}</ul>"]
    for section in lesson.sections:
        made += [f'<p class="where">{escape(section.title)}</p>{_part(part)}' for part in section.parts]
    pages = "".join(
        f'<section class="slide" id="{k}"{" hidden" * (k > 1)} tabindex="-1">{html}</section>'
        for k, html in enumerate(made, start=1)
    )
    return (
        f'<main>{pages}</main><nav aria-label="Slides"><button id="before" type="button">Previous</button>'
        f'<span id="where">1 of {len(made)}</span><button id="after" type="button">Next</button></nav>'
    )


def _part(part):
    if isinstance(part, Picture):
        return f"<figure>{part.html}</figure>"
    if isinstance(part, Exercise):
        return f"<h2>{escape(part.asks)}</h2><pre>{escape(part.stub)}</pre>"
    if isinstance(part, Bet):
        return f"<h2>{escape(part.question)}</h2>{_choices(part)}"
    return f"<h2>{escape(part)}</h2>"


def _choices(bet):
    if bet.kind == "number":
        return f'<p class="choices">from {bet.low:g} to {bet.high:g} {escape(bet.unit)}</p>'
    lead = "<p>Put them in order, most first.</p>" if bet.kind == "order" else ""
    rows = zip(LETTERS, bet.options, strict=False)
    return lead + '<ul class="choices">' + "".join(f"<li><b>{k}</b> {escape(one)}</li>" for k, one in rows) + "</ul>"
