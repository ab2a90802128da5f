"""The temperature explorer: what a temperature does to soft targets and to their gradient. Chapter 05."""

from pathlib import Path

import torch
import traitlets

from kdlib.figures import Picture
from kdlib.widgets.explorers import figures, settings as check
from kdlib.widgets.explorers.numbers import rounded, soft_norm
from kdlib.widgets.explorers.settings import Setting
from kdlib.widgets.frame import Widget
from kdlib.widgets.page import bundle


class TemperatureExplorer(Widget):
    """What a temperature does to soft targets and to their gradient. Chapter 05.

    ``teacher_logits`` and ``student_logits`` [n, 3] are those of ``people`` (`People`, or n names); the gradient is
    that of `SoftTargets` over all of them. ``chosen`` are the rows shown (the first three),
    ``temperature`` lies within 0.25 and 32. Anything else raises `ValueError`.
    """

    kind = "temperature"
    _esm = bundle.module(Path(__file__).with_name("temperature.js"))
    teacher_logits = Setting([[0.0, 0.0, 0.0]], check.logit_rows)
    student_logits = Setting([[0.0, 0.0, 0.0]], check.logit_rows)
    people = Setting(["somebody"], check.person_names)
    chosen = Setting([0], check.row_numbers)
    temperature = Setting(4.0, check.temperature)

    def __init__(self, *, teacher_logits, student_logits, people, chosen=None, **settings):
        super().__init__(teacher_logits=teacher_logits, student_logits=student_logits, people=people, **settings)
        sizes = {name: len(getattr(self, name)) for name in ("teacher_logits", "student_logits", "people")}
        if len(set(sizes.values())) > 1:
            raise ValueError(f"expected one row per person everywhere, got {sizes}")
        self.chosen = list(range(min(3, len(self.people)))) if chosen is None else chosen

    @traitlets.validate("chosen")
    def _check_rows(self, proposal):
        if max(proposal["value"]) >= len(self.people):
            raise ValueError(f"chosen is {proposal['value']}; expected rows 0 to {len(self.people) - 1}")
        return proposal["value"]

    def gradient_norm(self) -> float:
        """The norm of dL/dz over all people, with T^2 in the loss, by kdlib."""
        return soft_norm(*self._logits(), torch.tensor([self.temperature], dtype=torch.float64)).item()

    def picture(self) -> Picture:
        """The same numbers as a picture that needs no browser: the explorer's static twin."""
        z, v = self._logits()
        return figures.temperature(self.people, self.chosen, z, v, self.temperature)

    def _logits(self):
        return [torch.tensor(rows, dtype=torch.float64) for rows in (self.student_logits, self.teacher_logits)]

    def __repr__(self) -> str:
        norm, T = self.gradient_norm(), self.temperature
        q = torch.softmax(torch.tensor(self.teacher_logits[self.chosen[0]], dtype=torch.float64) / T, -1)
        return (
            f"TemperatureExplorer(T={T:.3g}: {self.people[self.chosen[0]]} {rounded(q)}; "
            f"gradient norm {norm:.3g} with T², {norm / T**2:.3g} without)"
        )
