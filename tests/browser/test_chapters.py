"""Every chapter with widgets in JupyterLab: it reads well before it is run, works by keyboard, and when it is over."""

import inspect
import re

import pytest
from hands import answered
from ipywidgets import Widget
from kinds import DEAD, KINDS, kinds_in, move_all
from lab_hands import TRAINING_LAB, lab_buttons
from playwright.sync_api import expect

from kdlib import widgets
from tools import browser
from tools.notebooks import NOTEBOOKS


def few_with_all(chapters):
    """Few chapters that hold all classes of widgets between them: those with the most come first."""
    seen = set()
    for name, kinds in sorted(chapters.items(), key=lambda item: -len(item[1])):
        if not seen.issuperset(kinds):
            seen.update(kinds)
            yield name


CHAPTERS = {path.stem: kinds for path in sorted(NOTEBOOKS.glob("*.ipynb")) if (kinds := kinds_in(path))}


class Chapter:
    """A notebook that was opened in JupyterLab and runs since then; ``before`` is what its outputs said."""

    def __init__(self, name, page):
        self.name, self.page, self.before = name, page, outputs(page)
        browser.run_all(page)

    def ran(self):
        """Its page, after the last cell."""
        assert browser.all_ran(self.page), "a cell failed"
        return self.page


@pytest.fixture(scope="session")
def running():
    """Chapters that were started, by name."""
    return {}


@pytest.fixture(scope="module", params=CHAPTERS)
def chapter(request, lab, running):
    """A chapter. While its tests go on, the next two run: some of them take a minute."""
    names = list(CHAPTERS)
    for name in names[names.index(request.param) :][:3]:
        if name not in running:
            running[name] = Chapter(name, lab(name))
    chapter = running[request.param]
    yield chapter
    if not chapter.page.is_closed():  # its tests did not come to their end
        browser.end_kernel(chapter.page)
        chapter.page.close()


def outputs(page):
    return "\n".join(page.locator(".jp-Cell-outputArea").all_text_contents())


def test_every_class_of_widgets_has_its_hands():
    classes = [one for one in (getattr(widgets, name) for name in dir(widgets)) if inspect.isclass(one)]
    assert {one.__name__ for one in classes if issubclass(one, Widget)} == set(KINDS)


def test_before_it_is_run_words_stand_where_widgets_will_be(chapter):
    assert not DEAD.search(chapter.before)
    for kind in CHAPTERS[chapter.name]:
        assert re.search(rf"{kind}\(.+\)", chapter.before), f"nothing is said of {kind}"


def test_everything_moves_by_keyboard(chapter, artefact):
    for kind in CHAPTERS[chapter.name]:
        move_all(chapter.ran(), kind, lambda number, kind=kind: artefact(f"{chapter.name}-{kind}-{number}"))


def test_its_first_lab_stops_compares_and_forgives(chapter):
    for lab in chapter.ran().locator(TRAINING_LAB).all()[:1]:
        lab_buttons(lab)


def test_when_the_kernel_is_gone_the_page_still_reads_well(chapter, lab):
    """In the page where it was shut down, and in the notebook as the user saved it, opened afresh in some of them."""
    page = chapter.ran()
    shown = {KINDS[kind][0]: page.locator(KINDS[kind][0]).count() for kind in CHAPTERS[chapter.name]}
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    answered(page)
    browser.end_kernel(page)
    pages = [page, *([lab(chapter.name)] if chapter.name in few_with_all(CHAPTERS) else [])]
    for one in pages:
        for selector, count in shown.items():
            expect(one.locator(selector)).to_have_count(count)
        assert not DEAD.search(outputs(one))
        one.close()
