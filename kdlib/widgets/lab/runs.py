"""What a training lab computes, without any widget: settings in, curves out."""

import functools
import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from kdlib import metrics
from kdlib.cohort import Cohort
from kdlib.intervals import paired_difference
from kdlib.objectives import HardLabels
from kdlib.widgets.lab.lab_worlds import LAB_WORLDS
from kdlib.widgets.lab.settings import OBJECTIVES, Settings

POINTS = 40


@dataclass(frozen=True, eq=False)
class Curves:
    """A run so far: its values at ``epochs`` [points], each [seeds, points]; ``diverged`` [seeds].

    ``students`` and ``teachers`` are the networks at that time; ``student`` and ``teacher`` give their logits for
    features [n, 6], or [n, 64] of digits. Chapter 12.
    """

    settings: Settings
    epochs: list[int]
    loss: Tensor
    accuracy: Tensor
    agreement: Tensor
    diverged: Tensor
    students: Cohort
    teachers: Cohort

    def student(self, x: Tensor) -> Tensor:
        """The students' logits [seeds, n, 3] for features [n, 6]."""
        return self.students.logits(x)

    def teacher(self, x: Tensor) -> Tensor:
        """The teachers' logits [seeds, n, 3], or [1, n, 3] of the better one, for features [n, 6]."""
        return self.teachers.logits(x)

    @property
    def epoch(self) -> int:
        return self.epochs[-1]

    @property
    def key(self) -> tuple[Settings, int]:
        """What two runs share whose numbers are the same."""
        return self.settings, self.epoch

    @property
    def done(self) -> bool:
        return self.epoch == self.settings.epochs

    def mean(self, what: str) -> float:
        """The mean over students of ``loss``, ``accuracy`` or ``agreement`` at the last point."""
        return getattr(self, what)[:, -1].mean().item()

    def __str__(self) -> str:
        numbers = f"accuracy {self.mean('accuracy'):.3f}, agreement {self.mean('agreement'):.3f}"
        students = f"{self.settings.seeds} student{'s' * (self.settings.seeds > 1)}"
        epochs = f"{self.epoch} epochs" if self.done else f"{self.epoch} of {self.settings.epochs} epochs"
        diverged = f", {int(self.diverged.sum())} diverged" if self.diverged.any() else ""
        return f"{self.settings.name}, {students}, {epochs}: {numbers}{diverged}"


def measured_at(epochs: int) -> list[int]:
    """The epochs at which a run is measured: even steps for the pace, and even ratios for a logarithmic axis."""
    even = {math.floor(epochs * k / POINTS + 0.5) for k in range(POINTS + 1)}
    return sorted(even | {math.floor(epochs ** (k / POINTS) + 0.5) for k in range(POINTS)})


def people_of(s: Settings):
    """Training people of each seed's own, or images: x [seeds, rows, d], y [seeds, rows]; chapter 06's for seed 0."""
    return LAB_WORLDS[s.world].rows(s.rows, 100 * (s.seed + 1), s.seeds)


def frames(s: Settings, cancelled=lambda: False, until: int | None = None) -> Iterator[Curves]:
    """Train the students and yield their `Curves` at each of `measured_at`, up to ``until`` epochs if given.

    ``cancelled()`` is asked after every epoch, of the teacher too, and ends the run where it is true.
    """
    world, people, objective = LAB_WORLDS[s.world], people_of(s), OBJECTIVES[s.objective](s)
    everyone = world.scored()
    teacher = _teacher(s, people, cancelled)
    if teacher is None:
        return
    v = _logits_for_each(teacher, people.x, s)
    v_everyone = teacher.logits(everyone.x).squeeze(0)  # the better one is one for all
    cohort = Cohort(
        (world.inputs, s.hidden, world.classes), people, objective, runs=s.seeds,
        teacher_logits=v if objective.needs_teacher else None,
        batch_size=s.batch_size, lr=s.lr, seed=s.seed + 1,
    )  # fmt: skip
    points, columns, epochs_done = measured_at(s.epochs), [], cohort.learn(s.epochs)
    if until is not None:
        points = [p for p in points if p < until] + [min(until, s.epochs)]
    for k, point in enumerate(points):
        while cohort.epoch < point:
            next(epochs_done)
            if cancelled():
                return
        z = cohort.logits(everyone.x)
        loss = objective.value(cohort.logits(people.x), people.y, v)
        columns.append(torch.stack([loss, metrics.expected_accuracy(z, everyone.p), metrics.agreement(z, v_everyone)]))
        if cancelled():
            return
        loss, accuracy, agreement = torch.stack(columns, -1)
        yield Curves(s, points[: k + 1], loss, accuracy, agreement, cohort.diverged.clone(), cohort.frozen(), teacher)


def last(curves: Iterator[Curves]) -> Curves:
    """The last of an iterator of `Curves`: the finished run."""
    *_, end = curves
    return end


@functools.lru_cache(maxsize=16)
def finished(settings: Settings) -> Curves:
    """The `Curves` of a run trained to the end; the latest runs are kept, so that a picture and a claim share them.

    Chapter 12.
    """
    return last(frames(settings))


def teacher_recipe(s: Settings) -> dict:
    """How `train_cohort` makes the teachers: its ``sizes`` and keywords, as in chapters 06 and 08; one better for all.

    Students draw from the next seed: from the same one the first layers would begin alike, and the two agree for that.
    """
    world = LAB_WORLDS[s.world]
    if s.teacher == "better":
        return dict(world.better)
    sizes, epochs, lr = world.equal.values()
    own = {"sizes": sizes, "runs": s.seeds, "batch_size": min(10, s.rows), "seed": s.seed}
    return own | ({"epochs": epochs, "lr": lr} if s.teacher == "equal" else {"epochs": 0})


_teachers: dict[tuple, Cohort] = {}
_teachers_lock = threading.Lock()


def _teacher(s, people, cancelled) -> Cohort | None:
    """The teachers of all seeds, from a small store where they were trained before; None when cancelled."""
    key = (s.world, s.teacher) + (() if s.teacher == "better" else (s.rows, s.seeds, s.seed))
    with _teachers_lock:
        if key in _teachers:
            return _teachers[key]
    recipe = teacher_recipe(s)
    sizes, epochs = recipe.pop("sizes"), recipe.pop("epochs")
    if s.teacher == "better":
        people = LAB_WORLDS[s.world].many()
    teacher = Cohort(sizes, people, HardLabels(), **recipe)
    for _ in teacher.learn(epochs):
        if cancelled():
            return None
    with _teachers_lock:
        while len(_teachers) >= 8:
            _teachers.pop(next(iter(_teachers)))
        _teachers[key] = teacher
    return teacher


def _logits_for_each(teacher, x, s):
    if s.teacher == "better":  # one network for the people of all seeds
        return teacher.logits(x.flatten(0, 1)).reshape(s.seeds, s.rows, -1)
    return teacher.logits(x)


def summary(now: Curves | None, pinned: Curves | None) -> str:
    """The result in words, and its difference to the pinned one if both had the same people and first draws."""
    if now is None:
        return "There is no result yet."
    words = f"{now}."
    if now.diverged.any():
        words += " The diverged students stay at their last finite weights: try a smaller step size."
    if pinned and pinned is not now and now.settings.seeds > 1 and _draws(now) == _draws(pinned):
        gain = paired_difference(now.accuracy[:, -1], pinned.accuracy[:, -1])
        words += f" Accuracy minus that of the pinned result: {gain.mean:+.3f}, 95% interval"
        words += f" {gain.low:+.3f} to {gain.high:+.3f}."
    return words


def _draws(curves):
    s = curves.settings
    return s.seeds, s.seed, s.rows, s.world
