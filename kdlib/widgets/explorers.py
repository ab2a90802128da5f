"""Explorers: small pictures that answer at once, drawn in the browser from their state alone.

Each is an ES module that JupyterLab loads through anywidget and that a static page can run without a kernel. The
formulas in it repeat kdlib's; a test holds the two together. What ``repr`` says and ``static`` draws is kdlib's.
"""

import torch
import traitlets

from kdlib.figures import Picture
from kdlib.models import MLP
from kdlib.people import AGES, COLUMNS, INCOMES, POLITICS, SEXES, STATES, Record, encode, posterior
from kdlib.widgets import explorer_figures as pictures
from kdlib.widgets import explorer_settings as check
from kdlib.widgets.explorer_frame import Explorer, module
from kdlib.widgets.explorer_numbers import direction, logit_gradient, rounded, soft_norm
from kdlib.widgets.explorer_settings import Setting
from kdlib.widgets.lab_settings import OBJECTIVES as OBJECTIVE_OF
from kdlib.widgets.lab_settings import USES

TEMPERATURES = check.number(0.25, 32.0)
OBJECTIVES = tuple(OBJECTIVE_OF)


class GradientExplorer(Explorer):
    """One person, three classes: what an objective asks of the student's logits. Chapter 04.

    ``objective`` is one of `OBJECTIVES`, ``label`` the index of the true class; ``student_logits`` and
    ``teacher_logits`` lie within -6 and 6, ``temperature`` within 0.25 and 32, ``alpha`` within 0 and 1. Anything else
    raises `ValueError`.
    """

    kind = "gradient"
    _esm = module("gradient.js", "gradient_view.js")
    objective = Setting("mixed", check.one_of(OBJECTIVES))
    student_logits = Setting([2.6, 0.0, -0.8], check.logits)
    teacher_logits = Setting([0.9, 0.2, -0.9], check.logits)
    label = Setting(0, check.one_of(range(len(POLITICS))))
    temperature = Setting(1.0, TEMPERATURES)
    alpha = Setting(0.5, check.number(0, 1))

    def gradient(self) -> torch.Tensor:
        """dL/dz [3] for these settings, by kdlib."""
        return logit_gradient(*self._one_person())

    def static(self) -> Picture:
        """The same numbers as a picture that needs no browser: the explorer's static twin."""
        return pictures.gradient(*self._one_person(), name=self._words())

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


class TemperatureExplorer(Explorer):
    """What a temperature does to soft targets and to their gradient. Chapter 05.

    ``teacher_logits`` and ``student_logits`` [n, 3] are those of ``people`` (`People`, or n names); the gradient is
    that of `SoftTargets` over all of them. ``chosen`` are the rows shown (the first three),
    ``temperature`` lies within 0.25 and 32. Anything else raises `ValueError`.
    """

    kind = "temperature"
    _esm = module("temperature.js")
    teacher_logits = Setting([[0.0, 0.0, 0.0]], check.logit_rows)
    student_logits = Setting([[0.0, 0.0, 0.0]], check.logit_rows)
    people = Setting(["somebody"], check.person_names)
    chosen = Setting([0], check.row_numbers)
    temperature = Setting(4.0, TEMPERATURES)

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

    def static(self) -> Picture:
        """The same numbers as a picture that needs no browser: the explorer's static twin."""
        return pictures.temperature(self.people, self.chosen, *self._logits(), self.temperature)

    def _logits(self):
        return [torch.tensor(rows, dtype=torch.float64) for rows in (self.student_logits, self.teacher_logits)]

    def __repr__(self) -> str:
        norm, T = self.gradient_norm(), self.temperature
        q = torch.softmax(torch.tensor(self.teacher_logits[self.chosen[0]], dtype=torch.float64) / T, -1)
        return (
            f"TemperatureExplorer(T={T:.3g}: {self.people[self.chosen[0]]} {rounded(q)}; "
            f"gradient norm {norm:.3g} with T², {norm / T**2:.3g} without)"
        )


class PersonExplorer(Explorer):
    """One person, seen by the world, the teacher, the student and a file of labels. Chapters 01 to 03.

    ``sex``, ``age`` (years), ``state`` and ``income`` (dollars a year) as in `kdlib.Record`; ``teacher`` and
    ``student`` are each an `MLP` or None. ``draw`` in [0, 1] is the uniform number that picks the label from the
    truth, as in `sample_people`. Anything else raises `ValueError`.
    """

    kind = "person"
    _esm = module("person.js")
    sex = Setting("female", check.one_of(SEXES))
    age = Setting(40, check.whole(AGES))
    state = Setting("nebraska", check.one_of(STATES))
    income = Setting(60_000, check.whole(INCOMES))
    teacher = Setting(None, check.network)
    student = Setting(None, check.network)
    draw = Setting(0.5, check.number(0, 1))

    def probabilities(self) -> dict[str, torch.Tensor]:
        """What the truth and each network give the three classes, by kdlib."""
        record = Record(self.sex, self.age, self.state, self.income, "")
        x = torch.tensor(encode(record), dtype=torch.float64)
        found = {"truth": posterior(x)}
        for name in ("teacher", "student"):
            if layers := getattr(self, name):
                found[name] = torch.softmax(_mlp(layers)(x), -1).detach()
        return found

    def label(self) -> str:
        """The class that ``draw`` picks from the truth."""
        return POLITICS[int((self.draw > self.probabilities()["truth"].cumsum(-1)[:-1]).sum())]

    def static(self) -> Picture:
        """The same numbers as a picture that needs no browser: the explorer's static twin."""
        return pictures.person(self._person(), self.probabilities(), POLITICS.index(self.label()))

    def __repr__(self) -> str:
        said = [f"{name} {rounded(p)}" for name, p in self.probabilities().items()]
        return f"PersonExplorer({self._person()}: {', '.join(said)}, label {self.label()})"

    def _person(self):
        return f"{self.sex}, {self.age} years, {self.state}, ${self.income:,} a year"


def _mlp(layers) -> MLP:
    """The network whose layers are [[W, b], ...], in double precision."""
    with torch.random.fork_rng(devices=[]):  # its first weights are replaced; nobody's draws may notice
        model = MLP(len(COLUMNS), *(len(b) for _, b in layers)).double()
    for layer, (W, b) in zip(model.layers, layers, strict=True):
        layer.weight.data, layer.bias.data = torch.tensor(W, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)
    return model
