"""Importing kdlib is cheap, and every name it promises is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import kdlib

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"matplotlib", "ipywidgets", "anywidget", "IPython", "scipy", "tqdm", "safetensors", "onnx", "onnxruntime"}


def modules_after(code):
    """The top-level modules that a fresh interpreter has loaded after the code."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_import_loads_not_even_torch():
    loaded = modules_after("import kdlib")
    assert "kdlib" in loaded and loaded & (HEAVY | {"torch"}) == set()


def test_all_names_together_load_nothing_heavy_on_top_of_torch():
    with_torch = modules_after("import torch")
    loaded = modules_after("from kdlib import *\nassert callable(fit) and callable(PeopleDataset)")
    assert (loaded - with_torch) & HEAVY == set()


@pytest.mark.parametrize("name", kdlib.__all__)
def test_every_public_name_is_there(name):
    value = getattr(kdlib, name)
    assert name == "__version__" or (value.__module__.startswith("kdlib.") and value.__doc__)
    assert name in dir(kdlib)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"kdlib.* attribute .*fitt"):
        _ = kdlib.fitt
    assert not hasattr(kdlib, "nothing")


def test_a_type_checker_sees_the_lazy_names(tmp_path):
    """An editor and a checker read the stubs: a name that does not exist is told, one that does has its type."""
    script = tmp_path / "lesson.py"
    wrong = ["kdlib.fitt", "kdlib.widgets.Lab", "kdlib.accuracy(abs, 2).upper()"]
    lines = ["import kdlib", "import kdlib.widgets", *wrong]
    script.write_text("\n".join([*lines, "kdlib.fit, kdlib.widgets.TrainingLab, kdlib.student_net(8)"]))
    options = ["--preset", "default", "--output-format", "min-text", "--search-path", ROOT]
    command = [sys.executable, "-m", "pyrefly", "check", *options, script]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    assert [int(line) for line in re.findall(r"lesson\.py:(\d+)", said)] == [3, 4, 5], said
