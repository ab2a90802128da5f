"""Worksheets ask and never answer; slides hold every question, bet and picture of a chapter, in one file each."""

import re

import nbformat
import pytest

from tools.classroom.__main__ import page, write
from tools.classroom.lesson import Bet, Exercise, Picture, lesson, plain
from tools.notebooks import NOTEBOOKS, names

WITH_BETS = [name for name in names() if "data-kd-bet" in (NOTEBOOKS / f"{name}.ipynb").read_text("utf-8")]


def outputs(name):
    cells = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells
    return [output for cell in cells for output in cell.get("outputs", [])]


@pytest.mark.parametrize("name", WITH_BETS)
def test_a_worksheet_asks_all_bets_and_answers_none(name):
    given, text = lesson(NOTEBOOKS / f"{name}.ipynb"), page("worksheets", lesson(NOTEBOOKS / f"{name}.ipynb"))
    assert text.count("<b>Bet.</b>") == len(given.parts(Bet)) >= 3
    assert text.count("<b>Write.</b>") >= min(3, len(given.parts(Exercise)))
    assert "<img" not in text and "Computed" not in text and "needed:" not in text
    printed = [line for output in outputs(name) for line in output.get("text", "").splitlines() if len(line) > 20]
    assert not [line for line in printed if line in text]


@pytest.mark.parametrize("name", WITH_BETS)
def test_slides_hold_every_question_bet_exercise_and_picture_in_their_order(name):
    given, text = lesson(NOTEBOOKS / f"{name}.ipynb"), page("slides", lesson(NOTEBOOKS / f"{name}.ipynb"))
    parts = sum(len(section.parts) for section in given.sections)
    assert text.count('class="slide"') == 1 + parts and text.count("<figure>") == len(given.parts(Picture)) > 0
    assert all(re.search(r'alt="[^"]{20,}"', picture.html) for picture in given.parts(Picture))
    assert not re.search(r'(src|href)="(?!data:|#)', text)


@pytest.mark.parametrize("name", names())
def test_no_mark_of_markdown_or_tex_is_left(name):
    given = lesson(NOTEBOOKS / f"{name}.ipynb")
    words = [given.title, *given.aims, *given.parts(str), *(one.asks for one in given.parts(Exercise))]
    assert not [text for text in words if re.search(r"[$\\*`]|\]\(", text)]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (r"derive $\partial L / \partial z$", "derive ∂L / ∂z"),
        (r"what $T^2$ is, and $\alpha$", "what T² is, and α"),
        (r"**Who** is [here](there.ipynb)?", "Who is here?"),
    ],
)
def test_formulas_become_letters(text, seen):
    assert plain(text) == seen


def test_what_is_folded_or_at_the_end_is_not_asked():
    asked = " ".join(lesson(NOTEBOOKS / "04_gradients.ipynb").parts(str))
    assert "Which logit goes up" in asked and "Where is its gradient zero" not in asked


def test_a_page_for_each_chapter_is_written(tmp_path):
    assert [path.name for path in write("slides", ["01_dataset"], tmp_path / "slides")] == ["01_dataset.html"]
    assert "1. The data set" in (tmp_path / "slides" / "01_dataset.html").read_text("utf-8")
