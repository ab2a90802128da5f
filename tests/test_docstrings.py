"""What a docstring says of the chapters: whoever opens one that it names finds the object there."""

import importlib
import inspect
import pkgutil
import re

import pytest

import kdlib
import kdlib.worlds
from docs._ext.link_chapters import NOWHERE, numbers
from tools.notebooks import NOTEBOOKS

CHAPTERS = {path.stem[:2]: path.read_text(encoding="utf-8") for path in (NOTEBOOKS / "source").glob("*.py")}
MODULES = [
    name
    for package in (kdlib, kdlib.worlds)
    for _, name, _ in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    if "__" not in name
]


def public(module):
    """The functions and classes that a module defines for others."""
    for name, one in vars(importlib.import_module(module)).items():
        if (inspect.isclass(one) or inspect.isfunction(one)) and one.__module__ == module and name[0] != "_":
            yield name, one


@pytest.mark.parametrize("module", MODULES)
def test_a_docstring_names_chapters_that_mention_the_object(module):
    for name, one in public(module):
        doc = inspect.getdoc(one) or ""
        missing = [number for number in numbers(doc) if not re.search(rf"\b{name}\b", CHAPTERS.get(number, ""))]
        assert not missing or NOWHERE in doc, f"{module}.{name} names chapters {missing}, which do not mention it"
