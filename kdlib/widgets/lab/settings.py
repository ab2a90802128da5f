"""What one run of a training lab depends on, and the range of each setting. No widget is needed here."""

import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from kdlib.objectives import Objective, course_objectives

_OFFERED = course_objectives(temperature=1.0, alpha=0.5)
# Each is made from whatever has a temperature and an alpha: `Settings`, and the gradient explorer.
OBJECTIVES: dict[str, Callable[[Any], Objective]] = {
    label: lambda s, label=label: course_objectives(s.temperature, s.alpha)[label] for label in _OFFERED
}
TEACHERS = ("equal", "better", "untrained")
ROWS_OF = {"people": "people", "digits": "images"}  # the worlds, and what a row is there
TITLES = {  # of the three curves
    "people": ("Loss, training people", "Accuracy, everybody", "Agreement with teacher"),
    "digits": ("Loss, training images", "Accuracy, other images", "Agreement with teacher"),
}
# The other settings count for every objective.
USES = {name: [label for label in _OFFERED if name in vars(_OFFERED[label])] for name in ("temperature", "alpha")}


class Choice(NamedTuple):
    """A setting that is one of several words."""

    label: str
    choices: tuple[str, ...]

    def check(self, value) -> str:
        if value not in self.choices:
            raise ValueError(f"{self.label} is {value!r}; choose from {', '.join(self.choices)}.")
        return value


class Range(NamedTuple):
    """A setting that is a number, a whole one or not."""

    label: str
    low: float
    high: float
    whole: bool = True

    def check(self, value: Any) -> float:
        kind: Any = numbers.Integral if self.whole else numbers.Real
        if isinstance(value, bool) or not isinstance(value, kind) or not self.low <= value <= self.high:
            kind = "a whole number" if self.whole else "a number"
            raise ValueError(f"{self.label} is {value}; choose {kind} from {self.low:,g} to {self.high:,g}.")
        return int(value) if self.whole else float(value)


# One rule a setting, in the order of `Settings`; the controls, the addresses of a page and its engine read them too.
RULES: dict[str, Choice | Range] = {
    "objective": Choice("Objective", tuple(OBJECTIVES)),
    "temperature": Range("Temperature T", 0.05, 100, whole=False),
    "alpha": Range("Alpha (teacher's share)", 0, 1, whole=False),
    "lr": Range("Step size", 1e-6, 1e6, whole=False),
    "batch_size": Range("Batch size", 1, 1000),
    "epochs": Range("Epochs", 1, 20_000),
    "hidden": Range("Hidden units", 1, 64),
    "rows": Range("Training rows", 1, 1000),
    "teacher": Choice("Teacher", TEACHERS),
    "seeds": Range("Students", 1, 32),
    "seed": Range("Seed of all draws", 0, 9999),
    "world": Choice("World", tuple(ROWS_OF)),
}


@dataclass(frozen=True)
class Settings:
    """What one run of the lab depends on; raises `ValueError`, in a learner's words, where nothing can be trained.

    ``objective`` is a label of `course_objectives`, such as "labels", "soft targets" or "mixed"; ``teacher`` is
    "equal" (it saw the student's own rows), "better" (4,000 other people, or 1,097 images) or "untrained". ``rows`` are
    training people, ``hidden`` the student's hidden units, ``world`` is "people" or "digits".
    Chapters 03, 05, 06 and 12.
    """

    objective: str = "log-probs"
    temperature: float = 2.0
    alpha: float = 0.5
    lr: float = 0.005
    batch_size: int = 10
    epochs: int = 2000
    hidden: int = 8
    rows: int = 200
    teacher: str = "equal"
    seeds: int = 8
    seed: int = 0
    world: str = "people"

    def __post_init__(self):
        for name, rule in RULES.items():
            object.__setattr__(self, name, rule.check(getattr(self, name)))
        if self.batch_size > self.rows:
            what = ROWS_OF[self.world]
            raise ValueError(f"A batch of {self.batch_size} {what} cannot be drawn from {self.rows} training {what}.")

    @property
    def name(self) -> str:
        """The objective in words, with T and alpha where they count."""
        numbers = [f"T = {self.temperature:g}"] * (self.objective in USES["temperature"])
        numbers += [f"alpha = {self.alpha:g}"] * (self.objective in USES["alpha"])
        return f"{self.objective} ({', '.join(numbers)})" if numbers else self.objective
