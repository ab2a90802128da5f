"""Two pages on paper for each chapter: its bets, questions and exercises, without answers."""

from html import escape

from tools.classroom.lesson import Bet, Exercise, Lesson, Section

LINES = 96  # what two pages hold, in lines of writing


def worksheet(lesson: Lesson) -> str:
    """The worksheet of a lesson as one HTML page, for A4 and for Letter."""
    chosen = _fitting(lesson)
    body = "".join(_section(section, chosen) for section in lesson.sections)
    aims = "".join(f"<li>{escape(aim)}</li>" for aim in lesson.aims)
    return (
        f'<main><header><h1>{escape(lesson.title)}</h1><p class="name">Name</p></header>'
        f"<p>Afterwards you can</p><ul>{aims}</ul>{body}</main>"
    )


def _fitting(lesson):
    """The ids of the parts that two pages hold: all bets, then exercises, then questions, spread over the chapter."""
    left, chosen = LINES - 6 - 2 * len(lesson.sections), set()
    for kind in (Bet, Exercise, str):
        kept = lesson.parts(kind)
        while kept and sum(map(_lines, kept)) > left:
            kept.pop(len(kept) // 2)
        left -= sum(map(_lines, kept))
        chosen |= {id(part) for part in kept}
    return chosen


def _lines(part):
    """How many lines of the page a part takes, with room to write."""
    if isinstance(part, Bet):
        return 2 + len(part.question) // 90 + (len(part.options) if part.kind == "order" else 1)
    if isinstance(part, Exercise):
        return 5 + len(part.asks) // 90 + part.stub.count("\n")
    return 2 + len(part) // 90


def _section(section: Section, chosen):
    kept = [part for part in section.parts if id(part) in chosen]
    if not kept:
        return ""
    title = f"<h2>{escape(section.title)}</h2>" if section.title else ""
    return title + "".join(map(_part, kept))


def _part(part: str | Bet | Exercise):
    if isinstance(part, Bet):
        return f'<div class="part"><p><b>Bet.</b> {escape(part.question)}</p>{_choices(part)}</div>'
    if isinstance(part, Exercise):
        head = part.stub.splitlines()[0]
        return (
            f'<div class="part"><p><b>Write.</b> {escape(part.asks)}</p><pre>{escape(head)}</pre>'
            '<p class="room"></p><p class="room"></p></div>'
        )
    return f'<div class="part"><p>{escape(part)}</p><p class="room"></p></div>'


def _choices(bet):
    if bet.kind == "number":
        ends = f"from {bet.low:g} to {bet.high:g}"
        return f'<p class="choices">{ends}: <span class="blank"></span> {escape(bet.unit)}</p>'
    mark = '<span class="place"></span>' if bet.kind == "order" else '<span class="tick"></span>'
    return '<p class="choices">' + " ".join(f"<span>{mark}{escape(one)}</span>" for one in bet.options) + "</p>"
