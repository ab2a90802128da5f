"""What a class is asked in a chapter, read from the executed notebook: questions, bets, exercises and pictures."""

import json
import re
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import nbformat

QUESTION = re.compile(r"\*\*([^*]+\?[^*]*)\*\*")
_TEX = {
    r"\\partial ?": "∂", r"\\alpha": "α", r"\^2": "²", r"\\mathrm\{(\w+)\}": r"\1", r"\\to": "→", r"\\cdot": "·",
    r"\\frac\{?(\w)\}?\{?(\w)\}?": r"\1/\2", r"\\,|\\;": " ", r"_\{?(\w)\}?": r"\1", r"\\(\w+)": r"\1", r"[{}]": "",
}  # fmt: skip


@dataclass
class Bet:
    """A question with its choices, the things to order, or the ends of the numbers that may be bet on."""

    question: str
    kind: str
    options: list[str]
    low: float
    high: float
    unit: str


@dataclass
class Exercise:
    """What is to be written: the sentence that asks for it and the stub."""

    asks: str
    stub: str


@dataclass
class Picture:
    """An image of an output, with its alt text, as HTML."""

    html: str


@dataclass
class Section:
    """A heading of a chapter, and in their order its questions (strings), bets, exercises and pictures."""

    title: str
    parts: list = field(default_factory=list)


@dataclass
class Lesson:
    """A chapter as a class meets it."""

    title: str
    aims: list[str]
    sections: list[Section]

    def parts(self, kind: type) -> list:
        return [part for section in self.sections for part in section.parts if isinstance(part, kind)]


def lesson(path: Path) -> Lesson:
    """The lesson of an executed notebook."""
    cells = nbformat.read(path, as_version=4).cells
    first = cells[0].source
    sections = [Section("")]
    for before, cell in zip([None, *cells], cells, strict=False):
        if cell.cell_type == "markdown":
            _read(cell.source, sections)
            continue
        tags, html = set(cell.metadata.get("tags", [])), _html(cell)
        if "bet" in tags:
            sections[-1].parts += [_bet(one) for one in re.findall(r'data-kd-state="([^"]*)"', html)]
        elif "exercise" in tags:
            sections[-1].parts.append(Exercise(_asks(before), cell.source))
        elif "twin" not in tags:
            sections[-1].parts += [Picture(image) for image in re.findall(r"<img [^>]*>", html)]
    title = re.search(r"^# (.+)$", first, re.MULTILINE)[1]
    aims = [plain(one) for one in re.findall(r"^- (.+(?:\n  .+)*)", first, re.MULTILINE)]
    return Lesson(plain(title), aims, [section for section in sections if section.parts])


def _read(source, sections):
    """Add what a text asks; what is folded away or stands at the end is no question of the lesson."""
    source = re.sub(r"<details>.*?</details>", "", source, flags=re.DOTALL)
    for part in re.split(r"^(?=## )", source, flags=re.MULTILINE):
        heading = re.match(r"## (.+)", part)
        if heading:
            sections.append(Section(plain(heading[1])))
        if sections[-1].title not in ("Try next", "What we saw"):
            sections[-1].parts += [plain(one) for one in QUESTION.findall(part)]


def _html(cell):
    return "".join("".join(output.get("data", {}).get("text/html", "")) for output in cell.get("outputs", []))


def _bet(state):
    known = json.loads(unescape(state))
    return Bet(**{name: known[name] for name in ("question", "kind", "options", "low", "high", "unit")})


def _asks(before):
    """The last paragraph above a stub: what is to be written, and for what."""
    return plain(re.sub(r"\*\*", "", before.source.strip().split("\n\n")[-1])) if before else ""


def plain(text: str) -> str:
    """Markdown without its marks and formulas in plain letters, on one line."""
    text = re.sub(r"\$+([^$]+)\$+", lambda formula: _letters(formula[1]), " ".join(text.split()))
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    return re.sub(r"[*`#]", "", text).strip()


def _letters(formula):
    for tex, letters in _TEX.items():
        formula = re.sub(tex, letters, formula)
    return formula.strip()
