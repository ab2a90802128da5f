"""What a lab's students learn: their rows, what they are scored on, their teachers, and the source that repeats it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from kdlib.worlds.digits import Digits, split_digits
from kdlib.worlds.people import Census, census, sample_people

BETTER_PEOPLE = 4000
BANDS = {"years": 3, "dollars": 2_000}  # the coarse census on which students are scored while they learn
SPLIT = 200  # the digits are split once for all students; this is the first split of chapter 08


class LabWorld(NamedTuple):
    """One world of a lab.

    ``rows(n, seed, runs)`` gives each run rows of its own, x [runs, n, inputs]; ``scored()`` features and true
    probabilities; ``equal`` and ``better`` say how `train_cohort` makes the teachers, the better one from ``many()``.
    ``many_source``, ``rows_source(n, seed, runs)`` and ``scored_source`` are the lines of Python for the same.
    """

    inputs: int
    classes: int
    rows: Callable[[int, int, int], Any]
    scored: Callable[[], Census]
    equal: dict
    better: dict
    many: Callable[[], Any]
    many_source: str
    rows_source: Callable[[int, int, int], list[str]]
    scored_source: tuple[str, ...]
    accuracy_source: str


def _people(n, seed, runs):
    return sample_people(n, seed, dtype=torch.float64, runs=runs)


def _kinds() -> Census:
    return census(torch.float64, **BANDS)


def _learn_rows() -> Digits:
    return split_digits(SPLIT, dtype=torch.float64)[0]


def _digits(n, seed, runs):
    learn = _learn_rows()
    rows = [torch.randperm(len(learn), generator=torch.Generator().manual_seed(seed + r))[:n] for r in range(runs)]
    return Digits(learn.x[torch.stack(rows)], learn.y[torch.stack(rows)])


def _labelled() -> Census:
    score = split_digits(SPLIT, dtype=torch.float64)[2]
    return Census(score.x, torch.nn.functional.one_hot(score.y, 10).double())


LAB_WORLDS = {
    "people": LabWorld(
        6, 3, _people, _kinds,
        {"sizes": (6, 10, 10, 3), "epochs": 500, "lr": 0.02},
        {"sizes": (6, 32, 32, 3), "runs": 1, "epochs": 60, "batch_size": 20, "lr": 0.05},
        lambda: sample_people(BETTER_PEOPLE, seed=5, dtype=torch.float64),
        f"many = kdlib.sample_people({BETTER_PEOPLE}, seed=5, dtype=torch.float64)",
        lambda n, seed, runs: [f"people = kdlib.sample_people({n}, seed={seed}, dtype=torch.float64, runs={runs})"],
        (f"everyone = kdlib.census(torch.float64, years={BANDS['years']}, dollars={BANDS['dollars']})",),
        "accuracy = metrics.expected_accuracy(students.logits(everyone.x), everyone.p)",
    ),
    "digits": LabWorld(
        64, 10, _digits, _labelled,
        {"sizes": (64, 64, 10), "epochs": 100, "lr": 0.2},
        {"sizes": (64, 64, 10), "runs": 1, "epochs": 40, "batch_size": 20, "lr": 0.5},
        _learn_rows,
        "many = learn",
        lambda n, seed, runs: [
            f"draws = [torch.Generator().manual_seed({seed} + r) for r in range({runs})]",
            f"rows = torch.stack([torch.randperm(len(learn), generator=draw)[:{n}] for draw in draws])",
            "people = kdlib.Digits(learn.x[rows], learn.y[rows])  # people are images here",
        ],
        (f"learn, _, everyone = kdlib.split_digits({SPLIT}, dtype=torch.float64)",),
        "accuracy = metrics.top1(students.logits(everyone.x), everyone.y)",
    ),
}  # fmt: skip
