"""The app that `make app` serves: the playground without code, for a projector or a class."""

import pytest
from hands import SECOND, press
from kinds import DEAD, kinds_in, move_all
from lab_hands import TRAINING_LAB, lab_buttons
from playwright.sync_api import expect

from tools import serving
from tools.notebooks import NOTEBOOKS

EXPERIMENTS = 5
LOAD_SECONDS = 120


@pytest.fixture(scope="module")
def page(new_context):
    """The page, when its widgets are there."""
    with serving.app() as address:
        context = new_context()
        try:
            page = context.new_page()
            page.goto(address, timeout=LOAD_SECONDS * SECOND)
            expect(page.locator(TRAINING_LAB)).to_have_count(EXPERIMENTS, timeout=LOAD_SECONDS * SECOND)
            yield page
        finally:
            context.close()


def test_it_shows_no_code_and_nothing_dead(page, artefact):
    page.screenshot(path=artefact("app"), full_page=True)
    shown = page.locator("body").inner_text()
    assert page.locator(".highlight, .jp-CodeMirrorEditor").count() == 0 and "import " not in shown
    assert not DEAD.search(shown)


def test_every_experiment_runs_to_its_end(page):
    for lab in page.locator(TRAINING_LAB).all():
        press(lab, "Run", "Done.")
        press(lab, "Reset", "A preview")


@pytest.mark.parametrize("kind", kinds_in(NOTEBOOKS / "12_playground.ipynb"))
def test_the_first_of_each_class_moves_by_keyboard(page, kind, artefact):
    """All of them were moved in JupyterLab."""
    move_all(page, kind, lambda number: artefact(f"app-{kind}-{number}"), most=1)


def test_the_first_lab_stops_compares_and_forgives(page):
    lab_buttons(page.locator(TRAINING_LAB).first)
