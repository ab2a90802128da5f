"""The gradient explorer: what an objective asks of one person's logits. Chapter 04."""

from pathlib import Path

import torch

from kdlib.figures import Picture
from kdlib.widgets.explorers import figures, settings as check
from kdlib.widgets.explorers.numbers import direction, logit_gradient, rounded
from kdlib.widgets.explorers.settings import Setting
from kdlib.widgets.frame import Widget
from kdlib.widgets.lab.settings import OBJECTIVES as OBJECTIVE_OF, USES
from kdlib.widgets.page import bundle
from kdlib.worlds.people import POLITICS

OBJECTIVES = tuple(OBJECTIVE_OF)


class GradientExplorer(Widget):
    """One person, three classes: what an objective asks of the student's logits. Chapter 04.

    ``objective`` is one of `OBJECTIVES`, ``label`` the index of the true class; ``student_logits`` and
    ``teacher_logits`` lie within -6 and 6, ``temperature`` within 0.25 and 32, ``alpha`` within 0 and 1. Anything else
    raises `ValueError`.
    """

    kind = "gradient"
    _esm = bundle.module(Path(__file__).with_name("gradient_view.js"))
    objective = Setting("mixed", check.one_of(OBJECTIVES))
    student_logits = Setting([2.6, 0.0, -0.8], check.logits)
    teacher_logits = Setting([0.9, 0.2, -0.9], check.logits)
    label = Setting(0, check.one_of(range(len(POLITICS))))
    temperature = Setting(1.0, check.temperature)
    alpha = Setting(0.5, check.number(0, 1))

    def gradient(self) -> torch.Tensor:
        """dL/dz [3] for these settings, by kdlib."""
        return logit_gradient(*self._one_person())

    def picture(self) -> Picture:
        """The same numbers as a picture that needs no browser: the explorer's static twin."""
        return figures.gradient(*self._one_person(), name=self._words())

    def __repr__(self) -> str:
        g = self.gradient()
        return f"GradientExplorer({self._words()}: dL/dz = {rounded(g)}, {direction(g[self.label].item())})"

    def _one_person(self):
        z, v = torch.tensor([self.student_logits, self.teacher_logits], dtype=torch.float64)
        return OBJECTIVE_OF[self.objective](self), z, v, self.label

    def _words(self):
        words = self.objective
        if self.objective in USES["temperature"]:
            words += f", T={self.temperature:.3g}"
        if self.objective in USES["alpha"]:
            words += f", alpha={self.alpha:.3g}"
        return words
