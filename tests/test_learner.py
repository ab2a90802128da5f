"""What the learner does in the chapters: stubs, checks and hints stand together, no answer in sight of its question."""

import ast
import re
from itertools import pairwise

import jupytext
import pytest

from kdlib.exercises import checks
from kdlib.exercises.hints import SOLUTIONS
from tools.notebooks import NOTEBOOKS, names

WITH_EXERCISES = [
    name for name in names() if 'tags=["exercise"]' in (NOTEBOOKS / "source" / f"{name}.py").read_text("utf-8")
]
QUESTION = re.compile(r"\*\*[^*]*\?\*\*")


def cells(name):
    return jupytext.read(NOTEBOOKS / "source" / f"{name}.py", fmt="py:percent").cells


def tags(cell):
    return set(cell.metadata.get("tags", []))


def folded(cell):
    return "hide-output" in tags(cell) and cell.metadata.get("jupyter", {}).get("outputs_hidden") is True


def is_quiet(source):
    """Whether a cell shows nothing, or only a widget that waits for the reader: it prints not and ends in no value."""
    statements = ast.parse(source).body
    prints = any(
        isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print" for node in ast.walk(ast.parse(source))
    )
    last = statements[-1]
    if prints or not isinstance(last, ast.Expr):
        return not prints
    moves = isinstance(last.value, ast.Name) and re.search(
        rf"^{last.value.id} = (Bet|\w*(Explorer|Lab|Map))\(", source, re.M
    )
    return bool(moves)


def questions_in_sight(given):
    """The last words of cells that ask, where the next code cell shows its answer: no bet, no exercise, not folded."""
    found = []
    for cell, below in pairwise(given):
        paragraph = cell.source.strip().split("\n\n")[-1]
        if cell.cell_type != "markdown" or not QUESTION.search(paragraph) or below.cell_type != "code":
            continue
        if not (folded(below) or tags(below) & {"exercise", "bet", "exhibit"} or is_quiet(below.source)):
            found.append(paragraph[-80:])
    return found


@pytest.mark.parametrize("name", names())
def test_no_question_has_its_answer_in_sight(name):
    assert questions_in_sight(cells(name)) == []


@pytest.mark.parametrize(
    "shows", ["print(1 < 2)", "1 < 2", "picture = 3\npicture", "together(\n    1)", "for k in (1, 2):\n    print(k)"]
)
def test_a_question_in_sight_is_found(shows):
    source = "# %% [markdown]\n# **Which is larger?**\n\n# %%{}\n{}\n"
    hidden = ' tags=["hide-output"] jupyter={"outputs_hidden": true}'
    for fold, found in (("", 1), (hidden, 0), (' tags=["hide-output"]', 1)):
        given = jupytext.reads(source.format(fold, shows), fmt="py:percent").cells
        assert len(questions_in_sight(given)) == found


@pytest.mark.parametrize(
    "source", ["x = 1", "def f():\n    return 1", "lab = TrainingLab(settings)\nlab", "import kdlib"]
)
def test_a_cell_that_shows_nothing_or_waits_is_quiet(source):
    assert is_quiet(source)


@pytest.mark.parametrize("name", WITH_EXERCISES)
def test_every_exercise_has_its_check_and_its_hints(name):
    given, found = cells(name), 0
    for stub, check, hint in zip(given, given[1:], given[2:], strict=False):
        if "exercise" in tags(stub):
            found += 1
            function = re.match(r"def (\w+)\(", stub.source)[1]
            assert "return ..." in stub.source and tags(check) == {"check"} and tags(hint) == {"hints"}
            assert check.source == f"checks.{function}({function})" and callable(getattr(checks, function))
            # A solution that is pasted over the stub is what the check then asks.
            assert hint.source == f'hints("{function}")' and f"def {function}(" in SOLUTIONS[function]
    assert found >= 3


@pytest.mark.parametrize("name", WITH_EXERCISES)
def test_every_bet_is_settled_in_a_folded_cell_below_it(name):
    given, found = cells(name), 0
    for k, cell in enumerate(given):
        if "bet" in tags(cell):
            found += 1
            bet = re.search(r"^(\w+) = Bet\(", cell.source, re.M)[1]
            settled = [below for below in given[k + 1 :] if f"{bet}.settle(" in below.source]
            assert cell.source.splitlines()[-1] == bet and len(settled) == 1 and folded(settled[0]), bet
    assert found >= 3 and any("score" in tags(cell) for cell in given)
