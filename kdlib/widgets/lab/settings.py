"""What one run of a training lab depends on. No widget is needed here."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from kdlib.objectives import Objective, course_objectives

_OFFERED = course_objectives(temperature=1.0, alpha=0.5)
# Each is made from whatever has a temperature and an alpha: `Settings`, and the gradient explorer.
OBJECTIVES: dict[str, Callable[["Settings"], Objective]] = {
    label: lambda s, label=label: course_objectives(s.temperature, s.alpha)[label] for label in _OFFERED
}
TEACHERS = ("equal", "better", "untrained")
# The other settings count for every objective.
USES = {name: [label for label in _OFFERED if name in vars(_OFFERED[label])] for name in ("temperature", "alpha")}
COUNTS = {"batch_size": 1000, "epochs": 20_000, "hidden": 64, "rows": 1000, "seeds": 32}


@dataclass(frozen=True)
class Settings:
    """What one run of the lab depends on; raises `ValueError`, in a learner's words, where nothing can be trained.

    ``objective`` is a label of `course_objectives`, such as "labels", "soft targets" or "mixed"; ``teacher`` is
    "equal" (it saw the student's own rows), "better" (4,000 other people) or "untrained". ``rows`` are training
    people, ``hidden`` the student's hidden units. Chapters 03, 05, 06 and 12.
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

    def __post_init__(self):
        if self.objective not in OBJECTIVES or self.teacher not in TEACHERS:
            raise ValueError(
                f"The objective is {self.objective!r} and the teacher {self.teacher!r}; "
                f"choose from {', '.join(OBJECTIVES)} and from {', '.join(TEACHERS)}."
            )
        for name, most in COUNTS.items():
            if not 1 <= getattr(self, name) <= most:
                words = name.replace("_", " ")
                raise ValueError(f"The setting {words} is {getattr(self, name)}; choose 1 to {most:,}.")
        if not (self.lr > 0 and math.isfinite(self.lr)):
            raise ValueError(f"The step size is {self.lr:g}; it must be above 0.")
        if not (self.temperature > 0 and math.isfinite(self.temperature)):
            raise ValueError(f"The temperature is {self.temperature:g}; it must be above 0.")
        if not 0 <= self.alpha <= 1:
            raise ValueError(f"Alpha is {self.alpha:g}; it must be from 0 to 1.")
        if self.seed < 0:
            raise ValueError(f"The seed is {self.seed}; it must be 0 or more.")
        if self.batch_size > self.rows:
            raise ValueError(f"A batch of {self.batch_size} people cannot be drawn from {self.rows} training people.")

    @property
    def name(self) -> str:
        """The objective in words, with T and alpha where they count."""
        numbers = [f"T = {self.temperature:g}"] * (self.objective in USES["temperature"])
        numbers += [f"alpha = {self.alpha:g}"] * (self.objective in USES["alpha"])
        return f"{self.objective} ({', '.join(numbers)})" if numbers else self.objective
