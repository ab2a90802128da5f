"""What ``python -m kdlib demo`` can tell: whom teacher and student learn from, in the world of people or digits."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
from torch.utils.data import TensorDataset

from kdlib import models, objectives
from kdlib.worlds.digits import DIGITS, SIDE, split_digits
from kdlib.worlds.people_file import DATA, PeopleDataset

TARGETS = {
    "log-probs": objectives.LogProbMatching(),
    "logits": objectives.LogitMatching(),
    "soft-targets": objectives.SoftTargets(1.0),
}
LOSSES = {
    "log-probs": "mean squared error against the teacher",
    "logits": "mean squared error against the teacher",
    "soft-targets": "KL from the teacher (nats)",
}


class Role(NamedTuple):
    """A network to be made, the rows it learns from and how: ``towards`` and ``ylabel`` say it in words."""

    make: Callable[[], models.MLP]
    rows: Any
    objective: objectives.Objective
    towards: str
    ylabel: str
    recipe: dict[str, Any]  # epochs, batch_size and lr, unless the options say otherwise


class Story(NamedTuple):
    """Teacher and student, the labelled rows ``train`` and ``test`` that both are scored on, and the opening words."""

    opening: str
    roles: dict[str, Role]
    train: Any
    test: Any
    shipped: bool  # whether sizes, times, ONNX files and a model card belong to it


def people(options, dtype: torch.dtype) -> Story:
    """The original demo: both networks learn from the same people."""
    train = PeopleDataset(options.train or DATA / "people_train.txt", dtype)
    test = PeopleDataset(options.test or DATA / "people_test.txt", dtype)
    recipe = {"epochs": 2000, "batch_size": 10, "lr": 0.005}
    target = options.student_target or "log-probs"
    return Story(
        f"{len(train)} people to train on, {len(test)} to test on",
        _roles(models.teacher_net, models.student_net, train, train, target, recipe, recipe),
        train,
        test,
        shipped=False,
    )


LABELLED, UNLABELLED, TESTED = 100, 1_200, 497  # all 1,797 rows


def digits(options, dtype: torch.dtype) -> Story:
    """The story of chapter 09: a teacher of 100 labelled digits, a student of its word on 1,200 more without label."""
    if given := [name for name in ("train", "test") if getattr(options, name)]:
        raise ValueError(f"--{given[0]} goes with the people; the digits have rows of their own, dealt out by --seed")
    sizes = (LABELLED, UNLABELLED, TESTED)
    labelled, unlabelled, test = split_digits(options.seed, sizes, dtype)
    transfer = TensorDataset(torch.cat([labelled.x, unlabelled.x]))
    slow, fast = {"epochs": 60, "batch_size": 10, "lr": 0.05}, {"epochs": 60, "batch_size": 20, "lr": 0.2}
    target = options.student_target or "soft-targets"
    return Story(
        f"{LABELLED} digits with a label, {UNLABELLED:,} without, {TESTED} to test on",
        _roles(partial(_of_digits, 128), partial(_of_digits, 4), labelled, transfer, target, slow, fast),
        labelled,
        test,
        shipped=True,
    )


def _of_digits(hidden):
    model = models.MLP(SIDE * SIDE, hidden, len(DIGITS))
    model.classes = list(DIGITS)  # they travel in its files
    return model


def _roles(teacher, student, labelled, transfer, target, slow, fast) -> dict[str, Role]:
    labels, towards = objectives.HardLabels(), f"{target} of the teacher"
    return {
        "teacher": Role(teacher, labelled, labels, "labels (NLL)", "NLL against the labels (nats)", slow),
        "student": Role(student, transfer, TARGETS[target], towards, LOSSES[target], fast),
    }


STORIES = {"people": people, "digits": digits}
