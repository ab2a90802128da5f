"""A short run in Firefox: explorers and labs from the file system, by keyboard, and the students that kdlib trains."""

import json
import os
from dataclasses import asdict

import pytest

from kdlib.widgets.page import bundle
from tests.support.node import PAGE
from tests.test_engine import drawn_settings, same_as_kdlib
from tools import firefox
from tools.app.screens import write
from tools.notebooks import NOTEBOOKS

# The last frame of each run, by the engine as a module from memory.
TRAIN = """(async () => {
  const { train } = await import(URL.createObjectURL(new Blob([%s], { type: "text/javascript" })));
  return %s.map((settings) => [...train(settings)].at(-1));
})()"""
SHOWN = "[...document.querySelectorAll('%s')].filter((one) => one.checkVisibility())[0]"


@pytest.fixture(scope="module")
def fox():
    path = firefox.find()
    if path is None:
        assert "CI" not in os.environ, "there is no Firefox here; on Debian `apt-get install firefox-esr`"
        pytest.skip("there is no Firefox here")
    with firefox.firefox(path) as page:
        page.resize(1024, 768)
        yield page


@pytest.fixture
def page(fox):
    fox.problems.clear()
    yield fox
    assert not fox.problems


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    path = tmp_path_factory.mktemp("app") / "app.html"
    write(NOTEBOOKS / "12_playground.ipynb", path)
    return path.as_uri()


def test_firefox_trains_the_same_students(page):
    settings = [*drawn_settings(3, most_rows=40, seed=2)]
    page.goto("about:blank")
    text, wanted = json.dumps(bundle.module(PAGE / "engine.js")), json.dumps([asdict(s) for s in settings])
    for frame, s in zip(page.evaluate(TRAIN % (text, wanted)), settings, strict=True):
        same_as_kdlib(frame, s)


def show_screen_with(page, app, kind):
    page.goto(app)
    number = page.evaluate(
        "1 + [...document.querySelectorAll('.kd-screen')]"
        f".findIndex((one) => one.querySelector('[data-kd-explorer={kind}]'))"
    )
    page.evaluate(f"document.querySelector('a[href=\"#screen-{number}\"]').focus()")
    page.press("Enter")


def test_a_lab_of_the_app_runs_by_keyboard(page, app):
    show_screen_with(page, app, "lab")
    page.until(SHOWN % ".kd-lab button")
    page.evaluate(f"({SHOWN % '.kd-lab'}).setAttribute('data-tried', '')")
    page.evaluate(
        "[...document.querySelectorAll('[data-tried] button')].find((one) => one.textContent === 'Run').focus()"
    )
    page.press("Enter")
    page.until("document.querySelector('[data-tried] [role=status]').textContent.startsWith('Done.')")
    assert page.evaluate("document.querySelectorAll('[data-tried] svg').length") > 0


@pytest.mark.parametrize("kind", ["gradient", "temperature"])
def test_an_explorer_moves_by_keyboard(page, app, kind):
    show_screen_with(page, app, kind)
    widget = SHOWN % ".kd-explorer"
    page.until(f"{widget}?.querySelector('input[type=range]:not(:disabled)')")
    page.evaluate(f"({widget}).setAttribute('data-tried', '')")
    page.evaluate("document.querySelector('[data-tried] input[type=range]:not(:disabled)').focus()")
    before = page.evaluate("document.querySelector('[data-tried]').textContent")
    page.press("ArrowRight")
    page.press("ArrowRight")
    page.until(f"document.querySelector('[data-tried]').textContent !== {json.dumps(before)}")
