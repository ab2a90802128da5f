"""The seeds of the course, and their shift by KDLIB_DRAW."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kdlib import draws

CHAPTERS = sorted((Path(__file__).resolve().parent.parent / "notebooks" / "source").glob("*.py"))


def test_draw_0_is_the_course_s_own():
    assert (draws.people, draws.teachers, draws.students, draws.better_people) == (100, 0, 1, 5)
    assert draws.splits == 200
    assert draws.seeds(64) == range(64)


def fresh_process(draw):
    names = ("people", "teachers", "students", "better_people", "splits", "seeds(64)")
    code = f"from kdlib import draws; print({', '.join(f'draws.{name}' for name in names)})"
    environment = {**os.environ, "KDLIB_DRAW": draw}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


def test_another_draw_shifts_every_seed():
    assert fresh_process("3").stdout.strip() == "3100 30 31 9005 3200 range(192, 256)"


@pytest.mark.parametrize("draw", ["-1", "one", "1.5", "", "²"])
def test_a_draw_that_is_no_number_is_refused_in_one_sentence(draw):
    assert f"ValueError: KDLIB_DRAW is {draw!r}; expected a whole number, 0 or more" in fresh_process(draw).stderr


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_people_are_drawn_to_learn_from_and_never_to_score(chapter):
    """So nothing that a chapter prints depends on a test sample. Chapter 01 shows that luck: it alone draws one."""
    code = "\n".join(line for line in chapter.read_text(encoding="utf-8").splitlines() if not line.startswith("%"))
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    drawn = [call for call in calls if ast.unparse(call.func).endswith("sample_people")]
    named = [{keyword.arg: keyword.value for keyword in call.keywords} for call in drawn]
    seeds = [ast.unparse(kw["seed"] if "seed" in kw else call.args[1]) for call, kw in zip(drawn, named, strict=True)]
    labels = {ast.unparse(call.args[1]) for call in calls if ast.unparse(call.func).endswith("top1")}
    if chapter.stem != "01_dataset":
        assert all(seed.startswith("draws.") or "draws.DRAW" in seed or seed == "100" for seed in seeds), seeds
        # Of handwritten digits nobody knows the true probabilities.
        known = {"test.y", "rows.y"} if "split_digits" in code else {"test.y"}
        assert labels <= known, "of the people, only the 40 test people of the original are scored by their labels"
