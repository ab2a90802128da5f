"""The Makefile in a folder whose name neither a shell nor a script's first line holds, and several targets at once."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no make; the README shows the way without")

# A Python that only says what it was asked, and where the programs under it look for their settings.
SAYS = """#!/bin/sh
echo "$*|$JUPYTER_CONFIG_PATH|$JUPYTER_PATH" >> log.txt
"""
# A Python that sets up a .venv with the one above, and shows in its log when two of it overlap.
SETS_UP = """#!/bin/sh
case "$*" in *"-m venv"*|*"-m pip install"*)
  mkdir busy 2>/dev/null || echo TWICE >> log.txt
  sleep 0.3
  case "$*" in *"-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python;; esac
  rmdir busy 2>/dev/null;;
esac
echo "$*" >> log.txt
"""


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / 'Prof\'s "课程" #1 $HOME `x`'
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    return folder


def make(folder, *arguments):
    ours = ("MAKE", "MFLAGS", "NOTEBOOKS")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return subprocess.run(["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True)


def test_every_target_starts_its_program_whatever_the_folder_is_called(folder):
    script(folder / ".venv/bin/python", SAYS)
    for extra in ("base", "course", "dev"):
        (folder / f".venv/.installed-{extra}").touch()
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"course", "app", "demo", "test", "docs-open"} <= set(targets)
    done = make(folder, *(target for target in targets if target not in ("help", "clean")))
    assert (done.returncode, done.stderr) == (0, "")
    said = dict(line.split("|", 1) for line in (folder / "log.txt").read_text().splitlines())
    lab = next(line for line in said if line.startswith("-m jupyterlab"))
    assert "--ServerApp.root_dir=notebooks" in lab and said[lab] == f"{folder}/tools/config/jupyter|"
    assert {"-m kdlib demo", "-m ruff check"} <= {line.strip() for line in said}
    assert any(line.startswith("-m tools.app") for line in said)


def test_no_recipe_starts_a_script_whose_first_line_holds_the_path():
    assert re.findall(r"\$\(BIN\)/(?!python\b)\S+", (ROOT / "Makefile").read_text()) == []


def test_targets_side_by_side_set_up_one_environment_at_a_time(folder):
    script(folder / "python", SETS_UP)
    done = make(folder, "-j4", "PYTHON=./python", "demo", "lint", "course")
    assert (done.returncode, done.stderr) == (0, "")
    log = (folder / "log.txt").read_text()
    assert "TWICE" not in log
    assert len(re.findall("-m venv", log)) == 1 and "-m kdlib demo" in log and "-m ruff check" in log
