"""JupyterLab, while a kernel is killed in the middle of a run: the lab says so, and the same cell works again."""

import os
import signal
from functools import partial

import pytest
from hands import SECOND, button, press, shows_other, words_of
from playwright.sync_api import expect

from tests.support.pages import cells_notebook
from tools import browser, serving

LAB = """from kdlib.widgets import Settings, TrainingLab
TrainingLab(Settings(epochs=20_000, seeds=32, rows=200, teacher="untrained"))"""


@pytest.fixture
def page(tmp_path, new_context):
    name = cells_notebook(tmp_path, "import os; os.getpid()", LAB)
    with serving.jupyterlab(tmp_path) as address:
        context = new_context()
        yield browser.open_notebook(context, address(name))
        context.close()


def test_a_killed_kernel_is_said_and_the_cell_works_again(page, problems):
    assert browser.run_all(page)
    lab = page.locator(".kd-lab")
    expect(lab.locator("[role=status]")).to_contain_text("A preview", timeout=60 * SECOND)
    shows_other(lab, partial(button(lab, "Run").press, "Enter"), start="Training")
    shows_other(lab, lambda: None, words=False)  # a first picture
    process = int(page.locator(".jp-OutputArea-output").first.text_content())
    os.kill(process, signal.SIGKILL)
    expect(lab.locator("[role=status]")).to_contain_text("The kernel does not answer.", timeout=15 * SECOND)
    assert "run this cell again" in words_of(lab)

    page.wait_for_function("jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'")
    dialog = page.locator(".jp-Dialog button")  # JupyterLab may say it, too
    if dialog.count():
        dialog.last.click()
    assert browser.run_all(page)
    assert int(page.locator(".jp-OutputArea-output").first.text_content()) != process
    expect(lab.locator("[role=status]")).to_contain_text("A preview", timeout=60 * SECOND)
    shows_other(lab, partial(button(lab, "Run").press, "Enter"), start="Training")
    press(lab, "Stop", "Stopped.")
    problems.clear()  # the page was told of the broken connection
    browser.end_kernel(page)
