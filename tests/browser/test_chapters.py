"""Every chapter with widgets in JupyterLab: it reads well before it is run, works by keyboard, and when it is over."""

import inspect
import re
from typing import NamedTuple

import pytest
from hands import answered
from ipywidgets import Widget
from kinds import DEAD, KINDS, kinds_in, move_all
from lab_hands import TRAINING_LAB, lab_buttons
from playwright.sync_api import Page, expect

from kdlib import widgets
from tools import browser
from tools.notebooks import NOTEBOOKS


def few_with_all(chapters):
    """Few chapters that hold all classes of widgets between them, those with the fewest first.

    Where a notebook with many widgets is opened while its kernel starts, JupyterLab now and then loses some of them.
    """
    seen = set()
    for name, kinds in sorted(chapters.items(), key=lambda item: len(item[1])):
        if not seen.issuperset(kinds):
            seen.update(kinds)
            yield name


CHAPTERS = {path.stem: kinds for path in sorted(NOTEBOOKS.glob("*.ipynb")) if (kinds := kinds_in(path))}


class Chapter(NamedTuple):
    """A chapter in JupyterLab after its last cell; ``before`` is what its outputs said before the first."""

    name: str
    page: Page
    before: str


@pytest.fixture(scope="module", params=CHAPTERS)
def chapter(request, lab):
    page = lab(request.param)
    before = outputs(page)
    assert browser.run_all(page), "a cell failed"
    yield Chapter(request.param, page, before)
    if not page.is_closed():  # its tests did not come to their end
        browser.end_kernel(page)
        page.close()


def outputs(page):
    return "\n".join(page.locator(".jp-Cell-outputArea").all_text_contents())


def test_every_class_of_widgets_has_its_hands():
    classes = [one for one in (getattr(widgets, name) for name in dir(widgets)) if inspect.isclass(one)]
    # A bet is locked in and settled by test_bets.py.
    assert {one.__name__ for one in classes if issubclass(one, Widget)} == {*KINDS, "Bet"}


def test_before_it_is_run_words_stand_where_widgets_will_be(chapter):
    assert not DEAD.search(chapter.before)
    for kind in CHAPTERS[chapter.name]:
        assert re.search(rf"{kind}\(.+\)", chapter.before), f"nothing is said of {kind}"


def test_everything_moves_by_keyboard(chapter, artefact):
    for kind in CHAPTERS[chapter.name]:
        move_all(chapter.page, kind, lambda number, kind=kind: artefact(f"{chapter.name}-{kind}-{number}"))


def test_its_first_lab_stops_compares_and_forgives(chapter):
    for lab in chapter.page.locator(TRAINING_LAB).all()[:1]:
        lab_buttons(lab)


def test_when_the_kernel_is_gone_the_page_still_reads_well(chapter, lab):
    """In the page where it was shut down, and in the notebook as the user saved it, opened afresh in some of them."""
    name, page, _ = chapter
    shown = {KINDS[kind][0]: page.locator(KINDS[kind][0]).count() for kind in CHAPTERS[name]}
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    answered(page)
    browser.end_kernel(page)
    for one in [page, lab(name)] if name in few_with_all(CHAPTERS) else [page]:
        for selector, count in shown.items():
            expect(one.locator(selector)).to_have_count(count)
        assert not DEAD.search(outputs(one))
        one.close()
