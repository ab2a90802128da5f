"""Node for tests: the page's modules run in it as they are."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import kdlib

PAGE = Path(kdlib.__file__).parent / "widgets" / "page"
SCRIPTS = Path(__file__).parents[1] / "js"


def found_node() -> str:
    """The path of Node, or a skip."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("needs Node.js: without it nobody compares the page's numbers with kdlib's")
    return found


def node(script: str, module: Path, given):
    """What a script of tests/js answers, a value, when it is given a module and a value."""
    done = subprocess.run(
        [found_node(), SCRIPTS / script, module], input=json.dumps(given), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def call(module: Path, calls):
    """Call exported functions: ``[[name, argument, ...], ...]`` to their results."""
    return node("call.mjs", module, calls)
