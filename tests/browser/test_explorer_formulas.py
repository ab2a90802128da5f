"""The formulas of the explorers in the browser itself: the tests that Node runs, run again by the engine of readers."""

import inspect

import pytest

import tests.test_explorers as with_node
from kdlib.widgets.page import bundle

CALL = """async ([text, calls]) => {
  const module = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  return calls.map(([name, ...given]) => module[name](...given));
}"""


@pytest.fixture(scope="module")
def blank(new_context):
    context = new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def browser_code(blank):
    """Call functions of a page's module: ``run(module, [[name, argument, ...], ...])`` in the browser."""
    return lambda path, calls: blank.evaluate(CALL, [bundle.module(path), calls])


def asks_the_browser(name, value):
    return name.startswith("test_") and "browser_code" in inspect.signature(value).parameters


globals().update({name: value for name, value in vars(with_node).items() if asks_the_browser(name, value)})
