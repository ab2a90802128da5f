"""Which seeds a chapter draws from: one place, so that the whole course can be repeated in other draws. Chapter 01.

``KDLIB_DRAW=k`` in the environment shifts them all; 0 is the course's own. `make replicate` runs the chapters so.
"""

import os


def _chosen(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"KDLIB_DRAW is {text!r}; expected a whole number, 0 or more")
    return int(text)


DRAW = _chosen(os.environ.get("KDLIB_DRAW", "0"))

people = 100 + 1_000 * DRAW  # training people, a set of their own for each repetition: seeds people, people + 1, ...
teachers = 10 * DRAW  # first weights and shuffles of teachers
students = 1 + 10 * DRAW  # those of students: from the teachers' seed their first layers would begin alike
better_people = 5 + 3_000 * DRAW  # the people whom a better teacher saw
splits = 200 + 1_000 * DRAW  # splits of the digits, one for each repetition: seeds splits, splits + 1, ...


def seeds(n: int) -> range:
    """``n`` seeds for what is none of these, such as random logits: 0 to n - 1 in the course's own draw. Chapter 01."""
    return range(n * DRAW, n * (DRAW + 1))
