"""Every chapter with widgets in JupyterLab: it reads well before it is run, works by keyboard, and when it is over."""

import re

import hands
import nbformat
import pytest
from playwright.sync_api import expect

from kdlib import widgets
from tools import browser
from tools.notebooks import NOTEBOOKS

# For each class of widgets, where one is on a page and what a user does to it.
KINDS = {
    "GradientExplorer": ('.kd-explorer:has(h3:text("Gradient explorer"))', hands.gradient_explorer),
    "TemperatureExplorer": ('.kd-explorer:has(h3:text("Temperature explorer"))', hands.explorer),
    "PersonExplorer": ('.kd-explorer:has(h3:text("Person explorer"))', hands.explorer),
    "TrainingLab": (hands.TRAINING_LAB, hands.training_lab),
    "DecisionMap": (".kd-lab:not(:has(.kd-group))", hands.decision_map),
}
DEAD = re.compile("Error displaying widget|Loading widget|model not found|Click to show javascript error")


def kinds_in(path):
    """The classes of widgets that a notebook's code makes."""
    code = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    return [name for name in KINDS if re.search(rf"\b{name}\(", code)]


CHAPTERS = {path.stem: kinds for path in sorted(NOTEBOOKS.glob("*.ipynb")) if (kinds := kinds_in(path))}
EACH = pytest.mark.parametrize("chapter", CHAPTERS, indirect=True, scope="module")
EACH_KIND = [(name, kind) for name, kinds in CHAPTERS.items() for kind in kinds]


class Chapter:
    """A notebook that was opened in JupyterLab and runs since then; ``before`` is what its outputs said."""

    def __init__(self, name, page):
        self.name, self.page, self.before = name, page, outputs(page)
        page.evaluate("() => { window.kdRan = jupyterapp.commands.execute('notebook:run-all-cells'); }")

    def ran(self):
        """Its page, after the last cell."""
        assert self.page.evaluate("window.kdRan"), "a cell failed"
        return self.page


@pytest.fixture(scope="session")
def running():
    """Chapters that were started, by name."""
    return {}


@pytest.fixture(scope="module")
def chapter(request, lab, running):
    """A chapter. While its tests go on, the next one runs: some of them take a minute."""
    names = list(CHAPTERS)
    for name in names[names.index(request.param) :][:2]:
        if name not in running:
            running[name] = Chapter(name, lab(name))
    chapter = running[request.param]
    yield chapter
    browser.end_kernel(chapter.page)
    chapter.page.close()


def outputs(page):
    return "\n".join(page.locator(".jp-Cell-outputArea").all_inner_texts())


def test_every_class_of_widgets_has_its_hands():
    assert set(dir(widgets)) - {"Settings"} == set(KINDS)


@EACH
def test_before_it_is_run_words_stand_where_widgets_will_be(chapter):
    assert not DEAD.search(chapter.before)
    for kind in CHAPTERS[chapter.name]:
        assert re.search(rf"{kind}\(.+\)", chapter.before), f"nothing is said of {kind}"


@pytest.mark.parametrize(("chapter", "kind"), EACH_KIND, indirect=["chapter"], scope="module")
def test_everything_moves_by_keyboard(chapter, kind, artefact):
    page, (selector, act) = chapter.ran(), KINDS[kind]
    page.wait_for_selector(selector)
    for number, widget in enumerate(page.locator(selector).all(), start=1):
        widget.screenshot(path=artefact(f"{chapter.name}-{kind}-{number}"))
        act(widget)


@EACH
def test_when_the_kernel_is_gone_the_page_still_reads_well(chapter, lab):
    """In the page where it was shut down, and in the notebook as the user saved it, opened afresh."""
    page = chapter.ran()
    shown = {KINDS[kind][0]: page.locator(KINDS[kind][0]).count() for kind in CHAPTERS[chapter.name]}
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    browser.end_kernel(page)
    again = lab(chapter.name)
    for one in (page, again):
        for selector, count in shown.items():
            expect(one.locator(selector)).to_have_count(count)
        assert not DEAD.search(outputs(one))
    browser.end_kernel(again)
    again.close()
