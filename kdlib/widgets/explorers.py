"""Explorers: small pictures that answer at once, drawn in the browser from their state alone.

Each is an ES module that JupyterLab loads through anywidget and that a static page can run without a kernel. The
formulas in it repeat kdlib's; a test holds the two together. What ``repr`` says is computed here, by kdlib.
"""

from pathlib import Path

import anywidget
import torch
import traitlets

from kdlib.models import MLP
from kdlib.objectives import SoftTargets
from kdlib.people import AGES, COLUMNS, INCOMES, POLITICS, SEXES, STATES, Record, encode, posterior
from kdlib.widgets import explorer_settings as check
from kdlib.widgets.explorer_settings import Setting
from kdlib.widgets.lab_settings import OBJECTIVES as OBJECTIVE_OF
from kdlib.widgets.lab_settings import USES

HERE = Path(__file__).parent
TEMPERATURES = check.number(0.25, 32.0)
OBJECTIVES = tuple(OBJECTIVE_OF)


def module(*names: str) -> str:
    """One ES module from the shared file and the explorer's own: a widget's front end is a single text."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in ("common.js", *names))


class Explorer(anywidget.AnyWidget):
    """What all explorers share: the style, checked settings, and a ``repr`` that also stands in for the picture."""

    _css = (HERE / "explorers.css").read_text(encoding="utf-8")
    classes = traitlets.List(traitlets.Unicode(), default_value=list(POLITICS), read_only=True).tag(sync=True)

    def __init__(self, **settings):
        known = [name for name, trait in self.traits().items() if isinstance(trait, Setting)]
        unknown = sorted(set(settings) - {*known, "layout"})
        if unknown:
            raise ValueError(f"{type(self).__name__} has no setting {unknown[0]!r}; it has {', '.join(known)}")
        super().__init__(**settings)

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": repr(self)}, metadata  # anywidget cuts long texts off


def rounded(values, digits: int = 2) -> str:
    """``[0.10, -0.08]``, without a minus sign before zero."""
    return f"[{', '.join(f'{round(float(x), digits) + 0.0:.{digits}f}' for x in values)}]"


class GradientExplorer(Explorer):
    """One person, three classes: what an objective asks of the student's logits. Chapter 04.

    ``objective`` is one of `OBJECTIVES`, ``label`` the index of the true class; ``student_logits`` and
    ``teacher_logits`` lie within -6 and 6, ``temperature`` within 0.25 and 32, ``alpha`` within 0 and 1. Anything else
    raises `ValueError`.
    """

    _esm = module("gradient.js", "gradient_view.js")
    objective = Setting("mixed", check.one_of(OBJECTIVES))
    student_logits = Setting([2.6, 0.0, -0.8], check.logits)
    teacher_logits = Setting([0.9, 0.2, -0.9], check.logits)
    label = Setting(0, check.one_of(range(len(POLITICS))))
    temperature = Setting(1.0, TEMPERATURES)
    alpha = Setting(0.5, check.number(0, 1))

    def gradient(self) -> torch.Tensor:
        """dL/dz [3] for these settings, by kdlib."""
        objective = OBJECTIVE_OF[self.objective](self)
        z, v = torch.tensor([[self.student_logits], [self.teacher_logits]], dtype=torch.float64)
        # Not the checked call: three sliders may well stand at numbers that look like probabilities.
        targets = objective.targets(torch.tensor([self.label]), v, len(POLITICS), z.dtype)
        return objective.residual(z, *targets)[0]

    def __repr__(self) -> str:
        g = self.gradient()
        settings = self.objective
        if self.objective in USES["temperature"]:
            settings += f", T={self.temperature:.3g}"
        if self.objective in USES["alpha"]:
            settings += f", alpha={self.alpha:.3g}"
        return f"GradientExplorer({settings}: dL/dz = {rounded(g)}, {direction(g[self.label].item())})"


def direction(g: float) -> str:
    """What a step against the gradient ``g`` of the true class does, in words."""
    if abs(g) < 0.0005:
        return "true class left alone"
    return f"true class pushed {'down' if g > 0 else 'up'}"


class TemperatureExplorer(Explorer):
    """What a temperature does to soft targets and to their gradient. Chapter 05.

    ``teacher_logits`` and ``student_logits`` [n, 3] are those of ``people`` (`People`, or n names); the gradient is
    that of `SoftTargets` over all of them. ``chosen`` are the rows shown (the first three),
    ``temperature`` lies within 0.25 and 32. Anything else raises `ValueError`.
    """

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
        z, v = (torch.tensor(rows, dtype=torch.float64) for rows in (self.student_logits, self.teacher_logits))
        objective = SoftTargets(self.temperature)
        return (objective.residual(z, *objective.targets(None, v, len(POLITICS), z.dtype)) / len(z)).norm().item()

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
    ``student`` are `MLP`s or None. ``draw`` in [0, 1] is the uniform number that picks the label from the truth, as
    in `sample_people`. Anything else raises `ValueError`.
    """

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

    def __repr__(self) -> str:
        said = [f"{name} {rounded(p)}" for name, p in self.probabilities().items()]
        person = f"{self.sex}, {self.age} years, {self.state}, ${self.income:,} a year"
        return f"PersonExplorer({person}: {', '.join(said)}, label {self.label()})"


def _mlp(layers) -> MLP:
    """The network whose layers are [[W, b], ...], in double precision."""
    with torch.random.fork_rng(devices=[]):  # its first weights are replaced; nobody's draws may notice
        model = MLP(len(COLUMNS), *(len(b) for _, b in layers)).double()
    for layer, (W, b) in zip(model.layers, layers, strict=True):
        layer.weight.data, layer.bias.data = torch.tensor(W, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)
    return model
