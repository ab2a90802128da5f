"""Chapter 9 where ONNX is not installed: it says in a sentence what is missing, and goes on to its end."""

import os
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

ROOT = Path(__file__).resolve().parent.parent
CHAPTER = ROOT / "notebooks" / "source" / "09_shipping.py"
# Two draws only, in a process of its own: its claims are written down and need not hold.
RUN = """
import importlib.util, re, sys
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in ("onnx", "onnxruntime") else real(name, *rest)
sys.modules["onnx"] = sys.modules["onnxruntime"] = None
from tests.test_shipping import cells
scope = {"__name__": "chapter"}
for cell in cells():
    cell = re.sub(r"^repetitions = \\d+", "repetitions = 2", cell, flags=re.M).replace("26_000", "2_600")
    exec(compile(cell, "chapter", "exec"), scope)
"""


def cells():
    """The code cells of the chapter."""
    notebook = jupytext.read(CHAPTER)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.slow
def test_the_chapter_goes_on_without_onnx(tmp_path):
    pytest.importorskip("anywidget")
    environment = {**os.environ, "KDLIB_CLAIMS": str(tmp_path / "claims")}
    done = subprocess.run([sys.executable, "-c", RUN], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    said = "onnx and onnxruntime are not installed; python -m kdlib doctor says how to get what is missing."
    assert said in done.stdout and "The file has 1,9" in done.stdout
