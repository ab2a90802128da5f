"""JupyterLab on a laptop of 1280 x 720: each lab and explorer is seen whole, and dark where JupyterLab is."""

import pytest

from tests.support.pages import cells_notebook
from tools import browser, serving

WIDGETS = [
    """import torch, kdlib
from kdlib.widgets import *
TrainingLab()""",
    "GradientExplorer()",
    "PersonExplorer()",
    """people, v = kdlib.sample_people(20, 0), torch.linspace(-3, 3, 60).reshape(20, 3)
TemperatureExplorer(teacher_logits=v, student_logits=v / 2, people=people)""",
    "WordsExplorer()",
    """nets = {name: kdlib.MLP(64, 4, 10) for name in ("large", "small", "taught")}
DigitExplorer(**nets, examples=kdlib.split_digits(0)[2].x[:10])""",
]


@pytest.fixture
def page(tmp_path, new_context):
    name = cells_notebook(tmp_path, *WIDGETS)
    with serving.jupyterlab(tmp_path) as address:
        context = new_context(viewport={"width": 1280, "height": 720})
        yield browser.open_notebook(context, address(name))
        context.close()


def darkness(widget):
    return widget.evaluate("(one) => getComputedStyle(one).filter")


def test_every_widget_fits_the_screen_of_a_laptop_and_is_dark_in_the_dark(page, artefact):
    assert browser.run_all(page)
    room = page.locator(".jp-WindowedPanel-outer").bounding_box()["height"]
    for number in range(len(WIDGETS)):
        widget = page.locator(".kd-explorer").nth(number)
        widget.evaluate("(one) => one.scrollIntoView()")
        tall = widget.bounding_box()["height"]
        page.screenshot(path=artefact(f"one-screen-{number}"))
        assert 300 < tall <= room, f"widget {number} is {tall:.0f} px tall; there is room for {room:.0f}"
    assert darkness(widget) == "none"
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")  # as JupyterLab's dark theme does
    assert darkness(widget).startswith("invert")
    browser.end_kernel(page)
