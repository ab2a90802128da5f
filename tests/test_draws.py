"""The seeds of the course, and their shift by KDLIB_DRAW."""

import os
import subprocess
import sys

import pytest

from kdlib import draws


def test_draw_0_is_the_course_s_own():
    assert (draws.people, draws.teachers, draws.students, draws.better_people) == (100, 0, 1, 5)
    assert draws.seeds(64) == range(64)


def fresh_process(draw):
    code = "from kdlib import draws as d; print(d.people, d.teachers, d.students, d.better_people, d.seeds(64))"
    environment = {**os.environ, "KDLIB_DRAW": draw}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


def test_another_draw_shifts_every_seed():
    assert fresh_process("3").stdout.strip() == "3100 30 31 9005 range(192, 256)"


@pytest.mark.parametrize("draw", ["-1", "one", "1.5", "", "²"])
def test_a_draw_that_is_no_number_is_refused_in_one_sentence(draw):
    assert f"ValueError: KDLIB_DRAW is {draw!r}; expected a whole number, 0 or more" in fresh_process(draw).stderr
