"""One Chromium and one JupyterLab for all browser tests; what goes wrong in a page fails the test that opened it."""

import hands
import pytest

from tools import browser, serving
from tools.notebooks import ROOT

ARTEFACTS = ROOT / "build" / "browser"


def pytest_configure():
    try:
        browser.find()
    except browser.NoBrowser as problem:
        raise pytest.UsageError(str(problem)) from None


@pytest.fixture(scope="session")
def chromium():
    """Playwright's browser."""
    with browser.chromium() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def problems():
    """What went wrong in pages since the last test, in words."""
    return []


@pytest.fixture(scope="session")
def new_context(chromium, problems):
    """A function that opens a watched browser context, with Playwright's options for one."""

    def new_context(**options):
        context = chromium.new_context(**{"viewport": {"width": 1400, "height": 1000}, **options})
        context.add_init_script(hands.UNANSWERED)
        browser.watch(context, problems)
        return context

    return new_context


@pytest.fixture(autouse=True)
def nothing_goes_wrong(problems):
    yield
    found = list(problems)
    problems.clear()
    assert not found, "\n".join(found)


@pytest.fixture(scope="session")
def lab(new_context):
    """JupyterLab on a copy of the notebooks: a function that opens one of them in a new page."""
    with serving.jupyterlab() as address:
        context = new_context()
        yield lambda name: browser.open_notebook(context, address(name))
        context.close()


@pytest.fixture(scope="session")
def artefact():
    """A function from a name to the path of a screenshot."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    return lambda name: ARTEFACTS / f"{name}.png"
